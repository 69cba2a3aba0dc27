//! The affine map of every plane; the maths is [`norm::fold_forward`].

use super::{Access, Bindings, KernelInfo, Params};
use crate::norm;

pub(super) const INFO: KernelInfo = KernelInfo {
    label: "fold_forward",
    wgsl: concat!(
        include_str!("../../shaders/lib/grid.wgsl"),
        include_str!("../../shaders/lib/moments.wgsl"),
        include_str!("../../shaders/lib/grouping.wgsl"),
        include_str!("../../shaders/lib/planes.wgsl"),
        include_str!("../../shaders/fold_forward.wgsl")
    ),
    bindings: &[Access::Read, Access::Read, Access::ReadWrite],
    reduces: false,
    twin,
};

fn twin(params: &Params, bindings: &Bindings<'_>) {
    norm::fold_forward(params.get(), &bindings.read_as(0), &bindings.read(1), &mut bindings.write_as(2));
}
