//! A full matrix of weights, [inputs, features] as in Keras, with bias.

use super::WeightInit;
use crate::kernel::Kernel;
use crate::kernel::channel_sums::ChannelSumsParams;
use crate::kernel::matmul::{GPU_TILE, MatmulParams};
use crate::plan::parameter::Regularizer;
use crate::plan::{Parameter, PlanBuilder, Slot, Tensor};
use crate::random::Init;
use crate::shape::Shape;

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
        let params = MatmulParams {
            m: x.shape.n,
            n: self.features,
            k: self.inputs,
            a_row: self.inputs,
            a_column: 1,
            b_row: self.features,
            b_column: 1,
            has_bias: 1,
        };
        matmul(plan, params, [x.slot, self.weights.value, self.bias.value, y.slot]);
        y
    }

    /// dW = xᵀ·dy,  db = Σ dy,  dx = dy·Wᵀ.
    pub(super) fn backward(&self, plan: &mut PlanBuilder, x: Tensor, dy: Tensor, wants_dx: bool) -> Option<Tensor> {
        let dweights = MatmulParams {
            m: self.inputs,
            n: self.features,
            k: x.shape.n,
            a_row: 1,
            a_column: self.inputs,
            b_row: self.features,
            b_column: 1,
            has_bias: 0,
        };
        matmul(plan, dweights, [x.slot, dy.slot, dy.slot, self.weights.gradient]);
        let sums = ChannelSumsParams { n: dy.shape.n, c: self.features, plane_len: 1 };
        plan.pass(Kernel::ChannelSums, &sums, &[dy.slot, self.bias.gradient], self.features);
        wants_dx.then(|| {
            let dx = plan.tensor("linear.dx", x.shape);
            let params = MatmulParams {
                m: x.shape.n,
                n: self.inputs,
                k: self.features,
                a_row: self.features,
                a_column: 1,
                b_row: 1,
                b_column: self.features,
                has_bias: 0,
            };
            matmul(plan, params, [dy.slot, self.weights.value, self.weights.value, dx.slot]);
            dx
        })
    }
}

/// Writes a product.
pub(super) fn matmul(plan: &mut PlanBuilder, params: MatmulParams, slots: [Slot; 4]) {
    let n_tiles = params.m.div_ceil(GPU_TILE[0]) * params.n.div_ceil(GPU_TILE[1]);
    plan.reduction(Kernel::Matmul, &params, &slots, n_tiles, params.k);
}
