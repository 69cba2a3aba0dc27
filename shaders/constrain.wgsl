// Keeps the parts of a parameter within their bounds: each value, or the root ‖w‖ of the sum of all squares of a part.
// LANES invocations share a part.
// values: [n_parts, part_len] f32, read and written.
// Twin: src/kernel/constrain.rs
struct Params {
    part_len: u32,
    n_parts: u32,
    bounds: vec2<u32>,
    low: vec2<f32>,
    high: vec2<f32>,
    rate: vec2<f32>,
    epsilon: f32,
}
// What `bounds` apply to: nothing (0), every value (1), or ‖w‖.
const OF_NORM: u32 = 2u;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> values: array<f32>;

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let invocation = invocation_of(workgroup, n_workgroups, local);
    let part = min(invocation / LANES, 1u);
    let bounds = select(0u, params.bounds[part], invocation / LANES < params.n_parts);
    let first = part * params.part_len + local % LANES;
    let end = select(0u, (part + 1u) * params.part_len, bounds != 0u);
    var squares = 0.0;
    for (var i = first; i < select(0u, end, bounds == OF_NORM); i += LANES) {
        squares += values[i] * values[i];
    }
    let norm = sqrt(sum_lanes(local, squares));
    let low = params.low[part];
    let high = params.high[part];
    let rate = params.rate[part];
    let factor = (rate * clamp(norm, low, high) + (1.0 - rate) * norm) / (params.epsilon + norm);
    for (var i = first; i < end; i += LANES) {
        values[i] = select(clamp(values[i], low, high), values[i] * factor, bounds == OF_NORM);
    }
}
