//! Batch-instance norm: x̂ of batch norm and of instance norm, mixed by one weight per channel.
//!
//! ρ starts at 1, which is batch norm, is clipped to 0…1 after each update, and learns faster than the rest.

use super::planes::{batch_moments, blended_maps, plane_moments, plane_sums, pull_back, scale_shift};
use super::{NormSpec, running_moments};
use crate::engine::plan::parameter::{Constraint, Part, Tuning};
use crate::engine::plan::{Parameter, PlanBuilder, Slot, Tensor};
use crate::engine::random::Init;
use crate::kernel::{batch_instance_backward, batch_instance_forward, batch_instance_rho};
use crate::network::layer::{Activation, LayerError, Mode};
use crate::norms::moments::Moments;
use crate::norms::norm::blend::Blend;
use crate::norms::shape::Shape;
use arrayvec::ArrayVec;

/// The factor of ρ's learning rate relative to that of the other parameters, as in the code of Nam, Kim 2018.
const RHO_RATE_FACTOR: f32 = 10.0;

/// See [`crate::norms::norm::Norm::BatchInstance`].
pub struct BatchInstanceLayer {
    spec: NormSpec,
    /// γ then β, [2, C].
    pub affine: Parameter,
    /// ρ, \[C\].
    pub rho: Parameter,
    /// \[C\] moments of one value each.
    pub running: Slot<Moments>,
}

impl BatchInstanceLayer {
    pub(super) fn new(plan: &mut PlanBuilder, label: &str, shape: Shape, spec: NormSpec) -> Self {
        let affine = spec.affine.parameter(plan, label, shape.c);
        let tuning =
            Tuning { constraint: Some(Constraint::Clip { min: 0.0, max: 1.0 }), ..Tuning::free(Init::Constant(1.0)) };
        let rho = plan.parameter_of(format!("{label}.rho"), shape.c, &[Part::Trained(tuning)], RHO_RATE_FACTOR);
        Self { spec, affine, rho, running: running_moments(plan, label, shape.c) }
    }

    /// Keeps the slots of the mixed moments, the planes' maps, and the moments of planes and of channels.
    pub(super) fn forward(&self, plan: &mut PlanBuilder, x: Tensor, mode: Mode) -> Result<Activation, LayerError> {
        let planes = plane_moments(plan, x);
        let batch = batch_moments(plan, x.shape, planes, mode, self.spec.momentum, self.running)?;
        let (maps, blended) = blended_maps(plan, x.shape);
        let (affine, rho) = (self.affine.value, self.rho.value);
        let slots = batch_instance_forward::Slots { planes, batch, affine, rho, maps, blended };
        plan.push(batch_instance_forward::pass(self.blend(x.shape, batch), slots));
        let y = scale_shift(plan, x, maps);
        let kept = ArrayVec::from_iter([blended.words(), maps.words(), planes.words(), batch.words()]);
        Ok(Activation { x, y, kept, steps: Vec::new() })
    }

    pub(super) fn backward(
        &self,
        plan: &mut PlanBuilder,
        activation: &Activation,
        dy: Tensor,
        wants_dx: bool,
    ) -> Option<Tensor> {
        let (x, kept) = (activation.x, &activation.kept);
        let (maps, planes, batch) = (kept[1].cast(), kept[2].cast(), kept[3].cast());
        let blend = self.blend(x.shape, batch);
        let sums = plane_sums(plan, x, dy, maps);
        let pullbacks = plan.table("norm.pullbacks", x.shape.n_planes());
        let (affine, rho) = (self.affine.value, self.rho.value);
        let (daffine, drho) = (self.affine.gradient, self.rho.gradient);
        let slots = batch_instance_backward::Slots { planes, batch, sums, affine, rho, pullbacks, daffine };
        plan.push(batch_instance_backward::pass(blend, slots));
        // A separate pass, since all gradients are in one buffer, which a pass may write at one place only.
        let slots = batch_instance_rho::Slots { planes, batch, sums, affine, drho };
        plan.push(batch_instance_rho::pass(blend, slots));
        wants_dx.then(|| pull_back(plan, x, dy, maps, pullbacks))
    }

    fn blend(&self, shape: Shape, batch: Slot<Moments>) -> Blend {
        let own_batch = u32::from(batch != self.running);
        Blend { n: shape.n, c: shape.c, epsilon: self.spec.epsilon, own_batch }
    }
}
