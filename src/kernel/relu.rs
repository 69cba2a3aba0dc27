//! y = max(x, 0).

use super::{Access, Bindings, KernelInfo, Params};
use bytemuck::{Pod, Zeroable};

/// Of any kernel that takes each value by itself.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct LenParams {
    /// Values.
    pub len: u32,
}

pub(super) const INFO: KernelInfo = KernelInfo {
    label: "relu",
    wgsl: concat!(include_str!("../../shaders/lib/grid.wgsl"), include_str!("../../shaders/relu.wgsl")),
    bindings: &[Access::Read, Access::ReadWrite],
    reduces: false,
    twin,
};

fn twin(_: &Params, bindings: &Bindings<'_>) {
    for (y, x) in bindings.write(1).iter_mut().zip(&*bindings.read(0)) {
        *y = x.max(0.0);
    }
}
