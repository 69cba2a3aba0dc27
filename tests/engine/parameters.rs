//! How the optimizer applies the rules of parameters: constraints, fixed parts, and rates with a factor.

use crate::common::gpu::gpu_or_skip;
use crate::common::nets::norms;
use crate::common::{Data, assert_close, assert_no_failures, check_close};
use blue_cube::exec::Executor;
use blue_cube::exec::cpu::CpuExecutor;
use blue_cube::exec::gpu::GpuExecutor;
use blue_cube::exec::gpu::device::GpuDevice;
use blue_cube::kernel::Kernel;
use blue_cube::model::{ModelSpec, PlannedModel};
use blue_cube::optimizer::{Adam, OptimizerSpec};
use blue_cube::plan::parameter::{Constraint, Part, Regularizer, Tuning};
use blue_cube::plan::{Parameter, Plan, PlanBuilder, Section, Slot};
use blue_cube::random::Init;
use std::rc::Rc;

const SEED: u32 = 3;
const LEARNING_RATE: f32 = 1e-3;

fn free(init: Init) -> Tuning {
    Tuning::free(init)
}

fn held(init: Init, constraint: Constraint) -> Part {
    Part::Trained(Tuning { constraint: Some(constraint), ..free(init) })
}

/// A plan that only updates its parameters, from gradients written from outside.
struct Updates {
    plan: Rc<Plan>,
    clock: Slot,
}

impl Updates {
    fn of(parameters: &[(&str, u32, &[Part], f32)]) -> Self {
        let mut builder = PlanBuilder::new();
        let clock = builder.clock("clock");
        for &(label, part_len, parts, rate_factor) in parameters {
            builder.parameter_of(label.to_owned(), part_len, parts, rate_factor);
        }
        OptimizerSpec::Adam.update(&mut builder, clock, None);
        Self { plan: Rc::new(builder.finish().expect("the plan holds")), clock }
    }

    /// An engine with this plan, at its first step.
    fn started(&self, mut executor: Executor) -> Executor {
        let clock = Adam::KERAS.clock(SEED, LEARNING_RATE);
        executor.write(self.clock, 0, bytemuck::bytes_of(&clock));
        executor
    }

    fn on_cpu(&self) -> Executor {
        self.started(Executor::Cpu(CpuExecutor::new(Rc::clone(&self.plan), SEED)))
    }

    fn on_gpu(&self, device: GpuDevice) -> Executor {
        let gpu = pollster::block_on(GpuExecutor::new(device, Rc::clone(&self.plan), SEED)).expect("the plan fits");
        self.started(Executor::Gpu(Box::new(gpu)))
    }

    fn parameter(&self, label: &str) -> Parameter {
        let info = self.plan.parameters().iter().find(|info| info.label == label);
        info.unwrap_or_else(|| panic!("there is no {label}")).parameter
    }

    /// Does steps, each with its own gradients, which follow from its number.
    fn step(&self, executor: &mut Executor, steps: std::ops::Range<u64>) {
        for step in steps {
            let mut data = Data::new(step);
            for info in self.plan.parameters() {
                let len = info.part_len as usize * info.parts.len();
                let gradient = data.normal(len, 0.3, 1.0);
                executor.write(info.parameter.gradient, 0, bytemuck::cast_slice(&gradient));
            }
            executor.run(Section::Train, 1);
        }
    }
}

fn read(executor: &mut Executor, slot: Slot) -> Vec<f32> {
    pollster::block_on(executor.read(&[slot])).expect("the engine works").remove(0)
}

fn kernels(plan: &Plan) -> Vec<Kernel> {
    plan.passes(Section::Train).iter().map(|pass| pass.kernel).collect()
}

#[test]
fn nothing_asked_for_adds_no_pass() {
    let plain = Updates::of(&[("a", 7, &[Part::Trained(free(Init::Constant(1.0)))], 1.0), ("b", 100, &[ONES; 2], 1.0)]);
    assert_eq!(kernels(&plain.plan), [Kernel::Adam, Kernel::Tick]);
    for norm in norms() {
        let PlannedModel { plan, .. } = ModelSpec::tutorial(norm).plan(2, 2).unwrap();
        let n_updates = kernels(&plan).iter().filter(|&&kernel| kernel == Kernel::Adam).count();
        assert_eq!(n_updates, 1, "{norm:?}: all parameters of one rate in one pass");
        let added = [Kernel::Regularize, Kernel::Constrain];
        assert!(!kernels(&plan).iter().any(|kernel| added.contains(kernel)), "{norm:?}");
    }
}

const ONES: Part = Part::Trained(Tuning {
    init: Init::Constant(1.0),
    constraint: None,
    regularizer: Regularizer { l1: 0.0, l2: 0.0 },
});

/// Keras' formulas computed by hand for w = (3, −4, 0, …), whose norm is 5.
#[test]
fn constraints_are_keras_formulas() {
    let table: [(Constraint, [f64; 2]); 8] = [
        (Constraint::MaxNorm { max: 2.0 }, [1.2, -1.6]),
        (Constraint::MaxNorm { max: 6.0 }, [3.0, -4.0]),
        (Constraint::NonNegative, [3.0, 0.0]),
        (Constraint::UnitNorm, [0.6, -0.8]),
        // 0.5·2 + 0.5·5 = 3.5 of 5, then 0.25·7 + 0.75·5 = 5.5 of 5.
        (Constraint::MinMaxNorm { min: 1.0, max: 2.0, rate: 0.5 }, [2.1, -2.8]),
        (Constraint::MinMaxNorm { min: 7.0, max: 9.0, rate: 0.25 }, [3.3, -4.4]),
        (Constraint::MinMaxNorm { min: 1.0, max: 9.0, rate: 1.0 }, [3.0, -4.0]),
        (Constraint::Clip { min: -1.0, max: 2.0 }, [2.0, -1.0]),
    ];
    for (constraint, want) in table {
        let updates = Updates::of(&[("w", 5, &[held(Init::Constant(0.0), constraint)], 1.0)]);
        let w = updates.parameter("w").value;
        let mut executor = updates.on_cpu();
        executor.write(w, 0, bytemuck::cast_slice(&[3.0_f32, -4.0, 0.0, 0.0, 0.0]));
        // Gradients are 0, so Adam changes nothing.
        executor.run(Section::Train, 1);
        let want = [want.as_slice(), &[0.0; 3]].concat();
        // ε = 1e-7 next to 5 is 2e-8; each of three operations rounds by 6e-8.
        assert_close(&read(&mut executor, w), &want, 0.0, 3e-7, &format!("{constraint:?}"));
    }
}

/// ε matters when ‖w‖ is as small: w = 3e-7, −4e-7, ‖w‖ = 5e-7; and w = 0 stays 0.
#[test]
fn the_epsilon_of_norms_is_keras() {
    let updates = Updates::of(&[("w", 2, &[held(Init::Constant(0.0), Constraint::UnitNorm)], 1.0)]);
    let w = updates.parameter("w").value;
    let mut executor = updates.on_cpu();
    executor.run(Section::Train, 1);
    assert_eq!(read(&mut executor, w), [0.0, 0.0]);
    executor.write(w, 0, bytemuck::cast_slice(&[3e-7_f32, -4e-7]));
    executor.run(Section::Train, 1);
    assert_close(&read(&mut executor, w), &[0.5, -2.0 / 3.0], 0.0, 5e-7, "3/6 and −4/6");
}

/// ρ of batch-instance norm: clipped to [0, 1] after every update, at ten times the learning rate.
#[test]
fn a_mixing_weight_is_clipped_and_moves_ten_times_as_fast() {
    let share = Constraint::Clip { min: 0.0, max: 1.0 };
    let updates = Updates::of(&[
        ("before", 3, &[ONES], 1.0),
        ("rho", 3, &[held(Init::Constant(0.5), share)], 10.0),
        ("after", 70, &[ONES], 1.0),
    ]);
    let [before, rho, after] = ["before", "rho", "after"].map(|label| updates.parameter(label));
    assert_eq!(kernels(&updates.plan).iter().filter(|&&kernel| kernel == Kernel::Adam).count(), 3);
    let mut executor = updates.on_cpu();
    for parameter in [before, rho, after] {
        executor.write(parameter.gradient, 0, bytemuck::cast_slice(&[2.0_f32, -1.0, 0.5]));
    }
    executor.run(Section::Train, 1);
    // Adam's first step is the rate times the sign of the gradient, minus ε = 1e-7 of it.
    let moved = [-1e-3, 1e-3, -1e-3];
    for (parameter, start, factor) in [(before, 1.0, 1.0), (rho, 0.5, 10.0), (after, 1.0, 1.0)] {
        let want = moved.map(|step| start + factor * step);
        // β₂ = 0.999 in f32 is off by 1.3e-5 of 1 − β₂, and half of that of the root.
        assert_close(&read(&mut executor, parameter.value)[..3], &want, 1e-5 * 1e-3 * factor + 6e-8, 0.0, "first step");
    }
    for _ in 0..100 {
        executor.run(Section::Train, 1);
    }
    assert_eq!(read(&mut executor, rho.value), [0.0, 1.0, 0.0], "100 steps of 0.01 end at the bounds");
}

/// As many rates as there are runs of neighbours with one rate, each with its own part of Adam's memory.
#[test]
fn runs_of_one_rate_are_what_single_parameters_are() {
    let rates = [("a", 1.0), ("b", 1.0), ("c", 3.0), ("d", 1.0), ("e", 0.25), ("f", 0.25)];
    let parts = [Part::Trained(free(Init::RANDOM_NORMAL))];
    let parameters = rates.map(|(label, rate)| (label, 67, parts.as_slice(), rate));
    let all = Updates::of(&parameters);
    assert_eq!(kernels(&all.plan).iter().filter(|&&kernel| kernel == Kernel::Adam).count(), 4);
    let mut executor = all.on_cpu();
    let gradients =
        |step: u64, label: &str| Data::new(step * 100 + u64::from(label.as_bytes()[0])).normal(67, 0.0, 1.0);
    for step in 0..5 {
        for (label, _) in rates {
            executor.write(all.parameter(label).gradient, 0, bytemuck::cast_slice(&gradients(step, label)));
        }
        executor.run(Section::Train, 1);
    }
    for parameter in parameters {
        let label = parameter.0;
        let alone = Updates::of(&[parameter]);
        let mut by_itself = alone.on_cpu();
        for step in 0..5 {
            by_itself.write(alone.parameter(label).gradient, 0, bytemuck::cast_slice(&gradients(step, label)));
            by_itself.run(Section::Train, 1);
        }
        let got = read(&mut executor, all.parameter(label).value);
        assert_eq!(got, read(&mut by_itself, alone.parameter(label).value), "{label}");
    }
}

/// Parameters of every sort: fixed, constrained, with several rates; long enough for lanes.
fn every_sort() -> Updates {
    let penalized = Tuning { regularizer: Regularizer { l1: 0.5, l2: 0.25 }, ..free(Init::RANDOM_UNIFORM) };
    let long = [held(Init::RANDOM_NORMAL, Constraint::MaxNorm { max: 1.0 }), Part::Trained(penalized)];
    let slow = Constraint::MinMaxNorm { min: 3.0, max: 4.0, rate: 0.3 };
    Updates::of(&[
        ("weight", 65, &[Part::Trained(free(Init::GlorotUniform { fan_in: 5, fan_out: 13 }))], 1.0),
        ("beta only", 10, &[Part::Fixed(1.0), held(Init::RANDOM_NORMAL, Constraint::NonNegative)], 1.0),
        ("rho", 10, &[held(Init::Constant(1.0), Constraint::Clip { min: 0.0, max: 1.0 })], 10.0),
        ("long", 13_520, &long, 1.0),
        ("gamma only", 1, &[held(Init::Constant(1.0), slow), Part::Fixed(0.0)], 1.0),
        ("unit", 33, &[held(Init::RANDOM_NORMAL, Constraint::UnitNorm)], 0.5),
    ])
}

#[test]
fn the_gpu_updates_every_sort_of_parameter_as_the_cpu_does() {
    if gpu_or_skip().is_none() {
        return;
    }
    let device = pollster::block_on(GpuDevice::open()).expect("there is a GPU");
    let updates = every_sort();
    let mut cpu = updates.on_cpu();
    updates.step(&mut cpu, 0..10);
    let mut failures = Vec::new();
    for min_shared_len in [u32::MAX, 0] {
        let mut gpu = updates.on_gpu(device.clone().sharing_from(min_shared_len));
        updates.step(&mut gpu, 0..10);
        for info in updates.plan.parameters() {
            let slot = info.parameter.value;
            let what = format!("{}, shared from {min_shared_len}", info.label);
            // Ten steps of up to 0.01, each to a few roundings; norms of 13,520 values to 7e-6.
            failures.extend(check_close(&read(&mut gpu, slot), &read(&mut cpu, slot), 2e-6, 2e-5, &what).err());
        }
    }
    assert_no_failures("GPU against CPU", &failures);
}

#[test]
fn a_snapshot_of_every_sort_of_parameter_goes_on_to_the_bit() {
    let updates = every_sort();
    let mut whole = updates.on_cpu();
    updates.step(&mut whole, 0..12);
    let mut first = updates.on_cpu();
    updates.step(&mut first, 0..5);
    let state = updates.plan.state();
    let values = pollster::block_on(first.read(&state)).unwrap();
    let mut second = Executor::Cpu(CpuExecutor::new(Rc::clone(&updates.plan), SEED + 1));
    for (slot, values) in state.into_iter().zip(&values) {
        second.write(slot, 0, bytemuck::cast_slice(values));
    }
    updates.step(&mut second, 5..12);
    for info in updates.plan.parameters() {
        assert_eq!(read(&mut second, info.parameter.value), read(&mut whole, info.parameter.value), "{}", info.label);
    }
}

#[test]
fn starts_follow_the_part_and_not_its_neighbour() {
    let normal = Part::Trained(free(Init::RANDOM_NORMAL));
    let start = |parts: &[Part]| {
        let updates = Updates::of(&[("norm_0.affine", 10, parts, 1.0)]);
        let mut executor = updates.on_cpu();
        read(&mut executor, updates.parameter("norm_0.affine").value)
    };
    let both = start(&[normal, normal]);
    assert_ne!(both[..10], both[10..], "γ and β are drawn separately");
    let beta = start(&[Part::Fixed(1.0), normal]);
    assert_eq!((&beta[..10], &beta[10..]), (&[1.0; 10][..], &both[10..]));
    assert_eq!(start(&[ONES, Part::Trained(free(Init::Constant(0.0)))]), [[1.0; 10], [0.0; 10]].concat());
}
