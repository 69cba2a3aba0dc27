//! Puts the rows of one step in their places among those of all: all[:, step] = x.

use super::step_sum::StepParams;
use super::{Access, Bindings, KernelInfo, Params};

pub(super) const INFO: KernelInfo = KernelInfo {
    label: "step_stack",
    wgsl: concat!(include_str!("../../shaders/lib/grid.wgsl"), include_str!("../../shaders/step_stack.wgsl")),
    bindings: &[Access::Read, Access::ReadWrite],
    reduces: false,
    twin,
};

fn twin(params: &Params, bindings: &Bindings<'_>) {
    let params: StepParams = params.get();
    let mut all = bindings.write(1);
    let len = params.len as usize;
    for (row, x) in bindings.read(0).chunks_exact(len).enumerate() {
        all[params.start(row)..][..len].copy_from_slice(x);
    }
}
