"""Trains on MNIST with group norm (5 groups), in PyTorch. Written by Blue Cube.

    python FILE FOLDER [--steps N]
    torchrun --nproc-per-node 2 FILE FOLDER [--steps N]     processes that share each batch

FOLDER holds train-images-idx3-ubyte.gz and the three other files. Needs torch and numpy.

Axes are N, C, H, W, as in Blue Cube.
"""

import argparse
import gzip
import os
import pathlib

import numpy as np
import torch
from torch import distributed, nn
from torch.nn import functional
from torch.nn.parallel import DistributedDataParallel

IMAGE = (1, 28, 28)
BATCH = 32
LEARNING_RATE = 0.001
SEED = 1
EPOCHS = 5
EVALUATION_BATCH = 100
N_PARAMETERS = 5940


def read_idx(path):
    """Reads a gzipped IDX file of bytes: two zeros, a type, the number of axes; their lengths; the values."""
    data = gzip.decompress(path.read_bytes())
    shape = np.frombuffer(data, ">u4", data[3], 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * len(shape)).reshape(shape)


def load(folder, part, device):
    """Images, N×C×H×W from 0 to 1, and labels."""
    images = read_idx(folder / f"{part}-images-idx3-ubyte.gz").astype(np.float32) / 255
    labels = read_idx(folder / f"{part}-labels-idx1-ubyte.gz").astype(np.int64)
    return torch.from_numpy(images).view(-1, *IMAGE).to(device), torch.from_numpy(labels).to(device)


def he_normal(layer):
    """Initializes weights normally with variance 2/inputs, redrawn beyond two standard deviations and rescaled to keep
    the variance, as in Keras, and biases to 0."""
    deviation = (2 / layer.weight[0].numel()) ** 0.5 / 0.87962566
    nn.init.trunc_normal_(layer.weight, std=deviation, a=-2 * deviation, b=2 * deviation)
    nn.init.zeros_(layer.bias)
    return layer


def affine(norm, gamma=None, beta=None):
    """Sets initializer, constraint, L1 and L2 of γ and β of a norm. None leaves one out: it stays 1 or 0."""
    for parameter, rules in [(norm.weight, gamma), (norm.bias, beta)]:
        parameter.requires_grad_(rules is not None)
        if rules is not None:
            start, parameter.constraint, parameter.l1, parameter.l2 = rules
            start(parameter)
    return norm


def scaled(w, norm):
    """w scaled to that norm, as Keras' constraints do."""
    return w * norm / (1e-7 + w.norm())


def penalty(network):
    """l1·Σ|w| + l2·Σw² over all penalized weights. The printed losses do not include it."""
    held = [w for w in network.parameters() if hasattr(w, "l1")]
    return sum(w.l1 * w.abs().sum() + w.l2 * w.square().sum() for w in held)


def constrain(network):
    """Applies the constraints; call after each step of the optimizer."""
    with torch.no_grad():
        for w in network.parameters():
            if getattr(w, "constraint", None) is not None:
                w.copy_(w.constraint(w))


def build():
    return nn.Sequential(
        he_normal(nn.Conv2d(1, 10, 3, padding=1)),
        affine(
            nn.GroupNorm(5, 10, eps=1e-5),
            gamma=(lambda w: nn.init.uniform_(w, 0.5, 1.5), lambda w: scaled(w, w.norm().clamp(max=2)), 0, 0.01),
            beta=(lambda w: nn.init.normal_(w, 0, 0.05), lambda w: w.clamp(min=0), 0.01, 0),
        ),
        nn.ReLU(),
        nn.MaxPool2d(3),
        he_normal(nn.Conv2d(10, 10, 3)),
        nn.Flatten(),
        nn.Dropout(0.5),
        he_normal(nn.Linear(490, 10)),
    )


@torch.no_grad()
def evaluate(network, images, labels):
    """The mean loss and the share of images classified correctly, without dropout and with running statistics where a
    norm keeps them."""
    network.eval()
    loss, n_right = 0.0, 0
    for x, label in zip(images.split(EVALUATION_BATCH), labels.split(EVALUATION_BATCH)):
        logits = network(x)
        loss += functional.cross_entropy(logits, label, reduction="sum").item()
        n_right += (logits.argmax(1) == label).sum().item()
    network.train()
    return loss / len(labels), n_right / len(labels)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path, help="where the four gzipped IDX files lie")
    parser.add_argument("--steps", type=int, help="stop after this many")
    arguments = parser.parse_args()

    # Set by torchrun; a single process without it.
    process, n_processes = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    assert BATCH % n_processes == 0, f"{n_processes} processes cannot share batches of {BATCH} evenly"
    has_gpu = torch.cuda.is_available()
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0))) if has_gpu else torch.device("cpu")
    if has_gpu:
        torch.cuda.set_device(device)
    if n_processes > 1:
        distributed.init_process_group("nccl" if has_gpu else "gloo")

    torch.manual_seed(SEED + process)
    network = build().to(device)
    n_parameters = sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)
    assert n_parameters == N_PARAMETERS, f"{n_parameters} parameters, Blue Cube has {N_PARAMETERS}"
    model = DistributedDataParallel(network) if n_processes > 1 else network
    # PyTorch adds ε after the bias correction, Keras and Blue Cube before it: too small a difference to matter.
    optimizer = torch.optim.Adam(network.parameters(), LEARNING_RATE, betas=(0.9, 0.999), eps=1e-7)

    images, labels = load(arguments.folder, "train", device)
    test = load(arguments.folder, "t10k", device)
    # Epoch after epoch; a batch may end one epoch and begin the next.
    shuffle = torch.Generator().manual_seed(SEED)
    order = torch.cat([torch.randperm(len(labels), generator=shuffle) for _ in range(EPOCHS)])
    n_steps = min(len(order) // BATCH, arguments.steps or len(order))
    losses = []
    for step in range(1, n_steps + 1):
        batch = order[(step - 1) * BATCH : step * BATCH][process::n_processes].to(device)
        loss = functional.cross_entropy(model(images[batch]), labels[batch])
        optimizer.zero_grad()
        (loss + penalty(network)).backward()
        optimizer.step()
        constrain(network)
        losses.append(loss.item())
        if process == 0 and (step % 100 == 0 or step == n_steps):
            print(f"step {step}: loss {np.mean(losses):.4f}", flush=True)
            losses.clear()
        if process == 0 and (step * BATCH % len(labels) < BATCH or step == n_steps):
            print("test loss {:.4f}, accuracy {:.4f}".format(*evaluate(network, *test)), flush=True)
    if n_processes > 1:
        distributed.destroy_process_group()


if __name__ == "__main__":
    main()
