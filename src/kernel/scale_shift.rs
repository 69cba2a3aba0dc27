//! y = scale·(x − origin) + shift with the map of each plane.

use super::{Access, Bindings, KernelInfo, Params};
use crate::kernel::plane_moments::PlaneMomentsParams;
use crate::norm::PlaneAffine;

pub(super) const INFO: KernelInfo = KernelInfo {
    label: "scale_shift",
    wgsl: concat!(
        include_str!("../../shaders/lib/grid.wgsl"),
        include_str!("../../shaders/lib/lanes.wgsl"),
        include_str!("../../shaders/lib/planes.wgsl"),
        include_str!("../../shaders/scale_shift.wgsl")
    ),
    bindings: &[Access::Read, Access::Read, Access::ReadWrite],
    reduces: true,
    twin,
};

fn twin(params: &Params, bindings: &Bindings<'_>) {
    let params: PlaneMomentsParams = params.get();
    scale_shift(&bindings.read(0), params.plane_len as usize, &bindings.read_as(1), &mut bindings.write(2));
}

/// Maps every plane of `plane_len` values. `x`, `y`: [N·C, H·W]; `maps`: [N·C].
pub fn scale_shift(x: &[f32], plane_len: usize, maps: &[PlaneAffine], y: &mut [f32]) {
    for ((x, y), map) in x.chunks_exact(plane_len).zip(y.chunks_exact_mut(plane_len)).zip(maps) {
        for (y, x) in y.iter_mut().zip(x) {
            *y = map.scale * (x - map.origin) + map.shift;
        }
    }
}
