//! max(x, 0).

use crate::kernel::{relu, relu_backward};
use crate::plan::{PlanBuilder, Tensor};

pub(super) fn forward(plan: &mut PlanBuilder, x: Tensor) -> Tensor {
    let y = plan.tensor("relu.y", x.shape);
    plan.push(relu::pass(x, y));
    y
}

pub(super) fn backward(plan: &mut PlanBuilder, y: Tensor, dy: Tensor) -> Tensor {
    let dx = plan.tensor("relu.dx", y.shape);
    plan.push(relu_backward::pass(y, dy, dx));
    dx
}
