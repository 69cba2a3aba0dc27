//! The pullback of every plane and the gradients of γ and β; the maths is [`BatchInstance::fold_backward`].

use super::{Access, Bindings, KernelInfo, Params};
use crate::norm::batch_instance::BatchInstance;

pub(super) const INFO: KernelInfo = KernelInfo {
    label: "batch_instance_backward",
    wgsl: concat!(
        include_str!("../../shaders/lib/grid.wgsl"),
        include_str!("../../shaders/lib/lanes.wgsl"),
        include_str!("../../shaders/lib/moments.wgsl"),
        include_str!("../../shaders/lib/planes.wgsl"),
        include_str!("../../shaders/lib/blend.wgsl"),
        include_str!("../../shaders/batch_instance_backward.wgsl")
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
    reduces: true,
    twin,
};

fn twin(params: &Params, bindings: &Bindings<'_>) {
    let (planes, batch) = (bindings.read_as(0), bindings.read_as(1));
    let (affine, rho) = (bindings.read(3), bindings.read(4));
    let norm = BatchInstance { blend: params.get(), planes: &planes, batch: &batch, affine: &affine, rho: &rho };
    norm.fold_backward(&bindings.read_as(2), &mut bindings.write_as(5), &mut bindings.write(6));
}
