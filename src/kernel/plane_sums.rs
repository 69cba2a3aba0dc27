//! Σ dy and Σ dy·(x − origin) of every plane.

use super::{Access, Bindings, KernelInfo, Params};
use crate::kernel::plane_moments::PlaneMomentsParams;
use crate::moments::{sum_by_lanes, sum_pairs_by_lanes};
use crate::norm::{PlaneAffine, PlaneSums};

/// Values summed in a row before a partial sum is put aside.
const BLOCK_LEN: usize = 2048;

pub(super) const INFO: KernelInfo = KernelInfo {
    label: "plane_sums",
    wgsl: concat!(
        include_str!("../../shaders/lib/grid.wgsl"),
        include_str!("../../shaders/lib/lanes.wgsl"),
        include_str!("../../shaders/lib/planes.wgsl"),
        include_str!("../../shaders/plane_sums.wgsl")
    ),
    bindings: &[Access::Read, Access::Read, Access::Read, Access::ReadWrite],
    reduces: true,
    twin,
};

fn twin(params: &Params, bindings: &Bindings<'_>) {
    let params: PlaneMomentsParams = params.get();
    plane_sums(
        &bindings.read(0),
        &bindings.read(1),
        params.plane_len as usize,
        &bindings.read_as(2),
        &mut bindings.write_as(3),
    );
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
