//! y = x/(1 − rate) where the mask keeps the value, else 0. Source: Srivastava et al. 2014, in the inverted form.

use super::tick::Clock;
use super::{Items, Pass};
use crate::kernel::random::pcg3d;
use bytemuck::{Pod, Zeroable};

/// Parameters of a dropout layer.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct DropoutParams {
    /// Number of values.
    pub len: u32,
    /// Makes the masks of different layers different.
    pub layer: u32,
    /// rate·2³²: a random word below it drops its value.
    pub threshold: u32,
    /// 1/(1 − rate).
    pub scale: f32,
}

kernel! {
    dropout(DropoutParams) uses [clock, random];
    read x: [f32],
    read clock: [Clock],
    write y: [f32],
}

/// A pass with one invocation per value.
pub fn pass(params: DropoutParams, slots: Slots) -> Pass {
    slots.pass(&params, Items::single(params.len))
}

fn twin(params: DropoutParams, Bound { x, clock, mut y }: Bound<'_>) {
    let clock = clock[0];
    for ((i, y), x) in (0..).zip(y.iter_mut()).zip(&*x) {
        let [word, ..] = pcg3d([i, clock.step, clock.seed ^ params.layer]);
        *y = if word >= params.threshold { x * params.scale } else { 0.0 };
    }
}
