def penalized(layer, l1, l2):
    """Sets what large weights of a layer cost; biases cost nothing."""
    layer.weight.l1, layer.weight.l2 = l1, l2
    return layer
