//! One step of gradient descent with momentum over parameters that share a rate.
//!
//! v ← μ·v + a·g,  w ← w − b·v, with a = α and b = 1 if the learning rate is in the velocity, as in Keras
//! (whose velocity has the other sign), and a = 1 and b = α if it is not, as in PyTorch. α is the clock's learning rate
//! times the parameters' own factor. Source: Sutskever et al. 2013, section 2, and PyTorch's note on it.

use super::tick::Clock;
use super::{Items, Pass};
use bytemuck::{Pod, Zeroable};

/// Parameters of the optimizer.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[expect(missing_docs, reason = "the names say it")]
pub struct SgdParams {
    pub len: u32,
    pub momentum: f32,
    /// The factor by which the clock's learning rate is multiplied.
    pub rate_factor: f32,
    /// 1 or 0.
    pub rate_in_velocity: u32,
}

kernel! {
    sgd(SgdParams) uses [clock];
    read gradients: [f32],
    read clock: [Clock],
    write parameters: [f32],
    write velocities: [f32],
}

/// A pass with one invocation per parameter.
pub fn pass(params: SgdParams, slots: Slots) -> Pass {
    slots.pass(&params, Items::single(params.len))
}

fn twin(params: SgdParams, Bound { gradients, clock, mut parameters, mut velocities }: Bound<'_>) {
    let rate = clock[0].learning_rate * params.rate_factor;
    let (of_gradient, of_velocity) = if params.rate_in_velocity == 1 { (rate, 1.0) } else { (1.0, rate) };
    for ((parameter, &gradient), velocity) in parameters.iter_mut().zip(&*gradients).zip(velocities.iter_mut()) {
        *velocity = params.momentum * *velocity + of_gradient * gradient;
        *parameter -= of_velocity * *velocity;
    }
}
