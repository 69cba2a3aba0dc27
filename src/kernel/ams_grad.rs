//! One step of AMSGrad over parameters that share a rate: Adam with the largest mean of squares so far.
//!
//! m ← β₁·m + (1 − β₁)·g,  v ← β₂·v + (1 − β₂)·g²,  v̂ ← max(v̂, v),  w ← w − α·√(1 − β₂ᵗ)/(1 − β₁ᵗ) · m/(√v̂ + ε).
//! Source: Reddi, Kale, Kumar 2018, with the bias correction that Keras 2 keeps from Adam; α is the clock's learning
//! rate times the parameters' own factor. For the form of the means and for very large gradients see [`super::adam`].

use super::adam::{AdamParams, PARAMETERS_PER_ITEM, held};
use super::tick::Clock;
use super::{Items, Pass};

kernel! {
    ams_grad(AdamParams) uses [clock, adam];
    read gradients: [f32],
    read clock: [Clock],
    write parameters: [f32],
    write means: [f32],
    write squares: [f32],
    write maxima: [f32],
}

/// A pass with one invocation per four parameters.
pub fn pass(params: AdamParams, slots: Slots) -> Pass {
    slots.pass(&params, Items::single(params.len / PARAMETERS_PER_ITEM))
}

fn twin(params: AdamParams, bound: Bound<'_>) {
    let Bound { gradients, clock, mut parameters, mut means, mut squares, mut maxima } = bound;
    let clock = clock[0];
    let learning_rate = clock.learning_rate * params.rate_factor;
    let rate = learning_rate * (1.0 - clock.beta2_power).sqrt() / (1.0 - clock.beta1_power);
    let moments = means.iter_mut().zip(squares.iter_mut().zip(maxima.iter_mut()));
    for ((parameter, &gradient), (mean, (square, maximum))) in parameters.iter_mut().zip(&*gradients).zip(moments) {
        let gradient = held(gradient);
        *mean = params.beta1 * *mean + (1.0 - params.beta1) * gradient;
        *square = params.beta2 * *square + (1.0 - params.beta2) * gradient * gradient;
        *maximum = maximum.max(*square);
        *parameter -= rate * *mean / (maximum.sqrt() + params.epsilon);
    }
}
