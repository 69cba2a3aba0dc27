//! dx = dy·∂y + x·(x − origin) + one with the pullback of each plane.

use super::{Access, Bindings, KernelInfo, Params};
use crate::kernel::plane_moments::PlaneMomentsParams;
use crate::norm::{PlaneAffine, PlanePullback};

pub(super) const INFO: KernelInfo = KernelInfo {
    label: "scale_shift_backward",
    wgsl: concat!(
        include_str!("../../shaders/lib/grid.wgsl"),
        include_str!("../../shaders/lib/lanes.wgsl"),
        include_str!("../../shaders/lib/planes.wgsl"),
        include_str!("../../shaders/scale_shift_backward.wgsl")
    ),
    bindings: &[Access::Read, Access::Read, Access::Read, Access::Read, Access::ReadWrite],
    reduces: true,
    twin,
};

fn twin(params: &Params, bindings: &Bindings<'_>) {
    let params: PlaneMomentsParams = params.get();
    scale_shift_backward(
        &bindings.read(0),
        &bindings.read(1),
        params.plane_len as usize,
        &bindings.read_as(2),
        &bindings.read_as(3),
        &mut bindings.write(4),
    );
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
