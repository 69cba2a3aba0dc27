//! dx = dy·(1 − y²), with y = tanh(x).

use super::relu::LenParams;
use super::{Items, Pass, Tensor};

kernel! {
    tanh_backward(LenParams) uses [];
    read y: [f32],
    read dy: [f32],
    write dx: [f32],
}

/// A pass with one invocation per value.
pub fn pass(y: Tensor, dy: Tensor, dx: Tensor) -> Pass {
    let len = y.shape.len();
    Slots { y: y.slot, dy: dy.slot, dx: dx.slot }.pass(&LenParams { len }, Items::single(len))
}

fn twin(_: LenParams, Bound { y, dy, mut dx }: Bound<'_>) {
    for ((dx, y), dy) in dx.iter_mut().zip(&*y).zip(&*dy) {
        *dx = dy * (1.0 - y * y);
    }
}
