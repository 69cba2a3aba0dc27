class AxesNormalization(Affine):
    """Mean 0 and variance 1 over `axes` of N, H, W, C, within each of `groups` of neighbouring channels."""

    def __init__(self, axes, shape, groups=1, epsilon=1e-5, **affine):
        super().__init__(shape, **affine)
        # Axis numbers after the channels are split into groups.
        self.axes = ["NHWGC".index(axis) for axis in axes]
        self.groups, self.epsilon = groups, epsilon

    def call(self, x):
        _, h, w, c = x.shape
        x_hat = self.normalized(ops.reshape(x, [-1, h, w, self.groups, c // self.groups]))
        return self.gamma * ops.reshape(x_hat, [-1, h, w, c]) + self.beta

    def normalized(self, x):
        mean, variance = ops.moments(x, self.axes, keepdims=True)
        return (x - mean) / ops.sqrt(variance + self.epsilon)
