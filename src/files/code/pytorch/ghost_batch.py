class GhostBatchNorm(nn.BatchNorm2d):
    """Batch norm over parts of `size` images (Hoffer, Hubara, Soudry 2017). In training each part has its own mean and
    variance, and the parts update the running ones one after another."""

    def __init__(self, channels, size, **settings):
        super().__init__(channels, **settings)
        self.size = size

    def forward(self, x):
        batch_norm = super().forward
        return torch.cat([batch_norm(part) for part in x.split(self.size)]) if self.training else batch_norm(x)
