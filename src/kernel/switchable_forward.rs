//! The affine map of every plane and its mixed moments; the maths is [`Switchable::fold_forward`].

use super::{Items, Pass};
use crate::norms::moments::Moments;
use crate::norms::norm::PlaneAffine;
use crate::norms::norm::blend::Blend;
use crate::norms::norm::switchable::Switchable;

kernel! {
    switchable_forward(Blend) uses [moments, planes, blend];
    read planes: [Moments],
    read layers: [Moments],
    read batch: [Moments],
    read affine: [f32],
    read logits: [f32],
    write maps: [PlaneAffine],
    write blended: [Moments],
}

/// A pass with one invocation per plane.
pub fn pass(blend: Blend, slots: Slots) -> Pass {
    slots.pass(&blend, Items::single(blend.n * blend.c))
}

fn twin(blend: Blend, Bound { planes, layers, batch, affine, logits, mut maps, mut blended }: Bound<'_>) {
    let norm = Switchable { blend, affine: &affine, logits: &logits };
    norm.fold_forward(&planes, &layers, &batch, &mut maps, &mut blended);
}
