//! A norm on one tensor as a plan, and the engine that runs it.

use super::check::settled;
use super::{Mixture, NormOptions, NormalizeError, Statistics, finished};
use crate::engine::exec::cpu::CpuExecutor;
use crate::engine::exec::gpu::trust::Sample;
use crate::engine::exec::{DeviceChoice, ExecError, Executor};
use crate::engine::plan::{Plan, PlanBuilder, Slot, Tensor};
use crate::network::layer::norm::{NormLayer, NormSpec};
use crate::network::layer::{Activation, LayerError, Mode};
use crate::norms::moments::Moments;
use crate::norms::norm::Norm;
use crate::norms::shape::Shape;
use std::rc::Rc;

/// The height and width of the planes that a GPU is tested with.
const SAMPLE_SIDE: u32 = 5;

/// A norm on one tensor, recorded.
pub(super) struct Call {
    pub(super) x: Slot,
    pub(super) layer: NormLayer,
    pub(super) activation: Activation,
}

impl Call {
    fn record(plan: &mut PlanBuilder, shape: Shape, options: &NormOptions<'_>) -> Result<Self, NormalizeError> {
        let grouping = |error| match error {
            LayerError::Grouping(error) => NormalizeError::Grouping(error),
            error => unreachable!("a norm only groups: {error}"),
        };
        let x = Tensor { slot: plan.input("x", shape.len()), shape };
        let clock = plan.clock("clock");
        let spec = NormSpec { epsilon: options.epsilon, momentum: 0.0, ..NormSpec::new(settled(shape, options)) };
        // This call does not update the running statistics, so their momentum does not matter.
        let layer = NormLayer::new(plan, "norm", shape, spec).map_err(grouping)?;
        let mode = match options.statistics {
            Statistics::Own => Mode::Train { clock },
            Statistics::Running { .. } => Mode::Evaluate,
        };
        let activation = layer.forward(plan, x, mode).map_err(grouping)?;
        Ok(Self { x: x.slot, layer, activation })
    }

    pub(super) fn plan(shape: Shape, options: &NormOptions<'_>) -> Result<(Plan, Self), NormalizeError> {
        let mut plan = PlanBuilder::new();
        let call = Self::record(&mut plan, shape, options)?;
        Ok((finished(plan, shape)?, call))
    }

    pub(super) fn write(&self, executor: &mut Executor, x: &[f32], options: &NormOptions<'_>) {
        executor.write(self.x, 0, bytemuck::cast_slice(x));
        if let Some(affine) = self.layer.affine() {
            if let Some(gamma) = options.gamma {
                executor.write(affine.value, 0, bytemuck::cast_slice(gamma));
            }
            if let Some(beta) = options.beta {
                executor.write(affine.value, beta.len() as u32, bytemuck::cast_slice(beta));
            }
        }
        if let Some(mixture) = self.layer.mixture() {
            let Mixture { rho, mean_logits, variance_logits } = options.mixture;
            if let (Norm::BatchInstance, Some(rho)) = (options.norm, rho) {
                executor.write(mixture.value, 0, bytemuck::cast_slice(rho));
            }
            for (half, logits) in (0..).zip([mean_logits, variance_logits]) {
                if let (Norm::Switchable, Some(logits)) = (options.norm, logits) {
                    executor.write(mixture.value, 3 * half, bytemuck::cast_slice(&logits));
                }
            }
        }
        if let (Statistics::Running { mean, variance }, Some(running)) = (options.statistics, self.layer.running()) {
            let kept = |(&origin, &m2)| Moments { count: 1.0, origin, offset: 0.0, m2 };
            let running_moments: Vec<Moments> = mean.iter().zip(variance).map(kept).collect();
            executor.write(running, 0, bytemuck::cast_slice(&running_moments));
        }
    }
}

/// The slots of a norm's gradients.
pub(super) struct Gradients {
    pub(super) dy: Slot,
    pub(super) dx: Slot,
    pub(super) affine: Slot,
}

impl Gradients {
    pub(super) fn plan(shape: Shape, options: &NormOptions<'_>) -> Result<(Plan, Call, Self), NormalizeError> {
        let mut plan = PlanBuilder::new();
        let call = Call::record(&mut plan, shape, options)?;
        let dy = Tensor { slot: plan.input("dy", shape.len()), shape };
        let dx = call.layer.backward(&mut plan, &call.activation, dy, true);
        let (Some(affine), Some(dx)) = (call.layer.affine(), dx) else {
            return Err(NormalizeError::Without { norm: "no", what: "parameters" });
        };
        Ok((finished(plan, shape)?, call, Self { dy: dy.slot, dx: dx.slot, affine: affine.gradient }))
    }
}

/// The same norm on small planes, with numbers: what a GPU is tested with.
pub(super) fn sample(shape: Shape, options: &NormOptions<'_>, with_gradients: bool) -> Result<Sample, NormalizeError> {
    let norm = settled(shape, options);
    let options = NormOptions { norm, ..*options };
    let small = Shape { h: shape.h.min(SAMPLE_SIDE), w: shape.w.min(SAMPLE_SIDE), ..shape };
    let (plan, x, dy) = if with_gradients {
        let (plan, call, Gradients { dy, .. }) = Gradients::plan(small, &options)?;
        (plan, call.x, Some(dy))
    } else {
        let (plan, call) = Call::plan(small, &options)?;
        (plan, call.x, None)
    };
    let inputs = std::iter::once(x).chain(dy).map(|slot| (slot, Sample::numbers(small.len())));
    Ok(Sample { plan: Rc::new(plan), inputs: inputs.collect() })
}

/// Opens an engine for one run of a plan: the CPU if the choice is left open, since moving the tensor to the GPU and back
/// costs more than the norm.
pub(super) async fn open(
    device: DeviceChoice,
    plan: Plan,
    sample: &dyn Fn() -> Result<Sample, NormalizeError>,
) -> Result<Executor, ExecError> {
    let plan = Rc::new(plan);
    match device {
        DeviceChoice::Auto | DeviceChoice::Cpu => Ok(Executor::Cpu(CpuExecutor::new(plan, 0))),
        DeviceChoice::Gpu => {
            let own = || Sample { plan: Rc::clone(&plan), inputs: Vec::new() };
            Executor::gpu(Rc::clone(&plan), 0, &|| sample().unwrap_or_else(|_| own())).await
        }
    }
}
