//! Moves batch norm's running statistics towards those of a batch; the maths is [`norm::update_running`].

use super::{Access, Bindings, KernelInfo, Params};
use crate::norm;
use bytemuck::{Pod, Zeroable};

/// Of the update.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[expect(missing_docs, reason = "the names say it")]
pub struct UpdateRunningParams {
    pub n_channels: u32,
    /// Parts of the batch, each with moments of its own.
    pub n_parts: u32,
    /// Weight of the new value.
    pub momentum: f32,
}

pub(super) const INFO: KernelInfo = KernelInfo {
    label: "update_running",
    wgsl: concat!(
        include_str!("../../shaders/lib/grid.wgsl"),
        include_str!("../../shaders/lib/moments.wgsl"),
        include_str!("../../shaders/update_running.wgsl")
    ),
    bindings: &[Access::Read, Access::ReadWrite],
    reduces: false,
    twin,
};

fn twin(params: &Params, bindings: &Bindings<'_>) {
    let params: UpdateRunningParams = params.get();
    norm::update_running(params.momentum, &bindings.read_as(0), &mut bindings.write_as(1));
}
