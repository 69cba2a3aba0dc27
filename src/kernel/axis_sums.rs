//! Σ g and Σ g·x̂ of every box, with g = γ·dy.

use super::Pass;
use super::axes::{AxesParams, AxisSums, Groups, MAX_RUN_LEN, for_each_run, sums_and_words};
use crate::norms::moments::Moments;

kernel! {
    axis_sums(AxesParams) uses [lanes, moments, tiling, axes];
    read x: [f32],
    read dy: [f32],
    read groups: [Moments],
    read affine: [f32],
    write sums: [AxisSums];
    scratch
}

/// A pass in which invocations share a box.
pub fn pass(params: AxesParams, slots: Slots) -> Pass {
    slots.pass(&params, params.box_items())
}

fn twin(params: AxesParams, Bound { x, dy, groups: moments, affine, sums: mut out, mut scratch }: Bound<'_>) {
    let (sums, words) = sums_and_words(&mut scratch, 2 * moments.len(), 3 * moments.len());
    let (sums_g, sums_g_xhat) = sums.split_at_mut(moments.len());
    let groups = Groups::new(&moments, params.epsilon, words);
    let gamma = &affine[..affine.len() / 2];
    let (mut g, mut xhat) = ([0.0; MAX_RUN_LEN], [0.0; MAX_RUN_LEN]);
    for_each_run(params.tilings(), |run| {
        let (g, xhat) = (&mut g[..run.len], &mut xhat[..run.len]);
        groups.normalize(run.tiles[0], run.of(&x), xhat);
        run.tiles[1].scale(gamma, run.of(&dy), g);
        run.tiles[0].add(g, sums_g);
        xhat.iter_mut().zip(g).for_each(|(xhat, g)| *xhat *= *g);
        run.tiles[0].add(xhat, sums_g_xhat);
    });
    for ((out, g), g_xhat) in out.iter_mut().zip(sums_g).zip(sums_g_xhat) {
        *out = AxisSums { g: *g as f32, g_xhat: *g_xhat as f32 };
    }
}
