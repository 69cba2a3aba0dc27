//! Switchable norm: the means and the variances of instance, layer and batch norm, mixed by trained weights.

use super::planes::{batch_moments, blended_maps, merge_moments, plane_moments, plane_sums, pull_back, scale_shift};
use super::{NormSpec, running_moments};
use crate::engine::plan::{Parameter, PlanBuilder, Slot, Tensor};
use crate::engine::random::Init;
use crate::kernel::{switchable_backward, switchable_forward, switchable_logits, switchable_sets};
use crate::network::layer::{Activation, LayerError, Mode};
use crate::norms::grouping::Grouping;
use crate::norms::moments::Moments;
use crate::norms::norm::blend::Blend;
use crate::norms::shape::Shape;
use arrayvec::ArrayVec;

/// See [`crate::norms::norm::Norm::Switchable`].
pub struct SwitchableLayer {
    spec: NormSpec,
    /// γ then β, [2, C].
    pub affine: Parameter,
    /// Logits for means, then for variances: each of instance, layer, batch; \[2, 3\].
    pub logits: Parameter,
    /// \[C\] moments of one value each.
    pub running: Slot<Moments>,
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
        let (maps, blended) = blended_maps(plan, x.shape);
        let (affine, logits) = (self.affine.value, self.logits.value);
        let slots = switchable_forward::Slots { planes, layers, batch, affine, logits, maps, blended };
        plan.push(switchable_forward::pass(self.blend(x.shape, batch), slots));
        let y = scale_shift(plan, x, maps);
        let kept = [blended.words(), maps.words(), planes.words(), layers.words(), batch.words()];
        Ok(Activation { x, y, kept: ArrayVec::from_iter(kept), steps: Vec::new() })
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
        let (blended, maps) = (kept[0].cast(), kept[1].cast());
        let (planes, layers, batch) = (kept[2].cast(), kept[3].cast(), kept[4].cast());
        let (affine, logits) = (self.affine.value, self.logits.value);
        let (daffine, dlogits) = (self.affine.gradient, self.logits.gradient);
        let blend = self.blend(x.shape, batch);
        let sums = plane_sums(plan, *x, dy, maps);
        let sets = plan.table("norm.sets", n + c);
        let slots = switchable_sets::Slots { layers, batch, blended, sums, affine, logits, sets, daffine };
        plan.push(switchable_sets::pass(blend, slots));
        let slots = switchable_logits::Slots { planes, layers, batch, blended, sums, affine, logits, dlogits };
        plan.push(switchable_logits::pass(blend, slots));
        wants_dx.then(|| {
            let pullbacks = plan.table("norm.pullbacks", n * c);
            let slots = switchable_backward::Slots { planes, blended, sums, affine, logits, sets, pullbacks };
            plan.push(switchable_backward::pass(blend, slots));
            pull_back(plan, *x, dy, maps, pullbacks)
        })
    }

    fn blend(&self, shape: Shape, batch: Slot<Moments>) -> Blend {
        let own_batch = u32::from(batch != self.running);
        Blend { n: shape.n, c: shape.c, epsilon: self.spec.epsilon, own_batch }
    }
}
