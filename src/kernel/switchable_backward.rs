//! The pullback of every plane; the maths is [`Switchable::fold_backward`].

use super::{Access, Bindings, KernelInfo, Params};
use crate::norm::switchable::Switchable;

pub(super) const INFO: KernelInfo = KernelInfo {
    label: "switchable_backward",
    wgsl: concat!(
        include_str!("../../shaders/lib/grid.wgsl"),
        include_str!("../../shaders/lib/moments.wgsl"),
        include_str!("../../shaders/lib/planes.wgsl"),
        include_str!("../../shaders/lib/blend.wgsl"),
        include_str!("../../shaders/lib/switchable.wgsl"),
        include_str!("../../shaders/switchable_backward.wgsl")
    ),
    bindings: &[Access::Read, Access::Read, Access::Read, Access::Read, Access::Read, Access::Read, Access::ReadWrite],
    reduces: false,
    twin,
};

fn twin(params: &Params, bindings: &Bindings<'_>) {
    let (affine, logits) = (bindings.read(3), bindings.read(4));
    let norm = Switchable { blend: params.get(), affine: &affine, logits: &logits };
    norm.fold_backward(
        &bindings.read_as(0),
        &bindings.read_as(1),
        &bindings.read_as(2),
        &bindings.read_as(5),
        &mut bindings.write_as(6),
    );
}
