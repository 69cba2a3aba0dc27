class RowRnn(nn.Module):
    """h ← tanh(norm(x·W + b + h·U)) for every row x of an image, starting from h = 0; returns the last h."""

    def __init__(self, n_rows, inputs, units, norm=nn.Identity):
        super().__init__()
        self.input, self.state = glorot_uniform(nn.Linear(inputs, units)), nn.Linear(units, units, bias=False)
        nn.init.orthogonal_(self.state.weight)
        self.norms = norms_of_steps(n_rows, norm)

    def forward(self, x):
        h = x.new_zeros(len(x), self.state.in_features)
        for row, norm in zip(self.input(x.flatten(1, 2)).unbind(1), self.norms):
            h = torch.tanh(norm(row + self.state(h)))
        return h
