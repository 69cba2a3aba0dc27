//! Gradient of a convolution with respect to its weights.

use super::conv2d::{Conv2dParams, Patches};
use super::matmul::{Matrix, Size, matmul};
use super::{Items, Pass};

kernel! {
    conv2d_grad_weight(Conv2dParams) uses [lanes, conv2d];
    read x: [f32],
    read dy: [f32],
    write dweights: [f32];
    scratch
}

/// A pass in which invocations share a weight, place by place of dy.
pub fn pass(params: Conv2dParams, slots: Slots) -> Pass {
    let n_weights = params.c_out * params.c_in * params.kernel * params.kernel;
    slots.pass(&params, Items::shared(n_weights, params.n * params.h_out * params.w_out))
}

fn twin(params: Conv2dParams, Bound { x, dy, mut dweights, mut scratch }: Bound<'_>) {
    let patches = Patches::of(params);
    let (unfolded, scratch) = patches.split(&mut scratch);
    let size = Size { m: patches.c_out, n: patches.len(), k: patches.n_places() };
    let images = x.chunks_exact(patches.image_len()).zip(dy.chunks_exact(size.m * size.k));
    for (image_idx, (image, dy)) in images.enumerate() {
        patches.unfold(image, unfolded);
        let dy = Matrix { values: dy, row: size.k, column: 1 };
        let transposed = Matrix { values: unfolded, row: 1, column: size.k };
        matmul(size, dy, transposed, image_idx > 0, &mut dweights, scratch);
    }
}
