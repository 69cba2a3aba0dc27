// y = scale·(x − origin) + shift with the map of each plane. LANES invocations share a plane.
// x: [N·C, H·W] f32, read.  maps: [N·C] PlaneAffine, read.  y: [N·C, H·W] f32, written.
// Twin: src/kernel/scale_shift.rs
struct Params {
    n_planes: u32,
    plane_len: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> maps: array<PlaneAffine>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

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
    let map = maps[plane];
    let start = plane * params.plane_len;
    for (var i = start + local % LANES; i < start + params.plane_len; i += LANES) {
        y[i] = map.scale * (x[i] - map.origin) + map.shift;
    }
}
