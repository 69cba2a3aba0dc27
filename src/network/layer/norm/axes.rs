//! Norms over any axes, and rms norm: one reduction over boxes of values and one map per value, each with a backward
//! pass.
//!
//! They keep no running statistics: evaluation uses those of the evaluated batch, even if a mean runs over images.

use super::NormSpec;
use crate::engine::plan::{Parameter, PlanBuilder, Tensor};
use crate::kernel::axes::AxesParams;
use crate::kernel::{axis_affine_gradient, axis_moments, axis_scale_shift, axis_scale_shift_backward, axis_sums};
use crate::network::layer::{Activation, LayerError};
use crate::norms::norm::{AxesRecipe, Recipe};
use crate::norms::shape::Shape;
use arrayvec::ArrayVec;

/// A norm that takes the moments of boxes of values.
pub struct AxesLayer {
    spec: NormSpec,
    /// γ then β, each in the shape of its axes.
    pub affine: Parameter,
    affine_len: u32,
}

impl AxesLayer {
    pub(super) fn new(plan: &mut PlanBuilder, label: &str, spec: NormSpec, recipe: AxesRecipe) -> Self {
        let affine_len = recipe.affine.n_tiles();
        Self { spec, affine: spec.affine.parameter(plan, label, affine_len), affine_len }
    }

    /// Keeps the slot of the group moments.
    pub(super) fn forward(&self, plan: &mut PlanBuilder, x: Tensor) -> Result<Activation, LayerError> {
        let params = self.params(x.shape)?;
        let groups = plan.table("norm.group_moments", params.tiling.n_tiles());
        plan.push(axis_moments::pass(params, axis_moments::Slots { x: x.slot, groups }));
        let y = plan.tensor("norm.y", x.shape);
        let slots = axis_scale_shift::Slots { x: x.slot, groups, affine: self.affine.value, y: y.slot };
        plan.push(axis_scale_shift::pass(params, slots));
        Ok(Activation { x, y, kept: ArrayVec::from_iter([groups.words()]), steps: Vec::new() })
    }

    pub(super) fn backward(
        &self,
        plan: &mut PlanBuilder,
        activation: &Activation,
        dy: Tensor,
        wants_dx: bool,
    ) -> Option<Tensor> {
        let (x, groups) = (activation.x, activation.kept[0].cast());
        let params = self.params(x.shape).expect("the forward pass used the same shape");
        let (x_slot, dy, affine) = (x.slot, dy.slot, self.affine.value);
        let daffine = self.affine.gradient;
        plan.push(axis_affine_gradient::pass(params, axis_affine_gradient::Slots { x: x_slot, dy, groups, daffine }));
        wants_dx.then(|| {
            let sums = plan.table("norm.sums", params.tiling.n_tiles());
            plan.push(axis_sums::pass(params, axis_sums::Slots { x: x_slot, dy, groups, affine, sums }));
            let dx = plan.tensor("norm.dx", x.shape);
            let slots = axis_scale_shift_backward::Slots { x: x_slot, dy, groups, affine, sums, dx: dx.slot };
            plan.push(axis_scale_shift_backward::pass(params, slots));
            dx
        })
    }

    fn params(&self, shape: Shape) -> Result<AxesParams, LayerError> {
        match self.spec.norm.recipe(shape)? {
            Some(Recipe::Axes(recipe)) if recipe.affine.n_tiles() == self.affine_len => {
                Ok(AxesParams::new(recipe, self.spec.epsilon))
            }
            Some(Recipe::Axes(recipe)) => {
                Err(LayerError::AffineBatch { images: shape.n, len: recipe.affine.n_tiles(), kept: self.affine_len })
            }
            recipe => unreachable!("{recipe:?} is not a recipe over axes"),
        }
    }
}
