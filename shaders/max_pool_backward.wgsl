// dx = dy of its window where x is the window's first largest value, else 0. One invocation per value of x.
// x: [planes, H, W] f32, read.  dy: [planes, H/size, W/size] f32, read.  dx: [planes, H, W] f32, written.
// Twin: src/kernel/max_pool_backward.rs
struct Params {
    n_planes: u32,
    h: u32,
    w: u32,
    size: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = invocation_of(workgroup, n_workgroups, local);
    if i >= params.n_planes * params.h * params.w {
        return;
    }
    let h_out = params.h / params.size;
    let w_out = params.w / params.size;
    let plane = i / (params.h * params.w);
    let row = i / params.w % params.h / params.size;
    let column = i % params.w / params.size;
    if row >= h_out || column >= w_out {
        dx[i] = 0.0;
        return;
    }
    let corner = (plane * params.h + row * params.size) * params.w + column * params.size;
    var best = corner;
    for (var r = 0u; r < params.size; r++) {
        for (var c = 0u; c < params.size; c++) {
            let at = corner + r * params.w + c;
            if x[at] > x[best] {
                best = at;
            }
        }
    }
    dx[i] = select(0.0, dy[(plane * h_out + row) * w_out + column], best == i);
}
