//! Σ over images and places of every channel: the gradient of a bias.

use super::{Access, Bindings, KernelInfo, Params};
use crate::moments::sum_by_lanes;
use bytemuck::{Pod, Zeroable};

/// Of the tensor to sum.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[expect(missing_docs, reason = "the names say it")]
pub struct ChannelSumsParams {
    pub n: u32,
    pub c: u32,
    pub plane_len: u32,
}

pub(super) const INFO: KernelInfo = KernelInfo {
    label: "channel_sums",
    wgsl: concat!(
        include_str!("../../shaders/lib/grid.wgsl"),
        include_str!("../../shaders/lib/lanes.wgsl"),
        include_str!("../../shaders/channel_sums.wgsl")
    ),
    bindings: &[Access::Read, Access::ReadWrite],
    reduces: true,
    twin,
};

fn twin(params: &Params, bindings: &Bindings<'_>) {
    let params: ChannelSumsParams = params.get();
    let dy = bindings.read(0);
    let mut sums = bindings.write(1);
    sums.fill(0.0);
    let plane_len = params.plane_len as usize;
    for image in dy.chunks_exact(params.c as usize * plane_len) {
        for (sum, plane) in sums.iter_mut().zip(image.chunks_exact(plane_len)) {
            *sum += if plane_len == 1 { plane[0] } else { sum_by_lanes(plane, |dy| dy) };
        }
    }
}
