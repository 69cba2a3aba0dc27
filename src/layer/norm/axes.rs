//! To be written on this branch.
use super::NormSpec;
use crate::layer::{Activation, LayerError, Mode};
use crate::norm::AxesRecipe;
use crate::plan::{Parameter, PlanBuilder, Slot, Tensor};
use crate::shape::Shape;

/// To be written on this branch.
pub struct AxesLayer {
    /// γ then β, each in the shape of its axes.
    pub affine: Parameter,
}

impl AxesLayer {
    pub(super) fn new(plan: &mut PlanBuilder, label: &str, spec: NormSpec, recipe: AxesRecipe) -> Self {
        todo!()
    }
    pub(super) fn forward(&self, plan: &mut PlanBuilder, x: Tensor) -> Result<Activation, LayerError> {
        todo!()
    }
    pub(super) fn backward(
        &self,
        plan: &mut PlanBuilder,
        activation: &Activation,
        dy: Tensor,
        wants_dx: bool,
    ) -> Option<Tensor> {
        todo!()
    }
}
