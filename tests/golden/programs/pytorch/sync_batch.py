"""Trains on MNIST with sync batch norm (2 devices), in PyTorch. Written by Blue Cube.

    python FILE FOLDER [--steps N]
    torchrun --nproc-per-node 2 FILE FOLDER [--steps N]     processes that share each batch

FOLDER holds train-images-idx3-ubyte.gz and the three other files. Needs torch and numpy.

Axes are N, C, H, W, as in Blue Cube.
momentum is PyTorch's, the weight of the new value in the running statistics: 0.01 here is 0.99 in Keras. The running
variance is the unbiased one.
"""

import argparse
import gzip
import os
import pathlib

import numpy as np
import torch
from torch import distributed, nn
from torch.distributed.nn.functional import all_reduce
from torch.nn import functional
from torch.nn.parallel import DistributedDataParallel

IMAGE = (1, 28, 28)
BATCH = 32
LEARNING_RATE = 0.001
SEED = 1
EPOCHS = 5
EVALUATION_BATCH = 100
N_PARAMETERS = 866818


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


def glorot_uniform(layer):
    """Initializes weights uniformly in ±√(6/(inputs + outputs)) and biases to 0."""
    nn.init.xavier_uniform_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


class SyncBatchNormOnCpus(nn.BatchNorm2d):
    """nn.SyncBatchNorm for processes on CPUs, which it does not support: the moments of the equal shares of all
    processes are merged, and gradients flow through the merge."""

    def forward(self, x):
        if not self.training or not distributed.is_initialized():
            return super().forward(x)
        n_processes = distributed.get_world_size()
        over_all = lambda values: all_reduce(values.mean((0, 2, 3), keepdim=True)) / n_processes
        mean = over_all(x)
        variance = over_all((x - mean) ** 2)
        count = n_processes * x.numel() // x.shape[1]
        with torch.no_grad():
            self.running_mean.lerp_(mean.flatten(), self.momentum)
            self.running_var.lerp_(variance.flatten() * count / max(count - 1, 1), self.momentum)
        x_hat = (x - mean) / torch.sqrt(variance + self.eps)
        return self.weight.view(-1, 1, 1) * x_hat + self.bias.view(-1, 1, 1)


def sync_batch_norm(channels, **settings):
    layer = nn.SyncBatchNorm if torch.cuda.is_available() else SyncBatchNormOnCpus
    return layer(channels, **settings)


def build():
    return nn.Sequential(
        glorot_uniform(nn.Conv2d(1, 10, 3)),
        sync_batch_norm(10, eps=1e-5, momentum=0.01),
        nn.Flatten(),
        glorot_uniform(nn.Linear(6760, 128)),
        nn.ReLU(),
        nn.Dropout(0.2),
        glorot_uniform(nn.Linear(128, 10)),
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
        loss.backward()
        optimizer.step()
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
