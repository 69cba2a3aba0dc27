"""Writes keras_norms.json: what all of Keras' norms make of the tensor of torch.json, for tests/engine/golden.rs.

    python make_keras_norms.py          needs keras and a backend of it

Everything is worked out in double precision. For norms that Keras lacks the layers are those of the programs in
src/files/code/keras. Tensors are turned from N×C×H×W to N×H×W×C and back.
"""

import json
import pathlib

import keras
import numpy as np
from keras import layers, ops

HERE = pathlib.Path(__file__).parent
TORCH = json.loads((HERE / "torch.json").read_text())
N, C, H, W = SHAPE = TORCH["shape"]
EPSILON, MOMENTUM = TORCH["epsilon"], TORCH["momentum"]
LENGTHS = {"C": C, "H": H, "W": W}


def own(name, *needed):
    """The class of that name in a part of our Keras programs."""
    space = {"keras": keras, "layers": layers, "ops": ops, "BATCH": N}
    for part in [*needed, name]:
        exec((HERE / f"../../src/files/code/keras/{part}.py").read_text(), space)
    return next(value for key, value in reversed(space.items()) if isinstance(value, type))


def norms():
    """Name, our JSON for the norm, Keras' layer, the axes of γ."""
    running = dict(epsilon=EPSILON, momentum=1 - MOMENTUM)
    axes, rms = own("axes", "affine"), own("rms", "affine", "axes")
    over = lambda kind, axes, **more: {"kind": kind, "axes": list(axes.lower()), **more}
    groups = lambda n: layers.GroupNormalization(n, epsilon=EPSILON)
    yield "BatchNormalization", {"kind": "batch"}, layers.BatchNormalization(**running), "C"
    yield "GroupNormalization(1)", {"kind": "layer"}, groups(1), "C"
    yield "GroupNormalization(3)", {"kind": "group", "groups": 3}, groups(3), "C"
    yield "GroupNormalization(C)", {"kind": "instance"}, groups(C), "C"
    for letters in ["C", "H", "CW", "CHW"]:
        numbers = ["NHWC".index(letter) for letter in letters]
        layer = layers.LayerNormalization(axis=numbers, epsilon=EPSILON)
        yield f"LayerNormalization({letters})", over("axes", letters), layer, letters
    trailing = own("rms_trailing")
    yield "RMSNormalization(C)", over("rms", "C"), trailing(axis=[3], epsilon=EPSILON), "C"
    yield "RMSNormalization(C, H, W)", over("rms", "CHW"), trailing(axis=[1, 2, 3], epsilon=EPSILON), "CHW"
    layer = axes("NH", [C], epsilon=EPSILON)
    yield "AxesNormalization(N, H)", over("axes", "NH"), layer, "C"
    layer = axes("WC", [1, W, C], 2, EPSILON)
    yield "AxesNormalization(C, W) in 2 groups", over("axes", "CW", groups=2), layer, "CW"
    layer = rms("H", [H, 1, 1], epsilon=EPSILON)
    yield "RmsAxesNormalization(H)", over("rms", "H"), layer, "H"
    ghost = own("ghost_batch")(2, **running)
    yield "GhostBatchNormalization(2)", {"kind": "ghost-batch", "size": 2}, ghost, "C"
    mixed = own("batch_instance", "affine")(C, **running)
    yield "BatchInstanceNormalization", {"kind": "batch-instance"}, mixed, "C"
    yield "SwitchableNormalization", {"kind": "switchable"}, own("switchable", "affine")(C, **running), "C"


def flat(array):
    """Values that single precision tells apart."""
    return [float(f"{value:.9g}") for value in np.asarray(array).flatten().tolist()]


def set_weights(layer, axes, rng):
    """Gives every weight random values of single precision; gives them by our names."""
    made = {}
    for weight in layer.weights:
        key = {"scale": "gamma", "moving_mean": "running_mean", "moving_variance": "running_var"}.get(weight.name, weight.name)
        high = 0.1 if key == "tenths_of_rho" else 1.5
        values = rng.uniform(0.1 * high, high, weight.shape).astype(np.float32).astype(np.float64)
        if key in ["gamma", "beta"]:
            # Ours runs over C, H, W, Keras' over H, W, C.
            ours = rng.uniform(0.1, high, [LENGTHS[axis] for axis in axes]).astype(np.float32).astype(np.float64)
            order = [axes.index(axis) for axis in "HWC" if axis in axes]
            values, made[key] = ours.transpose(order).reshape(weight.shape), flat(ours)
        elif key == "tenths_of_rho":
            rho = (10 * values).astype(np.float32).astype(np.float64)
            values, made["rho"] = rho / 10, flat(rho)
        else:
            made[key] = flat(values)
        weight.assign(values)
    return made


def case(name, norm, layer, axes, x, train, rng):
    if not layer.built:
        layer.build(x.shape)
    made = {"name": f"{name}, {'training' if train else 'evaluation'}", "norm": norm, "train": train}
    made |= set_weights(layer, axes, rng)
    keeps = "running_mean" in made
    y = layer(x, training=train) if keeps else layer(x)
    return made | {"y": flat(np.transpose(ops.convert_to_numpy(y), [0, 3, 1, 2]))}, keeps


def main():
    keras.config.set_floatx("float64")
    rng = np.random.default_rng(1)
    x = np.array(TORCH["x"]).reshape(SHAPE).astype(np.float32).astype(np.float64).transpose(0, 2, 3, 1)
    cases = []
    for name, norm, layer, axes in norms():
        made, keeps = case(name, norm, layer, axes, x, True, rng)
        cases.append(made)
        if keeps:
            cases.append(case(name, norm, layer, axes, x, False, rng)[0])
    head = json.dumps({"keras": keras.__version__, "shape": SHAPE, "epsilon": EPSILON, "momentum": MOMENTUM, "x": TORCH["x"]})
    lines = ",\n".join(json.dumps(case) for case in cases)
    (HERE / "keras_norms.json").write_text(f'{head[:-1]}, "cases": [\n{lines}\n]}}\n')
    print(len(cases), "cases by keras", keras.__version__)


if __name__ == "__main__":
    main()
