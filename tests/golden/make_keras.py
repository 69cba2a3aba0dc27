"""Writes keras.json: what Keras' LayerNormalization makes of a small tensor, forward and backward, for tests/engine/golden.rs.

    KERAS_BACKEND=jax python make_keras.py          needs keras and jax

Keras' tensors are N×H×W×C: its axis 1 is H, its axis 3 is C. Here they are transposed to N×C×H×W, and γ and β with them.
Everything is worked out in double precision from single precision numbers, with Keras' ε of 10⁻³.
"""

import json
import pathlib

import jax

jax.config.update("jax_enable_x64", True)

import keras
import numpy

HERE = pathlib.Path(__file__).parent
N, H, W, C = 2, 3, 4, 5
AXES = "nhwc"


def single(random, *shape, low=-2.0, high=2.0):
    """Random numbers of single precision, in double."""
    return random.uniform(low, high, shape).astype("float32").astype("float64")


def flat(array):
    """Values that single precision tells apart."""
    return [float(f"{value:.9g}") for value in numpy.asarray(array).flatten().tolist()]


def ours(tensor, axes=AXES):
    """A tensor of Keras' axes in the order N, C, H, W."""
    return numpy.transpose(tensor, [axes.index(axis) for axis in "nchw" if axis in axes])


def case(name, layer, axes, random, x, dy):
    layer.build(x.shape)
    shapes = [weight.shape for weight in layer.weights]
    affine = [single(random, *shape, low=0.1, high=1.5) for shape in shapes]

    def forward(weights, x):
        return layer.stateless_call(weights, [], x)[0]

    y, pull_back = jax.vjp(forward, affine, x)
    (dgamma, dbeta), dx = pull_back(jax.numpy.asarray(dy))
    kept = "".join(AXES[axis] for axis in axes)
    norm = {"kind": "axes", "axes": [axis for axis in "nchw" if axis in kept]}
    made = {"name": name, "norm": norm, "train": True}
    made |= {"gamma": flat(ours(affine[0], kept)), "beta": flat(ours(affine[1], kept))}
    made |= {"y": flat(ours(y)), "dx": flat(ours(dx))}
    made |= {"dgamma": flat(ours(dgamma, kept)), "dbeta": flat(ours(dbeta, kept))}
    return made


def main():
    random = numpy.random.default_rng(1)
    x, dy = single(random, N, H, W, C), single(random, N, H, W, C)
    cases = []
    for axes in [[3], [1], [2], [1, 2], [1, 3], [1, 2, 3]]:
        layer = keras.layers.LayerNormalization(axis=axes if len(axes) > 1 else axes[0], dtype="float64")
        cases.append(case(f"LayerNormalization(axis={axes})", layer, axes, random, x, dy))
    head = {"keras": keras.__version__, "shape": [N, C, H, W], "epsilon": layer.epsilon, "momentum": 0.01}
    head = json.dumps({**head, "x": flat(ours(x)), "dy": flat(ours(dy))})
    lines = ",\n".join(json.dumps(case) for case in cases)
    (HERE / "keras.json").write_text(f'{head[:-1]}, "cases": [\n{lines}\n]}}\n')
    print(len(cases), "cases by keras", keras.__version__)


if __name__ == "__main__":
    main()
