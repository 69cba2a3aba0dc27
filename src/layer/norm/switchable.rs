//! To be written on this branch.
use super::NormSpec;
use crate::layer::{Activation, LayerError, Mode};
use crate::norm::AxesRecipe;
use crate::plan::{Parameter, PlanBuilder, Slot, Tensor};
use crate::shape::Shape;

/// To be written on this branch.
pub struct SwitchableLayer {
    /// γ then β, [2, C].
    pub affine: Parameter,
    /// For means, then for variances: of instance, layer, batch; [2, 3].
    pub logits: Parameter,
    /// [C] moments of one value each.
    pub running: Slot,
}

impl SwitchableLayer {
    pub(super) fn new(plan: &mut PlanBuilder, label: &str, shape: Shape, spec: NormSpec) -> Self {
        todo!()
    }
    pub(super) fn forward(&self, plan: &mut PlanBuilder, x: Tensor, mode: Mode) -> Activation {
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
