//! y = γ·x̂ + β with the mean of each value's box and its own γ and β.

use super::axes::{AxesParams, Groups, MAX_RUN_LEN, for_each_run};
use super::{Access, Bindings, KernelInfo, Params, scratch_of};

pub(super) const INFO: KernelInfo = KernelInfo {
    label: "axis_scale_shift",
    wgsl: concat!(
        include_str!("../../shaders/lib/grid.wgsl"),
        include_str!("../../shaders/lib/moments.wgsl"),
        include_str!("../../shaders/lib/tiling.wgsl"),
        include_str!("../../shaders/lib/axes.wgsl"),
        include_str!("../../shaders/axis_scale_shift.wgsl")
    ),
    bindings: &[Access::Read, Access::Read, Access::Read, Access::ReadWrite],
    reduces: false,
    twin,
};

fn twin(params: &Params, bindings: &Bindings<'_>) {
    let params: AxesParams = params.get();
    let (x, affine, mut y) = (bindings.read(0), bindings.read(2), bindings.write(3));
    let (moments, mut scratch) = (bindings.read_as(1), bindings.scratch());
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
