"""Trains on MNIST with a norm over H, in Keras. Written by Blue Cube.

    python FILE FOLDER [--steps N]

FOLDER holds train-images-idx3-ubyte.gz and the three other files. Needs keras, one of its
backends such as tensorflow-cpu, and numpy.

Axes are N, H, W, C; in Blue Cube they are N, C, H, W. Flatten returns the same values in a different order, and the
layer after it has its rows in that order.
"""

import argparse
import gzip
import pathlib

import keras
import numpy as np
from keras import layers, ops

IMAGE = (28, 28, 1)
BATCH = 32
LEARNING_RATE = 0.001
SEED = 1
EPOCHS = 5
EVALUATION_BATCH = 100
N_PARAMETERS = 866850


def read_idx(path):
    """Reads a gzipped IDX file of bytes: two zeros, a type, the number of axes; their lengths; the values."""
    data = gzip.decompress(path.read_bytes())
    shape = np.frombuffer(data, ">u4", data[3], 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * len(shape)).reshape(shape)


def load(folder, part):
    """Images, N×H×W×C from 0 to 1, and labels."""
    images = read_idx(folder / f"{part}-images-idx3-ubyte.gz").astype(np.float32) / 255
    return images.reshape(-1, *IMAGE), read_idx(folder / f"{part}-labels-idx1-ubyte.gz")


def build():
    return keras.Sequential([
        keras.Input(IMAGE),
        layers.Conv2D(10, 3, padding="valid", kernel_initializer="glorot_uniform"),
        layers.LayerNormalization(axis=[1], epsilon=1e-5),
        layers.Flatten(),
        layers.Dense(128, kernel_initializer="glorot_uniform"),
        layers.ReLU(),
        layers.Dropout(0.2),
        layers.Dense(10, kernel_initializer="glorot_uniform"),
    ])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path, help="where the four gzipped IDX files lie")
    parser.add_argument("--steps", type=int, help="one epoch of this many at most")
    arguments = parser.parse_args()

    keras.utils.set_random_seed(SEED)
    model = build()
    n_parameters = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    assert n_parameters == N_PARAMETERS, f"{n_parameters} parameters, Blue Cube has {N_PARAMETERS}"
    model.compile(
        keras.optimizers.Adam(LEARNING_RATE, beta_1=0.9, beta_2=0.999, epsilon=1e-7),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    images, labels = load(arguments.folder, "train")
    test = load(arguments.folder, "t10k")
    # Whole batches only. Blue Cube's last batch of an epoch continues with images of the next.
    n_images = min(len(labels) // BATCH, arguments.steps or len(labels)) * BATCH
    for epoch in range(1 if arguments.steps else EPOCHS):
        model.fit(images[:n_images], labels[:n_images], BATCH, verbose=2)
        loss, accuracy = model.evaluate(*test, EVALUATION_BATCH, verbose=0)
        print(f"epoch {epoch + 1}: test loss {loss:.4f}, accuracy {accuracy:.4f}", flush=True)


if __name__ == "__main__":
    main()
