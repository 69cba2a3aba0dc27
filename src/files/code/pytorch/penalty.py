def penalty(network):
    """l1·Σ|w| + l2·Σw² of all that have such. The losses that are printed are without it."""
    held = [w for w in network.parameters() if hasattr(w, "l1")]
    return sum(w.l1 * w.abs().sum() + w.l2 * w.square().sum() for w in held)
