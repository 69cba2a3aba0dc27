def constrain(network):
    """Applies the constraints; call after each step of the optimizer."""
    with torch.no_grad():
        for w in network.parameters():
            if getattr(w, "constraint", None) is not None:
                w.copy_(w.constraint(w))
