// 2-D convolution (as in all of deep learning: correlation), stride 1, zero padding. One invocation per value of y.
// x: [N, C_in, H, W] f32, read.  weights: [C_out, C_in, K, K] f32, read.  bias: [C_out] f32, read.
// y: [N, C_out, H_out, W_out] f32, written.
// Twin: src/kernel/conv2d.rs
@group(0) @binding(0) var<uniform> params: Conv2d;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = invocation_of(workgroup, n_workgroups, local);
    if i >= params.n * params.c_out * params.h_out * params.w_out {
        return;
    }
    let column = i % params.w_out;
    let row = i / params.w_out % params.h_out;
    let c_out = i / (params.w_out * params.h_out) % params.c_out;
    let n = i / (params.w_out * params.h_out * params.c_out);
    var total = bias[c_out];
    for (var c_in = 0u; c_in < params.c_in; c_in++) {
        let plane = (n * params.c_in + c_in) * params.h;
        let kernel = (c_out * params.c_in + c_in) * params.kernel;
        for (var r = 0u; r < params.kernel; r++) {
            // A number below zero wraps to one that is also out of range.
            let h = row + r - params.padding;
            for (var s = 0u; s < params.kernel; s++) {
                let w = column + s - params.padding;
                if h < params.h && w < params.w {
                    total += weights[(kernel + r) * params.kernel + s] * x[(plane + h) * params.w + w];
                }
            }
        }
    }
    y[i] = total;
}
