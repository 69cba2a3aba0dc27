//! The pullback of every plane and the gradients of γ and β; the maths is [`norm::fold_backward`].

use super::{Items, Pass};
use crate::norms::moments::Moments;
use crate::norms::norm::{self, Fold, PlanePullback, PlaneSums};

kernel! {
    fold_backward(Fold) uses [moments, grouping, planes];
    read groups: [Moments],
    read sums: [PlaneSums],
    read affine: [f32],
    write pullbacks: [PlanePullback],
    write daffine: [f32],
}

/// A pass with one invocation per group, and after them one per channel.
pub fn pass(fold: Fold, slots: Slots) -> Pass {
    slots.pass(&fold, Items::single(fold.grouping.n_groups() + fold.grouping.n_channels()))
}

fn twin(fold: Fold, Bound { groups, sums, affine, mut pullbacks, mut daffine }: Bound<'_>) {
    norm::fold_backward(fold, &groups, &sums, &affine, &mut pullbacks, &mut daffine);
}
