//! dx = dy of its window where x is the window's first largest value, else 0.

use super::max_pool::Windows;
use super::{Access, Bindings, KernelInfo, Params};

pub(super) const INFO: KernelInfo = KernelInfo {
    label: "max_pool_backward",
    wgsl: concat!(include_str!("../../shaders/lib/grid.wgsl"), include_str!("../../shaders/max_pool_backward.wgsl")),
    bindings: &[Access::Read, Access::Read, Access::ReadWrite],
    reduces: false,
    twin,
};

fn twin(params: &Params, bindings: &Bindings<'_>) {
    let windows = Windows::of(params.get());
    let x = bindings.read(0);
    let mut dx = bindings.write(2);
    dx.fill(0.0);
    for (window_idx, dy) in bindings.read(1).iter().enumerate() {
        dx[windows.largest(&x, window_idx)] = *dy;
    }
}
