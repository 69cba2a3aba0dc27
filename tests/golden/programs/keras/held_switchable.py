"""Trains on MNIST with switchable norm, in Keras. Written by Blue Cube.

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
N_PARAMETERS = 5946


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


class SwitchableNormalization(Affine):
    """Normalizes with means Σ softmax(w)·μ and variances Σ softmax(w′)·σ² over instance, layer and batch norm, with
    learned w and w′ (Luo et al. 2019). All variances are biased; the stored running one is unbiased."""

    def __init__(self, channels, epsilon, momentum, **affine):
        super().__init__([channels], **affine)
        self.epsilon, self.momentum = epsilon, momentum
        self.mean_logits = self.add_weight(shape=[3], initializer="ones", name="mean_logits")
        self.variance_logits = self.add_weight(shape=[3], initializer="ones", name="variance_logits")
        kept = dict(shape=[1, 1, 1, channels], trainable=False)
        self.moving_mean = self.add_weight(initializer="zeros", name="moving_mean", **kept)
        self.moving_variance = self.add_weight(initializer="ones", name="moving_variance", **kept)

    def call(self, x, training=False):
        mean, variance = ops.moments(x, [1, 2], keepdims=True)
        # The variance over several planes is the mean of their variances plus the variance of their means.
        merged = lambda axis: (
            ops.mean(mean, axis, keepdims=True),
            ops.mean(variance, axis, keepdims=True) + ops.var(mean, axis, keepdims=True),
        )
        of_layer, of_batch = merged(3), (self.moving_mean, self.moving_variance)
        if training:
            of_batch = merged(0)
            self.move_running(*of_batch, count=BATCH * x.shape[1] * x.shape[2])
        shares = lambda logits: ops.unstack(ops.softmax(logits))
        mix = lambda logits, moments: sum(share * moment for share, moment in zip(shares(logits), moments))
        mean = mix(self.mean_logits, (mean, of_layer[0], of_batch[0]))
        variance = mix(self.variance_logits, (variance, of_layer[1], of_batch[1]))
        return self.gamma * (x - mean) / ops.sqrt(variance + self.epsilon) + self.beta

    def move_running(self, mean, variance, count):
        unbiased = variance * count / max(count - 1, 1)
        for kept, new in [(self.moving_mean, mean), (self.moving_variance, unbiased)]:
            kept.assign(self.momentum * kept + (1 - self.momentum) * new)


def build():
    return keras.Sequential([
        keras.Input(IMAGE),
        layers.Conv2D(10, 3, padding="same", kernel_initializer="he_normal"),
        SwitchableNormalization(
            10, epsilon=1e-5, momentum=0.99,
            gamma_initializer=keras.initializers.RandomUniform(0.5, 1.5),
            gamma_constraint=keras.constraints.MaxNorm(2, axis=None),
            gamma_regularizer=keras.regularizers.L1L2(0, 0.01),
            beta_initializer=keras.initializers.RandomNormal(0, 0.05),
            beta_constraint=keras.constraints.NonNeg(),
            beta_regularizer=keras.regularizers.L1L2(0.01, 0),
        ),
        layers.ReLU(),
        layers.MaxPooling2D(3),
        layers.Conv2D(10, 3, padding="valid", kernel_initializer="he_normal"),
        layers.Flatten(),
        layers.Dropout(0.5),
        layers.Dense(10, kernel_initializer="he_normal"),
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
    test = load(arguments.folder, "t10k")
    # Whole batches only. Blue Cube's last batch of an epoch continues with images of the next.
    n_images = min(len(labels) // BATCH, arguments.steps or len(labels)) * BATCH
    for epoch in range(1 if arguments.steps else EPOCHS):
        model.fit(images[:n_images], labels[:n_images], BATCH, verbose=2)
        _, accuracy, loss = model.evaluate(*test, EVALUATION_BATCH, verbose=0)
        print(f"epoch {epoch + 1}: test loss {loss:.4f}, accuracy {accuracy:.4f}", flush=True)


if __name__ == "__main__":
    main()
