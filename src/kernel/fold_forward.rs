//! The affine map of every plane; the maths is [`norm::fold_forward`].

use super::{Items, Pass};
use crate::norms::moments::Moments;
use crate::norms::norm::{self, Fold, PlaneAffine};

kernel! {
    fold_forward(Fold) uses [moments, grouping, planes];
    read groups: [Moments],
    read affine: [f32],
    write maps: [PlaneAffine],
}

/// A pass with one invocation per plane.
pub fn pass(fold: Fold, slots: Slots) -> Pass {
    slots.pass(&fold, Items::single(fold.grouping.n_planes()))
}

fn twin(fold: Fold, Bound { groups, affine, mut maps }: Bound<'_>) {
    norm::fold_forward(fold, &groups, &affine, &mut maps);
}
