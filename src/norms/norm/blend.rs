//! What batch-instance and switchable norm share: weights, and the statistics of a batch, which may be given.

use crate::norms::norm::PlaneSums;
use bytemuck::{Pod, Zeroable};

/// Parameters of the tables of a norm that mixes the statistics of a plane with those of larger sets.
///
/// The bytes are those of the WGSL struct of the same name.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Debug, Pod, Zeroable)]
pub struct Blend {
    /// N.
    pub n: u32,
    /// C.
    pub c: u32,
    /// Added to a variance.
    pub epsilon: f32,
    /// 1 if the batch's moments are those of x itself, so that x moves them; 0 if they are given, as in evaluation.
    pub own_batch: u32,
}

impl Blend {
    /// Whether x moves the moments of the batch.
    pub(super) fn owns_batch(self) -> bool {
        self.own_batch == 1
    }

    /// The planes of a channel.
    pub(super) fn planes_of(self, channel: usize) -> impl Iterator<Item = usize> {
        (0..self.n as usize).map(move |image| image * self.c as usize + channel)
    }
}

/// `weight`, or 0 if the moments are those of a single value of x itself: x less its own mean is 0 whatever x is, which
/// the sums of a backward pass would find only up to rounding.
pub(super) fn unless_single(weight: f32, count: f32, own: bool) -> f32 {
    if own && count == 1.0 { 0.0 } else { weight }
}

/// Σ dy·(x − mean), from the sum about the origin, where the mean is `offset` from it.
pub(super) fn about(sums: PlaneSums, offset: f32) -> f32 {
    sums.dy_x - offset * sums.dy
}

/// exp(logit)/Σ exp(logits).
pub fn softmax(logits: &[f32]) -> [f32; 3] {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers = [0, 1, 2].map(|k| libm::expf(logits[k] - largest));
    powers.map(|power| power / (powers[0] + powers[1] + powers[2]))
}
