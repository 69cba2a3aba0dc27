//! dx = dy·(1 − y²), with y = tanh(x).

use super::{Access, Bindings, KernelInfo, Params};

pub(super) const INFO: KernelInfo = KernelInfo {
    label: "tanh_backward",
    wgsl: concat!(include_str!("../../shaders/lib/grid.wgsl"), include_str!("../../shaders/tanh_backward.wgsl")),
    bindings: &[Access::Read, Access::Read, Access::ReadWrite],
    reduces: false,
    twin,
};

fn twin(_: &Params, bindings: &Bindings<'_>) {
    let (y, dy) = (bindings.read(0), bindings.read(1));
    for ((dx, y), dy) in bindings.write(2).iter_mut().zip(&*y).zip(&*dy) {
        *dx = dy * (1.0 - y * y);
    }
}
