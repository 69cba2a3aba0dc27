//! y = max(x, 0).

use super::{Items, Pass, Tensor};
use bytemuck::{Pod, Zeroable};

/// Parameters of any kernel that processes each value separately.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct LenParams {
    /// Number of values.
    pub len: u32,
}

kernel! {
    relu(LenParams) uses [];
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
        *y = x.max(0.0);
    }
}
