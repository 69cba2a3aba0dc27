// dx = dy where y > 0, else 0. One invocation per value.
// y, dy: [len] f32, read.  dx: [len] f32, written.
// Twin: src/kernel/relu_backward.rs
struct Params {
    len: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = invocation_of(workgroup, n_workgroups, local);
    if i < params.len {
        dx[i] = select(0.0, dy[i], y[i] > 0.0);
    }
}
