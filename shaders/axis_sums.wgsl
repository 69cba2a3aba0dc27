// Σ g and Σ g·x̂ of every box, with g = γ·dy. LANES invocations share a box.
// x, dy: [N, C, H, W] f32, read.  groups: [n_tiles] Moments, read.  affine: [2, affine tiles] f32, γ then β, read.
// sums: [n_tiles] AxisSums, written.
// Twin: src/kernel/axis_sums.rs
@group(0) @binding(0) var<uniform> params: AxesParams;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read> groups: array<Moments>;
@group(0) @binding(4) var<storage, read> affine: array<f32>;
@group(0) @binding(5) var<storage, read_write> sums: array<AxisSums>;

// Additions before a partial sum is set aside.
const BLOCK_LEN: u32 = 128u;

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let item = invocation_of(workgroup, n_workgroups, local) / LANES;
    let lane = local % LANES;
    let inside = item < n_tiles(params.tiling);
    let tile = select(0u, item, inside);
    let end = select(0u, tile_len(params.tiling), inside);
    let group = groups[tile];
    let tiling = affine_tiling(params);

    var total = vec2<f32>(0.0);
    for (var block = lane; block < end; block += BLOCK_LEN * LANES) {
        var part = vec2<f32>(0.0);
        for (var i = block; i < min(end, block + BLOCK_LEN * LANES); i += LANES) {
            let at = member(params.tiling, tile, i);
            let g = affine[tile_of(tiling, at)] * dy[at];
            part += vec2<f32>(g, g * normalized(x[at], group, params.epsilon));
        }
        total += part;
    }
    let all = sum_lanes4(local, vec4<f32>(total, 0.0, 0.0));
    if inside && lane == 0u {
        sums[tile] = AxisSums(all.x, all.y);
    }
}
