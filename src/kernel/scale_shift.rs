//! y = scale·(x − origin) + shift with the map of each plane.

use super::Pass;
use crate::kernel::plane_moments::PlaneMomentsParams;
use crate::norms::norm::PlaneAffine;
use crate::norms::shape::Shape;

kernel! {
    scale_shift(PlaneMomentsParams) uses [lanes, planes];
    read x: [f32],
    read maps: [PlaneAffine],
    write y: [f32],
}

/// A pass in which invocations share a plane.
pub fn pass(shape: Shape, slots: Slots) -> Pass {
    let params = PlaneMomentsParams::of(shape);
    slots.pass(&params, params.items())
}

fn twin(params: PlaneMomentsParams, Bound { x, maps, mut y }: Bound<'_>) {
    scale_shift(&x, params.plane_len as usize, &maps, &mut y);
}

/// Maps every plane of `plane_len` values. `x`, `y`: [N·C, H·W]; `maps`: [N·C].
pub fn scale_shift(x: &[f32], plane_len: usize, maps: &[PlaneAffine], y: &mut [f32]) {
    for ((x, y), map) in x.chunks_exact(plane_len).zip(y.chunks_exact_mut(plane_len)).zip(maps) {
        for (y, x) in y.iter_mut().zip(x) {
            *y = map.scale * (x - map.origin) + map.shift;
        }
    }
}
