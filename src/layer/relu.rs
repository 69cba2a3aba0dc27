//! max(x, 0).

use crate::kernel::Kernel;
use crate::kernel::relu::LenParams;
use crate::plan::{PlanBuilder, Tensor};

pub(super) fn forward(plan: &mut PlanBuilder, x: Tensor) -> Tensor {
    let y = plan.tensor("relu.y", x.shape);
    plan.pass(Kernel::Relu, &LenParams { len: x.shape.len() }, &[x.slot, y.slot], x.shape.len());
    y
}

pub(super) fn backward(plan: &mut PlanBuilder, y: Tensor, dy: Tensor) -> Tensor {
    let dx = plan.tensor("relu.dx", y.shape);
    plan.pass(Kernel::ReluBackward, &LenParams { len: y.shape.len() }, &[y.slot, dy.slot, dx.slot], y.shape.len());
    dx
}
