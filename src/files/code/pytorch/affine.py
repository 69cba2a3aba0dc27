def affine(norm, gamma=None, beta=None):
    """Sets how γ and β of a norm start and what holds them: (start, constraint, L1, L2). None leaves one out: it stays
    1 or 0."""
    for parameter, rules in [(norm.weight, gamma), (norm.bias, beta)]:
        parameter.requires_grad_(rules is not None)
        if rules is not None:
            start, parameter.constraint, parameter.l1, parameter.l2 = rules
            start(parameter)
    return norm


def scaled(w, norm):
    """w with that norm, as Keras' constraints have it."""
    return w * norm / (1e-7 + w.norm())


def penalty(network):
    """l1·Σ|w| + l2·Σw² of all that have such. The losses that are printed are without it."""
    held = [w for w in network.parameters() if hasattr(w, "l1")]
    return sum(w.l1 * w.abs().sum() + w.l2 * w.square().sum() for w in held)


def constrain(network):
    """Applies the constraints: after each step of the optimizer."""
    with torch.no_grad():
        for w in network.parameters():
            if getattr(w, "constraint", None) is not None:
                w.copy_(w.constraint(w))
