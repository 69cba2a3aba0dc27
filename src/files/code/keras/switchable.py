class SwitchableNormalization(Affine):
    """Normalizes with means Σ softmax(w)·μ and variances Σ softmax(w′)·σ² over instance, layer and batch norm, with
    learned w and w′ (Luo et al. 2019). All variances are biased; the stored running one is unbiased."""

    def __init__(self, channels, epsilon, momentum, **affine):
        super().__init__([channels], **affine)
        self.epsilon, self.momentum = epsilon, momentum
        self.mean_logits = self.add_weight(shape=[3], initializer="ones", name="mean_logits")
        self.variance_logits = self.add_weight(shape=[3], initializer="ones", name="variance_logits")
        kept = dict(shape=[1, 1, 1, channels], trainable=False)
        self.moving_mean = self.add_weight(initializer="zeros", name="moving_mean", **kept)
        self.moving_variance = self.add_weight(initializer="ones", name="moving_variance", **kept)

    def call(self, x, training=False):
        mean, variance = ops.moments(x, [1, 2], keepdims=True)
        # The variance over several planes is the mean of their variances plus the variance of their means.
        merged = lambda axis: (
            ops.mean(mean, axis, keepdims=True),
            ops.mean(variance, axis, keepdims=True) + ops.var(mean, axis, keepdims=True),
        )
        of_layer, of_batch = merged(3), (self.moving_mean, self.moving_variance)
        if training:
            of_batch = merged(0)
            self.move_running(*of_batch, count=BATCH * x.shape[1] * x.shape[2])
        shares = lambda logits: ops.unstack(ops.softmax(logits))
        mix = lambda logits, moments: sum(share * moment for share, moment in zip(shares(logits), moments))
        mean = mix(self.mean_logits, (mean, of_layer[0], of_batch[0]))
        variance = mix(self.variance_logits, (variance, of_layer[1], of_batch[1]))
        return self.gamma * (x - mean) / ops.sqrt(variance + self.epsilon) + self.beta

    def move_running(self, mean, variance, count):
        unbiased = variance * count / max(count - 1, 1)
        for kept, new in [(self.moving_mean, mean), (self.moving_variance, unbiased)]:
            kept.assign(self.momentum * kept + (1 - self.momentum) * new)
