//! A simple recurrent layer over the rows of an image, unrolled: s_t = x_t·W + b + h_{t−1}·U, h_t = tanh(norm_t(s_t)),
//! h_{−1} = 0. The output is the last h.
//!
//! U starts orthogonal, as in Keras. Steps share W, U, b and the norm's γ and β. Each step has its own running
//! statistics, since they differ from step to step (Cooijmans et al. 2016): a norm that keeps them keeps
//! n_steps·2·units values. All x_t·W are one product, as are all gradients of W and of U: what the steps leave is
//! stacked for that.

use super::norm::NormSpec;
use super::steps::{self, Step, StepNorms, sum_rows};
use super::{Activation, LayerError, Mode, NormPort};
use crate::engine::plan::{Parameter, PlanBuilder, Slot, Tensor};
use crate::engine::random::Init;
use crate::kernel::matmul::{self, MatmulParams, Product};
use crate::kernel::step_sum::{self, StepParams};
use crate::kernel::{step_stack, tanh, tanh_backward};
use crate::norms::shape::Shape;
use arrayvec::ArrayVec;

/// A recurrent layer of one network.
pub struct RowRnn {
    inputs: u32,
    units: u32,
    n_steps: u32,
    weights: Parameter,
    recurrent: Parameter,
    bias: Parameter,
    /// γ and β, and one norm per step; none without a norm.
    norms: Option<StepNorms>,
}

impl RowRnn {
    /// Makes the layer for images of `shape`: a step reads a row of `shape.w` values, channel by channel.
    pub(super) fn new(
        plan: &mut PlanBuilder,
        label: &str,
        shape: Shape,
        units: u32,
        norm: NormSpec,
    ) -> Result<Self, LayerError> {
        let (inputs, n_steps) = (shape.w, shape.c * shape.h);
        let weight_init = Init::GlorotUniform { fan_in: inputs, fan_out: units };
        let weights = plan.parameter(format!("{label}.weight"), inputs * units, weight_init);
        let recurrent_init = Init::Orthogonal { rows: units, columns: units };
        let recurrent = plan.parameter(format!("{label}.recurrent"), units * units, recurrent_init);
        let bias = plan.parameter(format!("{label}.bias"), units, Init::Constant(0.0));
        let state = Shape::table(shape.n, units);
        let norms = StepNorms::new(plan, &format!("{label}.norm"), state, norm, n_steps)?;
        Ok(Self { inputs, units, n_steps, weights, recurrent, bias, norms })
    }

    /// Whether a norm keeps running statistics.
    pub(super) fn keeps_running(&self) -> bool {
        self.norms.as_ref().is_some_and(StepNorms::keeps_running)
    }

    /// See [`super::Layer::norm_ports`].
    pub(super) fn norm_ports(&self, steps: &[Step]) -> Vec<NormPort> {
        steps::norm_ports(std::slice::from_ref(&self.norms), steps)
    }

    pub(super) fn forward(&self, plan: &mut PlanBuilder, x: Tensor, mode: Mode) -> Result<Activation, LayerError> {
        let (n, units) = (x.shape.n, self.units);
        let all = plan.scratch("row_rnn.inputs", n * self.n_steps * units);
        let rows = n * self.n_steps;
        let product = Product { a: x.slot, b: self.weights.value, bias: Some(self.bias.value), c: all };
        plan.push(matmul::pass(MatmulParams::product([rows, units, self.inputs]), product));
        let mut steps: Vec<Step> = Vec::new();
        for step in 0..self.n_steps {
            let u = steps.last().map(|Step { h, .. }| {
                let u = plan.scratch("row_rnn.u", n * units);
                let product = Product { a: h.slot, b: self.recurrent.value, bias: None, c: u };
                plan.push(matmul::pass(MatmulParams::product([n, units, units]), product));
                u
            });
            let s = plan.tensor("row_rnn.s", Shape::table(n, units));
            plan.push(step_sum::pass(self.step(n, step), all, u, s.slot));
            let norm = steps::forward(self.norms.as_ref(), plan, s, step, mode)?;
            let h = plan.tensor("row_rnn.h", s.shape);
            plan.push(tanh::pass(norm.y, h));
            steps.push(Step { norms: ArrayVec::from_iter([norm]), kept: ArrayVec::new(), h });
        }
        let y = steps.last().map_or(x, |step| step.h);
        Ok(Activation { x, y, kept: ArrayVec::new(), steps })
    }

    pub(super) fn backward(
        &self,
        plan: &mut PlanBuilder,
        activation: &Activation,
        dy: Tensor,
        wants_dx: bool,
    ) -> Option<Tensor> {
        let x = activation.x;
        let (n, units) = (x.shape.n, self.units);
        // The state before the first step is 0 and is never overwritten.
        let before = plan.input("row_rnn.states_before", n * self.n_steps * units);
        let ds_all = plan.scratch("row_rnn.ds_all", n * self.n_steps * units);
        let mut dh = dy;
        for (step, Step { norms, h, .. }) in (0..self.n_steps).zip(&activation.steps).rev() {
            let dn = plan.tensor("row_rnn.dn", h.shape);
            plan.push(tanh_backward::pass(*h, dh, dn));
            let ds = match (norms.first(), &self.norms) {
                (Some(norm), Some(norms)) => norms.backward(plan, norm, dn, step),
                _ => dn,
            };
            plan.push(step_stack::pass(self.step(n, step), step_stack::Slots { x: ds.slot, all: ds_all }));
            if step > 0 {
                let h_before = activation.steps[step as usize - 1].h;
                plan.push(step_stack::pass(self.step(n, step), step_stack::Slots { x: h_before.slot, all: before }));
                dh = plan.tensor("row_rnn.dh", h.shape);
                let product = Product { a: ds.slot, b: self.recurrent.value, bias: None, c: dh.slot };
                plan.push(matmul::pass(MatmulParams::product_with_transposed([n, units, units]), product));
            }
        }
        self.gradients(plan, x, before, ds_all);
        wants_dx.then(|| {
            let dx = plan.tensor("row_rnn.dx", x.shape);
            let params = MatmulParams::product_with_transposed([n * self.n_steps, self.inputs, units]);
            plan.push(matmul::pass(params, Product { a: ds_all, b: self.weights.value, bias: None, c: dx.slot }));
            dx
        })
    }

    /// dW = xᵀ·ds,  dU = h_beforeᵀ·ds,  db = Σ ds, over images and steps; dγ and dβ summed over steps.
    fn gradients(&self, plan: &mut PlanBuilder, x: Tensor, before: Slot, ds_all: Slot) {
        let rows = x.shape.n * self.n_steps;
        let dweights = Product { a: x.slot, b: ds_all, bias: None, c: self.weights.gradient };
        plan.push(matmul::pass(MatmulParams::product_of_transposed([self.inputs, self.units, rows]), dweights));
        let drecurrent = Product { a: before, b: ds_all, bias: None, c: self.recurrent.gradient };
        plan.push(matmul::pass(MatmulParams::product_of_transposed([self.units, self.units, rows]), drecurrent));
        sum_rows(plan, rows, self.units, ds_all, self.bias.gradient);
        if let Some(norms) = &self.norms {
            norms.sum_gradients(plan);
        }
    }

    fn step(&self, rows: u32, step: u32) -> StepParams {
        StepParams { rows, len: self.units, n_steps: self.n_steps, step }
    }
}
