// Puts the rows of one step in their places among the rows of all steps: all[:, step] = x. One invocation per value.
// x: [rows, len] f32, read.  all: [rows, n_steps, len] f32, written at the step.
// Twin: src/kernel/step_stack.rs
struct Params {
    rows: u32,
    len: u32,
    n_steps: u32,
    step: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> all: array<f32>;

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = invocation_of(workgroup, n_workgroups, local);
    if i < params.rows * params.len {
        all[(i / params.len * params.n_steps + params.step) * params.len + i % params.len] = x[i];
    }
}
