"""Writes torch.json: what PyTorch's norms make of a small tensor, forward and backward, for tests/engine/golden.rs.

    python make_torch.py          needs torch

Everything is worked out in double precision from single precision numbers. For norms that PyTorch lacks the layers are
those of the programs in src/files/code/pytorch.
"""

import json
import pathlib

import torch
from torch import nn

HERE = pathlib.Path(__file__).parent
N, C, H, W = SHAPE = (4, 6, 2, 3)
EPSILON, MOMENTUM = 1e-5, 0.1


def single(*shape, low=-2.0, high=2.0):
    """Random numbers of single precision, in double."""
    return torch.empty(shape).uniform_(low, high).double()


def own(name, *needed):
    """The class of that name in a part of our PyTorch programs."""
    space = {"torch": torch, "nn": nn}
    for part in [*needed, name]:
        exec((HERE / f"../../src/files/code/pytorch/{part}.py").read_text(), space)
    return next(value for key, value in reversed(space.items()) if isinstance(value, type))


def norms():
    """Name, our JSON for the norm, PyTorch's layer."""
    running = dict(eps=EPSILON, momentum=MOMENTUM)
    axes = own("axes")
    rms = own("rms", "axes")
    over = lambda kind, axes, **more: {"kind": kind, "axes": list(axes), **more}
    yield "BatchNorm2d", {"kind": "batch"}, nn.BatchNorm2d(C, **running)
    yield "GroupNorm(1)", {"kind": "layer"}, nn.GroupNorm(1, C, EPSILON)
    yield "GroupNorm(2)", {"kind": "group", "groups": 2}, nn.GroupNorm(2, C, EPSILON)
    yield "GroupNorm(3)", {"kind": "group", "groups": 3}, nn.GroupNorm(3, C, EPSILON)
    yield "InstanceNorm2d", {"kind": "instance"}, nn.InstanceNorm2d(C, EPSILON, affine=True)
    yield "LayerNorm(C, H, W)", over("axes", "chw"), nn.LayerNorm([C, H, W], EPSILON)
    yield "LayerNorm(H, W)", over("axes", "hw"), nn.LayerNorm([H, W], EPSILON)
    yield "LayerNorm(W)", over("axes", "w"), nn.LayerNorm([W], EPSILON)
    yield "RMSNorm(C, H, W)", over("rms", "chw"), nn.RMSNorm([C, H, W], EPSILON)
    yield "RMSNorm(W)", over("rms", "w"), nn.RMSNorm([W], EPSILON)
    yield "AxesNorm(C)", over("axes", "c"), axes("C", [C, 1, 1], eps=EPSILON)
    yield "AxesNorm(N, H)", over("axes", "nh"), axes("NH", [C, 1, 1], eps=EPSILON)
    yield "AxesNorm(C, W) in 3 groups", over("axes", "cw", groups=3), axes("CW", [C, 1, W], 3, EPSILON)
    by_channel = over("rms", "chw", groups=2, affine="channel")
    yield "RmsAxesNorm(C, H, W) in 2 groups", by_channel, rms("CHW", [C, 1, 1], 2, EPSILON)
    yield "GhostBatchNorm(2)", {"kind": "ghost-batch", "size": 2}, own("ghost_batch")(C, 2, **running)
    yield "BatchInstanceNorm", {"kind": "batch-instance"}, own("batch_instance")(C, **running)
    yield "SwitchableNorm", {"kind": "switchable"}, own("switchable")(C, **running)


NAMES = {"weight": "gamma", "bias": "beta", "rho": "rho", "mean_logits": "mean_logits", "variance_logits": "variance_logits"}


def flat(tensor):
    """Values that single precision tells apart."""
    return [float(f"{value:.9g}") for value in tensor.detach().flatten().tolist()]


def case(name, norm, layer, x, dy, train):
    layer.double().train(train).zero_grad()
    parameters = {NAMES[key]: parameter for key, parameter in layer.named_parameters()}
    buffers = {key.split(".")[-1]: buffer for key, buffer in layer.named_buffers()}
    with torch.no_grad():
        for key, parameter in parameters.items():
            parameter.copy_(single(*parameter.shape, low=0.1, high=0.9 if key == "rho" else 1.5))
        for key, low in [("running_mean", -1.0), ("running_var", 0.5)]:
            if key in buffers:
                buffers[key].copy_(single(*buffers[key].shape, low=low, high=1.5))
    made = {"name": f"{name}, {'training' if train else 'evaluation'}", "norm": norm, "train": train}
    made |= {key: flat(parameter) for key, parameter in parameters.items()}
    made |= {key: flat(buffer) for key, buffer in buffers.items() if key.startswith("running")}
    x = x.clone().requires_grad_()
    y = layer(x)
    (y * dy).sum().backward()
    made |= {"y": flat(y), "dx": flat(x.grad)}
    made |= {"d" + key: flat(parameter.grad) for key, parameter in parameters.items()}
    if train:
        made |= {f"{key}_after": flat(buffer) for key, buffer in buffers.items() if key.startswith("running")}
    return made


def main():
    torch.manual_seed(1)
    x, dy = single(*SHAPE), single(*SHAPE)
    cases = []
    for name, norm, layer in norms():
        cases.append(case(name, norm, layer, x, dy, train=True))
        if any(key.endswith("running_mean") for key, _ in layer.named_buffers()):
            cases.append(case(name, norm, layer, x, dy, train=False))
    head = {"torch": torch.__version__, "shape": SHAPE, "epsilon": EPSILON, "momentum": MOMENTUM}
    head = json.dumps({**head, "x": flat(x), "dy": flat(dy)})
    lines = ",\n".join(json.dumps(case) for case in cases)
    (HERE / "torch.json").write_text(f'{head[:-1]}, "cases": [\n{lines}\n]}}\n')
    print(len(cases), "cases by torch", torch.__version__)


if __name__ == "__main__":
    main()
