class Affine(layers.Layer):
    """Has γ and β of the shape `affine`, of lengths along H, W, C."""

    def __init__(self, affine):
        super().__init__()
        self.gamma = self.add_weight(shape=affine, initializer="ones", name="gamma")
        self.beta = self.add_weight(shape=affine, initializer="zeros", name="beta")
