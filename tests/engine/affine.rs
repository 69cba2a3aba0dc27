//! γ and β under a norm's spec: initializers, constraints, penalties, and omitted halves.

use crate::common::cpu::Memory;
use crate::common::nets::{every_layer, norms};
use crate::common::{Data, assert_no_failures, check_close, to_f64};
use blue_cube::exec::Executor;
use blue_cube::exec::cpu::CpuExecutor;
use blue_cube::layer::Mode;
use blue_cube::layer::norm::affine::AffineSpec;
use blue_cube::layer::norm::{NormLayer, NormSpec};
use blue_cube::model::{ModelSpec, PlannedModel, Ports, RING_LEN};
use blue_cube::norm::Norm;
use blue_cube::optimizer::{Adam, OptimizerSpec};
use blue_cube::plan::parameter::{Constraint, Regularizer, Tuning};
use blue_cube::plan::{Parameter, Plan, PlanBuilder, Section, Slot, Tensor};
use blue_cube::random::Init;
use blue_cube::shape::Shape;
use std::rc::Rc;

const SEED: u32 = 3;
const LEARNING_RATE: f32 = 1e-3;

fn free(init: Init) -> Tuning {
    Tuning::free(init)
}

/// Every norm with γ and β per channel.
fn with_affine() -> impl Iterator<Item = Norm> {
    norms().into_iter().skip(1).chain([Norm::BatchInstance, Norm::Switchable])
}

fn read(executor: &mut Executor, slot: Slot) -> Vec<f32> {
    pollster::block_on(executor.read(&[slot])).expect("the engine works").remove(0)
}

/// A norm between two inputs: the first section is forward; the second is backward and an update at rate 0.
struct Bench {
    plan: Plan,
    x: Slot,
    y: Slot,
    dy: Slot,
    affine: Parameter,
}

impl Bench {
    fn new(spec: NormSpec, shape: Shape) -> Self {
        let mut builder = PlanBuilder::new();
        let x = Tensor { slot: builder.input("x", shape.len()), shape };
        // All zeros, including the learning rate.
        let clock = builder.clock("clock");
        let layer = NormLayer::new(&mut builder, "norm", shape, spec).expect("the norm fits");
        let activation = layer.forward(&mut builder, x, Mode::Train { clock }).expect("the batch fits");
        builder.begin_evaluation();
        let dy = Tensor { slot: builder.input("dy", shape.len()), shape };
        layer.backward(&mut builder, &activation, dy, true);
        OptimizerSpec::Adam.update(&mut builder, clock, None);
        let affine = layer.affine().expect("there is a norm");
        Self { plan: builder.finish().expect("the plan holds"), x: x.slot, y: activation.y.slot, dy: dy.slot, affine }
    }

    /// Σ y·dy in f64.
    fn loss(&self, memory: &Memory<'_>) -> f64 {
        memory.run(self.plan.passes(Section::Train));
        let (y, dy) = (memory.read(self.y), memory.read(self.dy));
        y.iter().zip(dy).map(|(&y, dy)| f64::from(y) * f64::from(dy)).sum()
    }
}

#[test]
fn gradients_are_those_of_loss_and_penalty() {
    let shape = Shape::new(3, 4, 3, 3);
    let [gamma, beta] = [Regularizer { l1: 0.75, l2: 1.5 }, Regularizer { l1: 2.0, l2: 0.25 }];
    let penalty = |affine: &[f32]| -> f64 {
        let of = |values: &[f32], Regularizer { l1, l2 }: Regularizer| -> f64 {
            let cost = |&w: &f32| f64::from(l1) * f64::from(w).abs() + f64::from(l2) * f64::from(w).powi(2);
            values.iter().map(cost).sum()
        };
        of(&affine[..4], gamma) + of(&affine[4..], beta)
    };
    let mut failures = Vec::new();
    for norm in with_affine().filter(|norm| norm.recipe(shape).is_ok()) {
        let tuned = |regularizer| Tuning { regularizer, ..free(Init::Constant(0.0)) };
        let affine = AffineSpec { gamma: tuned(gamma), beta: tuned(beta), ..AffineSpec::default() };
        let bench = Bench::new(NormSpec { affine, ..NormSpec::new(norm) }, shape);
        let memory = Memory::new(&bench.plan, 1);
        let mut data = Data::new(61);
        memory.write(bench.x, &data.normal(shape.len() as usize, 0.5, 1.0));
        memory.write(bench.dy, &data.normal(shape.len() as usize, 0.0, 1.0));
        // No value is closer to the kink of |w| than the step.
        let start = [0.5_f32, -1.0, 1.5, -0.25, 0.75, -0.5, 2.0, -1.25];
        memory.write(bench.affine.value, &start);
        memory.run(bench.plan.passes(Section::Train));
        memory.run(bench.plan.passes(Section::Evaluate));
        assert_eq!(memory.read(bench.affine.value), start, "{norm:?}: at rate 0 nothing changes");
        let step = 0.125_f32;
        let slope = |i: usize| {
            let at = |offset: f32| {
                let mut moved = start;
                moved[i] += offset;
                memory.write(bench.affine.value, &moved);
                bench.loss(&memory) + penalty(&moved)
            };
            (at(step) - at(-step)) / f64::from(2.0 * step)
        };
        let want: Vec<f64> = (0..start.len()).map(slope).collect();
        // Loss and penalty are at most quadratic, so the quotient is exact except for the rounding of 108 values y near
        // 2 to 1e-7, divided by ¼: 1e-5.
        let what = format!("{norm:?}");
        failures.extend(check_close(&memory.read(bench.affine.gradient), &want, 2e-5, 1e-6, &what).err());
    }
    assert_no_failures("gradients of loss and penalty", &failures);
}

/// The tutorial's network on noise.
struct Net {
    plan: Rc<Plan>,
    train: Ports,
    executor: Executor,
}

impl Net {
    fn new(spec: &ModelSpec) -> Self {
        let PlannedModel { plan, train, .. } = spec.plan(4, 4).expect("it can be planned");
        let plan = Rc::new(plan);
        let mut executor = Executor::Cpu(CpuExecutor::new(Rc::clone(&plan), SEED));
        let mut data = Data::new(62);
        let pixels: Vec<u8> = (0..RING_LEN * 4 * 784).map(|_| data.below(256) as u8).collect();
        let labels: Vec<u32> = (0..RING_LEN * 4).map(|_| data.below(10)).collect();
        executor.write(train.images, 0, &pixels);
        executor.write(train.labels, 0, bytemuck::cast_slice(&labels));
        executor.write(train.clock, 0, bytemuck::bytes_of(&Adam::KERAS.clock(SEED, LEARNING_RATE)));
        Self { plan, train, executor }
    }

    fn tutorial(norm: Norm, affine: AffineSpec) -> Self {
        Self::new(&ModelSpec::tutorial_with(NormSpec { affine, ..NormSpec::new(norm) }))
    }

    /// γ and β.
    fn affine(&mut self) -> (Vec<f32>, Vec<f32>) {
        let info = self.plan.parameters().iter().find(|info| info.label == "norm_0.affine").expect("there is a norm");
        let mut gamma = read(&mut self.executor, info.parameter.value);
        let beta = gamma.split_off(gamma.len() / 2);
        (gamma, beta)
    }
}

#[test]
fn a_half_left_out_stays_and_is_not_counted() {
    let n_all = |norm| ModelSpec::tutorial(norm).plan(2, 2).unwrap().plan.n_parameters();
    for (norm, (scale, center)) in with_affine().flat_map(|norm| FLAGS.map(|flags| (norm, flags))) {
        // The settings of an omitted half do not matter, and need not make sense either.
        let nonsense = Tuning { constraint: Some(Constraint::MaxNorm { max: -1.0 }), ..free(Init::RANDOM_NORMAL) };
        let asked = |is_there, start| if is_there { free(Init::Constant(start)) } else { nonsense };
        let affine = AffineSpec { center, scale, gamma: asked(scale, 1.0), beta: asked(center, 0.0) };
        let mut net = Net::tutorial(norm, affine);
        let what = format!("{norm:?}, scale {scale}, center {center}");
        let n_left_out = 10 * (u32::from(!scale) + u32::from(!center));
        assert_eq!(net.plan.n_parameters(), n_all(norm) - n_left_out, "{what}");
        net.executor.run(Section::Train, 5);
        let (gamma, beta) = net.affine();
        assert_eq!(gamma == [1.0; 10], !scale, "{what}: {gamma:?}");
        assert_eq!(beta == [0.0; 10], !center, "{what}: {beta:?}");
    }
}

const FLAGS: [(bool, bool); 4] = [(true, true), (true, false), (false, true), (false, false)];

/// Fixed parameters must not change how the rest is trained.
#[test]
fn a_fixed_gamma_leaves_the_other_gradients_alone() {
    let affine = AffineSpec { scale: false, ..AffineSpec::default() };
    let [mut with, mut without] = [AffineSpec::default(), affine].map(|affine| Net::tutorial(Norm::Instance, affine));
    for net in [&mut with, &mut without] {
        net.executor.run(Section::Train, 1);
    }
    assert_eq!(with.affine().1, without.affine().1, "β after one step");
    let first = |net: &mut Net| read(&mut net.executor, net.plan.parameters()[0].parameter.value);
    assert_eq!(first(&mut with), first(&mut without), "weights of the convolution after one step");
}

/// Source A: `InstanceNormalization(axis=3, beta_initializer="random_uniform", gamma_initializer="random_uniform")`.
#[test]
fn the_tutorials_random_instance_norm_trains() {
    let random = free(Init::RANDOM_UNIFORM);
    let mut net = Net::tutorial(Norm::Instance, AffineSpec { gamma: random, beta: random, ..AffineSpec::default() });
    let (gamma, beta) = net.affine();
    assert!(gamma.iter().chain(&beta).all(|w| w.abs() <= 0.05 && *w != 0.0), "{gamma:?} {beta:?}");
    assert_ne!(gamma, beta);
    net.executor.run(Section::Train, 16);
    let first = read(&mut net.executor, net.train.results);
    for _ in 0..9 {
        net.executor.run(Section::Train, 16);
    }
    let last = read(&mut net.executor, net.train.results);
    let mean = |ring: &[f32]| ring.iter().step_by(2).sum::<f32>() / RING_LEN as f32;
    // Activations of 0.041 make logits of 0.06, and so a mean loss of four images within 0.1 of ln 10 = 2.303 (starting
    // from ones and zeros it is above 3). 64 images of noise are learned by heart.
    assert!((first[0] - std::f32::consts::LN_10).abs() < 0.1, "first loss {}", first[0]);
    assert!(mean(&last) < mean(&first) - 0.5, "mean losses of 16 steps: {} first, {} last", mean(&first), mean(&last));
    assert_ne!(net.affine().0, gamma);
}

#[test]
fn constraints_hold_in_a_network_after_every_step() {
    for norm in with_affine() {
        let mut net = Net::new(&every_layer(norm));
        for step in 1..=4 {
            net.executor.run(Section::Train, 1);
            let (gamma, beta) = net.affine();
            let length = to_f64(&gamma).iter().map(|w| w * w).sum::<f64>().sqrt();
            // Ten values of about 1 have a norm of 3, so the first step ends on the bound, up to a few roundings; later
            // ones may end below it.
            assert!(length < 2.0 + 1e-6, "{norm:?}, step {step}: ‖γ‖ = {length}");
            assert!(step > 1 || length > 2.0 - 1e-6, "{norm:?}: ‖γ‖ = {length}");
            assert!(beta.iter().all(|&w| w >= 0.0), "{norm:?}, step {step}: β {beta:?}");
        }
    }
}

/// ρ starts at 1, where half of its steps are clipped away, and learns ten times as fast as everything else.
#[test]
fn the_rho_of_batch_instance_norm_is_clipped_and_fast() {
    let mut net = Net::tutorial(Norm::BatchInstance, AffineSpec::default());
    let info = net.plan.parameters().iter().find(|info| info.label == "norm_0.rho").expect("there is a ρ");
    let rho = info.parameter;
    assert_eq!(read(&mut net.executor, rho.value), [1.0; 10]);
    net.executor.run(Section::Train, 1);
    let (values, slopes) = (read(&mut net.executor, rho.value), read(&mut net.executor, rho.gradient));
    // Adam's first step is rate·g/(|g| + ε/√(1 − β₂)), up to 1e-5 of it and the rounding of values near 1.
    for (value, slope) in values.into_iter().zip(slopes) {
        let step = 10.0 * LEARNING_RATE * slope / (slope.abs() + Adam::KERAS.epsilon / 0.001_f32.sqrt());
        let want = (1.0 - step).min(1.0);
        assert!((value - want).abs() < 3e-7, "gradient {slope}: ρ = {value}, want {want}");
    }
    net.executor.run(Section::Train, 50);
    let values = read(&mut net.executor, rho.value);
    assert!(values.iter().all(|value| (0.0..=1.0).contains(value)), "{values:?}");
    assert!(values.iter().any(|&value| value < 0.99), "{values:?}");
}

/// The reported loss is the data's: a penalty affects it only through training.
#[test]
fn the_reported_loss_is_without_the_penalty() {
    let regularizer = Regularizer { l1: 100.0, l2: 100.0 };
    let penalized = Tuning { regularizer, ..free(Init::Constant(1.0)) };
    let affine = AffineSpec { gamma: penalized, ..AffineSpec::default() };
    let losses = [AffineSpec::default(), affine].map(|affine| {
        let mut net = Net::tutorial(Norm::Batch, affine);
        net.executor.run(Section::Train, 1);
        read(&mut net.executor, net.train.results)[0]
    });
    assert_eq!(losses[0], losses[1]);
}

#[test]
fn rules_that_cannot_be_kept_are_named() {
    let constraint = |constraint| Tuning { constraint: Some(constraint), ..free(Init::Constant(1.0)) };
    let regularizer = |l1, l2| Tuning { regularizer: Regularizer { l1, l2 }, ..free(Init::Constant(1.0)) };
    let table = [
        (constraint(Constraint::MaxNorm { max: -1.0 }), "the constraint's max is -1, not a finite number not below 0"),
        (
            constraint(Constraint::MinMaxNorm { min: 2.0, max: 1.0, rate: 1.0 }),
            "the constraint's max is 1, not a finite number not below its min",
        ),
        (
            constraint(Constraint::MinMaxNorm { min: -2.0, max: 1.0, rate: 1.0 }),
            "the constraint's min is -2, not a finite number not below 0",
        ),
        (
            constraint(Constraint::MinMaxNorm { min: 0.0, max: 1.0, rate: 1.5 }),
            "the constraint's rate is 1.5, not a number from 0 to 1",
        ),
        (
            constraint(Constraint::Clip { min: 0.0, max: f32::NAN }),
            "the constraint's max is NaN, not a finite number not below its min",
        ),
        (regularizer(-0.5, 0.0), "the regularizer's l1 is -0.5, not a finite number not below 0"),
        (regularizer(0.0, f32::INFINITY), "the regularizer's l2 is inf, not a finite number not below 0"),
        (free(Init::Constant(f32::NAN)), "the initial value is NaN, not a finite number"),
        (
            free(Init::Uniform { low: 1.0, high: 0.0 }),
            "the initializer's high is 0, not a finite number not below its low",
        ),
        (
            free(Init::Normal { mean: 0.0, deviation: -1.0 }),
            "the initializer's deviation is -1, not a finite number not below 0",
        ),
    ];
    for (tuning, want) in table {
        for (half, affine) in [
            ("gamma", AffineSpec { gamma: tuning, ..AffineSpec::default() }),
            ("beta", AffineSpec { beta: tuning, ..AffineSpec::default() }),
        ] {
            let spec = ModelSpec::tutorial_with(NormSpec { affine, ..NormSpec::new(Norm::Batch) });
            let error = spec.plan(2, 2).err().expect("the spec is invalid").to_string();
            assert_eq!(error, format!("layer 1: {half}: {want}"));
        }
    }
}
