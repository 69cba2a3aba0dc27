//! The input of one step of a recurrence: y = all[:, step] + u, or just all[:, step] at the first step.

use super::{Items, Pass, Slot};
use bytemuck::{Pod, Zeroable};

/// A table of `[rows, n_steps, len]` and one step of it.
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

kernel! {
    step_sum(StepParams) uses [];
    read all: [f32],
    read u: [f32],
    write y: [f32],
}

/// A pass with one invocation per value of y. Without `u` it must be the first step.
pub fn pass(params: StepParams, all: Slot, u: Option<Slot>, y: Slot) -> Pass {
    debug_assert!(u.is_some() || params.step == 0, "step {} needs u", params.step);
    // Something must be bound in place of u; it is not read.
    Slots { all, u: u.unwrap_or(all), y }.pass(&params, Items::single(params.rows * params.len))
}

fn twin(params: StepParams, Bound { all, u, mut y }: Bound<'_>) {
    let len = params.len as usize;
    for (row, y) in y.chunks_exact_mut(len).enumerate() {
        y.copy_from_slice(&all[params.start(row)..][..len]);
        if params.step > 0 {
            y.iter_mut().zip(&u[row * len..]).for_each(|(y, u)| *y += u);
        }
    }
}
