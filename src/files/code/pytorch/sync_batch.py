class SyncBatchNormOnCpus(nn.BatchNorm2d):
    """nn.SyncBatchNorm for processes on CPUs, which it does not support: the moments of the equal shares of all
    processes are merged, and gradients flow through the merge."""

    def forward(self, x):
        if not self.training or not distributed.is_initialized():
            return super().forward(x)
        n_processes = distributed.get_world_size()
        over_all = lambda values: all_reduce(values.mean((0, 2, 3), keepdim=True)) / n_processes
        mean = over_all(x)
        variance = over_all((x - mean) ** 2)
        count = n_processes * x.numel() // x.shape[1]
        with torch.no_grad():
            self.running_mean.lerp_(mean.flatten(), self.momentum)
            self.running_var.lerp_(variance.flatten() * count / max(count - 1, 1), self.momentum)
        x_hat = (x - mean) / torch.sqrt(variance + self.eps)
        return self.weight.view(-1, 1, 1) * x_hat + self.bias.view(-1, 1, 1)


def sync_batch_norm(channels, **settings):
    layer = nn.SyncBatchNorm if torch.cuda.is_available() else SyncBatchNormOnCpus
    return layer(channels, **settings)
