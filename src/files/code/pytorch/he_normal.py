def he_normal(layer):
    """Initializes weights normally with variance 2/inputs, redrawn beyond two standard deviations and rescaled to keep
    the variance, as in Keras, and biases to 0."""
    deviation = (2 / layer.weight[0].numel()) ** 0.5 / 0.87962566
    nn.init.trunc_normal_(layer.weight, std=deviation, a=-2 * deviation, b=2 * deviation)
    nn.init.zeros_(layer.bias)
    return layer
