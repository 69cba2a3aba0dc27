// Gradient of a convolution with respect to its input. One invocation per value of x.
// weights: [C_out, C_in, K, K] f32, read.  dy: [N, C_out, H_out, W_out] f32, read.
// dx: [N, C_in, H, W] f32, written.
// Twin: src/kernel/conv2d_grad_input.rs
@group(0) @binding(0) var<uniform> params: Conv2d;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = invocation_of(workgroup, n_workgroups, local);
    if i >= params.n * params.c_in * params.h * params.w {
        return;
    }
    let column = i % params.w;
    let row = i / params.w % params.h;
    let c_in = i / (params.w * params.h) % params.c_in;
    let n = i / (params.w * params.h * params.c_in);
    var total = 0.0;
    for (var c_out = 0u; c_out < params.c_out; c_out++) {
        let plane = (n * params.c_out + c_out) * params.h_out;
        let kernel = (c_out * params.c_in + c_in) * params.kernel;
        for (var r = 0u; r < params.kernel; r++) {
            // A number below zero wraps to one that is also out of range.
            let h = row + params.padding - r;
            for (var s = 0u; s < params.kernel; s++) {
                let w = column + params.padding - s;
                if h < params.h_out && w < params.w_out {
                    total += weights[(kernel + r) * params.kernel + s] * dy[(plane + h) * params.w_out + w];
                }
            }
        }
    }
    dx[i] = total;
}
