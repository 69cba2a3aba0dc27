//! Gradient of a convolution with respect to its input.

use super::conv2d::{Conv2dParams, Patches};
use super::matmul::{Matrix, Size, matmul};
use super::{Items, Pass};

kernel! {
    conv2d_grad_input(Conv2dParams) uses [conv2d];
    read weights: [f32],
    read dy: [f32],
    write dx: [f32];
    scratch
}

/// A pass with one invocation per value of dx.
pub fn pass(params: Conv2dParams, slots: Slots) -> Pass {
    slots.pass(&params, Items::single(params.n * params.c_in * params.h * params.w))
}

fn twin(params: Conv2dParams, Bound { weights, dy, mut dx, mut scratch }: Bound<'_>) {
    let patches = Patches::of(params);
    let (unfolded, scratch) = patches.split(&mut scratch);
    // The patches' gradient is weightsᵀ·dy.
    let weights = Matrix { values: &weights, row: 1, column: patches.len() };
    let size = Size { m: patches.len(), n: patches.n_places(), k: patches.c_out };
    let images = dy.chunks_exact(size.k * size.n).zip(dx.chunks_exact_mut(patches.image_len()));
    for (dy, dx) in images {
        matmul(size, weights, Matrix { values: dy, row: size.n, column: 1 }, false, unfolded, scratch);
        patches.fold(unfolded, dx);
    }
}
