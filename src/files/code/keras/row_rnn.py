class RowRnn(layers.Layer):
    """h ← tanh(norm(x·W + b + h·U)) for every row x, starting from h = 0; returns the last h. Steps share γ and β;
    running statistics are separate for every step."""

    def __init__(self, n_rows, units, norm, affine):
        super().__init__()
        self.input_product = layers.Dense(units)
        self.state_product = layers.Dense(units, use_bias=False, kernel_initializer="orthogonal")
        self.norms, self.affine = [norm() for _ in range(n_rows)], affine()

    def call(self, x):
        rows = ops.unstack(self.input_product(x), axis=1)
        h = ops.zeros_like(rows[0])
        for row, norm in zip(rows, self.norms):
            h = ops.tanh(of_table(norm, row + self.state_product(h), self.affine))
        return h
