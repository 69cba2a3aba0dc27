// Sums of squares of the gradients, part by part: `clip_gradients` makes their norm of them. LANES invocations share a
// part.
// gradients: [len] f32, read.  parts: [n_parts] GradientNorm, written.
// Twin: src/kernel/gradient_norm.rs
struct Params {
    len: u32,
    part_len: u32,
    n_parts: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradients: array<f32>;
@group(0) @binding(2) var<storage, read_write> parts: array<GradientNorm>;

// Additions before a partial sum is set aside: rounding grows with the root of this number, not of the part.
const BLOCK_LEN: u32 = 32u;

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let part = invocation_of(workgroup, n_workgroups, local) / LANES;
    let lane = local % LANES;
    let inside = part < params.n_parts;
    let start = select(0u, part * params.part_len, inside);
    let end = select(0u, min(start + params.part_len, params.len), inside);
    var sums = vec2<f32>(0.0);
    for (var block = start + lane; block < end; block += BLOCK_LEN * LANES) {
        var of_block = vec2<f32>(0.0);
        for (var i = block; i < min(end, block + BLOCK_LEN * LANES); i += LANES) {
            let gradient = gradients[i];
            let scaled = vec2<f32>(clamp(gradient, -MOST_USUAL, MOST_USUAL), gradient * DOWN);
            of_block += scaled * scaled;
        }
        sums += of_block;
    }
    let all = sum_lanes4(local, vec4<f32>(sums, 0.0, 0.0));
    if inside && lane == 0u {
        parts[part] = GradientNorm(all.x, all.y);
    }
}
