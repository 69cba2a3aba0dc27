//! Puts the rows of one step in their places among the rows of all steps: all[:, step] = x.

use super::step_sum::StepParams;
use super::{Items, Pass};

kernel! {
    step_stack(StepParams) uses [];
    read x: [f32],
    write all: [f32],
}

/// A pass with one invocation per value of x.
pub fn pass(params: StepParams, slots: Slots) -> Pass {
    slots.pass(&params, Items::single(params.rows * params.len))
}

fn twin(params: StepParams, Bound { x, mut all }: Bound<'_>) {
    let len = params.len as usize;
    for (row, x) in x.chunks_exact(len).enumerate() {
        all[params.start(row)..][..len].copy_from_slice(x);
    }
}
