def affine(norm, gamma=None, beta=None):
    """Sets initializer, constraint, L1 and L2 of γ and β of a norm. None leaves one out: it stays 1 or 0."""
    for parameter, rules in [(norm.weight, gamma), (norm.bias, beta)]:
        parameter.requires_grad_(rules is not None)
        if rules is not None:
            start, parameter.constraint, parameter.l1, parameter.l2 = rules
            start(parameter)
    return norm


def scaled(w, norm):
    """w scaled to that norm, as Keras' constraints do."""
    return w * norm / (1e-7 + w.norm())
