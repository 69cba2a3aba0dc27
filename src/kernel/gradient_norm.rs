//! Sums of squares of the gradients, part by part, from which [`super::clip_gradients`] makes their norm.
//!
//! A gradient that went back through many steps can exceed 1.8·10¹⁹, whose square exceeds f32. Each sum is therefore kept
//! twice: Σ g² with |g| held at 2⁵⁰, which is exact as long as no gradient reaches that, and Σ (g·2⁻⁹⁶)², which no finite
//! gradients can overflow. Source: the accumulators of Blue 1978, of which two are enough here, since gradients whose
//! squares underflow need no clipping.

use super::{Items, Pass};
use crate::norms::moments::sum_by_lanes;
use bytemuck::{Pod, Zeroable};

/// The gradients and their parts, each but the last of `part_len` values.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[expect(missing_docs, reason = "the names say it")]
pub struct GradientNormParams {
    pub len: u32,
    pub part_len: u32,
    pub n_parts: u32,
}

/// Two sums of squares of a part. The bytes are those of the WGSL struct of the same name.
#[repr(C)]
#[derive(Clone, Copy, Default, PartialEq, Debug, Pod, Zeroable)]
pub struct GradientNorm {
    /// Σ g², with |g| held at [`MOST_USUAL`].
    pub usual: f32,
    /// Σ (g·[`DOWN`])².
    pub large: f32,
}

/// The largest gradient that the usual sum can hold: 2²⁰ of its squares are finite. It is 2⁵⁰.
pub const MOST_USUAL: f32 = (1_u64 << 50) as f32;

/// The factor of the other sum, 2⁻⁹⁶: 2²⁰ squares of the largest f32 are finite.
pub const DOWN: f32 = 1.0 / (1_u128 << 96) as f32;

/// Enough parts to occupy a GPU, and few enough that each item of [`super::clip_gradients`] can add all of them.
const MAX_PARTS: u32 = 64;

kernel! {
    gradient_norm(GradientNormParams) uses [lanes, gradient_norm];
    read gradients: [f32],
    write parts: [GradientNorm],
}

impl GradientNormParams {
    /// The parts of `len` gradients.
    pub fn of(len: u32) -> Self {
        let part_len = len.div_ceil(MAX_PARTS).max(1);
        Self { len, part_len, n_parts: len.div_ceil(part_len) }
    }
}

/// A pass in which invocations share a part.
pub fn pass(params: GradientNormParams, slots: Slots) -> Pass {
    slots.pass(&params, Items::shared(params.n_parts, params.part_len))
}

fn twin(params: GradientNormParams, Bound { gradients, mut parts }: Bound<'_>) {
    for (part, gradients) in parts.iter_mut().zip(gradients.chunks(params.part_len as usize)) {
        *part = GradientNorm {
            usual: sum_by_lanes(gradients, |g| g.clamp(-MOST_USUAL, MOST_USUAL).powi(2)),
            large: sum_by_lanes(gradients, |g| (g * DOWN) * (g * DOWN)),
        };
    }
}
