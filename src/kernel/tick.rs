//! Ends a step: counts it and advances the powers that Adam's bias correction needs.

use super::{Items, Pass, Slot};
use bytemuck::{Pod, Zeroable};

/// What changes from step to step. The powers are kept as running products, since WGSL's `pow` is too inaccurate for
/// 1 − β^t.
#[repr(C)]
#[derive(Clone, Copy, Default, PartialEq, Debug, Pod, Zeroable)]
pub struct Clock {
    /// Steps done.
    pub step: u32,
    /// The run's seed, for dropout.
    pub seed: u32,
    /// The optimizer's learning rate.
    pub learning_rate: f32,
    /// β₁^(step + 1).
    pub beta1_power: f32,
    /// β₂^(step + 1).
    pub beta2_power: f32,
}

/// The factors of the powers.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[expect(missing_docs, reason = "the names say it")]
pub struct TickParams {
    pub beta1: f32,
    pub beta2: f32,
}

kernel! {
    tick(TickParams) uses [clock];
    write clock: [Clock],
}

/// A pass with one invocation.
pub fn pass(params: TickParams, clock: Slot<Clock>) -> Pass {
    Slots { clock }.pass(&params, Items::single(1))
}

fn twin(params: TickParams, Bound { mut clock }: Bound<'_>) {
    clock[0].step += 1;
    clock[0].beta1_power *= params.beta1;
    clock[0].beta2_power *= params.beta2;
}
