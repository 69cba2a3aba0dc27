// Scales all gradients so that their norm is at most `max_norm`, the same part as in `gradient_norm` at a time. LANES
// invocations share a part.
// parts: [n_parts] GradientNorm, read.  gradients: [len] f32, read and written.
// Twin: src/kernel/clip_gradients.rs
struct Params {
    len: u32,
    part_len: u32,
    n_parts: u32,
    max_norm: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> parts: array<GradientNorm>;
@group(0) @binding(2) var<storage, read_write> gradients: array<f32>;

// `large` of one gradient of MOST_USUAL.
const LEAST_LARGE: f32 = 0x1p-92;

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let part = invocation_of(workgroup, n_workgroups, local) / LANES;
    if part >= params.n_parts {
        return;
    }
    var usual = 0.0;
    var large = 0.0;
    for (var i = 0u; i < params.n_parts; i++) {
        usual += parts[i].usual;
        large += parts[i].large;
    }
    let is_large = large >= LEAST_LARGE;
    let down = select(1.0, DOWN, is_large);
    let scale = params.max_norm / sqrt(select(max(usual, 1e-30), large, is_large));
    if scale * down >= 1.0 {
        return;
    }
    let start = part * params.part_len;
    for (var i = start + local % LANES; i < min(start + params.part_len, params.len); i += LANES) {
        gradients[i] = gradients[i] * down * scale;
    }
}
