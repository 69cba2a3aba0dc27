"""Trains on MNIST with batch norm, in Keras. Written by Blue Cube.

    python FILE FOLDER [--steps N]

FOLDER holds train-images-idx3-ubyte.gz and the three other files. Needs keras, one of its
backends such as tensorflow-cpu, and numpy.

Axes are N, H, W, C; in Blue Cube they are N, C, H, W. Flatten returns the same values in a different order, and the
layer after it has its rows in that order.
momentum is Keras', the weight of the old value in the running statistics: 0.99 here is 0.01 in PyTorch and Blue Cube.
Keras' own layers store the biased variance, the others the unbiased one.
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
N_PARAMETERS = 19466


def read_idx(path):
    """Reads a gzipped IDX file of bytes: two zeros, a type, the number of axes; their lengths; the values."""
    data = gzip.decompress(path.read_bytes())
    shape = np.frombuffer(data, ">u4", data[3], 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * len(shape)).reshape(shape)


def load(folder, part):
    """Images, N×H×W×C from 0 to 1, and labels."""
    images = read_idx(folder / f"{part}-images-idx3-ubyte.gz").astype(np.float32) / 255
    return images.reshape(-1, *IMAGE), read_idx(folder / f"{part}-labels-idx1-ubyte.gz")


class Affine(layers.Layer):
    """γ and β have the shape `affine`, lengths along H, W, C. Without scale or center they stay 1 or 0."""

    def __init__(
        self,
        affine,
        scale=True,
        center=True,
        gamma_initializer="ones",
        beta_initializer="zeros",
        gamma_constraint=None,
        beta_constraint=None,
        gamma_regularizer=None,
        beta_regularizer=None,
    ):
        super().__init__()
        gamma = dict(initializer=gamma_initializer, constraint=gamma_constraint, regularizer=gamma_regularizer)
        beta = dict(initializer=beta_initializer, constraint=beta_constraint, regularizer=beta_regularizer)
        self.gamma = self.add_weight(shape=affine, trainable=scale, name="gamma", **gamma)
        self.beta = self.add_weight(shape=affine, trainable=center, name="beta", **beta)


# For the norm of a step: all steps share γ and β, which are outside it.
FIXED = dict(scale=False, center=False)


def of_table(norm, x, affine):
    """A norm of images without γ and β, applied to a table, then the γ and β that all steps share."""
    return affine.gamma * norm(x[:, None, None])[:, 0, 0] + affine.beta


class RowGru(layers.Layer):
    """For every row x: a = norm(x·W + b), u = norm(h·U + d), three gates each, z = σ(a_z + u_z), r = σ(a_r + u_r),
    h ← z·h + (1 − z)·tanh(a_c + r·u_c), starting from h = 0; returns the last h. Steps share γ and β;
    running statistics are separate for every step. Without a norm it is layers.GRU."""

    def __init__(self, n_rows, units, norm, affine):
        super().__init__()
        self.input_product = layers.Dense(3 * units)
        self.state_product = layers.Dense(3 * units, kernel_initializer="orthogonal")
        self.input_norms, self.state_norms = ([norm() for _ in range(n_rows)] for _ in range(2))
        self.input_affine, self.state_affine = affine(), affine()

    def call(self, x):
        rows = ops.unstack(self.input_product(x), axis=1)
        h = ops.zeros_like(rows[0][:, : self.input_product.units // 3])
        for row, of_input, of_state in zip(rows, self.input_norms, self.state_norms):
            a_z, a_r, a_c = ops.split(of_table(of_input, row, self.input_affine), 3, axis=1)
            u_z, u_r, u_c = ops.split(of_table(of_state, self.state_product(h), self.state_affine), 3, axis=1)
            z, r = ops.sigmoid(a_z + u_z), ops.sigmoid(a_r + u_r)
            h = z * h + (1 - z) * ops.tanh(a_c + r * u_c)
        return h


def build():
    return keras.Sequential([
        keras.Input(IMAGE),
        layers.Reshape((28, 28)),
        RowGru(
            28,
            64,
            lambda: layers.BatchNormalization(epsilon=1e-5, momentum=0.99, **FIXED),
            lambda: Affine([192]),
        ),
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
