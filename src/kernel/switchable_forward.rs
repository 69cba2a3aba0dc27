//! The affine map of every plane and its mixed moments; the maths is [`Switchable::fold_forward`].

use super::{Access, Bindings, KernelInfo, Params};
use crate::norm::switchable::Switchable;

pub(super) const INFO: KernelInfo = KernelInfo {
    label: "switchable_forward",
    wgsl: concat!(
        include_str!("../../shaders/lib/grid.wgsl"),
        include_str!("../../shaders/lib/moments.wgsl"),
        include_str!("../../shaders/lib/planes.wgsl"),
        include_str!("../../shaders/lib/blend.wgsl"),
        include_str!("../../shaders/switchable_forward.wgsl")
    ),
    bindings: &[
        Access::Read,
        Access::Read,
        Access::Read,
        Access::Read,
        Access::Read,
        Access::ReadWrite,
        Access::ReadWrite,
    ],
    reduces: false,
    twin,
};

fn twin(params: &Params, bindings: &Bindings<'_>) {
    let (affine, logits) = (bindings.read(3), bindings.read(4));
    let norm = Switchable { blend: params.get(), affine: &affine, logits: &logits };
    norm.fold_forward(
        &bindings.read_as(0),
        &bindings.read_as(1),
        &bindings.read_as(2),
        &mut bindings.write_as(5),
        &mut bindings.write_as(6),
    );
}
