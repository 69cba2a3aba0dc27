// Σ over images and places of every channel: the gradient of a bias. LANES invocations share a channel.
// dy: [N, C, plane_len] f32, read.  sums: [C] f32, written.
// Twin: src/kernel/channel_sums.rs
struct Params {
    n: u32,
    c: u32,
    plane_len: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let channel = invocation_of(workgroup, n_workgroups, local) / LANES;
    let lane = local % LANES;
    let inside = channel < params.c;
    var total = 0.0;
    for (var n = 0u; n < select(0u, params.n, inside); n++) {
        let start = (n * params.c + channel) * params.plane_len;
        var part = 0.0;
        for (var i = lane; i < params.plane_len; i += LANES) {
            part += dy[start + i];
        }
        total += part;
    }
    let all = sum_lanes(local, total);
    if inside && lane == 0u {
        sums[channel] = all;
    }
}
