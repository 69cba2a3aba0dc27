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
    {optimizer}

    images, labels = {images}
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
        {loss}.backward(){clip}
        optimizer.step(){after_step}
        losses.append(loss.item())
        if process == 0 and (step % 100 == 0 or step == n_steps):
            print(f"step {step}: loss {np.mean(losses):.4f}", flush=True)
            losses.clear()
        {after_epoch}
    if n_processes > 1:
        distributed.destroy_process_group()


if __name__ == "__main__":
    main()
