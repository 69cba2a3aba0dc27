class ShiftedRMSNormalization(layers.RMSNormalization):
    """RMSNormalization with a β, which it lacks."""

    def build(self, shape):
        super().build(shape)
        self.beta = self.add_weight(shape=self.scale.shape, initializer="zeros", name="beta")

    def call(self, x):
        return super().call(x) + self.beta
