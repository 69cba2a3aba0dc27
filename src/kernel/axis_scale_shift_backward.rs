//! dx = rstd·(g − E\[g\] − x̂·E\[g·x̂\]) with g = γ·dy and E the mean over each value's box; without E\[g\] where the
//! mean is not subtracted.

use super::axes::{AxesParams, AxisSums, Groups, MAX_RUN_LEN, for_each_run};
use super::{Access, Bindings, KernelInfo, Params, scratch_of};

pub(super) const INFO: KernelInfo = KernelInfo {
    label: "axis_scale_shift_backward",
    wgsl: concat!(
        include_str!("../../shaders/lib/grid.wgsl"),
        include_str!("../../shaders/lib/moments.wgsl"),
        include_str!("../../shaders/lib/tiling.wgsl"),
        include_str!("../../shaders/lib/axes.wgsl"),
        include_str!("../../shaders/axis_scale_shift_backward.wgsl")
    ),
    bindings: &[Access::Read, Access::Read, Access::Read, Access::Read, Access::Read, Access::ReadWrite],
    reduces: false,
    twin,
};

fn twin(params: &Params, bindings: &Bindings<'_>) {
    let params: AxesParams = params.get();
    let (x, dy, affine, mut dx) = (bindings.read(0), bindings.read(1), bindings.read(3), bindings.write(5));
    let (moments, sums, mut scratch) = (bindings.read_as(2), bindings.read_as::<AxisSums>(4), bindings.scratch());
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
