class RowGru(nn.Module):
    """For every row x of an image: a = norm(x·W + b), u = norm(h·U + d), three gates each, z = σ(a_z + u_z),
    r = σ(a_r + u_r), h ← z·h + (1 − z)·tanh(a_c + r·u_c), starting from h = 0; returns the last h. Without a norm
    it is nn.GRU, whose gates are in a different order."""

    def __init__(self, n_rows, inputs, units, norm=nn.Identity):
        super().__init__()
        self.input, self.state = glorot_uniform(nn.Linear(inputs, 3 * units)), nn.Linear(units, 3 * units)
        nn.init.orthogonal_(self.state.weight)
        nn.init.zeros_(self.state.bias)
        self.input_norms, self.state_norms = norms_of_steps(n_rows, norm), norms_of_steps(n_rows, norm)

    def forward(self, x):
        h = x.new_zeros(len(x), self.state.in_features)
        rows = self.input(x.flatten(1, 2)).unbind(1)
        for row, of_input, of_state in zip(rows, self.input_norms, self.state_norms):
            a_z, a_r, a_c = of_input(row).chunk(3, 1)
            u_z, u_r, u_c = of_state(self.state(h)).chunk(3, 1)
            z, r = torch.sigmoid(a_z + u_z), torch.sigmoid(a_r + u_r)
            h = z * h + (1 - z) * torch.tanh(a_c + r * u_c)
        return h
