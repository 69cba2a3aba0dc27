//! y = γ·x̂ + β with the mean of each value's box and its own γ and β.

use super::axes::{AxesParams, Groups, MAX_RUN_LEN, for_each_run};
use super::{Pass, scratch_of};
use crate::norms::moments::Moments;

kernel! {
    axis_scale_shift(AxesParams) uses [moments, tiling, axes];
    read x: [f32],
    read groups: [Moments],
    read affine: [f32],
    write y: [f32];
    scratch
}

/// A pass with one invocation per value.
pub fn pass(params: AxesParams, slots: Slots) -> Pass {
    slots.pass(&params, params.value_items())
}

fn twin(params: AxesParams, Bound { x, groups: moments, affine, mut y, mut scratch }: Bound<'_>) {
    let groups = Groups::new(&moments, params.epsilon, scratch_of(&mut scratch, 3 * moments.len()));
    let (gamma, beta) = affine.split_at(affine.len() / 2);
    let mut xhat = [0.0; MAX_RUN_LEN];
    for_each_run(params.tilings(), |run| {
        let xhat = &mut xhat[..run.len];
        groups.normalize(run.tiles[0], run.of(&x), xhat);
        run.tiles[1].map([gamma, beta, beta], xhat, run.of_mut(&mut y), |y, xhat, gamma, beta, _| {
            *y = gamma * xhat + beta;
        });
    });
}
