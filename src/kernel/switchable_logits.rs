//! The gradients of the logits; the maths is [`Switchable::logits_backward`].

use super::{Access, Bindings, KernelInfo, Params};
use crate::norm::switchable::Switchable;

pub(super) const INFO: KernelInfo = KernelInfo {
    label: "switchable_logits",
    wgsl: concat!(
        include_str!("../../shaders/lib/grid.wgsl"),
        include_str!("../../shaders/lib/lanes.wgsl"),
        include_str!("../../shaders/lib/moments.wgsl"),
        include_str!("../../shaders/lib/planes.wgsl"),
        include_str!("../../shaders/lib/blend.wgsl"),
        include_str!("../../shaders/lib/switchable.wgsl"),
        include_str!("../../shaders/switchable_logits.wgsl")
    ),
    bindings: &[
        Access::Read,
        Access::Read,
        Access::Read,
        Access::Read,
        Access::Read,
        Access::Read,
        Access::Read,
        Access::ReadWrite,
    ],
    reduces: true,
    twin,
};

fn twin(params: &Params, bindings: &Bindings<'_>) {
    let (affine, logits) = (bindings.read(5), bindings.read(6));
    let norm = Switchable { blend: params.get(), affine: &affine, logits: &logits };
    norm.logits_backward(
        &bindings.read_as(0),
        &bindings.read_as(1),
        &bindings.read_as(2),
        &bindings.read_as(3),
        &bindings.read_as(4),
        &mut bindings.write(7),
    );
}
