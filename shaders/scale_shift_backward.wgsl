// dx = dy·∂y + x·(x − origin) + one with the pullback of each plane. LANES invocations share a plane.
// x, dy: [N·C, H·W] f32, read.  maps: [N·C] PlaneAffine, read.  pullbacks: [N·C] PlanePullback, read.
// dx: [N·C, H·W] f32, written.
// Twin: src/kernel/scale_shift_backward.rs
struct Params {
    n_planes: u32,
    plane_len: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read> maps: array<PlaneAffine>;
@group(0) @binding(4) var<storage, read> pullbacks: array<PlanePullback>;
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let plane = invocation_of(workgroup, n_workgroups, local) / LANES;
    if plane >= params.n_planes {
        return;
    }
    let origin = maps[plane].origin;
    let pullback = pullbacks[plane];
    let start = plane * params.plane_len;
    for (var i = start + local % LANES; i < start + params.plane_len; i += LANES) {
        dx[i] = pullback.dy * dy[i] + pullback.x * (x[i] - origin) + pullback.one;
    }
}
