class RmsAxesNormalization(AxesNormalization):
    """x over the root of its mean square (Zhang, Sennrich 2019), over the axes of AxesNormalization."""

    def normalized(self, x):
        return x / ops.sqrt(ops.mean(ops.square(x), self.axes, keepdims=True) + self.epsilon)
