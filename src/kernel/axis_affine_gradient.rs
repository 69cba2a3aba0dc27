//! dγ = Σ dy·x̂ and dβ = Σ dy, each over the values that share a γ and a β.

use super::axes::{AxesParams, Groups, MAX_RUN_LEN, for_each_run, sums_and_words};
use super::{Access, Bindings, KernelInfo, Params};

pub(super) const INFO: KernelInfo = KernelInfo {
    label: "axis_affine_gradient",
    wgsl: concat!(
        include_str!("../../shaders/lib/grid.wgsl"),
        include_str!("../../shaders/lib/lanes.wgsl"),
        include_str!("../../shaders/lib/moments.wgsl"),
        include_str!("../../shaders/lib/tiling.wgsl"),
        include_str!("../../shaders/lib/axes.wgsl"),
        include_str!("../../shaders/axis_affine_gradient.wgsl")
    ),
    bindings: &[Access::Read, Access::Read, Access::Read, Access::ReadWrite],
    reduces: true,
    twin,
};

fn twin(params: &Params, bindings: &Bindings<'_>) {
    let params: AxesParams = params.get();
    let (x, dy, mut daffine) = (bindings.read(0), bindings.read(1), bindings.write(3));
    let (moments, mut scratch) = (bindings.read_as(2), bindings.scratch());
    let (sums, words) = sums_and_words(&mut scratch, daffine.len(), 3 * moments.len());
    let (dgamma, dbeta) = sums.split_at_mut(daffine.len() / 2);
    let groups = Groups::new(&moments, params.epsilon, words);
    let mut terms = [0.0; MAX_RUN_LEN];
    for_each_run(params.tilings(), |run| {
        let (terms, dy) = (&mut terms[..run.len], run.of(&dy));
        groups.normalize(run.tiles[0], run.of(&x), terms);
        terms.iter_mut().zip(dy).for_each(|(term, dy)| *term *= dy);
        run.tiles[1].add(terms, dgamma);
        run.tiles[1].add(dy, dbeta);
    });
    for (out, sum) in daffine.iter_mut().zip(sums) {
        *out = *sum as f32;
    }
}
