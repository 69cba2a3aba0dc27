//! One step of AMSGrad over parameters of one rate: Adam by the largest mean of squares so far.
//!
//! m ← β₁·m + (1 − β₁)·g,  v ← β₂·v + (1 − β₂)·g²,  v̂ ← max(v̂, v),  w ← w − α·√(1 − β₂ᵗ)/(1 − β₁ᵗ) · m/(√v̂ + ε).
//! Source: Reddi, Kale, Kumar 2018, with the bias correction that Keras 2 keeps from Adam; α is the clock's learning rate
//! times the parameters' own factor. For the form of the means see [`super::adam`].

use super::adam::AdamParams;
use super::tick::Clock;
use super::{Access, Bindings, KernelInfo, Params};

pub(super) const INFO: KernelInfo = KernelInfo {
    label: "ams_grad",
    wgsl: concat!(
        include_str!("../../shaders/lib/grid.wgsl"),
        include_str!("../../shaders/lib/clock.wgsl"),
        include_str!("../../shaders/ams_grad.wgsl")
    ),
    bindings: &[Access::Read, Access::Read, Access::ReadWrite, Access::ReadWrite, Access::ReadWrite, Access::ReadWrite],
    reduces: false,
    twin,
};

fn twin(params: &Params, bindings: &Bindings<'_>) {
    let params: AdamParams = params.get();
    let clock = bindings.read_as::<Clock>(1)[0];
    let learning_rate = clock.learning_rate * params.rate_factor;
    let rate = learning_rate * (1.0 - clock.beta2_power).sqrt() / (1.0 - clock.beta1_power);
    let gradients = bindings.read(0);
    let (mut parameters, mut means) = (bindings.write(2), bindings.write(3));
    let (mut squares, mut maxima) = (bindings.write(4), bindings.write(5));
    let moments = means.iter_mut().zip(squares.iter_mut().zip(maxima.iter_mut()));
    for ((parameter, &gradient), (mean, (square, maximum))) in parameters.iter_mut().zip(&*gradients).zip(moments) {
        *mean = params.beta1 * *mean + (1.0 - params.beta1) * gradient;
        *square = params.beta2 * *square + (1.0 - params.beta2) * gradient * gradient;
        *maximum = maximum.max(*square);
        *parameter -= rate * *mean / (maximum.sqrt() + params.epsilon);
    }
}
