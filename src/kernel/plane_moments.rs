//! Moments of every plane. x: [N·C, H·W] → [N·C] [`Moments`].

use super::{Items, Pass};
use crate::norms::moments::Moments;
use crate::norms::shape::Shape;
use bytemuck::{Pod, Zeroable};

/// The planes to reduce.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[expect(missing_docs, reason = "the names say it")]
pub struct PlaneMomentsParams {
    pub n_planes: u32,
    pub plane_len: u32,
}

impl PlaneMomentsParams {
    /// The planes of a tensor of this shape.
    pub(super) fn of(shape: Shape) -> Self {
        Self { n_planes: shape.n_planes(), plane_len: shape.plane_len() }
    }

    /// One item per plane, each of `plane_len` values.
    pub(super) fn items(self) -> Items {
        Items::shared(self.n_planes, self.plane_len)
    }
}

kernel! {
    plane_moments(PlaneMomentsParams) uses [lanes, moments];
    read x: [f32],
    write planes: [Moments],
}

/// A pass in which invocations share a plane.
pub fn pass(shape: Shape, slots: Slots) -> Pass {
    let params = PlaneMomentsParams::of(shape);
    slots.pass(&params, params.items())
}

fn twin(params: PlaneMomentsParams, Bound { x, mut planes }: Bound<'_>) {
    plane_moments(&x, params.plane_len as usize, &mut planes);
}

/// The moments of every plane of `plane_len` values of `x`: [N·C, H·W] → [N·C].
pub fn plane_moments(x: &[f32], plane_len: usize, planes: &mut [Moments]) {
    for (plane, values) in planes.iter_mut().zip(x.chunks_exact(plane_len)) {
        *plane = Moments::of(values);
    }
}
