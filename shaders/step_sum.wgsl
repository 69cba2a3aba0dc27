// The input of one step of a recurrence: y = all[:, step] + u, or just all[:, step] at the first step. One invocation
// per value.
// all: [rows, n_steps, len] f32, read.  u: [rows, len] f32, read except at the first step.  y: [rows, len] f32, written.
// Twin: src/kernel/step_sum.rs
struct Params {
    rows: u32,
    len: u32,
    n_steps: u32,
    step: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> all: array<f32>;
@group(0) @binding(2) var<storage, read> u: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = invocation_of(workgroup, n_workgroups, local);
    if i >= params.rows * params.len {
        return;
    }
    let own = all[(i / params.len * params.n_steps + params.step) * params.len + i % params.len];
    if params.step == 0u {
        y[i] = own;
    } else {
        y[i] = own + u[i];
    }
}
