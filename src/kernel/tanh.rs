//! y = tanh(x).

use super::{Access, Bindings, KernelInfo, Params};

pub(super) const INFO: KernelInfo = KernelInfo {
    label: "tanh",
    wgsl: concat!(include_str!("../../shaders/lib/grid.wgsl"), include_str!("../../shaders/tanh.wgsl")),
    bindings: &[Access::Read, Access::ReadWrite],
    reduces: false,
    twin,
};

fn twin(_: &Params, bindings: &Bindings<'_>) {
    for (y, x) in bindings.write(1).iter_mut().zip(&*bindings.read(0)) {
        // The same bits natively and in wasm, unlike the system's.
        *y = libm::tanhf(*x);
    }
}
