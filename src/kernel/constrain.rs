//! Keeps the parts of a parameter within their bounds after an update.
//!
//! Of values: w ← clip(w, low, high).  Of the norm: w ← w·(rate·clip(‖w‖, low, high) + (1 − rate)·‖w‖)/(ε + ‖w‖), with
//! ‖w‖ = √Σw² over a part, which is Keras' `MinMaxNorm`; `MaxNorm` is that with low = 0 and rate = 1, `UnitNorm` with
//! low = high = rate = 1. Source: Keras 2.15, `constraints.py`.

use super::{Access, Bindings, KernelInfo, Params};
use crate::moments::sum_by_lanes;
use bytemuck::{Pod, Zeroable};

/// Of a parameter of one or two parts.
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

/// Bounds of every value.
pub const OF_VALUES: u32 = 1;

/// Bounds of ‖w‖.
pub const OF_NORM: u32 = 2;

pub(super) const INFO: KernelInfo = KernelInfo {
    label: "constrain",
    wgsl: concat!(
        include_str!("../../shaders/lib/grid.wgsl"),
        include_str!("../../shaders/lib/lanes.wgsl"),
        include_str!("../../shaders/constrain.wgsl")
    ),
    bindings: &[Access::ReadWrite],
    reduces: true,
    twin,
};

fn twin(params: &Params, bindings: &Bindings<'_>) {
    let params: ConstrainParams = params.get();
    for (part, values) in bindings.write(0).chunks_exact_mut(params.part_len as usize).enumerate() {
        let [low, high, rate] = [params.low, params.high, params.rate].map(|of| of[part]);
        if params.bounds[part] == OF_VALUES {
            values.iter_mut().for_each(|value| *value = value.clamp(low, high));
        }
        if params.bounds[part] == OF_NORM {
            let norm = sum_by_lanes(values, |value| value * value).sqrt();
            let factor = (rate * norm.clamp(low, high) + (1.0 - rate) * norm) / (params.epsilon + norm);
            values.iter_mut().for_each(|value| *value *= factor);
        }
    }
}
