//! dx = rstd·(g − E\[g\] − x̂·E\[g·x̂\]) with g = γ·dy and E the mean over each value's box; without E\[g\] if the
//! mean is not subtracted.

use super::axes::{AxesParams, AxisSums, Groups, MAX_RUN_LEN, for_each_run};
use super::{Pass, scratch_of};
use crate::norms::moments::Moments;

kernel! {
    axis_scale_shift_backward(AxesParams) uses [moments, tiling, axes];
    read x: [f32],
    read dy: [f32],
    read groups: [Moments],
    read affine: [f32],
    read sums: [AxisSums],
    write dx: [f32];
    scratch
}

/// A pass with one invocation per value.
pub fn pass(params: AxesParams, slots: Slots) -> Pass {
    slots.pass(&params, params.value_items())
}

fn twin(params: AxesParams, Bound { x, dy, groups: moments, affine, sums, mut dx, mut scratch }: Bound<'_>) {
    let (words, means) = scratch_of(&mut scratch, 5 * moments.len()).split_at_mut(3 * moments.len());
    let groups = Groups::new(&moments, params.epsilon, words);
    let (means_g, means_g_xhat) = means.split_at_mut(moments.len());
    let count = params.tiling.tile_len() as f32;
    for (i, sums) in sums.iter().enumerate() {
        means_g[i] = if params.centers == 1 { sums.g / count } else { 0.0 };
        means_g_xhat[i] = sums.g_xhat / count;
    }
    let gamma = &affine[..affine.len() / 2];
    let mut xhat = [0.0; MAX_RUN_LEN];
    for_each_run(params.tilings(), |run| {
        let (xhat, dx) = (&mut xhat[..run.len], run.of_mut(&mut dx));
        groups.normalize(run.tiles[0], run.of(&x), xhat);
        run.tiles[1].scale(gamma, run.of(&dy), dx);
        let tables = [groups.rstds, means_g, means_g_xhat];
        run.tiles[0].map(tables, xhat, dx, |g, xhat, rstd, mean_g, mean_g_xhat| {
            *g = rstd * ((*g - mean_g) - xhat * mean_g_xhat);
        });
    });
}
