//! What goes into one step of a recurrence: y = all[:, step] + u, or all[:, step] alone at the first step.

use super::{Access, Bindings, KernelInfo, Params};
use bytemuck::{Pod, Zeroable};

/// Of a table of [rows, n_steps, len] and one step of it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[expect(missing_docs, reason = "the names say it")]
pub struct StepParams {
    pub rows: u32,
    pub len: u32,
    pub n_steps: u32,
    pub step: u32,
}

impl StepParams {
    /// Where a row of the step starts in the whole table.
    pub(super) fn start(&self, row: usize) -> usize {
        (row * self.n_steps as usize + self.step as usize) * self.len as usize
    }
}

pub(super) const INFO: KernelInfo = KernelInfo {
    label: "step_sum",
    wgsl: concat!(include_str!("../../shaders/lib/grid.wgsl"), include_str!("../../shaders/step_sum.wgsl")),
    bindings: &[Access::Read, Access::Read, Access::ReadWrite],
    reduces: false,
    twin,
};

fn twin(params: &Params, bindings: &Bindings<'_>) {
    let params: StepParams = params.get();
    let (all, u) = (bindings.read(0), bindings.read(1));
    let len = params.len as usize;
    for (row, y) in bindings.write(2).chunks_exact_mut(len).enumerate() {
        y.copy_from_slice(&all[params.start(row)..][..len]);
        if params.step > 0 {
            y.iter_mut().zip(&u[row * len..]).for_each(|(y, u)| *y += u);
        }
    }
}
