class RmsAxesNormalization(AxesNormalization):
    """x divided by its root mean square (Zhang, Sennrich 2019) over the axes of AxesNormalization."""

    def normalized(self, x):
        return x / ops.sqrt(ops.mean(ops.square(x), self.axes, keepdims=True) + self.epsilon)
