// Prepares the gradient of a parameter for the optimizer: adds the slope of the penalty l1·Σ|w| + l2·Σw² to the
// gradient of every trained part, and sets the gradient of a fixed part to 0. One invocation per value.
// values: [n_parts, part_len] f32, read.  gradient: the same, read and written.
// Twin: src/kernel/regularize.rs
struct Params {
    part_len: u32,
    n_parts: u32,
    l1: vec2<f32>,
    l2: vec2<f32>,
    is_trained: vec2<u32>,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var<storage, read_write> gradient: array<f32>;

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = invocation_of(workgroup, n_workgroups, local);
    if i >= params.n_parts * params.part_len {
        return;
    }
    let part = i / params.part_len;
    let value = values[i];
    let slope = params.l1[part] * sign(value) + 2.0 * params.l2[part] * value;
    gradient[i] = select(0.0, gradient[i] + slope, params.is_trained[part] == 1u);
}
