//! The pullback of every plane and the gradients of γ and β; the maths is [`BatchInstance::fold_backward`].

use super::{Items, Pass};
use crate::norms::moments::Moments;
use crate::norms::norm::batch_instance::BatchInstance;
use crate::norms::norm::blend::Blend;
use crate::norms::norm::{PlanePullback, PlaneSums};

kernel! {
    batch_instance_backward(Blend) uses [lanes, moments, planes, blend];
    read planes: [Moments],
    read batch: [Moments],
    read sums: [PlaneSums],
    read affine: [f32],
    read rho: [f32],
    write pullbacks: [PlanePullback],
    write daffine: [f32],
}

/// A pass in which invocations share a channel, plane by plane.
pub fn pass(blend: Blend, slots: Slots) -> Pass {
    slots.pass(&blend, Items::shared(blend.c, blend.n))
}

fn twin(blend: Blend, Bound { planes, batch, sums, affine, rho, mut pullbacks, mut daffine }: Bound<'_>) {
    let norm = BatchInstance { blend, planes: &planes, batch: &batch, affine: &affine, rho: &rho };
    norm.fold_backward(&sums, &mut pullbacks, &mut daffine);
}
