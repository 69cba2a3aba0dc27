// Moments of every box of values, in two passes over it: first the mean, then the squares about it, corrected by the
// remainder of the sum. About 0 if the mean is not subtracted. LANES invocations share a box.
// x: [N, C, H, W] f32, read.  groups: [n_tiles] Moments, written.
// Twin: src/kernel/axis_moments.rs
@group(0) @binding(0) var<uniform> params: AxesParams;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> groups: array<Moments>;

// Additions before a partial sum is set aside.
const BLOCK_LEN: u32 = 128u;
const SHORT_LEN: u32 = 8u;

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
    let len = tile_len(params.tiling);
    let end = select(0u, len, inside);
    let count = f32(len);
    // Subtracting a value of the box first keeps the sum small where the mean is large compared with the spread.
    let origin = x[member(params.tiling, tile, 0u)];

    var total = 0.0;
    for (var block = lane; block < end; block += BLOCK_LEN * LANES) {
        var part = 0.0;
        for (var i = block; i < min(end, block + BLOCK_LEN * LANES); i += LANES) {
            part += x[member(params.tiling, tile, i)] - origin;
        }
        total += part;
    }
    let mean = select(0.0, origin + sum_lanes(local, total) / count, params.centers == 1u);

    // Sums of blocks, added in pairs as the digits of a binary counter carry, so that a large square among small
    // ones, which are then all rounded the same way, takes part in few additions.
    var n_blocks = 0u;
    var carried: array<vec2<f32>, 32>;
    for (var block = lane; block < end; block += SHORT_LEN * LANES) {
        var part = vec2<f32>(0.0);
        for (var i = block; i < min(end, block + SHORT_LEN * LANES); i += LANES) {
            let deviation = x[member(params.tiling, tile, i)] - mean;
            part += vec2<f32>(deviation, deviation * deviation);
        }
        let digit = countTrailingZeros(~n_blocks);
        for (var i = 0u; i < digit; i++) {
            part += carried[i];
        }
        carried[digit] = part;
        n_blocks++;
    }
    var sums = vec2<f32>(0.0);
    for (var i = 0u; i < 32u; i++) {
        sums += select(vec2<f32>(0.0), carried[i], ((n_blocks >> i) & 1u) == 1u);
    }
    let all = sum_lanes4(local, vec4<f32>(sums, 0.0, 0.0));
    if inside && lane == 0u {
        let left = select(0.0, all.x / count, params.centers == 1u);
        groups[tile] = Moments(count, mean, left, max(0.0, all.y - all.x * left));
    }
}
