// The affine map of every plane, y = scale·(x − origin) + shift, from its group's moments and its channel's γ and β.
// One invocation per plane.
// groups: [n_groups] Moments, read.  affine: [2, C] f32, γ then β, read.  maps: [N·C] PlaneAffine, written.
// Twin: src/kernel/fold_forward.rs
struct Params {
    grouping: Grouping,
    epsilon: f32,
    own_moments: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> groups: array<Moments>;
@group(0) @binding(2) var<storage, read> affine: array<f32>;
@group(0) @binding(3) var<storage, read_write> maps: array<PlaneAffine>;

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let plane = invocation_of(workgroup, n_workgroups, local);
    if plane >= params.grouping.n * params.grouping.c {
        return;
    }
    let moments = groups[group_of(params.grouping, plane)];
    let channel = plane % params.grouping.c;
    let scale = affine[channel] * rstd(moments, params.epsilon);
    let beta = affine[params.grouping.c + channel];
    maps[plane] = PlaneAffine(moments.origin, scale, beta - scale * moments.offset);
}
