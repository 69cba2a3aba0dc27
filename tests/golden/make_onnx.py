"""Writes onnx.json: the vectors of ONNX' own operator tests for norms, for tests/engine/golden.rs.

    python -W ignore make_onnx.py          needs onnx

Tensors of two and three axes are N×C and N×C×H. Those with a negative axis say the same as another and are left out.
"""

import json
import pathlib

import onnx
from onnx.backend.test.case.node import collect_testcases

HERE = pathlib.Path(__file__).parent
OPERATORS = [
    "BatchNormalization",
    "GroupNormalization",
    "InstanceNormalization",
    "LayerNormalization",
    "RMSNormalization",
]


def norm_of(node, attributes, n_axes):
    """Our JSON for the operator's norm."""
    match node.op_type:
        case "BatchNormalization":
            return {"kind": "batch"}
        case "GroupNormalization":
            return {"kind": "group", "groups": attributes["num_groups"]}
        case "InstanceNormalization":
            return {"kind": "instance"}
        case layer_or_rms:
            axes = list("nchw"[:n_axes][attributes.get("axis", -1) :])
            return {"kind": "axes" if layer_or_rms == "LayerNormalization" else "rms", "axes": axes, "affine": "reduced"}


def flat(array):
    return [float(f"{value:.9g}") for value in array.flatten().tolist()]


def case(test):
    node = test.model.graph.node[0]
    attributes = {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
    inputs, outputs = test.data_sets[0]
    x = inputs[0]
    train = node.op_type != "BatchNormalization" or attributes.get("training_mode", 0) == 1
    made = {"name": f"{test.name}, opset {test.model.opset_import[0].version}", "norm": norm_of(node, attributes, x.ndim)}
    made |= {"train": train, "shape": [*x.shape, 1, 1, 1][:4]}
    made |= {"epsilon": float(f"{attributes.get('epsilon', 1e-5):.7g}"), "x": flat(x)}
    names = ["gamma", "beta", "running_mean", "running_var"]
    made |= {name: flat(values) for name, values in zip(names, inputs[1:])}
    made["y"] = flat(outputs[0])
    if train and node.op_type == "BatchNormalization":
        # ONNX' momentum is the weight of the old value, and its running variance is the biased one.
        made |= {"momentum": 0.1, "biased": True, "running_mean_after": flat(outputs[1]), "running_var_after": flat(outputs[2])}
    return made


def main():
    tests = [test for test in collect_testcases(None) if [node.op_type for node in test.model.graph.node][1:] == []]
    tests = [test for test in tests if test.model.graph.node[0].op_type in OPERATORS and "negative" not in test.name]
    lines = ",\n".join(json.dumps(case(test)) for test in tests)
    (HERE / "onnx.json").write_text(f'{{"onnx": "{onnx.__version__}", "cases": [\n{lines}\n]}}\n')
    print(len(tests), "cases of onnx", onnx.__version__)


if __name__ == "__main__":
    main()
