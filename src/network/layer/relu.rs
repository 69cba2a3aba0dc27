//! max(x, 0).

use crate::engine::plan::{PlanBuilder, Tensor};
use crate::kernel::{relu, relu_backward};

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
