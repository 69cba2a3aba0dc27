//! Norms over any axes, and rms norm: one reduction over boxes of values and one map a value, each with a backward pass.
//!
//! They keep no running statistics: evaluation takes those of the batch evaluated, also where a mean runs over images.

use super::{NormSpec, words};
use crate::kernel::Kernel;
use crate::kernel::axes::{AxesParams, AxisSums};
use crate::layer::{Activation, LayerError};
use crate::moments::Moments;
use crate::norm::{AxesRecipe, Recipe};
use crate::plan::{Parameter, PlanBuilder, Tensor};
use crate::shape::Shape;
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
        let [tiling, _] = params.tilings();
        let groups = plan.scratch("norm.group_moments", tiling.n_tiles() * words::<Moments>());
        plan.reduction(Kernel::AxisMoments, &params, &[x.slot, groups], tiling.n_tiles(), tiling.tile_len());
        let y = plan.tensor("norm.y", x.shape);
        plan.pass(Kernel::AxisScaleShift, &params, &[x.slot, groups, self.affine.value, y.slot], x.shape.len());
        Ok(Activation { x, y, kept: ArrayVec::from_iter([groups]), steps: Vec::new() })
    }

    pub(super) fn backward(
        &self,
        plan: &mut PlanBuilder,
        activation: &Activation,
        dy: Tensor,
        wants_dx: bool,
    ) -> Option<Tensor> {
        let (x, groups) = (activation.x, activation.kept[0]);
        let params = self.params(x.shape).expect("the forward pass took the same");
        let [tiling, affine] = params.tilings();
        let slots = [x.slot, dy.slot, groups, self.affine.gradient];
        plan.reduction(Kernel::AxisAffineGradient, &params, &slots, affine.n_tiles(), affine.tile_len());
        wants_dx.then(|| {
            let sums = plan.scratch("norm.sums", tiling.n_tiles() * words::<AxisSums>());
            let slots = [x.slot, dy.slot, groups, self.affine.value, sums];
            plan.reduction(Kernel::AxisSums, &params, &slots, tiling.n_tiles(), tiling.tile_len());
            let dx = plan.tensor("norm.dx", x.shape);
            let slots = [x.slot, dy.slot, groups, self.affine.value, sums, dx.slot];
            plan.pass(Kernel::AxisScaleShiftBackward, &params, &slots, x.shape.len());
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
            recipe => unreachable!("{recipe:?} is no recipe of axes"),
        }
    }
}
