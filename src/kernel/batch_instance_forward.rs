//! The affine map of every plane and its mixed moments; the maths is [`BatchInstance::fold_forward`].

use super::{Access, Bindings, KernelInfo, Params};
use crate::norm::batch_instance::BatchInstance;

pub(super) const INFO: KernelInfo = KernelInfo {
    label: "batch_instance_forward",
    wgsl: concat!(
        include_str!("../../shaders/lib/grid.wgsl"),
        include_str!("../../shaders/lib/moments.wgsl"),
        include_str!("../../shaders/lib/planes.wgsl"),
        include_str!("../../shaders/lib/blend.wgsl"),
        include_str!("../../shaders/batch_instance_forward.wgsl")
    ),
    bindings: &[Access::Read, Access::Read, Access::Read, Access::Read, Access::ReadWrite, Access::ReadWrite],
    reduces: false,
    twin,
};

fn twin(params: &Params, bindings: &Bindings<'_>) {
    let (planes, batch) = (bindings.read_as(0), bindings.read_as(1));
    let (affine, rho) = (bindings.read(2), bindings.read(3));
    let norm = BatchInstance { blend: params.get(), planes: &planes, batch: &batch, affine: &affine, rho: &rho };
    norm.fold_forward(&mut bindings.write_as(4), &mut bindings.write_as(5));
}
