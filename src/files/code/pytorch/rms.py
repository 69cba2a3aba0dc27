class RmsAxesNorm(AxesNorm):
    """x divided by its root mean square (Zhang, Sennrich 2019) over the axes of AxesNorm."""

    def normalized(self, x):
        return x / torch.sqrt(x.square().mean(self.axes, keepdim=True) + self.eps)
