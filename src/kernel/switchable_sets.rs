//! What the moments of every image and channel bring to dx, and the gradients of γ and β; the maths is
//! [`Switchable::sets_backward`].

use super::{Access, Bindings, KernelInfo, Params};
use crate::norm::switchable::Switchable;

pub(super) const INFO: KernelInfo = KernelInfo {
    label: "switchable_sets",
    wgsl: concat!(
        include_str!("../../shaders/lib/grid.wgsl"),
        include_str!("../../shaders/lib/lanes.wgsl"),
        include_str!("../../shaders/lib/moments.wgsl"),
        include_str!("../../shaders/lib/planes.wgsl"),
        include_str!("../../shaders/lib/blend.wgsl"),
        include_str!("../../shaders/lib/switchable.wgsl"),
        include_str!("../../shaders/switchable_sets.wgsl")
    ),
    bindings: &[
        Access::Read,
        Access::Read,
        Access::Read,
        Access::Read,
        Access::Read,
        Access::Read,
        Access::ReadWrite,
        Access::ReadWrite,
    ],
    reduces: true,
    twin,
};

fn twin(params: &Params, bindings: &Bindings<'_>) {
    let (affine, logits) = (bindings.read(4), bindings.read(5));
    let norm = Switchable { blend: params.get(), affine: &affine, logits: &logits };
    norm.sets_backward(
        &bindings.read_as(0),
        &bindings.read_as(1),
        &bindings.read_as(2),
        &bindings.read_as(3),
        &mut bindings.write_as(6),
        &mut bindings.write(7),
    );
}
