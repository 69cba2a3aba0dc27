//! Σ g and Σ g·x̂ of every box, with g = γ·dy.

use super::axes::{AxesParams, AxisSums, Groups, MAX_RUN_LEN, for_each_run, sums_and_words};
use super::{Access, Bindings, KernelInfo, Params};

pub(super) const INFO: KernelInfo = KernelInfo {
    label: "axis_sums",
    wgsl: concat!(
        include_str!("../../shaders/lib/grid.wgsl"),
        include_str!("../../shaders/lib/lanes.wgsl"),
        include_str!("../../shaders/lib/moments.wgsl"),
        include_str!("../../shaders/lib/tiling.wgsl"),
        include_str!("../../shaders/lib/axes.wgsl"),
        include_str!("../../shaders/axis_sums.wgsl")
    ),
    bindings: &[Access::Read, Access::Read, Access::Read, Access::Read, Access::ReadWrite],
    reduces: true,
    twin,
};

fn twin(params: &Params, bindings: &Bindings<'_>) {
    let params: AxesParams = params.get();
    let (x, dy, affine) = (bindings.read(0), bindings.read(1), bindings.read(3));
    let (moments, mut out, mut scratch) = (bindings.read_as(2), bindings.write_as(4), bindings.scratch());
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
