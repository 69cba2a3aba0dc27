// Moments of every plane, in two passes over it: first the mean, then the squares about it, corrected by the remainder
// of the sum. LANES invocations share a plane.
// x: [N·C, H·W] f32, read.  planes: [N·C] Moments, written.
// Twin: src/kernel/plane_moments.rs
struct Params {
    n_planes: u32,
    plane_len: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> planes: array<Moments>;

// Additions before a partial sum is set aside: rounding grows with the root of this number, not of the plane.
const BLOCK_LEN: u32 = 32u;

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let plane = invocation_of(workgroup, n_workgroups, local) / LANES;
    let lane = local % LANES;
    let inside = plane < params.n_planes;
    let start = select(0u, plane * params.plane_len, inside);
    let end = select(0u, start + params.plane_len, inside);
    let count = f32(params.plane_len);
    // Subtracting a value of the plane first keeps the sum small where the mean is large compared with the spread.
    let origin = x[start];

    var total = 0.0;
    for (var block = start + lane; block < end; block += BLOCK_LEN * LANES) {
        var part = 0.0;
        for (var i = block; i < min(end, block + BLOCK_LEN * LANES); i += LANES) {
            part += x[i] - origin;
        }
        total += part;
    }
    let mean = origin + sum_lanes(local, total) / count;

    var sums = vec2<f32>(0.0);
    for (var block = start + lane; block < end; block += BLOCK_LEN * LANES) {
        var part = vec2<f32>(0.0);
        for (var i = block; i < min(end, block + BLOCK_LEN * LANES); i += LANES) {
            let deviation = x[i] - mean;
            part += vec2<f32>(deviation, deviation * deviation);
        }
        sums += part;
    }
    let all = sum_lanes4(local, vec4<f32>(sums, 0.0, 0.0));
    if inside && lane == 0u {
        planes[plane] = Moments(count, mean, all.x / count, max(0.0, all.y - all.x * all.x / count));
    }
}
