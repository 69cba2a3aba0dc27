// y = scale·(x − origin) + shift with the map of each plane. One invocation a value.
// x: [N·C, H·W] f32, read.  maps: [N·C] PlaneAffine, read.  y: [N·C, H·W] f32, written.
// Twin: src/kernel/scale_shift.rs
struct Params {
    n_planes: u32,
    plane_len: u32,
}
struct PlaneAffine {
    origin: f32,
    scale: f32,
    shift: f32,
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
    let i = invocation_of(workgroup, n_workgroups, local);
    if i >= params.n_planes * params.plane_len {
        return;
    }
    let map = maps[i / params.plane_len];
    y[i] = map.scale * (x[i] - map.origin) + map.shift;
}
