//! One step of a gated recurrent unit: z = σ(a_z + u_z), r = σ(a_r + u_r), c = tanh(a_c + r·u_c),
//! h = z·h_before + (1 − z)·c.
//!
//! Source: Keras' GRU with `reset_after=True`; Cho et al. 2014 instead has r·h before the product that is u here.

use super::{Items, Pass};
use bytemuck::{Pod, Zeroable};

/// Parameters of a state of `[rows, units]`, with three gates.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[expect(missing_docs, reason = "the names say it")]
pub struct GruParams {
    pub rows: u32,
    pub units: u32,
}

kernel! {
    gru_step(GruParams) uses [nan];
    read a: [f32],
    read u: [f32],
    read h_before: [f32],
    write gates: [f32],
    write h: [f32],
}

/// A pass with one invocation per value of the state.
pub fn pass(params: GruParams, slots: Slots) -> Pass {
    slots.pass(&params, Items::single(params.rows * params.units))
}

fn twin(params: GruParams, Bound { a, u, h_before, mut gates, mut h }: Bound<'_>) {
    for i in 0..(params.rows * params.units) as usize {
        let [at_z, at_r, at_c] = params.gates_of(i);
        let z = sigmoid(a[at_z] + u[at_z]);
        let r = sigmoid(a[at_r] + u[at_r]);
        let c = libm::tanhf(a[at_c] + r * u[at_c]);
        (gates[at_z], gates[at_r], gates[at_c]) = (z, r, c);
        h[i] = z * h_before[i] + (1.0 - z) * c;
    }
}

impl GruParams {
    /// Where z, r and c of a value of the state are in the table of gates.
    pub(super) fn gates_of(self, i: usize) -> [usize; 3] {
        let units = self.units as usize;
        let at_z = i / units * 3 * units + i % units;
        [at_z, at_z + units, at_z + 2 * units]
    }
}

/// 1/(1 + e^−x), with the same bits natively and in wasm.
fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + libm::expf(-x))
}
