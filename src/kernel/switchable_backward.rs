//! The pullback of every plane; the maths is [`Switchable::fold_backward`].

use super::{Items, Pass};
use crate::norms::moments::Moments;
use crate::norms::norm::blend::Blend;
use crate::norms::norm::switchable::{SetPullback, Switchable};
use crate::norms::norm::{PlanePullback, PlaneSums};

kernel! {
    switchable_backward(Blend) uses [moments, planes, blend, switchable];
    read planes: [Moments],
    read blended: [Moments],
    read sums: [PlaneSums],
    read affine: [f32],
    read logits: [f32],
    read sets: [SetPullback],
    write pullbacks: [PlanePullback],
}

/// A pass with one invocation per plane.
pub fn pass(blend: Blend, slots: Slots) -> Pass {
    slots.pass(&blend, Items::single(blend.n * blend.c))
}

fn twin(blend: Blend, Bound { planes, blended, sums, affine, logits, sets, mut pullbacks }: Bound<'_>) {
    let norm = Switchable { blend, affine: &affine, logits: &logits };
    norm.fold_backward(&planes, &blended, &sums, &sets, &mut pullbacks);
}
