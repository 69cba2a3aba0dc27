def glorot_uniform(layer):
    """Starts weights uniform in ±√(6/(inputs + outputs)) and biases at 0."""
    nn.init.xavier_uniform_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer
