//! What the moments of every image and channel contribute to dx, and the gradients of γ and β; the maths is
//! [`Switchable::sets_backward`].

use super::{Items, Pass};
use crate::norms::moments::Moments;
use crate::norms::norm::PlaneSums;
use crate::norms::norm::blend::Blend;
use crate::norms::norm::switchable::{SetPullback, Switchable};

kernel! {
    switchable_sets(Blend) uses [lanes, moments, planes, blend, switchable];
    read layers: [Moments],
    read batch: [Moments],
    read blended: [Moments],
    read sums: [PlaneSums],
    read affine: [f32],
    read logits: [f32],
    write sets: [SetPullback],
    write daffine: [f32],
}

/// A pass in which invocations share an image or, after the images, a channel, plane by plane.
pub fn pass(blend: Blend, slots: Slots) -> Pass {
    slots.pass(&blend, Items::shared(blend.n + blend.c, blend.n.max(blend.c)))
}

fn twin(blend: Blend, Bound { layers, batch, blended, sums, affine, logits, mut sets, mut daffine }: Bound<'_>) {
    let norm = Switchable { blend, affine: &affine, logits: &logits };
    norm.sets_backward(&layers, &batch, &blended, &sums, &mut sets, &mut daffine);
}
