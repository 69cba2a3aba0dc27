class RowGru(layers.Layer):
    """For every row x: a = norm(x·W + b), u = norm(h·U + d), three gates each, z = σ(a_z + u_z), r = σ(a_r + u_r),
    h ← z·h + (1 − z)·tanh(a_c + r·u_c), starting from h = 0; returns the last h. Steps share γ and β;
    running statistics are separate for every step. Without a norm it is layers.GRU."""

    def __init__(self, n_rows, units, norm, affine):
        super().__init__()
        self.input_product = layers.Dense(3 * units)
        self.state_product = layers.Dense(3 * units, kernel_initializer="orthogonal")
        self.input_norms, self.state_norms = ([norm() for _ in range(n_rows)] for _ in range(2))
        self.input_affine, self.state_affine = affine(), affine()

    def call(self, x):
        rows = ops.unstack(self.input_product(x), axis=1)
        h = ops.zeros_like(rows[0][:, : self.input_product.units // 3])
        for row, of_input, of_state in zip(rows, self.input_norms, self.state_norms):
            a_z, a_r, a_c = ops.split(of_table(of_input, row, self.input_affine), 3, axis=1)
            u_z, u_r, u_c = ops.split(of_table(of_state, self.state_product(h), self.state_affine), 3, axis=1)
            z, r = ops.sigmoid(a_z + u_z), ops.sigmoid(a_r + u_r)
            h = z * h + (1 - z) * ops.tanh(a_c + r * u_c)
        return h
