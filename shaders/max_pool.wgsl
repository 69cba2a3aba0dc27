// The largest value of every size × size window; windows do not overlap. One invocation per window.
// x: [planes, H, W] f32, read.  y: [planes, H/size, W/size] f32, written.
// Twin: src/kernel/max_pool.rs
struct Params {
    n_planes: u32,
    h: u32,
    w: u32,
    size: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = invocation_of(workgroup, n_workgroups, local);
    let h_out = params.h / params.size;
    let w_out = params.w / params.size;
    if i >= params.n_planes * h_out * w_out {
        return;
    }
    let plane = i / (h_out * w_out);
    let corner = (plane * params.h + i / w_out % h_out * params.size) * params.w + i % w_out * params.size;
    var largest = x[corner];
    for (var row = 0u; row < params.size; row++) {
        for (var column = 0u; column < params.size; column++) {
            largest = max(largest, x[corner + row * params.w + column]);
        }
    }
    y[i] = largest;
}
