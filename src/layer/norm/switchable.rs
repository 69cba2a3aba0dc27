//! Switchable norm: the means and the variances of instance, layer and batch norm, mixed by trained weights.

use super::planes::{batch_moments, blended_maps, merge_moments, plane_moments, plane_sums, pull_back, scale_shift};
use super::{NormSpec, running_moments, words};
use crate::grouping::Grouping;
use crate::kernel::Kernel;
use crate::layer::{Activation, LayerError, Mode};
use crate::norm::PlanePullback;
use crate::norm::blend::Blend;
use crate::norm::switchable::SetPullback;
use crate::plan::{Parameter, PlanBuilder, Slot, Tensor};
use crate::random::Init;
use crate::shape::Shape;
use arrayvec::ArrayVec;

/// See [`crate::norm::Norm::Switchable`].
pub struct SwitchableLayer {
    spec: NormSpec,
    /// γ then β, [2, C].
    pub affine: Parameter,
    /// For means, then for variances: of instance, layer, batch; [2, 3].
    pub logits: Parameter,
    /// \[C\] moments of one value each.
    pub running: Slot,
}

impl SwitchableLayer {
    pub(super) fn new(plan: &mut PlanBuilder, label: &str, shape: Shape, spec: NormSpec) -> Self {
        let affine = spec.affine.parameter(plan, label, shape.c);
        let logits = plan.parameter(format!("{label}.logits"), 6, Init::Constant(1.0));
        Self { spec, affine, logits, running: running_moments(plan, label, shape.c) }
    }

    /// Keeps the slots of the mixed moments, the planes' maps, and the moments of planes, images and channels.
    pub(super) fn forward(&self, plan: &mut PlanBuilder, x: Tensor, mode: Mode) -> Result<Activation, LayerError> {
        let planes = plane_moments(plan, x);
        let layers = merge_moments(plan, Grouping::layer(x.shape)?, planes);
        let batch = batch_moments(plan, x.shape, planes, mode, self.spec.momentum, self.running)?;
        let [maps, blended] = blended_maps(plan, x.shape);
        let slots = [planes, layers, batch, self.affine.value, self.logits.value, maps, blended];
        plan.pass(Kernel::SwitchableForward, &self.blend(x.shape, batch), &slots, x.shape.n_planes());
        let y = scale_shift(plan, x, maps);
        Ok(Activation { x, y, kept: ArrayVec::from_iter([blended, maps, planes, layers, batch]), steps: Vec::new() })
    }

    pub(super) fn backward(
        &self,
        plan: &mut PlanBuilder,
        activation: &Activation,
        dy: Tensor,
        wants_dx: bool,
    ) -> Option<Tensor> {
        let Activation { x, kept, .. } = activation;
        let Shape { n, c, .. } = x.shape;
        let [blended, maps, planes, layers, batch] = [kept[0], kept[1], kept[2], kept[3], kept[4]];
        let [affine, logits] = [self.affine, self.logits];
        let blend = self.blend(x.shape, batch);
        let sums = plane_sums(plan, *x, dy, maps);
        let sets = plan.scratch("norm.sets", (n + c) * words::<SetPullback>());
        let slots = [layers, batch, blended, sums, affine.value, logits.value, sets, affine.gradient];
        plan.reduction(Kernel::SwitchableSets, &blend, &slots, n + c, n.max(c));
        let slots = [planes, layers, batch, blended, sums, affine.value, logits.value, logits.gradient];
        plan.reduction(Kernel::SwitchableLogits, &blend, &slots, 1, n * c);
        wants_dx.then(|| {
            let pullbacks = plan.scratch("norm.pullbacks", n * c * words::<PlanePullback>());
            let slots = [planes, blended, sums, affine.value, logits.value, sets, pullbacks];
            plan.pass(Kernel::SwitchableBackward, &blend, &slots, n * c);
            pull_back(plan, *x, dy, maps, pullbacks)
        })
    }

    fn blend(&self, shape: Shape, batch: Slot) -> Blend {
        let own_batch = u32::from(batch != self.running);
        Blend { n: shape.n, c: shape.c, epsilon: self.spec.epsilon, own_batch }
    }
}
