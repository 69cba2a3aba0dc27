//! Ends a step: counts it and moves on the powers that Adam's bias correction needs.

use super::{Access, Bindings, KernelInfo, Params};
use bytemuck::{Pod, Zeroable};

/// What changes from step to step. The powers are kept as running products, since WGSL's `pow` is too rough for 1 − β^t.
#[repr(C)]
#[derive(Clone, Copy, Default, PartialEq, Debug, Pod, Zeroable)]
pub struct Clock {
    /// Steps done.
    pub step: u32,
    /// The run's seed, for dropout.
    pub seed: u32,
    /// Of the optimizer.
    pub learning_rate: f32,
    /// β₁^(step + 1).
    pub beta1_power: f32,
    /// β₂^(step + 1).
    pub beta2_power: f32,
}

/// What the powers are multiplied by.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[expect(missing_docs, reason = "the names say it")]
pub struct TickParams {
    pub beta1: f32,
    pub beta2: f32,
}

pub(super) const INFO: KernelInfo = KernelInfo {
    label: "tick",
    wgsl: concat!(
        include_str!("../../shaders/lib/grid.wgsl"),
        include_str!("../../shaders/lib/clock.wgsl"),
        include_str!("../../shaders/tick.wgsl")
    ),
    bindings: &[Access::ReadWrite],
    reduces: false,
    twin,
};

fn twin(params: &Params, bindings: &Bindings<'_>) {
    let params: TickParams = params.get();
    let mut clock = bindings.write_as::<Clock>(0);
    clock[0].step += 1;
    clock[0].beta1_power *= params.beta1;
    clock[0].beta2_power *= params.beta2;
}
