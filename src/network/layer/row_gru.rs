//! A gated recurrent layer over the rows of an image, unrolled: a_t = norm_t(x_t·W + b), u_t = norm_t(h_{t−1}·U + d),
//! each of three gates; z = σ(a_z + u_z), r = σ(a_r + u_r), c = tanh(a_c + r·u_c), h_t = z·h_{t−1} + (1 − z)·c,
//! h_{−1} = 0. The output is the last h.
//!
//! Without a norm it is Keras' GRU with `reset_after=True`, with a bias for each product. The norms are where Ba,
//! Kiros, Hinton 2016 have them, on both products before they are added; a mean of layer norm runs over all three gates
//! of an image, and one of group norm with 3 groups runs over one. Steps share γ and β, and keep their own running
//! statistics, as in `row_rnn`.

use super::norm::NormSpec;
use super::steps::{self, Step, StepNorms, sum_rows};
use super::{Activation, LayerError, Mode, NormPort};
use crate::engine::plan::{Parameter, PlanBuilder, Slot, Tensor};
use crate::engine::random::Init;
use crate::kernel::gru_step::{self, GruParams};
use crate::kernel::matmul::{self, MatmulParams, Product};
use crate::kernel::step_sum::{self, StepParams};
use crate::kernel::{gru_step_backward, step_stack};
use crate::norms::shape::Shape;
use arrayvec::ArrayVec;

/// z, r and c.
pub(in crate::network) const N_GATES: u32 = 3;

/// A gated recurrent layer of one network.
pub struct RowGru {
    inputs: u32,
    units: u32,
    n_steps: u32,
    /// W and b.
    input: [Parameter; 2],
    /// U and d.
    recurrent: [Parameter; 2],
    /// The norms of a and of u; none without a norm.
    norms: [Option<StepNorms>; 2],
}

/// What all steps left, [N·n_steps, …] each.
struct Stacked {
    da: Slot,
    du: Slot,
    before: Slot,
}

impl RowGru {
    /// Makes the layer for images of `shape`: a step reads a row of `shape.w` values, channel by channel.
    pub(super) fn new(
        plan: &mut PlanBuilder,
        label: &str,
        shape: Shape,
        units: u32,
        norm: NormSpec,
    ) -> Result<Self, LayerError> {
        let (inputs, n_steps, width) = (shape.w, shape.c * shape.h, N_GATES * units);
        let mut parameter = |name, len, init| plan.parameter(format!("{label}.{name}"), len, init);
        let input = [
            parameter("weight", inputs * width, Init::GlorotUniform { fan_in: inputs, fan_out: width }),
            parameter("bias", width, Init::Constant(0.0)),
        ];
        let recurrent = [
            parameter("recurrent", units * width, Init::Orthogonal { rows: units, columns: width }),
            parameter("recurrent_bias", width, Init::Constant(0.0)),
        ];
        let table = Shape::table(shape.n, width);
        let mut norms = |name| StepNorms::new(plan, &format!("{label}.{name}"), table, norm, n_steps);
        let norms = [norms("norm_input")?, norms("norm_state")?];
        Ok(Self { inputs, units, n_steps, input, recurrent, norms })
    }

    /// Whether a norm keeps running statistics.
    pub(super) fn keeps_running(&self) -> bool {
        self.norms.iter().flatten().any(StepNorms::keeps_running)
    }

    /// See [`super::Layer::norm_ports`]: in every step that of x_t·W, then that of h_{t−1}·U.
    pub(super) fn norm_ports(&self, steps: &[Step]) -> Vec<NormPort> {
        steps::norm_ports(&self.norms, steps)
    }

    pub(super) fn forward(&self, plan: &mut PlanBuilder, x: Tensor, mode: Mode) -> Result<Activation, LayerError> {
        let (n, units, width) = (x.shape.n, self.units, N_GATES * self.units);
        let rows = n * self.n_steps;
        let all = plan.scratch("row_gru.inputs", rows * width);
        let [weights, bias] = self.input.map(|parameter| parameter.value);
        let product = Product { a: x.slot, b: weights, bias: Some(bias), c: all };
        plan.push(matmul::pass(MatmulParams::product([rows, width, self.inputs]), product));
        // Never written: the state before the first step, and what is added to a step's part of `all`.
        let zeros = plan.input("row_gru.zeros", n * width);
        let mut steps: Vec<Step> = Vec::new();
        for step in 0..self.n_steps {
            let before = steps.last().map_or(zeros, |step| step.h.slot);
            let table = Shape::table(n, width);
            let [a, u] = ["row_gru.a", "row_gru.u"].map(|label| plan.tensor(label, table));
            plan.push(step_sum::pass(self.step(n, width, step), all, Some(zeros), a.slot));
            let [weights, bias] = self.recurrent.map(|parameter| parameter.value);
            let product = Product { a: before, b: weights, bias: Some(bias), c: u.slot };
            plan.push(matmul::pass(MatmulParams::product([n, width, units]), product));
            let (mut tables, mut norms) = ([a, u], ArrayVec::new());
            for (table, of_steps) in tables.iter_mut().zip(&self.norms) {
                let norm = steps::forward(of_steps.as_ref(), plan, *table, step, mode)?;
                *table = norm.y;
                norms.push(norm);
            }
            let gates = plan.scratch("row_gru.gates", n * width);
            let h = plan.tensor("row_gru.h", Shape::table(n, units));
            let [a, u] = tables.map(|table| table.slot);
            let slots = gru_step::Slots { a, u, h_before: before, gates, h: h.slot };
            plan.push(gru_step::pass(GruParams { rows: n, units }, slots));
            steps.push(Step { norms, kept: ArrayVec::from([u, before, gates]), h });
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
        let (n, units, width) = (x.shape.n, self.units, N_GATES * self.units);
        let rows = n * self.n_steps;
        let stacked = Stacked {
            da: plan.scratch("row_gru.da_all", rows * width),
            du: plan.scratch("row_gru.du_all", rows * width),
            // The state before the first step is 0 and is never overwritten.
            before: plan.input("row_gru.states_before", rows * units),
        };
        let (mut direct, mut product) = (dy.slot, plan.input("row_gru.no_gradient", n * units));
        for (step, of_step) in (0..self.n_steps).zip(&activation.steps).rev() {
            let before = of_step.kept[1];
            let [du, dh] = self.step_backward(plan, of_step, step, [direct, product], &stacked);
            if step > 0 {
                let slots = step_stack::Slots { x: before, all: stacked.before };
                plan.push(step_stack::pass(self.step(n, units, step), slots));
                direct = dh;
                product = plan.scratch("row_gru.dh_product", n * units);
                let params = MatmulParams::product_with_transposed([n, units, width]);
                let factors = Product { a: du, b: self.recurrent[0].value, bias: None, c: product };
                plan.push(matmul::pass(params, factors));
            }
        }
        self.gradients(plan, x, &stacked);
        wants_dx.then(|| {
            let dx = plan.tensor("row_gru.dx", x.shape);
            let product = Product { a: stacked.da, b: self.input[0].value, bias: None, c: dx.slot };
            plan.push(matmul::pass(MatmulParams::product_with_transposed([rows, self.inputs, width]), product));
            dx
        })
    }

    /// Writes the backward pass of a step's gates and norms; returns the gradients of h_before·U and of h_before apart
    /// from that product.
    fn step_backward(
        &self,
        plan: &mut PlanBuilder,
        of_step: &Step,
        step: u32,
        [dh_direct, dh_product]: [Slot; 2],
        stacked: &Stacked,
    ) -> [Slot; 2] {
        let (n, units, width) = (of_step.h.shape.n, self.units, N_GATES * self.units);
        let [u, h_before, gates] = [0, 1, 2].map(|at| of_step.kept[at]);
        let table = Shape::table(n, width);
        let mut tables = ["row_gru.da", "row_gru.du"].map(|label| plan.tensor(label, table));
        let dh = plan.scratch("row_gru.dh", n * units);
        let [da, du] = tables.map(|table| table.slot);
        let slots = gru_step_backward::Slots { u, gates, h_before, dh_direct, dh_product, da, du, dh_before: dh };
        plan.push(gru_step_backward::pass(GruParams { rows: n, units }, slots));
        let norms = self.norms.iter().flatten().zip(&of_step.norms);
        for (table, (of_steps, norm)) in tables.iter_mut().zip(norms) {
            *table = of_steps.backward(plan, norm, *table, step);
        }
        let [da, du] = tables.map(|table| table.slot);
        for (of_step, all) in [(da, stacked.da), (du, stacked.du)] {
            plan.push(step_stack::pass(self.step(n, width, step), step_stack::Slots { x: of_step, all }));
        }
        [du, dh]
    }

    /// dW = xᵀ·da,  db = Σ da,  dU = h_beforeᵀ·du,  dd = Σ du, over images and steps; dγ and dβ summed over steps.
    fn gradients(&self, plan: &mut PlanBuilder, x: Tensor, stacked: &Stacked) {
        let (rows, width) = (x.shape.n * self.n_steps, N_GATES * self.units);
        let products =
            [(self.input, x.slot, self.inputs, stacked.da), (self.recurrent, stacked.before, self.units, stacked.du)];
        for ([weights, bias], factor, len, gradient) in products {
            let product = Product { a: factor, b: gradient, bias: None, c: weights.gradient };
            plan.push(matmul::pass(MatmulParams::product_of_transposed([len, width, rows]), product));
            sum_rows(plan, rows, width, gradient, bias.gradient);
        }
        self.norms.iter().flatten().for_each(|norms| norms.sum_gradients(plan));
    }

    fn step(&self, rows: u32, len: u32, step: u32) -> StepParams {
        StepParams { rows, len, n_steps: self.n_steps, step }
    }
}
