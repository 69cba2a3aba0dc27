//! Σ dy and Σ dy·(x − origin) of every plane.

use super::Pass;
use crate::kernel::plane_moments::PlaneMomentsParams;
use crate::norms::moments::{sum_by_lanes, sum_pairs_by_lanes};
use crate::norms::norm::{PlaneAffine, PlaneSums};
use crate::norms::shape::Shape;

/// Number of values summed before a partial sum is set aside.
const BLOCK_LEN: usize = 2048;

kernel! {
    plane_sums(PlaneMomentsParams) uses [lanes, planes];
    read x: [f32],
    read dy: [f32],
    read maps: [PlaneAffine],
    write sums: [PlaneSums],
}

/// A pass in which invocations share a plane.
pub fn pass(shape: Shape, slots: Slots) -> Pass {
    let params = PlaneMomentsParams::of(shape);
    slots.pass(&params, params.items())
}

fn twin(params: PlaneMomentsParams, Bound { x, dy, maps, mut sums }: Bound<'_>) {
    plane_sums(&x, &dy, params.plane_len as usize, &maps, &mut sums);
}

/// The two sums of every plane of `plane_len` values. `x`, `dy`: [N·C, H·W]; `maps`, `sums`: [N·C].
pub fn plane_sums(x: &[f32], dy: &[f32], plane_len: usize, maps: &[PlaneAffine], sums: &mut [PlaneSums]) {
    let planes = x.chunks_exact(plane_len).zip(dy.chunks_exact(plane_len));
    for ((sum, map), (x, dy)) in sums.iter_mut().zip(maps).zip(planes) {
        *sum = PlaneSums::default();
        for (x, dy) in x.chunks(BLOCK_LEN).zip(dy.chunks(BLOCK_LEN)) {
            sum.dy += sum_by_lanes(dy, |dy| dy);
            sum.dy_x += sum_pairs_by_lanes(dy, x, |dy, x| dy * (x - map.origin));
        }
    }
}
