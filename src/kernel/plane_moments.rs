//! Moments of every plane. x: [N·C, H·W] → [N·C] [`Moments`].

use super::{Access, Bindings, KernelInfo, Params};
use crate::moments::Moments;
use bytemuck::{Pod, Zeroable};

/// The planes to reduce.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[expect(missing_docs, reason = "the names say it")]
pub struct PlaneMomentsParams {
    pub n_planes: u32,
    pub plane_len: u32,
}

pub(super) const INFO: KernelInfo = KernelInfo {
    label: "plane_moments",
    wgsl: concat!(
        include_str!("../../shaders/lib/grid.wgsl"),
        include_str!("../../shaders/lib/lanes.wgsl"),
        include_str!("../../shaders/lib/moments.wgsl"),
        include_str!("../../shaders/plane_moments.wgsl")
    ),
    bindings: &[Access::Read, Access::ReadWrite],
    reduces: true,
    twin,
};

fn twin(params: &Params, bindings: &Bindings<'_>) {
    let params: PlaneMomentsParams = params.get();
    plane_moments(&bindings.read(0), params.plane_len as usize, &mut bindings.write_as(1));
}

/// The moments of every plane of `plane_len` values of `x`: [N·C, H·W] → [N·C].
pub fn plane_moments(x: &[f32], plane_len: usize, planes: &mut [Moments]) {
    for (plane, values) in planes.iter_mut().zip(x.chunks_exact(plane_len)) {
        *plane = Moments::of(values);
    }
}
