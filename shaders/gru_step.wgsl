// One step of a gated recurrent unit: z = σ(a_z + u_z), r = σ(a_r + u_r), c = tanh(a_c + r·u_c),
// h = z·h_before + (1 − z)·c.
// One invocation per value of the state.
// a, u: [rows, 3, units] f32, from the input and from the previous state, read.  h_before: [rows, units] f32, read.
// gates: [rows, 3, units] f32, z then r then c, written.  h: [rows, units] f32, written.
// Twin: src/kernel/gru_step.rs
struct Params {
    rows: u32,
    units: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> u: array<f32>;
@group(0) @binding(3) var<storage, read> h_before: array<f32>;
@group(0) @binding(4) var<storage, read_write> gates: array<f32>;
@group(0) @binding(5) var<storage, read_write> h: array<f32>;

// Beyond this, σ and tanh are at their limits, and exponentials in a driver may overflow farther out.
const LARGEST_SIGMOID: f32 = 80.0;
const LARGEST_TANH: f32 = 9.1;

fn sigmoid(x: f32) -> f32 {
    return select(1.0 / (1.0 + exp(-clamp(x, -LARGEST_SIGMOID, LARGEST_SIGMOID))), x, is_nan(x));
}

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = invocation_of(workgroup, n_workgroups, local);
    if i >= params.rows * params.units {
        return;
    }
    let at_z = i / params.units * 3u * params.units + i % params.units;
    let at_r = at_z + params.units;
    let at_c = at_r + params.units;
    let z = sigmoid(a[at_z] + u[at_z]);
    let r = sigmoid(a[at_r] + u[at_r]);
    let before_tanh = a[at_c] + r * u[at_c];
    let c = select(tanh(clamp(before_tanh, -LARGEST_TANH, LARGEST_TANH)), before_tanh, is_nan(before_tanh));
    gates[at_z] = z;
    gates[at_r] = r;
    gates[at_c] = c;
    h[i] = z * h_before[i] + (1.0 - z) * c;
}
