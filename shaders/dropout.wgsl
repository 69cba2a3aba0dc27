// y = x/(1 − rate) where the mask keeps the value, else 0; the gradient is computed the same way from dy.
// The mask is a function of place, step and seed, so nothing is stored. One invocation per value.
// x: [len] f32, read.  clock: Clock, read.  y: [len] f32, written.
// Twin: src/kernel/dropout.rs
struct Params {
    len: u32,
    layer: u32,
    threshold: u32,
    scale: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> clock: Clock;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

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
    let word = pcg3d(vec3<u32>(i, clock.step, clock.seed ^ params.layer)).x;
    y[i] = select(0.0, x[i] * params.scale, word >= params.threshold);
}
