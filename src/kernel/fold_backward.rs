//! The pullback of every plane and the gradients of γ and β; the maths is [`norm::fold_backward`].

use super::{Access, Bindings, KernelInfo, Params};
use crate::norm;

pub(super) const INFO: KernelInfo = KernelInfo {
    label: "fold_backward",
    wgsl: concat!(
        include_str!("../../shaders/lib/grid.wgsl"),
        include_str!("../../shaders/lib/moments.wgsl"),
        include_str!("../../shaders/lib/grouping.wgsl"),
        include_str!("../../shaders/lib/planes.wgsl"),
        include_str!("../../shaders/fold_backward.wgsl")
    ),
    bindings: &[Access::Read, Access::Read, Access::Read, Access::ReadWrite, Access::ReadWrite],
    reduces: false,
    twin,
};

fn twin(params: &Params, bindings: &Bindings<'_>) {
    norm::fold_backward(
        params.get(),
        &bindings.read_as(0),
        &bindings.read_as(1),
        &bindings.read(2),
        &mut bindings.write_as(3),
        &mut bindings.write(4),
    );
}
