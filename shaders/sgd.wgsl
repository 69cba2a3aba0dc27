// One step of gradient descent with momentum over parameters that share a rate. One invocation per parameter.
// gradients: [len] f32, read.  clock: Clock, read.  parameters, velocities: [len] f32, read and written.
// Twin: src/kernel/sgd.rs
struct Params {
    len: u32,
    momentum: f32,
    rate_factor: f32,
    rate_in_velocity: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradients: array<f32>;
@group(0) @binding(2) var<storage, read> clock: Clock;
@group(0) @binding(3) var<storage, read_write> parameters: array<f32>;
@group(0) @binding(4) var<storage, read_write> velocities: array<f32>;

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = invocation_of(workgroup, n_workgroups, local);
    if i >= params.len {
        return;
    }
    let rate = clock.learning_rate * params.rate_factor;
    let is_keras = params.rate_in_velocity == 1u;
    let velocity = params.momentum * velocities[i] + select(1.0, rate, is_keras) * gradients[i];
    velocities[i] = velocity;
    parameters[i] -= select(rate, 1.0, is_keras) * velocity;
}
