//! What recurrent layers share: the norms of their steps, and the stacking of what steps leave into one product.

use super::norm::NormSpec;
use super::norm::planes::PlanesLayer;
use super::{Activation, LayerError, Mode, NormPort};
use crate::engine::plan::{Parameter, PlanBuilder, Slot, Tensor};
use crate::kernel::step_sum::StepParams;
use crate::kernel::{channel_sums, step_stack};
use crate::norms::norm::{Norm, PlanesRecipe, Recipe};
use crate::norms::shape::Shape;
use arrayvec::ArrayVec;

/// How steps apply a norm to their states; `None` without a norm.
///
/// # Errors
/// [`LayerError::StepNorm`] if they cannot use it.
pub(in crate::network) fn recipe(norm: Norm, state: Shape) -> Result<Option<PlanesRecipe>, LayerError> {
    let why = match norm.recipe(state)? {
        None => return Ok(None),
        // A mean of one value of one image is that value. That of a batch of one image is too, but not in evaluation.
        Some(Recipe::Planes(recipe)) if recipe.keeps_running || recipe.grouping.group_len() > 1 => {
            return Ok(Some(recipe));
        }
        Some(Recipe::Planes(_)) => "which takes every value for its own mean there, so that nothing would be left",
        Some(Recipe::BatchInstance | Recipe::Switchable) => {
            "which mixes in instance norm, and that takes every value for its own mean there"
        }
        Some(Recipe::Axes(_)) => "only by batch, layer or group norm",
    };
    Err(LayerError::StepNorm { norm: norm.kind().lower_name(), why })
}

/// What a step leaves for the backward pass.
pub struct Step {
    /// The activations of its norms, or of the places for them, where the output is the input.
    pub(super) norms: ArrayVec<Activation, 2>,
    /// What else it keeps, in the layer's own order.
    pub(super) kept: ArrayVec<Slot, 3>,
    /// The state after it.
    pub(super) h: Tensor,
}

/// One norm per step, which all share γ and β but keep their own running statistics.
pub(super) struct StepNorms {
    affine: Parameter,
    width: u32,
    norms: Vec<PlanesLayer>,
}

impl StepNorms {
    /// Makes the norms on `state`, a table with one row per image; none without a norm.
    ///
    /// # Errors
    /// [`LayerError::StepNorm`] if steps cannot use this norm.
    pub(super) fn new(
        plan: &mut PlanBuilder,
        label: &str,
        state: Shape,
        norm: NormSpec,
        n_steps: u32,
    ) -> Result<Option<Self>, LayerError> {
        norm.affine.check()?;
        let Some(recipe) = recipe(norm.norm, state)? else { return Ok(None) };
        let (affine, norms) = PlanesLayer::steps(plan, label, state, norm, recipe, n_steps);
        Ok(Some(Self { affine, width: state.c, norms }))
    }

    pub(super) fn keeps_running(&self) -> bool {
        self.norms.iter().any(|norm| norm.running.is_some())
    }

    /// Writes the backward pass; returns the gradient of the input.
    pub(super) fn backward(&self, plan: &mut PlanBuilder, activation: &Activation, dy: Tensor, step: u32) -> Tensor {
        self.norms[step as usize].backward(plan, activation, dy, true).expect("asked for")
    }

    /// dγ and dβ, summed over the steps.
    pub(super) fn sum_gradients(&self, plan: &mut PlanBuilder) {
        let (len, n_steps) = (2 * self.width, self.norms.len() as u32);
        let stacked = plan.scratch("recurrent.affine_gradients", n_steps * len);
        for (step, norm) in (0..n_steps).zip(&self.norms) {
            let params = StepParams { rows: 1, len, n_steps, step };
            plan.push(step_stack::pass(params, step_stack::Slots { x: norm.affine.gradient, all: stacked }));
        }
        sum_rows(plan, n_steps, len, stacked, self.affine.gradient);
    }
}

/// Writes the norm of a step; without norms the output is x itself.
///
/// # Errors
/// [`LayerError`] if the batch does not fit the norm.
pub(super) fn forward(
    norms: Option<&StepNorms>,
    plan: &mut PlanBuilder,
    x: Tensor,
    step: u32,
    mode: Mode,
) -> Result<Activation, LayerError> {
    match norms {
        Some(norms) => norms.norms[step as usize].forward(plan, x, mode),
        None => Ok(Activation { x, y: x, kept: ArrayVec::new(), steps: Vec::new() }),
    }
}

/// The norms of every step, `of_step` in each, or the places for them.
pub(super) fn norm_ports(of_step: &[Option<StepNorms>], steps: &[Step]) -> Vec<NormPort> {
    let ports_of = |(step, Step { norms, .. }): (usize, &Step)| {
        let port = move |(of_steps, &Activation { x, y, .. }): (&Option<StepNorms>, &Activation)| {
            let affine = of_steps.as_ref().map(|norms| norms.affine.value);
            let running = of_steps.as_ref().and_then(|norms| norms.norms[step].running.map(Slot::words));
            NormPort { x, y, affine, mixture: None, running }
        };
        of_step.iter().zip(norms).map(port).collect::<Vec<_>>()
    };
    steps.iter().enumerate().flat_map(ports_of).collect()
}

/// Writes the sum over `rows` rows of `len` values each.
pub(super) fn sum_rows(plan: &mut PlanBuilder, rows: u32, len: u32, dy: Slot, sums: Slot) {
    plan.push(channel_sums::pass(Shape::table(rows, len), channel_sums::Slots { dy, sums }));
}
