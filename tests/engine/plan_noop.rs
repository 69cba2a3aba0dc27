//! Pipelines are built and steps recorded without an adapter: wgpu validates on a device that does nothing.

use crate::common::assert_no_failures;
use crate::common::nets::{MIXED, every_layer, norms, others};
use blue_cube::exec::gpu::device::{GpuDevice, descriptor};
use blue_cube::exec::gpu::{GpuExecutor, pipeline};
use blue_cube::exec::{DeviceInfo, DeviceKind, ExecError, Executor};
use blue_cube::kernel::Kernel;
use blue_cube::kernel::tick::{self, TickParams};
use blue_cube::layer::norm::NormSpec;
use blue_cube::model::{ModelSpec, PlannedModel};
use blue_cube::norm::Norm;
use blue_cube::optimizer::{MomentumRule, OptimizerSpec};
use blue_cube::plan::{PlanBuilder, Section};
use blue_cube::random::Init;
use std::collections::BTreeSet;
use std::rc::Rc;

fn noop(min_shared_len: u32) -> (wgpu::Device, GpuDevice) {
    let (device, queue) = wgpu::Device::noop(&descriptor());
    let info = DeviceInfo { kind: DeviceKind::GpuSoftware, name: "noop".to_owned(), trial: None };
    (device.clone(), GpuDevice::of(device, queue, info).sharing_from(min_shared_len))
}

#[test]
fn every_pipeline_builds() {
    let mut failures = Vec::new();
    for lanes in [1, 8, 64] {
        let (device, _) = noop(0);
        for &kernel in Kernel::ALL {
            let scope = device.push_error_scope(wgpu::ErrorFilter::Validation);
            pipeline(&device, kernel, lanes);
            if let Some(error) = pollster::block_on(scope.pop()) {
                failures.push(format!("{kernel:?} with {lanes} lanes: {error}"));
            }
        }
    }
    assert_no_failures("pipelines", &failures);
}

/// Builds, runs both sections and reads back; the executor collects wgpu's errors.
async fn record(model: PlannedModel, min_shared_len: u32) -> Result<(), ExecError> {
    let PlannedModel { plan, train, evaluate, by_batch, norms: _ } = model;
    let mut executor = Executor::Gpu(Box::new(GpuExecutor::new(noop(min_shared_len).1, Rc::new(plan), 1).await?));
    let by_batch = by_batch.map(|ports| (Section::EvaluateByBatch, ports));
    for (section, ports) in [(Section::Train, train), (Section::Evaluate, evaluate)].into_iter().chain(by_batch) {
        let labels = vec![0_u32; ports.batch as usize];
        executor.write(ports.labels, 0, bytemuck::cast_slice(&labels));
        executor.run(section, 2);
        executor.read(&[ports.results, ports.clock]).await?;
    }
    Ok(())
}

#[test]
fn a_step_of_every_net_records() {
    let mut failures = Vec::new();
    for norm in norms().into_iter().chain(MIXED).chain(others()) {
        for (name, spec) in [("tutorial", ModelSpec::tutorial(norm)), ("every layer", every_layer(norm))] {
            for (batch, min_shared_len) in [(1, 0), (33, u32::MAX)] {
                let model = spec.plan(batch, 100).expect("it can be planned");
                if let Err(error) = pollster::block_on(record(model, min_shared_len)) {
                    failures
                        .push(format!("{name} with {norm:?}, batch {batch}, shared from {min_shared_len}: {error}"));
                }
            }
        }
    }
    assert_no_failures("recording", &failures);
}

/// A recurrent network with each of the other optimizers, on clipped gradients.
fn recurrent(batch: u32) -> Vec<PlannedModel> {
    let sgd = OptimizerSpec::Sgd { momentum: 0.9, rule: MomentumRule::Keras };
    let plan = |(optimizer, norm)| {
        let model = ModelSpec::row_rnn(32, NormSpec::new(norm));
        model.plan_for(optimizer, Some(1.0), batch, 20).expect("it can be planned")
    };
    let gated = ModelSpec::row_gru(32, NormSpec::new(Norm::Batch)).plan(batch, 20).expect("it can be planned");
    let simple = [(sgd, Norm::Batch), (OptimizerSpec::AmsGrad, Norm::Layer)].map(plan);
    simple.into_iter().chain([gated]).collect()
}

#[test]
fn a_step_of_the_recurrent_net_records() {
    for model in recurrent(3) {
        pollster::block_on(record(model, 0)).expect("there is no error");
    }
}

#[test]
fn the_nets_have_every_kernel() {
    let label = |kernel: &Kernel| kernel.info().label;
    let specs = norms()
        .into_iter()
        .chain(MIXED)
        .chain(others())
        .flat_map(|norm| [ModelSpec::tutorial(norm), every_layer(norm)]);
    let models: Vec<PlannedModel> =
        specs.map(|spec| spec.plan(2, 2).expect("it can be planned")).chain(recurrent(2)).collect();
    let used: BTreeSet<&str> =
        models.iter().flat_map(|m| m.plan.all_passes()).map(|pass| label(&pass.kernel)).collect();
    assert_eq!(used, Kernel::ALL.iter().map(label).collect());
}

/// The device that does nothing does validate: a pass with a buffer too small for its kernel is refused.
#[test]
fn what_is_wrong_is_refused() {
    let mut builder = PlanBuilder::new();
    let clock = builder.input("a clock of one word", 1);
    builder.parameter("none".to_owned(), 1, Init::Constant(0.0));
    builder.push(tick::pass(TickParams { beta1: 0.9, beta2: 0.999 }, clock.cast()));
    let plan = builder.finish().expect("lengths are the kernels' business");
    let run = async {
        let mut executor = Executor::Gpu(Box::new(GpuExecutor::new(noop(1).1, Rc::new(plan), 1).await?));
        executor.run(Section::Train, 1);
        executor.read(&[clock]).await
    };
    let error = pollster::block_on(run).expect_err("five words do not fit one");
    assert!(matches!(error, ExecError::Refused { .. }), "{error}");
}
