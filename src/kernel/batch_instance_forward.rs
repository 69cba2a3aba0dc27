//! The affine map of every plane and its mixed moments; the maths is [`BatchInstance::fold_forward`].

use super::{Items, Pass};
use crate::norms::moments::Moments;
use crate::norms::norm::PlaneAffine;
use crate::norms::norm::batch_instance::BatchInstance;
use crate::norms::norm::blend::Blend;

kernel! {
    batch_instance_forward(Blend) uses [moments, planes, blend];
    read planes: [Moments],
    read batch: [Moments],
    read affine: [f32],
    read rho: [f32],
    write maps: [PlaneAffine],
    write blended: [Moments],
}

/// A pass with one invocation per plane.
pub fn pass(blend: Blend, slots: Slots) -> Pass {
    slots.pass(&blend, Items::single(blend.n * blend.c))
}

fn twin(blend: Blend, Bound { planes, batch, affine, rho, mut maps, mut blended }: Bound<'_>) {
    let norm = BatchInstance { blend, planes: &planes, batch: &batch, affine: &affine, rho: &rho };
    norm.fold_forward(&mut maps, &mut blended);
}
