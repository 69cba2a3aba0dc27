//! The backward pass of `gru_step`, with dh = dh_direct + dh_product: what the next step left by its state and by its product.
//!
//! dc = dh·(1 − z)·(1 − c²),  dz = dh·(h_before − c)·z·(1 − z),  dr = dc·u_c·r·(1 − r);  da = (dz, dr, dc),
//! du = (dz, dr, r·dc),  dh_before = dh·z.

use super::gru_step::GruParams;
use super::{Access, Bindings, KernelInfo, Params};

pub(super) const INFO: KernelInfo = KernelInfo {
    label: "gru_step_backward",
    wgsl: concat!(include_str!("../../shaders/lib/grid.wgsl"), include_str!("../../shaders/gru_step_backward.wgsl")),
    bindings: &[
        Access::Read,
        Access::Read,
        Access::Read,
        Access::Read,
        Access::Read,
        Access::ReadWrite,
        Access::ReadWrite,
        Access::ReadWrite,
    ],
    reduces: false,
    twin,
};

fn twin(params: &Params, bindings: &Bindings<'_>) {
    let params: GruParams = params.get();
    let (u, gates, h_before) = (bindings.read(0), bindings.read(1), bindings.read(2));
    let (dh_direct, dh_product) = (bindings.read(3), bindings.read(4));
    let (mut da, mut du, mut dh_before) = (bindings.write(5), bindings.write(6), bindings.write(7));
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
