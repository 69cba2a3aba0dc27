// Gradient of a convolution with respect to its weights. LANES invocations share a weight.
// x: [N, C_in, H, W] f32, read.  dy: [N, C_out, H_out, W_out] f32, read.
// dweights: [C_out, C_in, K, K] f32, written.
// Twin: src/kernel/conv2d_grad_weight.rs
@group(0) @binding(0) var<uniform> params: Conv2d;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dweights: array<f32>;

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = invocation_of(workgroup, n_workgroups, local) / LANES;
    let lane = local % LANES;
    let s = i % params.kernel;
    let r = i / params.kernel % params.kernel;
    let c_in = i / (params.kernel * params.kernel) % params.c_in;
    let c_out = i / (params.kernel * params.kernel * params.c_in);
    let inside = c_out < params.c_out;
    var total = 0.0;
    // A lane processes whole rows of dy, over all images.
    for (var line = lane; line < select(0u, params.n * params.h_out, inside); line += LANES) {
        let n = line / params.h_out;
        let row = line % params.h_out;
        // A number below zero wraps to one that is also out of range.
        let h = row + r - params.padding;
        if h >= params.h {
            continue;
        }
        let x_line = ((n * params.c_in + c_in) * params.h + h) * params.w;
        let dy_line = ((n * params.c_out + c_out) * params.h_out + row) * params.w_out;
        var part = 0.0;
        for (var column = 0u; column < params.w_out; column++) {
            let w = column + s - params.padding;
            if w < params.w {
                part += x[x_line + w] * dy[dy_line + column];
            }
        }
        total += part;
    }
    let all = sum_lanes(local, total);
    if inside && lane == 0u {
        dweights[i] = all;
    }
}
