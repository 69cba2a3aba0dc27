//! y = tanh(x).

use super::relu::LenParams;
use super::{Items, Pass, Tensor};

kernel! {
    tanh(LenParams) uses [nan];
    read x: [f32],
    write y: [f32],
}

/// A pass with one invocation per value.
pub fn pass(x: Tensor, y: Tensor) -> Pass {
    let len = x.shape.len();
    Slots { x: x.slot, y: y.slot }.pass(&LenParams { len }, Items::single(len))
}

fn twin(_: LenParams, Bound { x, mut y }: Bound<'_>) {
    for (y, x) in y.iter_mut().zip(&*x) {
        // The same bits natively and in wasm, unlike the system's.
        *y = libm::tanhf(*x);
    }
}
