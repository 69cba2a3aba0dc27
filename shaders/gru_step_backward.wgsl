// The backward pass of gru_step, with dh = dh_direct + dh_product: what the next step left through its state and its
// product. dc = dh·(1 − z)·(1 − c²),  dz = dh·(h_before − c)·z·(1 − z),  dr = dc·u_c·r·(1 − r);  da = (dz, dr, dc),
// du = (dz, dr, r·dc), dh_before = dh·z. One invocation per value of the state.
// u, gates: [rows, 3, units] f32, read.  h_before, dh_direct, dh_product: [rows, units] f32, read.
// da, du: [rows, 3, units] f32, written.  dh_before: [rows, units] f32, written.
// Twin: src/kernel/gru_step_backward.rs
struct Params {
    rows: u32,
    units: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> u: array<f32>;
@group(0) @binding(2) var<storage, read> gates: array<f32>;
@group(0) @binding(3) var<storage, read> h_before: array<f32>;
@group(0) @binding(4) var<storage, read> dh_direct: array<f32>;
@group(0) @binding(5) var<storage, read> dh_product: array<f32>;
@group(0) @binding(6) var<storage, read_write> da: array<f32>;
@group(0) @binding(7) var<storage, read_write> du: array<f32>;
@group(0) @binding(8) var<storage, read_write> dh_before: array<f32>;

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
    let z = gates[at_z];
    let r = gates[at_r];
    let c = gates[at_c];
    let dh = dh_direct[i] + dh_product[i];
    let dc = dh * (1.0 - z) * (1.0 - c * c);
    let dz = dh * (h_before[i] - c) * z * (1.0 - z);
    let dr = dc * u[at_c] * r * (1.0 - r);
    da[at_z] = dz;
    da[at_r] = dr;
    da[at_c] = dc;
    du[at_z] = dz;
    du[at_r] = dr;
    du[at_c] = r * dc;
    dh_before[i] = dh * z;
}
