// Ends a step: counts it and advances the powers that Adam's bias correction needs. A single invocation.
// clock: Clock, read and written.
// Twin: src/kernel/tick.rs
struct Params {
    beta1: f32,
    beta2: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> clock: Clock;

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    if invocation_of(workgroup, n_workgroups, local) == 0u {
        clock.step += 1u;
        clock.beta1_power *= params.beta1;
        clock.beta2_power *= params.beta2;
    }
}
