//! The backward pass of `gru_step`, with dh = dh_direct + dh_product: what the next step left through its state and its
//! product.
//!
//! dc = dh·(1 − z)·(1 − c²),  dz = dh·(h_before − c)·z·(1 − z),  dr = dc·u_c·r·(1 − r);  da = (dz, dr, dc),
//! du = (dz, dr, r·dc),  dh_before = dh·z.

use super::gru_step::GruParams;
use super::{Items, Pass};

kernel! {
    gru_step_backward(GruParams) uses [];
    read u: [f32],
    read gates: [f32],
    read h_before: [f32],
    read dh_direct: [f32],
    read dh_product: [f32],
    write da: [f32],
    write du: [f32],
    write dh_before: [f32],
}

/// A pass with one invocation per value of the state.
pub fn pass(params: GruParams, slots: Slots) -> Pass {
    slots.pass(&params, Items::single(params.rows * params.units))
}

fn twin(params: GruParams, bound: Bound<'_>) {
    let Bound { u, gates, h_before, dh_direct, dh_product, mut da, mut du, mut dh_before } = bound;
    for i in 0..(params.rows * params.units) as usize {
        let [at_z, at_r, at_c] = params.gates_of(i);
        let (z, r, c) = (gates[at_z], gates[at_r], gates[at_c]);
        let dh = dh_direct[i] + dh_product[i];
        let dc = dh * (1.0 - z) * (1.0 - c * c);
        let dz = dh * (h_before[i] - c) * z * (1.0 - z);
        let dr = dc * u[at_c] * r * (1.0 - r);
        (da[at_z], da[at_r], da[at_c]) = (dz, dr, dc);
        (du[at_z], du[at_r], du[at_c]) = (dz, dr, r * dc);
        dh_before[i] = dh * z;
    }
}
