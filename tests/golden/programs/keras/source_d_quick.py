"""Trains on MNIST with a norm over CHW, in Keras. Written by Blue Cube.

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
BATCH = 1
LEARNING_RATE = 0.001
SEED = 1
EPOCHS = 5
EVALUATION_BATCH = 100
N_PARAMETERS = 1199886


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


class AxesNormalization(Affine):
    """Mean 0 and variance 1 over `axes` of N, H, W, C, within each of `groups` of neighbouring channels."""

    def __init__(self, axes, shape, groups=1, epsilon=1e-5, **affine):
        super().__init__(shape, **affine)
        # Axis numbers after the channels are split into groups.
        self.axes = ["NHWGC".index(axis) for axis in axes]
        self.groups, self.epsilon = groups, epsilon

    def call(self, x):
        _, h, w, c = x.shape
        x_hat = self.normalized(ops.reshape(x, [-1, h, w, self.groups, c // self.groups]))
        return self.gamma * ops.reshape(x_hat, [-1, h, w, c]) + self.beta

    def normalized(self, x):
        mean, variance = ops.moments(x, self.axes, keepdims=True)
        return (x - mean) / ops.sqrt(variance + self.epsilon)


def build():
    return keras.Sequential([
        keras.Input(IMAGE),
        layers.Conv2D(
            32,
            3,
            padding="valid",
            kernel_initializer="he_normal",
            kernel_regularizer=keras.regularizers.L1L2(0.0, 1e-5),
        ),
        AxesNormalization("HWC", [1, 1, 1], groups=1, epsilon=1e-5),
        layers.ReLU(),
        layers.Conv2D(
            64,
            3,
            padding="valid",
            kernel_initializer="he_normal",
            kernel_regularizer=keras.regularizers.L1L2(0.0, 1e-5),
        ),
        AxesNormalization("HWC", [1, 1, 1], groups=1, epsilon=1e-5),
        layers.ReLU(),
        layers.MaxPooling2D(2),
        layers.Dropout(0.25),
        layers.Flatten(),
        layers.Dense(128, kernel_initializer="he_normal"),
        layers.ReLU(),
        layers.Dropout(0.5),
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
        metrics=["accuracy", keras.metrics.SparseCategoricalCrossentropy(from_logits=True)],
    )
    images, labels = load(arguments.folder, "train")
    first = np.sort(np.concatenate([np.flatnonzero(labels == label)[:600] for label in range(10)]))
    images, labels = images[first], labels[first]
    test = load(arguments.folder, "t10k")
    plateau = keras.callbacks.ReduceLROnPlateau(
        "val_loss", factor=0.2, patience=3, min_delta=1e-4, cooldown=0, min_lr=1e-5
    )
    plateau.set_model(model)
    plateau.on_train_begin()
    # Whole batches only. Blue Cube's last batch of an epoch continues with images of the next.
    n_images = min(len(labels) // BATCH, arguments.steps or len(labels)) * BATCH
    for epoch in range(1 if arguments.steps else EPOCHS):
        model.fit(images[:n_images], labels[:n_images], BATCH, verbose=2)
        _, accuracy, loss = model.evaluate(*test, EVALUATION_BATCH, verbose=0)
        print(f"epoch {epoch + 1}: test loss {loss:.4f}, accuracy {accuracy:.4f}", flush=True)
        plateau.on_epoch_end(epoch, {"val_loss": loss})


if __name__ == "__main__":
    main()
