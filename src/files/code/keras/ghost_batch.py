class GhostBatchNormalization(layers.BatchNormalization):
    """Batch norm over parts of `size` images (Hoffer, Hubara, Soudry 2017). In training each part has its own mean and
    variance, and the parts update the running ones one after another."""

    def __init__(self, size, **settings):
        super().__init__(**settings)
        self.size = size

    def call(self, x, training=False):
        batch_norm = super().call
        if not training:
            return batch_norm(x, training=False)
        parts = ops.split(x, BATCH // self.size)
        return ops.concatenate([batch_norm(part, training=True) for part in parts])
