class BatchInstanceNormalization(Affine):
    """y = γ·(ρ·x̂_batch + (1 − ρ)·x̂_instance) + β, with one ρ per channel, from 0 to 1 (Nam, Kim 2018)."""

    def __init__(self, channels, epsilon, momentum, **affine):
        super().__init__([channels], **affine)
        plain = dict(epsilon=epsilon, center=False, scale=False)
        self.batch = layers.BatchNormalization(momentum=momentum, **plain)
        self.instance = layers.GroupNormalization(groups=channels, **plain)
        self.small_rho = self.add_weight(
            shape=[channels],
            initializer=keras.initializers.Constant(1 / RHO_UNIT),
            constraint=lambda small: ops.clip(small, 0, 1 / RHO_UNIT),
            name="small_rho",
        )

    def build(self, shape):
        self.batch.build(shape)
        self.instance.build(shape)

    def call(self, x, training=False):
        rho = RHO_UNIT * self.small_rho
        x_hat = rho * self.batch(x, training=training) + (1 - rho) * self.instance(x)
        return self.gamma * x_hat + self.beta
