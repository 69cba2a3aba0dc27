//! Gradient of a convolution by its weights.

use super::conv2d::Patches;
use super::matmul::{Matrix, Size, matmul};
use super::{Access, Bindings, KernelInfo, Params};

pub(super) const INFO: KernelInfo = KernelInfo {
    label: "conv2d_grad_weight",
    wgsl: concat!(
        include_str!("../../shaders/lib/grid.wgsl"),
        include_str!("../../shaders/lib/lanes.wgsl"),
        include_str!("../../shaders/lib/conv2d.wgsl"),
        include_str!("../../shaders/conv2d_grad_weight.wgsl")
    ),
    bindings: &[Access::Read, Access::Read, Access::ReadWrite],
    reduces: true,
    twin,
};

fn twin(params: &Params, bindings: &Bindings<'_>) {
    let patches = Patches::of(params.get());
    let (x, dy, mut dweights) = (bindings.read(0), bindings.read(1), bindings.write(2));
    let mut scratch = bindings.scratch();
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
