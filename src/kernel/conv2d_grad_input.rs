//! Gradient of a convolution by its input.

use super::conv2d::Patches;
use super::matmul::{Matrix, Size, matmul};
use super::{Access, Bindings, KernelInfo, Params};

pub(super) const INFO: KernelInfo = KernelInfo {
    label: "conv2d_grad_input",
    wgsl: concat!(
        include_str!("../../shaders/lib/grid.wgsl"),
        include_str!("../../shaders/lib/conv2d.wgsl"),
        include_str!("../../shaders/conv2d_grad_input.wgsl")
    ),
    bindings: &[Access::Read, Access::Read, Access::ReadWrite],
    reduces: false,
    twin,
};

fn twin(params: &Params, bindings: &Bindings<'_>) {
    let patches = Patches::of(params.get());
    let (weights, dy, mut dx) = (bindings.read(0), bindings.read(1), bindings.write(2));
    let mut scratch = bindings.scratch();
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
