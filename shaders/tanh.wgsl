// y = tanh(x). One invocation per value.
// x: [len] f32, read.  y: [len] f32, written.
// Twin: src/kernel/tanh.rs
struct Params {
    len: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

// Beyond this, tanh rounds to ±1, and exponentials in a driver's tanh may overflow farther out.
const LARGEST: f32 = 9.1;

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = invocation_of(workgroup, n_workgroups, local);
    if i < params.len {
        y[i] = select(tanh(clamp(x[i], -LARGEST, LARGEST)), x[i], is_nan(x[i]));
    }
}
