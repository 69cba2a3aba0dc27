//! dx = dy of its window where x is the window's first largest value, else 0.

use super::max_pool::{MaxPoolParams, Windows};
use super::{Items, Pass};

kernel! {
    max_pool_backward(MaxPoolParams) uses [];
    read x: [f32],
    read dy: [f32],
    write dx: [f32],
}

/// A pass with one invocation per value of dx.
pub fn pass(params: MaxPoolParams, slots: Slots) -> Pass {
    slots.pass(&params, Items::single(params.n_planes * params.h * params.w))
}

fn twin(params: MaxPoolParams, Bound { x, dy, mut dx }: Bound<'_>) {
    let windows = Windows::of(params);
    dx.fill(0.0);
    for (window_idx, dy) in dy.iter().enumerate() {
        dx[windows.largest(&x, window_idx)] = *dy;
    }
}
