// dx = rstd·(g − E[g] − x̂·E[g·x̂]) with g = γ·dy and E the mean over each value's box; without E[g] if the mean is not
// subtracted. One invocation per value.
// x, dy: [N, C, H, W] f32, read.  groups: [n_tiles] Moments, read.  affine: [2, affine tiles] f32, γ then β, read.
// sums: [n_tiles] AxisSums, read.  dx: [N, C, H, W] f32, written.
// Twin: src/kernel/axis_scale_shift_backward.rs
@group(0) @binding(0) var<uniform> params: AxesParams;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read> groups: array<Moments>;
@group(0) @binding(4) var<storage, read> affine: array<f32>;
@group(0) @binding(5) var<storage, read> sums: array<AxisSums>;
@group(0) @binding(6) var<storage, read_write> dx: array<f32>;

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
    let tile = tile_of(params.tiling, i);
    let group = groups[tile];
    let count = f32(tile_len(params.tiling));
    let mean_g = select(0.0, sums[tile].g / count, params.centers == 1u);
    let g = affine[tile_of(affine_tiling(params), i)] * dy[i];
    let xhat = normalized(x[i], group, params.epsilon);
    dx[i] = rstd(group, params.epsilon) * ((g - mean_g) - xhat * (sums[tile].g_xhat / count));
}
