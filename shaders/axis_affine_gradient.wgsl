// dγ = Σ dy·x̂ and dβ = Σ dy, each over the values that share a γ and a β, which LANES invocations share.
// x, dy: [N, C, H, W] f32, read.  groups: [n_tiles] Moments, read.
// daffine: [2, affine tiles] f32, dγ then dβ, written.
// Twin: src/kernel/axis_affine_gradient.rs
@group(0) @binding(0) var<uniform> params: AxesParams;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read> groups: array<Moments>;
@group(0) @binding(4) var<storage, read_write> daffine: array<f32>;

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
    let tiling = affine_tiling(params);
    let n_places = n_tiles(tiling);
    let inside = item < n_places;
    let place = select(0u, item, inside);
    let end = select(0u, tile_len(tiling), inside);

    var total = vec2<f32>(0.0);
    for (var block = lane; block < end; block += BLOCK_LEN * LANES) {
        var part = vec2<f32>(0.0);
        for (var i = block; i < min(end, block + BLOCK_LEN * LANES); i += LANES) {
            let at = member(tiling, place, i);
            let xhat = normalized(x[at], groups[tile_of(params.tiling, at)], params.epsilon);
            part += vec2<f32>(dy[at] * xhat, dy[at]);
        }
        total += part;
    }
    let all = sum_lanes4(local, vec4<f32>(total, 0.0, 0.0));
    if inside && lane == 0u {
        daffine[place] = all.x;
        daffine[n_places + place] = all.y;
    }
}
