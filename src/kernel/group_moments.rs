//! Merges plane moments into group moments. [N·C] → [n_groups].

use super::{Access, Bindings, KernelInfo, Params};
use crate::grouping::Grouping;
use crate::moments::Moments;

pub(super) const INFO: KernelInfo = KernelInfo {
    label: "group_moments",
    wgsl: concat!(
        include_str!("../../shaders/lib/grid.wgsl"),
        include_str!("../../shaders/lib/lanes.wgsl"),
        include_str!("../../shaders/lib/moments.wgsl"),
        include_str!("../../shaders/lib/grouping.wgsl"),
        include_str!("../../shaders/group_moments.wgsl")
    ),
    bindings: &[Access::Read, Access::ReadWrite],
    reduces: true,
    twin,
};

fn twin(params: &Params, bindings: &Bindings<'_>) {
    group_moments(params.get(), &bindings.read_as(0), &mut bindings.write_as(1));
}

/// The merged moments of every group, as a balanced tree over its planes: [N·C] → [n_groups].
pub fn group_moments(grouping: Grouping, planes: &[Moments], groups: &mut [Moments]) {
    for (group_idx, group) in (0..).zip(groups) {
        let at = |member_idx| planes[grouping.member(group_idx, member_idx) as usize];
        *group = Moments::merge_tree(grouping.group_len(), &at);
    }
}
