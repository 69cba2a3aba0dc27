def penalized(layer, l1, l2):
    """Sets the penalty for a layer's weights; biases have none."""
    layer.weight.l1, layer.weight.l2 = l1, l2
    return layer
