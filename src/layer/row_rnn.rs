//! A simple recurrent layer over the rows of an image, unrolled: s_t = x_t·W + b + h_{t−1}·U, h_t = tanh(norm_t(s_t)), h_{−1} = 0.
//! What comes out is the last h.
//!
//! Steps share W, U, b and the norm's γ and β. Running statistics are a step's own, since those of different steps differ
//! (Cooijmans et al. 2016): a norm that keeps them keeps n_steps·2·units values. All x_t·W are one product, as are all
//! gradients of W and of U: what steps have left is stacked for that.

use super::norm::NormSpec;
use super::norm::planes::PlanesLayer;
use super::{Activation, LayerError, Mode, WeightInit};
use crate::kernel::Kernel;
use crate::kernel::channel_sums::ChannelSumsParams;
use crate::kernel::matmul::MatmulParams;
use crate::kernel::relu::LenParams;
use crate::kernel::step_sum::StepParams;
use crate::layer::linear::matmul;
use crate::norm::{Norm, Recipe};
use crate::plan::{Parameter, PlanBuilder, Slot, Tensor};
use crate::random::Init;
use crate::shape::Shape;
use arrayvec::ArrayVec;

/// A recurrent layer of one network.
pub struct RowRnn {
    inputs: u32,
    units: u32,
    n_steps: u32,
    weights: Parameter,
    recurrent: Parameter,
    bias: Parameter,
    /// γ and β, and a norm a step; none without a norm.
    norms: Option<(Parameter, Vec<PlanesLayer>)>,
}

/// What a step leaves for the backward pass.
pub struct Step {
    /// Of its norm, if there is one.
    norm: Option<Activation>,
    /// The state after it.
    h: Tensor,
}

impl RowRnn {
    /// For images of `shape`: a step takes a row of `shape.w` values, channel by channel.
    pub(super) fn new(
        plan: &mut PlanBuilder,
        label: &str,
        shape: Shape,
        units: u32,
        norm: NormSpec,
    ) -> Result<Self, LayerError> {
        let (inputs, n_steps) = (shape.w, shape.c * shape.h);
        let init = WeightInit::GlorotUniform;
        let weights = plan.parameter(format!("{label}.weight"), inputs * units, init.of(inputs, units));
        let recurrent = plan.parameter(format!("{label}.recurrent"), units * units, init.of(units, units));
        let bias = plan.parameter(format!("{label}.bias"), units, Init::Constant(0.0));
        let state = Shape::table(shape.n, units);
        norm.affine.check()?;
        let norms = match norm.norm.recipe(state)? {
            None => None,
            Some(Recipe::Planes(recipe)) => {
                Some(PlanesLayer::steps(plan, &format!("{label}.norm"), state, norm, recipe, n_steps))
            }
            Some(Recipe::BatchInstance | Recipe::Switchable | Recipe::Axes(_)) => return Err(LayerError::StepNorm),
        };
        // A plane of one value is its own mean: nothing would be left.
        if norm.norm == Norm::Instance {
            return Err(LayerError::StepNorm);
        }
        Ok(Self { inputs, units, n_steps, weights, recurrent, bias, norms })
    }

    /// Whether a norm keeps running statistics.
    pub(super) fn keeps_running(&self) -> bool {
        self.norms.iter().flat_map(|(_, norms)| norms).any(|norm| norm.running.is_some())
    }

    pub(super) fn forward(&self, plan: &mut PlanBuilder, x: Tensor, mode: Mode) -> Result<Activation, LayerError> {
        let (n, units) = (x.shape.n, self.units);
        let all = plan.scratch("row_rnn.inputs", n * self.n_steps * units);
        let rows = n * self.n_steps;
        matmul(plan, product([rows, units, self.inputs], true), [x.slot, self.weights.value, self.bias.value, all]);
        let mut steps: Vec<Step> = Vec::new();
        for step in 0..self.n_steps {
            let u = match steps.last() {
                None => all,
                Some(Step { h, .. }) => {
                    let u = plan.scratch("row_rnn.u", n * units);
                    let slots = [h.slot, self.recurrent.value, self.recurrent.value, u];
                    matmul(plan, product([n, units, units], false), slots);
                    u
                }
            };
            let s = plan.tensor("row_rnn.s", Shape::table(n, units));
            plan.pass(Kernel::StepSum, &self.step(n, step), &[all, u, s.slot], n * units);
            let norm = match &self.norms {
                None => None,
                Some((_, norms)) => Some(norms[step as usize].forward(plan, s, mode)?),
            };
            let normed = norm.as_ref().map_or(s, |norm| norm.y);
            let h = plan.tensor("row_rnn.h", s.shape);
            plan.pass(Kernel::Tanh, &LenParams { len: n * units }, &[normed.slot, h.slot], n * units);
            steps.push(Step { norm, h });
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
        let len = n * units;
        // The state before the first step is 0 and stays so in its place.
        let before = plan.input("row_rnn.states_before", n * self.n_steps * units);
        let ds_all = plan.scratch("row_rnn.ds_all", n * self.n_steps * units);
        let mut dh = dy;
        for (step, Step { norm, h }) in (0..self.n_steps).zip(&activation.steps).rev() {
            let dn = plan.tensor("row_rnn.dn", h.shape);
            plan.pass(Kernel::TanhBackward, &LenParams { len }, &[h.slot, dh.slot, dn.slot], len);
            let ds = match (norm, &self.norms) {
                (Some(norm), Some((_, norms))) => {
                    norms[step as usize].backward(plan, norm, dn, true).expect("asked for")
                }
                _ => dn,
            };
            plan.pass(Kernel::StepStack, &self.step(n, step), &[ds.slot, ds_all], len);
            if step > 0 {
                let h_before = activation.steps[step as usize - 1].h;
                plan.pass(Kernel::StepStack, &self.step(n, step), &[h_before.slot, before], len);
                dh = plan.tensor("row_rnn.dh", h.shape);
                let params = MatmulParams { b_row: 1, b_column: units, ..product([n, units, units], false) };
                matmul(plan, params, [ds.slot, self.recurrent.value, self.recurrent.value, dh.slot]);
            }
        }
        self.gradients(plan, x, before, ds_all);
        wants_dx.then(|| {
            let dx = plan.tensor("row_rnn.dx", x.shape);
            let size = [n * self.n_steps, self.inputs, units];
            let params = MatmulParams { b_row: 1, b_column: units, ..product(size, false) };
            matmul(plan, params, [ds_all, self.weights.value, self.weights.value, dx.slot]);
            dx
        })
    }

    /// dW = xᵀ·ds,  dU = h_beforeᵀ·ds,  db = Σ ds, over images and steps; dγ and dβ summed over steps.
    fn gradients(&self, plan: &mut PlanBuilder, x: Tensor, before: Slot, ds_all: Slot) {
        let rows = x.shape.n * self.n_steps;
        let transposed =
            |inputs| MatmulParams { a_row: 1, a_column: inputs, ..product([inputs, self.units, rows], false) };
        matmul(plan, transposed(self.inputs), [x.slot, ds_all, ds_all, self.weights.gradient]);
        matmul(plan, transposed(self.units), [before, ds_all, ds_all, self.recurrent.gradient]);
        let sum = |plan: &mut PlanBuilder, n, c, slots: [Slot; 2]| {
            plan.reduction(Kernel::ChannelSums, &ChannelSumsParams { n, c, plane_len: 1 }, &slots, c, n);
        };
        sum(plan, rows, self.units, [ds_all, self.bias.gradient]);
        let Some((affine, norms)) = &self.norms else { return };
        let len = 2 * self.units;
        let stacked = plan.scratch("row_rnn.affine_gradients", self.n_steps * len);
        for (step, norm) in (0..self.n_steps).zip(norms) {
            let params = StepParams { rows: 1, len, n_steps: self.n_steps, step };
            plan.pass(Kernel::StepStack, &params, &[norm.affine.gradient, stacked], len);
        }
        sum(plan, self.n_steps, len, [stacked, affine.gradient]);
    }

    fn step(&self, rows: u32, step: u32) -> StepParams {
        StepParams { rows, len: self.units, n_steps: self.n_steps, step }
    }
}

/// Of row-major factors [m, k] and [k, n].
fn product([m, n, k]: [u32; 3], has_bias: bool) -> MatmulParams {
    MatmulParams { m, n, k, a_row: k, a_column: 1, b_row: n, b_column: 1, has_bias: has_bias.into() }
}
