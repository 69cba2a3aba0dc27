class Affine(layers.Layer):
    """γ and β have the shape `affine`, lengths along H, W, C. Without scale or center they stay 1 or 0."""

    def __init__(
        self,
        affine,
        scale=True,
        center=True,
        gamma_initializer="ones",
        beta_initializer="zeros",
        gamma_constraint=None,
        beta_constraint=None,
        gamma_regularizer=None,
        beta_regularizer=None,
    ):
        super().__init__()
        gamma = dict(initializer=gamma_initializer, constraint=gamma_constraint, regularizer=gamma_regularizer)
        beta = dict(initializer=beta_initializer, constraint=beta_constraint, regularizer=beta_regularizer)
        self.gamma = self.add_weight(shape=affine, trainable=scale, name="gamma", **gamma)
        self.beta = self.add_weight(shape=affine, trainable=center, name="beta", **beta)
