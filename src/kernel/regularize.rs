//! Prepares the gradient of a parameter for the optimizer: adds the slope of the penalty, l1·sign(w) + 2·l2·w, and
//! clears the gradient of a part that is not trained.

use super::{Items, Pass};
use bytemuck::{Pod, Zeroable};

/// Parameters for a parameter of one or two parts.
#[repr(C)]
#[derive(Clone, Copy, Default, Debug, Pod, Zeroable)]
#[expect(missing_docs, reason = "the names say it")]
pub struct RegularizeParams {
    pub part_len: u32,
    pub n_parts: u32,
    pub l1: [f32; 2],
    pub l2: [f32; 2],
    /// 1 or 0.
    pub is_trained: [u32; 2],
}

kernel! {
    regularize(RegularizeParams) uses [];
    read values: [f32],
    write gradient: [f32],
}

/// A pass with one invocation per value.
pub fn pass(params: RegularizeParams, slots: Slots) -> Pass {
    slots.pass(&params, Items::single(params.n_parts * params.part_len))
}

fn twin(params: RegularizeParams, Bound { values, mut gradient }: Bound<'_>) {
    let part_len = params.part_len as usize;
    for (part, gradient) in gradient.chunks_exact_mut(part_len).enumerate() {
        if params.is_trained[part] == 0 {
            gradient.fill(0.0);
            continue;
        }
        for (gradient, &value) in gradient.iter_mut().zip(&values[part * part_len..]) {
            // `signum` of 0 is 1.
            let sign = if value == 0.0 { 0.0 } else { value.signum() };
            *gradient += params.l1[part] * sign + 2.0 * params.l2[part] * value;
        }
    }
}
