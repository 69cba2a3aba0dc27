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
        {optimizer},
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"{data_loss}],
    )
    images, labels = {images}
    test = load(arguments.folder, "t10k")
{schedule}    # Whole batches only. Blue Cube's last batch of an epoch continues with images of the next.
    n_images = min(len(labels) // BATCH, arguments.steps or len(labels)) * BATCH
    for epoch in range(1 if arguments.steps else EPOCHS):
        model.fit(images[:n_images], labels[:n_images], BATCH, verbose=2)
        {outcome} = model.evaluate(*test, EVALUATION_BATCH, verbose=0)
        print(f"epoch {epoch + 1}: test loss {loss:.4f}, accuracy {accuracy:.4f}", flush=True){after_epoch}


if __name__ == "__main__":
    main()
