def penalty(network):
    """l1·Σ|w| + l2·Σw² over all penalized weights. The printed losses do not include it."""
    held = [w for w in network.parameters() if hasattr(w, "l1")]
    return sum(w.l1 * w.abs().sum() + w.l2 * w.square().sum() for w in held)
