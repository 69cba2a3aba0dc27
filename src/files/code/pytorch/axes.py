class AxesNorm(nn.Module):
    """Mean 0 and variance 1 over `axes` of N, C, H, W, within each of `groups` of neighbouring channels; γ and β have
    the shape `affine`, lengths along C, H, W."""

    def __init__(self, axes, affine, groups=1, eps=1e-5):
        super().__init__()
        # Axis numbers after the channels are split into groups.
        self.axes = ["NGCHW".index(axis) for axis in axes]
        self.groups, self.eps = groups, eps
        self.weight = nn.Parameter(torch.ones(affine))
        self.bias = nn.Parameter(torch.zeros(affine))

    def forward(self, x):
        x_hat = self.normalized(x.unflatten(1, (self.groups, -1)))
        return self.weight * x_hat.flatten(1, 2) + self.bias

    def normalized(self, x):
        variance, mean = torch.var_mean(x, self.axes, correction=0, keepdim=True)
        return (x - mean) / torch.sqrt(variance + self.eps)
