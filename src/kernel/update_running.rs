//! Moves batch norm's running statistics towards those of a batch; the maths is [`norm::update_running`].

use super::{Items, Pass};
use crate::norms::moments::Moments;
use crate::norms::norm;
use bytemuck::{Pod, Zeroable};

/// Parameters of the update.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[expect(missing_docs, reason = "the names say it")]
pub struct UpdateRunningParams {
    pub n_channels: u32,
    /// Parts of the batch, each with its own moments.
    pub n_parts: u32,
    /// Weight of the new value.
    pub momentum: f32,
}

kernel! {
    update_running(UpdateRunningParams) uses [moments];
    read groups: [Moments],
    write running: [Moments],
}

/// A pass with one invocation per channel.
pub fn pass(params: UpdateRunningParams, slots: Slots) -> Pass {
    slots.pass(&params, Items::single(params.n_channels))
}

fn twin(params: UpdateRunningParams, Bound { groups, mut running }: Bound<'_>) {
    norm::update_running(params.momentum, &groups, &mut running);
}
