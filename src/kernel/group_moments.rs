//! Merges plane moments into group moments. `[N·C]` → `[n_groups]`.

use super::{Items, Pass};
use crate::norms::grouping::Grouping;
use crate::norms::moments::Moments;

kernel! {
    group_moments(Grouping) uses [lanes, moments, grouping];
    read planes: [Moments],
    write groups: [Moments],
}

/// A pass in which invocations share a group, plane by plane.
pub fn pass(grouping: Grouping, slots: Slots) -> Pass {
    slots.pass(&grouping, Items::shared(grouping.n_groups(), grouping.group_len()))
}

fn twin(grouping: Grouping, Bound { planes, mut groups }: Bound<'_>) {
    group_moments(grouping, &planes, &mut groups);
}

/// Merges the moments of every group, as a balanced tree over its planes: `[N·C]` → `[n_groups]`.
pub fn group_moments(grouping: Grouping, planes: &[Moments], groups: &mut [Moments]) {
    for (group_idx, group) in (0..).zip(groups) {
        let at = |member_idx| planes[grouping.member(group_idx, member_idx) as usize];
        *group = Moments::merge_tree(grouping.group_len(), &at);
    }
}
