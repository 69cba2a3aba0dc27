//! The largest value of every size × size window; windows do not overlap.

use super::LayerError;
use crate::engine::plan::{PlanBuilder, Tensor};
use crate::kernel::max_pool::{self, MaxPoolParams};
use crate::kernel::max_pool_backward;
use crate::norms::shape::Shape;

/// A pooling layer of one network.
pub struct MaxPool {
    size: u32,
}

impl MaxPool {
    pub(super) fn new(shape: Shape, size: u32) -> Result<(Self, Shape), LayerError> {
        if size == 0 || size > shape.h || size > shape.w {
            return Err(LayerError::Window { size, h: shape.h, w: shape.w });
        }
        let max_pool = Self { size };
        let shape = max_pool.shape(shape);
        Ok((max_pool, shape))
    }

    pub(super) fn forward(&self, plan: &mut PlanBuilder, x: Tensor) -> Tensor {
        let y = plan.tensor("max_pool.y", self.shape(x.shape));
        plan.push(max_pool::pass(self.params(x.shape), max_pool::Slots { x: x.slot, y: y.slot }));
        y
    }

    pub(super) fn backward(&self, plan: &mut PlanBuilder, x: Tensor, dy: Tensor) -> Tensor {
        let dx = plan.tensor("max_pool.dx", x.shape);
        let slots = max_pool_backward::Slots { x: x.slot, dy: dy.slot, dx: dx.slot };
        plan.push(max_pool_backward::pass(self.params(x.shape), slots));
        dx
    }

    fn shape(&self, x: Shape) -> Shape {
        Shape::new(x.n, x.c, x.h / self.size, x.w / self.size)
    }

    fn params(&self, x: Shape) -> MaxPoolParams {
        MaxPoolParams { n_planes: x.n_planes(), h: x.h, w: x.w, size: self.size }
    }
}
