def glorot_uniform(layer):
    """Initializes weights uniformly in ±√(6/(inputs + outputs)) and biases to 0."""
    nn.init.xavier_uniform_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer
