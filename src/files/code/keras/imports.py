import argparse
import gzip
import pathlib

import keras
import numpy as np
from keras import layers, ops
