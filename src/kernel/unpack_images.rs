//! The images of this step as numbers from 0 to 1.

use super::tick::Clock;
use super::{Items, Pass};
use bytemuck::{Pod, Zeroable};

/// Parameters of the ring of images.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct UnpackImagesParams {
    /// Words of four pixels per step.
    pub batch_words: u32,
    /// Steps in the ring.
    pub ring_len: u32,
}

/// The largest pixel value.
const PIXEL_MAX: f32 = 255.0;

kernel! {
    unpack_images(UnpackImagesParams) uses [clock];
    read ring: [u8],
    read clock: [Clock],
    write x: [f32],
}

/// A pass with one invocation per word of four pixels.
pub fn pass(params: UnpackImagesParams, slots: Slots) -> Pass {
    slots.pass(&params, Items::single(params.batch_words))
}

fn twin(params: UnpackImagesParams, Bound { ring, clock, mut x }: Bound<'_>) {
    let step = clock[0].step;
    let batch_bytes = 4 * params.batch_words as usize;
    let start = (step % params.ring_len) as usize * batch_bytes;
    for (x, &pixel) in x.iter_mut().zip(&ring[start..start + batch_bytes]) {
        *x = f32::from(pixel) / PIXEL_MAX;
    }
}
