def load(folder, part, device):
    """Images, N×C×H×W from 0 to 1, and labels."""
    images = read_idx(folder / f"{part}-images-idx3-ubyte.gz").astype(np.float32) / 255
    labels = read_idx(folder / f"{part}-labels-idx1-ubyte.gz").astype(np.int64)
    return torch.from_numpy(images).view(-1, *IMAGE).to(device), torch.from_numpy(labels).to(device)
