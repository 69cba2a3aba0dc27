//! A fully connected layer: a matrix of weights, [inputs, features] as in Keras, with bias.

use super::WeightInit;
use crate::engine::plan::parameter::Regularizer;
use crate::engine::plan::{Parameter, PlanBuilder, Tensor};
use crate::engine::random::Init;
use crate::kernel::channel_sums;
use crate::kernel::matmul::{self, MatmulParams, Product};
use crate::norms::shape::Shape;

/// A linear layer of one network.
pub struct Linear {
    inputs: u32,
    features: u32,
    weights: Parameter,
    bias: Parameter,
}

impl Linear {
    pub(super) fn new(
        plan: &mut PlanBuilder,
        label: &str,
        inputs: u32,
        features: u32,
        (init, regularizer): (WeightInit, Regularizer),
    ) -> Self {
        let part = init.part(inputs, features, regularizer);
        let weights = plan.parameter_of(format!("{label}.weight"), inputs * features, &[part], 1.0);
        let bias = plan.parameter(format!("{label}.bias"), features, Init::Constant(0.0));
        Self { inputs, features, weights, bias }
    }

    /// y = x·W + b.
    pub(super) fn forward(&self, plan: &mut PlanBuilder, x: Tensor) -> Tensor {
        let y = plan.tensor("linear.y", Shape::table(x.shape.n, self.features));
        let product = Product { a: x.slot, b: self.weights.value, bias: Some(self.bias.value), c: y.slot };
        plan.push(matmul::pass(MatmulParams::product([x.shape.n, self.features, self.inputs]), product));
        y
    }

    /// dW = xᵀ·dy,  db = Σ dy,  dx = dy·Wᵀ.
    pub(super) fn backward(&self, plan: &mut PlanBuilder, x: Tensor, dy: Tensor, wants_dx: bool) -> Option<Tensor> {
        let (n, inputs, features) = (x.shape.n, self.inputs, self.features);
        let dweights = Product { a: x.slot, b: dy.slot, bias: None, c: self.weights.gradient };
        plan.push(matmul::pass(MatmulParams::product_of_transposed([inputs, features, n]), dweights));
        let sums = channel_sums::Slots { dy: dy.slot, sums: self.bias.gradient };
        plan.push(channel_sums::pass_of_table(Shape::table(n, features), sums));
        wants_dx.then(|| {
            let dx = plan.tensor("linear.dx", x.shape);
            let product = Product { a: dy.slot, b: self.weights.value, bias: None, c: dx.slot };
            plan.push(matmul::pass(MatmulParams::product_with_transposed([n, inputs, features]), product));
            dx
        })
    }
}
