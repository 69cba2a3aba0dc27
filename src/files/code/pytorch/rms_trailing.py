class ShiftedRMSNorm(nn.RMSNorm):
    """nn.RMSNorm with a β, which it lacks."""

    def __init__(self, shape, eps):
        super().__init__(shape, eps=eps)
        self.bias = nn.Parameter(torch.zeros(shape))

    def forward(self, x):
        return super().forward(x) + self.bias
