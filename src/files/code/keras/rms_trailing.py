class ShiftedRMSNormalization(layers.RMSNormalization):
    """RMSNormalization, which has no β, with one."""

    def build(self, shape):
        super().build(shape)
        self.beta = self.add_weight(shape=self.scale.shape, initializer="zeros", name="beta")

    def call(self, x):
        return super().call(x) + self.beta
