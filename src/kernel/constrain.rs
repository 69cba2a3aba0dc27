//! Keeps the parts of a parameter within their bounds after an update.
//!
//! Bounds on values: w ← clip(w, low, high).  Bounds on the norm:
//! w ← w·(rate·clip(‖w‖, low, high) + (1 − rate)·‖w‖)/(ε + ‖w‖), with ‖w‖ = √Σw² over a part. That is Keras'
//! `MinMaxNorm`; `MaxNorm` is that with low = 0 and rate = 1, `UnitNorm` with low = high = rate = 1. Source: Keras
//! 2.15, `constraints.py`.

use super::{Items, Pass, Slot};
use crate::norms::moments::sum_by_lanes;
use bytemuck::{Pod, Zeroable};

/// Parameters for a parameter of one or two parts.
#[repr(C)]
#[derive(Clone, Copy, Default, Debug, Pod, Zeroable)]
#[expect(missing_docs, reason = "the names say it")]
pub struct ConstrainParams {
    pub part_len: u32,
    pub n_parts: u32,
    /// [`OF_NOTHING`], [`OF_VALUES`] or [`OF_NORM`].
    pub bounds: [u32; 2],
    pub low: [f32; 2],
    pub high: [f32; 2],
    pub rate: [f32; 2],
    pub epsilon: f32,
}

/// A part is left as it is.
pub const OF_NOTHING: u32 = 0;

/// Every value has bounds.
pub const OF_VALUES: u32 = 1;

/// ‖w‖ has bounds.
pub const OF_NORM: u32 = 2;

/// Loops over a part.
const N_LOOPS: u32 = 2;

kernel! {
    constrain(ConstrainParams) uses [lanes];
    write values: [f32],
}

/// A pass in which invocations share a part, which they go over twice.
pub fn pass(params: ConstrainParams, values: Slot) -> Pass {
    Slots { values }.pass(&params, Items::shared(params.n_parts, N_LOOPS * params.part_len))
}

fn twin(params: ConstrainParams, Bound { mut values }: Bound<'_>) {
    for (part, values) in values.chunks_exact_mut(params.part_len as usize).enumerate() {
        let [low, high, rate] = [params.low, params.high, params.rate].map(|of| of[part]);
        keep(params.bounds[part], [low, high, rate, params.epsilon], values);
    }
}

/// Keeps the values of one part within their bounds.
pub fn keep(bounds: u32, [low, high, rate, epsilon]: [f32; 4], values: &mut [f32]) {
    if bounds == OF_VALUES {
        values.iter_mut().for_each(|value| *value = value.clamp(low, high));
    }
    if bounds == OF_NORM {
        let norm = sum_by_lanes(values, |value| value * value).sqrt();
        let factor = (rate * norm.clamp(low, high) + (1.0 - rate) * norm) / (epsilon + norm);
        values.iter_mut().for_each(|value| *value *= factor);
    }
}
