//! The gradient of ρ; the maths is [`batch_instance::rho_backward`].

use super::{Items, Pass};
use crate::norms::moments::Moments;
use crate::norms::norm::blend::Blend;
use crate::norms::norm::{PlaneSums, batch_instance};

kernel! {
    batch_instance_rho(Blend) uses [lanes, moments, planes, blend];
    read planes: [Moments],
    read batch: [Moments],
    read sums: [PlaneSums],
    read affine: [f32],
    write drho: [f32],
}

/// A pass in which invocations share a channel, plane by plane.
pub fn pass(blend: Blend, slots: Slots) -> Pass {
    slots.pass(&blend, Items::shared(blend.c, blend.n))
}

fn twin(blend: Blend, Bound { planes, batch, sums, affine, mut drho }: Bound<'_>) {
    batch_instance::rho_backward(blend, &planes, &batch, &sums, &affine, &mut drho);
}
