//! The gradients of the logits; the maths is [`Switchable::logits_backward`].

use super::{Items, Pass};
use crate::norms::moments::Moments;
use crate::norms::norm::PlaneSums;
use crate::norms::norm::blend::Blend;
use crate::norms::norm::switchable::Switchable;

kernel! {
    switchable_logits(Blend) uses [lanes, moments, planes, blend, switchable];
    read planes: [Moments],
    read layers: [Moments],
    read batch: [Moments],
    read blended: [Moments],
    read sums: [PlaneSums],
    read affine: [f32],
    read logits: [f32],
    write dlogits: [f32],
}

/// A pass in which invocations share all planes.
pub fn pass(blend: Blend, slots: Slots) -> Pass {
    slots.pass(&blend, Items::shared(1, blend.n * blend.c))
}

fn twin(blend: Blend, Bound { planes, layers, batch, blended, sums, affine, logits, mut dlogits }: Bound<'_>) {
    let norm = Switchable { blend, affine: &affine, logits: &logits };
    norm.logits_backward(&planes, &layers, &batch, &blended, &sums, &mut dlogits);
}
