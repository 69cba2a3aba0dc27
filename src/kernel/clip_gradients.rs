//! Scales all gradients so that their norm is at most a bound: g ← g·min(1, max_norm/‖g‖), with one ‖g‖ for all parameters
//! together. Source: Pascanu, Mikolov, Bengio 2013, algorithm 1; `clip_grad_norm_` in PyTorch, which adds 10⁻⁶ to ‖g‖, and
//! `global_clipnorm` in Keras.
//!
//! The frameworks' ‖g‖ is ∞ for a gradient above 1.8·10¹⁹, and they then set all gradients to 0; this one is exact.

use super::gradient_norm::{DOWN, GradientNorm, GradientNormParams, MOST_USUAL};
use super::{Items, Pass};
use bytemuck::{Pod, Zeroable};

/// The gradients, their parts as in [`super::gradient_norm`], and the bound.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[expect(missing_docs, reason = "the names say it")]
pub struct ClipGradientsParams {
    pub len: u32,
    pub part_len: u32,
    pub n_parts: u32,
    pub max_norm: f32,
}

kernel! {
    clip_gradients(ClipGradientsParams) uses [lanes, gradient_norm];
    read parts: [GradientNorm],
    write gradients: [f32],
}

/// A pass in which invocations share a part.
pub fn pass(parts: GradientNormParams, max_norm: f32, slots: Slots) -> Pass {
    let GradientNormParams { len, part_len, n_parts } = parts;
    slots.pass(&ClipGradientsParams { len, part_len, n_parts, max_norm }, Items::shared(n_parts, part_len))
}

fn twin(params: ClipGradientsParams, Bound { parts, mut gradients }: Bound<'_>) {
    let sum = |of: fn(&GradientNorm) -> f32| parts.iter().map(of).sum::<f32>();
    let (usual, large) = (sum(|part| part.usual), sum(|part| part.large));
    // One gradient that the usual sum cannot hold shows in the other.
    let is_large = large >= (MOST_USUAL * DOWN) * (MOST_USUAL * DOWN);
    let (down, square) = if is_large { (DOWN, large) } else { (1.0, usual.max(LEAST_SQUARE)) };
    let scale = params.max_norm / square.sqrt();
    if scale * down < 1.0 {
        gradients.iter_mut().for_each(|gradient| *gradient = *gradient * down * scale);
    }
}

/// Keeps the quotient finite where all gradients are 0; far below the square of any bound.
const LEAST_SQUARE: f32 = 1e-30;
