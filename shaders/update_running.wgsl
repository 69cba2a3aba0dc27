// Moves batch norm's running statistics towards those of a batch. One invocation per channel.
// groups: [parts, C] Moments, read.  running: [C] Moments of one value each (m2 is the variance), read and written.
// Twin: src/kernel/update_running.rs
struct Params {
    n_channels: u32,
    n_parts: u32,
    momentum: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> groups: array<Moments>;
@group(0) @binding(2) var<storage, read_write> running: array<Moments>;

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let channel = invocation_of(workgroup, n_workgroups, local);
    if channel >= params.n_channels {
        return;
    }
    var kept = running[channel];
    for (var part = 0u; part < params.n_parts; part++) {
        let batch = groups[part * params.n_channels + channel];
        let sample_variance = batch.m2 / max(batch.count - 1.0, 1.0);
        let mean = kept.origin + params.momentum * (batch.origin + batch.offset - kept.origin);
        kept = Moments(1.0, mean, 0.0, kept.m2 + params.momentum * (sample_variance - kept.m2));
    }
    running[channel] = kept;
}
