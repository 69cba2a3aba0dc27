class SwitchableNorm(nn.Module):
    """Normalizes with means Σ softmax(w)·μ and variances Σ softmax(w′)·σ² over instance, layer and batch norm, with
    learned w and w′ (Luo et al. 2019). All variances are biased; the stored running one is unbiased."""

    def __init__(self, channels, eps, momentum):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.mean_logits = nn.Parameter(torch.ones(3))
        self.variance_logits = nn.Parameter(torch.ones(3))
        self.weight = nn.Parameter(torch.ones(channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(channels, 1, 1))
        self.register_buffer("running_mean", torch.zeros(1, channels, 1, 1))
        self.register_buffer("running_var", torch.ones(1, channels, 1, 1))

    def forward(self, x):
        variance, mean = torch.var_mean(x, (2, 3), correction=0, keepdim=True)
        # The variance over several planes is the mean of their variances plus the variance of their means.
        merged = lambda axis: (
            mean.mean(axis, keepdim=True),
            variance.mean(axis, keepdim=True) + mean.var(axis, correction=0, keepdim=True),
        )
        of_layer, of_batch = merged(1), (self.running_mean, self.running_var)
        if self.training:
            of_batch = merged(0)
            self.move_running(*of_batch, count=x.numel() // x.shape[1])
        mix = lambda logits, moments: sum(share * moment for share, moment in zip(logits.softmax(0), moments))
        mean = mix(self.mean_logits, (mean, of_layer[0], of_batch[0]))
        variance = mix(self.variance_logits, (variance, of_layer[1], of_batch[1]))
        return self.weight * (x - mean) / torch.sqrt(variance + self.eps) + self.bias

    @torch.no_grad()
    def move_running(self, mean, variance, count):
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance * count / max(count - 1, 1), self.momentum)
