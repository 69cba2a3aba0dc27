//! The gradient of ρ; the maths is [`batch_instance::rho_backward`].

use super::{Access, Bindings, KernelInfo, Params};
use crate::norm::batch_instance;

pub(super) const INFO: KernelInfo = KernelInfo {
    label: "batch_instance_rho",
    wgsl: concat!(
        include_str!("../../shaders/lib/grid.wgsl"),
        include_str!("../../shaders/lib/lanes.wgsl"),
        include_str!("../../shaders/lib/moments.wgsl"),
        include_str!("../../shaders/lib/planes.wgsl"),
        include_str!("../../shaders/lib/blend.wgsl"),
        include_str!("../../shaders/batch_instance_rho.wgsl")
    ),
    bindings: &[Access::Read, Access::Read, Access::Read, Access::Read, Access::ReadWrite],
    reduces: true,
    twin,
};

fn twin(params: &Params, bindings: &Bindings<'_>) {
    batch_instance::rho_backward(
        params.get(),
        &bindings.read_as(0),
        &bindings.read_as(1),
        &bindings.read_as(2),
        &bindings.read(3),
        &mut bindings.write(4),
    );
}
