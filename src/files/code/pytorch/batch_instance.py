class BatchInstanceNorm(nn.Module):
    """y = γ·(ρ·x̂_batch + (1 − ρ)·x̂_instance) + β, with one ρ per channel, from 0 to 1 (Nam, Kim 2018)."""

    def __init__(self, channels, eps, momentum):
        super().__init__()
        self.batch = nn.BatchNorm2d(channels, eps=eps, momentum=momentum, affine=False)
        # One group per channel is instance norm, also for planes of one value, which nn.InstanceNorm2d refuses.
        self.instance = nn.GroupNorm(channels, channels, eps=eps, affine=False)
        self.rho = nn.Parameter(torch.ones(channels, 1, 1))
        self.weight = nn.Parameter(torch.ones(channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, x):
        x_hat = self.rho * self.batch(x) + (1 - self.rho) * self.instance(x)
        return self.weight * x_hat + self.bias


def parameter_groups(network):
    """ρ learns ten times as fast as the rest."""
    rhos = [parameter for name, parameter in network.named_parameters() if name.endswith("rho")]
    others = [parameter for name, parameter in network.named_parameters() if not name.endswith("rho")]
    return [{"params": others}, {"params": rhos, "lr": 10 * LEARNING_RATE}]


def clip_rho(network):
    """Clamps ρ to 0 to 1; call after each step of the optimizer."""
    with torch.no_grad():
        for layer in network.modules():
            if isinstance(layer, BatchInstanceNorm):
                layer.rho.clamp_(0, 1)
