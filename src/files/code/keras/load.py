def load(folder, part):
    """Images, N×H×W×C from 0 to 1, and labels."""
    images = read_idx(folder / f"{part}-images-idx3-ubyte.gz").astype(np.float32) / 255
    return images.reshape(-1, *IMAGE), read_idx(folder / f"{part}-labels-idx1-ubyte.gz")
