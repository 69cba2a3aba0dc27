//! A GPU is tested before it is trusted and checked while it trains: one that computes nonsense is found and left.

use crate::common::assert_no_failures;
use crate::common::gpu::gpu_or_skip;
use crate::common::nets::every_norm;
use blue_cube::data::{Dataset, IMAGE_LEN};
use blue_cube::exec::gpu::device::{GpuDevice, descriptor};
use blue_cube::exec::gpu::trust::Sample;
use blue_cube::exec::{DeviceChoice, DeviceInfo, DeviceKind, ExecError};
use blue_cube::kernel::Kernel;
use blue_cube::model::zoo::ModelKind;
use blue_cube::norm::Norm;
use blue_cube::normalize::{NormOptions, normalize};
use blue_cube::optimizer::{MomentumRule, OptimizerSpec};
use blue_cube::shape::Shape;
use blue_cube::train::{RunSpec, TrainError, Trainer};
use std::borrow::Cow;
use std::rc::Rc;

const BATCH: u32 = 32;

/// A device whose copies work and whose passes do nothing.
fn idle(min_shared_len: u32) -> GpuDevice {
    let (device, queue) = wgpu::Device::noop(&descriptor());
    let info = DeviceInfo { kind: DeviceKind::Gpu, name: "Idle".to_owned(), trial: None };
    GpuDevice::of(device, queue, info).sharing_from(min_shared_len)
}

/// Runs that use every kernel: all norms, networks and optimizers.
fn specs() -> Vec<RunSpec> {
    let spec = |norm| RunSpec { norm, batch: BATCH, ..RunSpec::default() };
    let mut specs: Vec<RunSpec> = every_norm(BATCH, 10).into_iter().chain([Norm::None]).map(spec).collect();
    let sgd = OptimizerSpec::Sgd { momentum: 0.9, rule: MomentumRule::Keras };
    let models = [ModelKind::SourceD, ModelKind::Deep, ModelKind::RowRnn { units: 9 }, ModelKind::RowGru { units: 9 }];
    specs.extend(models.map(|model| RunSpec { model, optimizer: sgd, ..spec(Norm::Batch) }));
    specs.push(RunSpec { optimizer: OptimizerSpec::AmsGrad, ..spec(Norm::Layer) });
    specs
}

/// The pipelines that runs use with `device` and that nothing has tested.
fn untested(device: &GpuDevice, spec: &RunSpec) -> Vec<(Kernel, u32)> {
    device.untested(&spec.plan().unwrap().plan)
}

#[test]
fn an_idle_gpu_is_found_by_every_kernel_in_use() {
    let mut failures = Vec::new();
    for min_shared_len in [1, 16_384] {
        for spec in specs() {
            let device = idle(min_shared_len);
            let all = untested(&device, &spec);
            let mut left = all.clone();
            let found = pollster::block_on(device.differences(&spec.sample().unwrap(), &mut left)).unwrap();
            let what = format!("{:?}, {:?}, shared from {min_shared_len}", spec.model, spec.norm);
            failures.extend(left.iter().map(|pipeline| format!("{what}: the sample has no {pipeline:?}")));
            let is_found = |pipeline: &&(Kernel, u32)| found.iter().any(|at| (at.kernel, at.lanes) == **pipeline);
            let unseen = all.iter().filter(|pipeline| !left.contains(pipeline) && !is_found(pipeline));
            failures.extend(unseen.map(|pipeline| format!("{what}: {pipeline:?} may do nothing")));
            assert!(!untested(&device, &spec).is_empty(), "{what}: what failed is not trusted");
        }
    }
    assert_no_failures("idle GPU", &failures);
}

#[test]
fn a_gpu_that_works_is_trusted_and_tested_once() {
    if gpu_or_skip().is_none() {
        return;
    }
    let mut failures = Vec::new();
    for min_shared_len in [1, 16_384] {
        let device = pollster::block_on(GpuDevice::open()).unwrap().sharing_from(min_shared_len);
        for spec in specs() {
            let plan = spec.plan().unwrap().plan;
            let start = std::time::Instant::now();
            let tested = pollster::block_on(device.test(&plan, || spec.sample().unwrap()));
            println!("{:?}, {:?}: {:?}", spec.model, spec.norm, start.elapsed());
            failures.extend(tested.err().map(|error| format!("{:?}, {:?}: {error}", spec.model, spec.norm)));
            pollster::block_on(device.test(&plan, || panic!("everything has been tested"))).unwrap();
        }
    }
    assert_no_failures("a GPU that works", &failures);
}

/// The pipeline of `kernel`, its shader changed.
fn changed(gpu: &wgpu::Device, kernel: Kernel, lanes: u32, wgsl: &str) -> wgpu::ComputePipeline {
    let info = kernel.info();
    let source = wgpu::ShaderSource::Wgsl(Cow::Borrowed(wgsl));
    let module = gpu.create_shader_module(wgpu::ShaderModuleDescriptor { label: None, source });
    let storage = |access: &blue_cube::kernel::Access| wgpu::BufferBindingType::Storage {
        read_only: *access == blue_cube::kernel::Access::Read,
    };
    let types = std::iter::once(wgpu::BufferBindingType::Uniform).chain(info.bindings.iter().map(storage));
    let entry = |(binding, ty)| wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
        count: None,
    };
    let entries: Vec<_> = (0..).zip(types).map(entry).collect();
    let group = gpu.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: None, entries: &entries });
    let layout = gpu.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: None,
        bind_group_layouts: &[Some(&group)],
        immediate_size: 0,
    });
    let constants = [("LANES", f64::from(lanes))];
    gpu.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: None,
        layout: Some(&layout),
        module: &module,
        entry_point: Some("main"),
        compilation_options: wgpu::PipelineCompilationOptions {
            constants: if info.reduces { &constants } else { &[] },
            ..Default::default()
        },
        cache: None,
    })
}

/// Kernels that compute the same with 1.3 for 1.0, and why.
const BLIND: [(&str, &str); 5] = [
    ("plane_moments", "1.0 is the least count of a variance, and all counts are larger"),
    ("group_moments", "the same"),
    ("axis_moments", "the same"),
    ("batch_instance_rho", "the same"),
    ("constrain", "1.0 belongs to a rule for norms of weights, and here ρ is clamped"),
];

#[test]
fn a_shader_that_takes_another_number_for_one_is_found() {
    if gpu_or_skip().is_none() {
        return;
    }
    let (mut failures, mut n_seen) = (Vec::new(), 0);
    let device = pollster::block_on(GpuDevice::open()).unwrap().sharing_from(1);
    let mut seen = Vec::new();
    for spec in specs() {
        let sample = spec.sample().unwrap();
        for (kernel, lanes) in untested(&device, &spec) {
            let info = kernel.info();
            if !info.wgsl.contains("1.0") || seen.contains(&(kernel, lanes)) {
                continue;
            }
            seen.push((kernel, lanes));
            device.take_for(kernel, lanes, changed(device.handle(), kernel, lanes, &info.wgsl.replace("1.0", "1.3")));
            let found = pollster::block_on(device.differences(&sample, &mut vec![(kernel, lanes)])).unwrap();
            n_seen += found.len();
            if found.is_empty() && !BLIND.iter().any(|&(label, _)| label == info.label) {
                failures.push(format!("{kernel:?} with {lanes} lanes"));
            }
        }
    }
    println!("{n_seen} changed pipelines found");
    assert_no_failures("1.3 for 1.0", &failures);
}

#[test]
fn flipped_bytes_are_found() {
    if gpu_or_skip().is_none() {
        return;
    }
    let spec = RunSpec { batch: BATCH, ..RunSpec::default() };
    let device = pollster::block_on(GpuDevice::open()).unwrap();
    device.spoil();
    let error = pollster::block_on(device.test(&spec.plan().unwrap().plan, || spec.sample().unwrap())).unwrap_err();
    let told = error.to_string();
    assert!(matches!(error, ExecError::Wrong { .. }), "{told}");
    assert!(told.starts_with("the GPU (") && told.contains(" where the CPU computes "), "{told}");
}

fn gpu_run(seed: u32) -> Trainer {
    let spec = RunSpec { norm: Norm::Batch, batch: 4, seed, device: DeviceChoice::Gpu, ..RunSpec::default() };
    pollster::block_on(Trainer::new(spec)).unwrap()
}

#[test]
fn a_gpu_that_begins_to_fail_while_it_trains_is_found_and_left() {
    if gpu_or_skip().is_none() {
        return;
    }
    let data = crate::mnist::dataset();
    let step = |trainer: &mut Trainer, n| pollster::block_on(trainer.step(&data, n));
    let mut trainer = gpu_run(3);
    let mut losses = Vec::new();
    while trainer.steps_done() < 150 {
        let results = step(&mut trainer, 16).unwrap();
        assert_eq!(results.len(), 16, "a step that is repeated is one of those asked for");
        losses.extend(results.iter().map(|result| result.loss));
    }
    let share = trainer.check_share();
    println!("the checks took {share} of the time");
    assert!(share > 0.0 && share <= 0.02, "the checks took {share} of the time");
    // From here on all weights are what they should not be: the copy is read right, and the next step is not.
    let error = loop {
        pollster::block_on(trainer.prepare()).unwrap();
        trainer.spoil_gpu();
        match step(&mut trainer, 16) {
            Ok(results) => losses.extend(results.iter().map(|result| result.loss)),
            Err(error) => break error,
        }
        assert!(trainer.steps_done() < 300, "nothing was found");
    };
    let TrainError::Exec(ExecError::Wrong { what, gpu, cpu, .. }) = &error else { panic!("{error}") };
    let found_at = trainer.steps_done();
    assert!(*what == format!("as the loss of step {found_at}") && gpu != cpu, "{what}: {gpu}, {cpu}");
    trainer.fall_back();
    assert_eq!(trainer.device().kind, DeviceKind::Cpu);
    let trusted = trainer.steps_done();
    println!("found at step {found_at}, from step {trusted} on again");
    assert!(trusted > 0 && found_at - trusted <= 50, "{} steps are trained again", found_at - trusted);
    let again = step(&mut trainer, 16).unwrap();
    for (again, before) in again.iter().zip(&losses[trusted as usize..]) {
        assert!((again.loss - before).abs() <= 1e-3, "{} again, {before} before", again.loss);
    }
    let refused = pollster::block_on(GpuDevice::shared()).err();
    assert!(matches!(refused, Some(ExecError::Wrong { .. })), "it is not tried again: {refused:?}");
    GpuDevice::forget_shared();
}

/// Rounding grows most in recurrent networks at a high rate. The CPU trains; the first step that the GPU continues with is
/// checked. (Each step on lavapipe costs 7 MB that it does not give back: it compiles most passes anew.)
#[test]
fn the_checks_of_a_gpu_that_works_find_nothing() {
    if gpu_or_skip().is_none() {
        return;
    }
    let data = crate::mnist::dataset();
    for model in [ModelKind::RowRnn { units: 9 }, ModelKind::RowGru { units: 9 }] {
        let run = RunSpec { model, norm: Norm::Batch, batch: 4, learning_rate: 1e-2, ..RunSpec::default() };
        let mut on_cpu = pollster::block_on(Trainer::new(RunSpec { device: DeviceChoice::Cpu, ..run })).unwrap();
        while on_cpu.steps_done() < 1_200 {
            let state = pollster::block_on(on_cpu.snapshot()).unwrap().on(DeviceChoice::Gpu);
            let mut on_gpu = pollster::block_on(Trainer::restore(state)).unwrap();
            pollster::block_on(on_gpu.step(&data, 2)).unwrap();
            assert_ne!(on_gpu.device().kind, DeviceKind::Cpu);
            for _ in 0..8 {
                pollster::block_on(on_cpu.step(&data, 16)).unwrap();
            }
        }
    }
}

#[test]
fn a_run_that_diverges_on_the_gpu_diverges_on_the_cpu_too() {
    if gpu_or_skip().is_none() {
        return;
    }
    let data = crate::mnist::dataset();
    let spec = RunSpec { learning_rate: 1e30, batch: 4, device: DeviceChoice::Gpu, ..RunSpec::default() };
    let mut trainer = pollster::block_on(Trainer::new(spec)).unwrap();
    let error = loop {
        if let Err(error) = pollster::block_on(trainer.step(&data, 4)) {
            break error;
        }
    };
    assert!(matches!(error, TrainError::Diverged { .. }), "{error}");
}

/// On images of one colour, the gradients of a recurrent network with batch norm are not numbers; its clamps must not
/// hide that.
#[test]
fn a_recurrent_run_that_diverges_on_the_cpu_diverges_on_the_gpu_at_the_same_step() {
    if gpu_or_skip().is_none() {
        return;
    }
    let labels: Vec<u8> = (0..64).map(|image| image % 10).collect();
    let data = Dataset::to_train(&vec![7; 64 * IMAGE_LEN], &labels).unwrap();
    for model in [ModelKind::RowRnn { units: 9 }, ModelKind::RowGru { units: 9 }] {
        let [cpu, gpu] = [DeviceChoice::Cpu, DeviceChoice::Gpu].map(|device| {
            let spec = RunSpec { model, norm: Norm::Batch, batch: 4, device, ..RunSpec::default() };
            let mut trainer = pollster::block_on(Trainer::new(spec)).unwrap();
            pollster::block_on(trainer.step(&data, 4)).unwrap_err()
        });
        let at = |error: &TrainError| match error {
            TrainError::Diverged { step, .. } => *step,
            other => panic!("{model:?}: {other}"),
        };
        assert_eq!(at(&gpu), at(&cpu), "{model:?}");
    }
}

#[test]
fn calls_share_one_device() {
    if gpu_or_skip().is_none() {
        return;
    }
    let x: Vec<f32> = Sample::numbers(2 * 6 * 7 * 9);
    let mut options = NormOptions { device: DeviceChoice::Gpu, ..NormOptions::new(Norm::Batch) };
    let on_gpu = pollster::block_on(normalize(&x, Shape::new(2, 6, 7, 9), &options)).unwrap();
    let device = pollster::block_on(GpuDevice::shared()).unwrap();
    for norm in every_norm(2, 6) {
        options.norm = norm;
        pollster::block_on(normalize(&x, Shape::new(2, 6, 7, 9), &options)).unwrap();
    }
    assert!(Rc::ptr_eq(&device, &pollster::block_on(GpuDevice::shared()).unwrap()));
    options = NormOptions { device: DeviceChoice::Cpu, ..NormOptions::new(Norm::Batch) };
    let on_cpu = pollster::block_on(normalize(&x, Shape::new(2, 6, 7, 9), &options)).unwrap();
    assert!(on_gpu.y.iter().zip(&on_cpu.y).all(|(gpu, cpu)| (gpu - cpu).abs() < 1e-5));
}
