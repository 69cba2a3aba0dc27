//! 2-D convolution (as in all of deep learning: correlation), stride 1, zero padding.
//!
//! On the CPU an image is unfolded into a matrix of patches, and the convolution is a matrix product.

use super::matmul::{self, Matrix, Size, matmul};
use super::{Items, Pass, scratch_of};
use bytemuck::{Pod, Zeroable};

/// Sizes of a convolution; the kernel is square, padding is the same on all sides.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Conv2dParams {
    pub n: u32,
    pub c_in: u32,
    pub h: u32,
    pub w: u32,
    pub c_out: u32,
    pub h_out: u32,
    pub w_out: u32,
    pub kernel: u32,
    pub padding: u32,
}

kernel! {
    conv2d(Conv2dParams) uses [conv2d];
    read x: [f32],
    read weights: [f32],
    read bias: [f32],
    write y: [f32];
    scratch
}

/// A pass with one invocation per value of y.
pub fn pass(params: Conv2dParams, slots: Slots) -> Pass {
    slots.pass(&params, Items::single(params.n * params.c_out * params.h_out * params.w_out))
}

fn twin(params: Conv2dParams, Bound { x, weights, bias, mut y, mut scratch }: Bound<'_>) {
    let patches = Patches::of(params);
    let (unfolded, scratch) = patches.split(&mut scratch);
    let weights = Matrix { values: &weights, row: patches.len(), column: 1 };
    let size = Size { m: patches.c_out, n: patches.n_places(), k: patches.len() };
    let images = x.chunks_exact(patches.image_len()).zip(y.chunks_exact_mut(size.m * size.n));
    for (image, y) in images {
        patches.unfold(image, unfolded);
        y.chunks_exact_mut(size.n).zip(&*bias).for_each(|(plane, &bias)| plane.fill(bias));
        matmul(size, weights, Matrix { values: unfolded, row: size.n, column: 1 }, true, y, scratch);
    }
}

/// The patches of an image that the kernel covers: C_in·K·K values at each of H_out·W_out places.
pub(super) struct Patches {
    c_in: usize,
    h: usize,
    w: usize,
    pub(super) c_out: usize,
    h_out: usize,
    w_out: usize,
    kernel: usize,
    padding: usize,
}

impl Patches {
    pub(super) fn of(params: Conv2dParams) -> Self {
        Self {
            c_in: params.c_in as usize,
            h: params.h as usize,
            w: params.w as usize,
            c_out: params.c_out as usize,
            h_out: params.h_out as usize,
            w_out: params.w_out as usize,
            kernel: params.kernel as usize,
            padding: params.padding as usize,
        }
    }

    /// Values per patch.
    pub(super) fn len(&self) -> usize {
        self.c_in * self.kernel * self.kernel
    }

    pub(super) fn n_places(&self) -> usize {
        self.h_out * self.w_out
    }

    pub(super) fn image_len(&self) -> usize {
        self.c_in * self.h * self.w
    }

    /// Room for the unfolded image, and for the matrix product.
    pub(super) fn split<'a>(&self, scratch: &'a mut Vec<f32>) -> (&'a mut [f32], &'a mut [f32]) {
        let unfolded_len = self.len() * self.n_places();
        scratch_of(scratch, unfolded_len + matmul::SCRATCH_LEN).split_at_mut(unfolded_len)
    }

    /// [C_in, H, W] → [C_in·K·K, H_out·W_out].
    pub(super) fn unfold(&self, image: &[f32], unfolded: &mut [f32]) {
        for (tap, line) in unfolded.chunks_exact_mut(self.n_places()).enumerate() {
            for (row, out) in line.chunks_exact_mut(self.w_out).enumerate() {
                let Some(place) = self.line(tap, row) else {
                    out.fill(0.0);
                    continue;
                };
                out[..place.skip].fill(0.0);
                out[place.skip + place.len..].fill(0.0);
                out[place.skip..place.skip + place.len].copy_from_slice(&image[place.start..place.start + place.len]);
            }
        }
    }

    /// The transpose of [`Patches::unfold`]: adds every value back to where it was taken from.
    pub(super) fn fold(&self, unfolded: &[f32], image: &mut [f32]) {
        image.fill(0.0);
        for (tap, line) in unfolded.chunks_exact(self.n_places()).enumerate() {
            for (row, values) in line.chunks_exact(self.w_out).enumerate() {
                let Some(place) = self.line(tap, row) else { continue };
                let image = &mut image[place.start..place.start + place.len];
                image.iter_mut().zip(&values[place.skip..]).for_each(|(image, value)| *image += value);
            }
        }
    }

    /// Where one row of places for one tap of the kernel lies in the image; `None` if it is all padding.
    fn line(&self, tap: usize, row: usize) -> Option<Line> {
        let (s, r) = (tap % self.kernel, tap / self.kernel % self.kernel);
        let c_in = tap / (self.kernel * self.kernel);
        let h = (row + r).checked_sub(self.padding).filter(|h| *h < self.h)?;
        let skip = self.padding.saturating_sub(s).min(self.w_out);
        let w = (skip + s).saturating_sub(self.padding);
        let len = (self.w_out - skip).min(self.w.saturating_sub(w));
        Some(Line { skip, start: (c_in * self.h + h) * self.w + w.min(self.w), len })
    }
}

/// A run of values that are contiguous both in the image and among the places.
struct Line {
    /// Places before the first value, which are padding.
    skip: usize,
    /// The first value, in the image.
    start: usize,
    /// Number of values.
    len: usize,
}
