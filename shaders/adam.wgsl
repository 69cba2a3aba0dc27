// One Adam step over parameters that share a rate; their number is padded to a multiple of four. One invocation per
// four parameters.
// gradients: [len] f32, read.  clock: Clock, read.  parameters, means, squares: [len] f32, read and written.
// Twin: src/kernel/adam.rs
struct Params {
    len: u32,
    beta1: f32,
    beta2: f32,
    epsilon: f32,
    rate_factor: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradients: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> clock: Clock;
@group(0) @binding(3) var<storage, read_write> parameters: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> means: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> squares: array<vec4<f32>>;

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = invocation_of(workgroup, n_workgroups, local);
    if i >= params.len / 4u {
        return;
    }
    let learning_rate = clock.learning_rate * params.rate_factor;
    let rate = learning_rate * sqrt(1.0 - clock.beta2_power) / (1.0 - clock.beta1_power);
    let gradient = held(gradients[i]);
    let mean = params.beta1 * means[i] + (1.0 - params.beta1) * gradient;
    let square = params.beta2 * squares[i] + (1.0 - params.beta2) * gradient * gradient;
    means[i] = mean;
    squares[i] = square;
    parameters[i] -= rate * mean / (sqrt(square) + params.epsilon);
}
