//! The images of this step as numbers from 0 to 1.

use super::tick::Clock;
use super::{Access, Bindings, KernelInfo, Params};
use bytemuck::{Pod, Zeroable};

/// Of the ring of images.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct UnpackImagesParams {
    /// Words of four pixels a step.
    pub batch_words: u32,
    /// Steps in the ring.
    pub ring_len: u32,
}

/// The largest pixel value.
const PIXEL_MAX: f32 = 255.0;

pub(super) const INFO: KernelInfo = KernelInfo {
    label: "unpack_images",
    wgsl: concat!(
        include_str!("../../shaders/lib/grid.wgsl"),
        include_str!("../../shaders/lib/clock.wgsl"),
        include_str!("../../shaders/unpack_images.wgsl")
    ),
    bindings: &[Access::Read, Access::Read, Access::ReadWrite],
    reduces: false,
    twin,
};

fn twin(params: &Params, bindings: &Bindings<'_>) {
    let params: UnpackImagesParams = params.get();
    let ring = bindings.read_as::<u8>(0);
    let step = bindings.read_as::<Clock>(1)[0].step;
    let batch_bytes = 4 * params.batch_words as usize;
    let start = (step % params.ring_len) as usize * batch_bytes;
    for (x, &pixel) in bindings.write(2).iter_mut().zip(&ring[start..start + batch_bytes]) {
        *x = f32::from(pixel) / PIXEL_MAX;
    }
}
