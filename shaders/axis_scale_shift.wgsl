// y = γ·x̂ + β with the mean of each value's box and its own γ and β. One invocation per value.
// x: [N, C, H, W] f32, read.  groups: [n_tiles] Moments, read.  affine: [2, affine tiles] f32, γ then β, read.
// y: [N, C, H, W] f32, written.
// Twin: src/kernel/axis_scale_shift.rs
@group(0) @binding(0) var<uniform> params: AxesParams;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> groups: array<Moments>;
@group(0) @binding(3) var<storage, read> affine: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = invocation_of(workgroup, n_workgroups, local);
    if i >= product(params.tiling.shape) {
        return;
    }
    let xhat = normalized(x[i], groups[tile_of(params.tiling, i)], params.epsilon);
    let tiling = affine_tiling(params);
    let place = tile_of(tiling, i);
    y[i] = affine[place] * xhat + affine[n_tiles(tiling) + place];
}
