//! One Adam step over parameters that share a rate.
//!
//! m ← β₁·m + (1 − β₁)·g,  v ← β₂·v + (1 − β₂)·g²,  w ← w − α·√(1 − β₂ᵗ)/(1 − β₁ᵗ) · m/(√v + ε).
//! Source: Kingma, Ba 2015, the reordered form at the end of section 2, which Keras uses too; α is the
//! clock's learning rate times the parameters' own factor.
//!
//! Keras writes the means as m + (g − m)(1 − β₁) and v + (g² − v)(1 − β₂), which is the same up to rounding as long as
//! g² is finite. For a gradient above 1.8·10¹⁹ it is not: there v is ∞ and the next difference ∞ − ∞, which is NaN. In
//! PyTorch's form, a sum, v stays ∞, and its weight never moves again. Here such a gradient counts as ±[`MAX_GRADIENT`],
//! so that v stays a number and decays, the weight moves as far as Adam moves any weight, and no GPU, which need not
//! represent ∞, sees one. All other gradients are as they were, to the bit.

use super::tick::Clock;
use super::{Items, Pass};
use bytemuck::{Pod, Zeroable};

/// Parameters of the optimizer.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[expect(missing_docs, reason = "the names say it")]
pub struct AdamParams {
    pub len: u32,
    pub beta1: f32,
    pub beta2: f32,
    pub epsilon: f32,
    /// The factor by which the clock's learning rate is multiplied.
    pub rate_factor: f32,
}

/// Gradients beyond this count as this: 2⁶³, whose square, 2¹²⁶, is a quarter of the largest f32.
pub const MAX_GRADIENT: f32 = (1_u64 << 63) as f32;

/// Parameters updated by one invocation; divides their padded number (`PlanBuilder::parameter`).
pub(super) const PARAMETERS_PER_ITEM: u32 = 4;

kernel! {
    adam(AdamParams) uses [clock, adam];
    read gradients: [f32],
    read clock: [Clock],
    write parameters: [f32],
    write means: [f32],
    write squares: [f32],
}

/// A pass with one invocation per four parameters.
pub fn pass(params: AdamParams, slots: Slots) -> Pass {
    slots.pass(&params, Items::single(params.len / PARAMETERS_PER_ITEM))
}

fn twin(params: AdamParams, Bound { gradients, clock, mut parameters, mut means, mut squares }: Bound<'_>) {
    let clock = clock[0];
    let learning_rate = clock.learning_rate * params.rate_factor;
    let rate = learning_rate * (1.0 - clock.beta2_power).sqrt() / (1.0 - clock.beta1_power);
    let moments = means.iter_mut().zip(squares.iter_mut());
    for ((parameter, &gradient), (mean, square)) in parameters.iter_mut().zip(&*gradients).zip(moments) {
        let gradient = held(gradient);
        *mean = params.beta1 * *mean + (1.0 - params.beta1) * gradient;
        *square = params.beta2 * *square + (1.0 - params.beta2) * gradient * gradient;
        *parameter -= rate * *mean / (square.sqrt() + params.epsilon);
    }
}

/// A gradient whose square is finite; NaN stays NaN, so that a run that has diverged shows it.
pub(super) fn held(gradient: f32) -> f32 {
    gradient.clamp(-MAX_GRADIENT, MAX_GRADIENT)
}
