//! The affine map of every plane; the maths is [`norm::fold_forward`].

use super::{Access, Bindings, KernelInfo, Params};
use crate::grouping::Grouping;
use crate::norm;
use bytemuck::{Pod, Zeroable};

/// Of both folds.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[expect(missing_docs, reason = "the names say it")]
pub struct FoldParams {
    pub grouping: Grouping,
    pub epsilon: f32,
    /// 1 if the moments are those of x itself, so that x moves them; 0 if they are given, as in evaluation.
    pub own_moments: u32,
}

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
    let FoldParams { grouping, epsilon, .. } = params.get();
    norm::fold_forward(grouping, epsilon, &bindings.read_as(0), &bindings.read(1), &mut bindings.write_as(2));
}
