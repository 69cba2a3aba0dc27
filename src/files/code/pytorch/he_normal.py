def he_normal(layer):
    """Starts weights normal with variance 2/inputs, redrawn beyond two deviations and widened to keep the variance, as
    Keras does, and biases at 0."""
    deviation = (2 / layer.weight[0].numel()) ** 0.5 / 0.87962566
    nn.init.trunc_normal_(layer.weight, std=deviation, a=-2 * deviation, b=2 * deviation)
    nn.init.zeros_(layer.bias)
    return layer
