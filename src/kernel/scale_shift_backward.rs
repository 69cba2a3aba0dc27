//! dx = dy·∂y + x·(x − origin) + one with the pullback of each plane.

use super::Pass;
use crate::kernel::plane_moments::PlaneMomentsParams;
use crate::norms::norm::{PlaneAffine, PlanePullback};
use crate::norms::shape::Shape;

kernel! {
    scale_shift_backward(PlaneMomentsParams) uses [lanes, planes];
    read x: [f32],
    read dy: [f32],
    read maps: [PlaneAffine],
    read pullbacks: [PlanePullback],
    write dx: [f32],
}

/// A pass in which invocations share a plane.
pub fn pass(shape: Shape, slots: Slots) -> Pass {
    let params = PlaneMomentsParams::of(shape);
    slots.pass(&params, params.items())
}

fn twin(params: PlaneMomentsParams, Bound { x, dy, maps, pullbacks, mut dx }: Bound<'_>) {
    scale_shift_backward(&x, &dy, params.plane_len as usize, &maps, &pullbacks, &mut dx);
}

/// Pulls dy back through every plane. `x`, `dy`, `dx`: [N·C, H·W]; `maps`, `pullbacks`: [N·C].
pub fn scale_shift_backward(
    x: &[f32],
    dy: &[f32],
    plane_len: usize,
    maps: &[PlaneAffine],
    pullbacks: &[PlanePullback],
    dx: &mut [f32],
) {
    let planes = x.chunks_exact(plane_len).zip(dy.chunks_exact(plane_len)).zip(dx.chunks_exact_mut(plane_len));
    for (((x, dy), dx), (map, pullback)) in planes.zip(maps.iter().zip(pullbacks)) {
        for ((dx, dy), x) in dx.iter_mut().zip(dy).zip(x) {
            *dx = pullback.dy * dy + pullback.x * (x - map.origin) + pullback.one;
        }
    }
}
