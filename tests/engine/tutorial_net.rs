//! The tutorial's whole network on the CPU against the same network in f64: loss, every gradient, training, evaluation.

use crate::common::cpu::Memory;
use crate::common::{Data, as_words, assert_close, assert_no_failures, check_close, to_f64};
use crate::oracle::net::{Batch, N_CHANNELS, Parameters, Statistics};
use crate::oracle::norm::Method;
use blue_cube::kernel::dropout::DropoutParams;
use blue_cube::kernel::tick::Clock;
use blue_cube::kernel::{Kernel, Params};
use blue_cube::model::{ModelSpec, PlannedModel, Ports, RING_LEN};
use blue_cube::norm::{DEFAULT_EPSILON, Norm};
use blue_cube::plan::{Plan, Section};
use std::num::NonZeroU32;

const BATCH: usize = 3;
const SEED: u32 = 5;
const PIXELS: usize = 28 * 28;

fn norms() -> [(Norm, Option<Method>); 5] {
    let group = Norm::Group { groups: NonZeroU32::new(5).expect("not zero") };
    [
        (Norm::None, None),
        (Norm::Batch, Some(Method::Batch)),
        (Norm::Layer, Some(Method::Layer)),
        (Norm::Instance, Some(Method::Instance)),
        (group, Some(Method::Group(5))),
    ]
}

/// Images and labels for a whole ring: digits are mostly black, with grey and white strokes.
struct Ring {
    images: Vec<u8>,
    labels: Vec<u32>,
}

impl Ring {
    fn new() -> Self {
        let mut data = Data::new(40);
        let n_images = RING_LEN as usize * BATCH;
        let pixel = |data: &mut Data| if data.below(5) == 0 { (1 + data.below(255)) as u8 } else { 0 };
        Self {
            images: (0..n_images * PIXELS).map(|_| pixel(&mut data)).collect(),
            labels: (0..n_images).map(|_| data.below(10)).collect(),
        }
    }

    fn of_step(&self, step: usize) -> (Vec<f64>, Vec<usize>) {
        let slot = step % RING_LEN as usize;
        let images = self.images[slot * BATCH * PIXELS..][..BATCH * PIXELS].iter().map(|&p| f64::from(p) / 255.0);
        let labels = self.labels[slot * BATCH..][..BATCH].iter().map(|&label| label as usize);
        (images.collect(), labels.collect())
    }
}

fn start<'a>(plan: &'a Plan, ports: &Ports, ring: &Ring) -> Memory<'a> {
    let memory = Memory::new(plan, SEED);
    memory.write(ports.images, &as_words(&ring.images));
    memory.write(ports.labels, &as_words(&ring.labels));
    let clock = Clock { step: 0, seed: SEED, learning_rate: 1e-3, beta1_power: 0.9, beta2_power: 0.999 };
    memory.write(ports.clock, &as_words(&[clock]));
    memory
}

/// The parameters of a plan, or their gradients, as the oracle holds them.
fn parameters(plan: &Plan, memory: &Memory<'_>, gradients: bool) -> Parameters {
    let read = |label: &str| {
        let info = plan.parameters().iter().find(|info| info.label == label);
        let slot = |info: &blue_cube::plan::ParameterInfo| {
            if gradients { info.parameter.gradient } else { info.parameter.value }
        };
        info.map(|info| to_f64(&memory.read(slot(info))))
    };
    let must = |label: &str| read(label).unwrap_or_else(|| panic!("no parameter {label}"));
    Parameters {
        conv: must("conv2d_0.weight"),
        conv_bias: must("conv2d_0.bias"),
        affine: read("norm_0.affine").unwrap_or_default(),
        hidden: must("linear_0.weight"),
        hidden_bias: must("linear_0.bias"),
        out: must("linear_1.weight"),
        out_bias: must("linear_1.bias"),
    }
}

/// The mask of a step by the paper's hash, as the plan's dropout pass uses it.
fn dropout_mask(plan: &Plan, step: u32) -> Vec<bool> {
    let pass = plan.passes(Section::Train).iter().find(|pass| pass.kernel == Kernel::Dropout).expect("a dropout");
    let DropoutParams { len, layer, threshold, scale } = Params::get(&pass.params);
    assert_eq!((len as usize, scale), (BATCH * 128, 1.25));
    assert_eq!(threshold, 858_993_472, "0.2 (as f32) of 2³²");
    (0..len).map(|i| crate::oracle::dense::pcg3d([i, step, SEED ^ layer])[0] >= threshold).collect()
}

fn plan(norm: Norm) -> PlannedModel {
    ModelSpec::tutorial(norm).plan(BATCH as u32, BATCH as u32).expect("the tutorial net can be planned")
}

fn statistics(method: Option<Method>) -> Statistics<'static> {
    method.map_or(Statistics::None, Statistics::Batch)
}

const EPSILON: f64 = DEFAULT_EPSILON as f64;

#[test]
fn every_gradient_is_the_oracle() {
    let ring = Ring::new();
    let mut failures = Vec::new();
    for (norm, method) in norms() {
        let PlannedModel { plan, train, .. } = plan(norm);
        let memory = start(&plan, &train, &ring);
        let before = parameters(&plan, &memory, false);
        let (images, labels) = ring.of_step(0);
        let kept = dropout_mask(&plan, 0);
        let batch = Batch {
            images: &images,
            labels: &labels,
            kept: Some(&kept),
            statistics: statistics(method),
            epsilon: EPSILON,
        };
        let (loss, mut want) = batch.backward(&before);
        memory.run(plan.passes(Section::Train));
        // Sums over 6,760 inputs and 676 places in f32; losses near 2.3.
        failures
            .extend(check_close(&memory.read(train.results)[..1], &[loss], 0.0, 2e-6, &format!("{norm:?} loss")).err());
        let mut got = parameters(&plan, &memory, true);
        for (i, (got, want)) in got.all_mut().into_iter().zip(want.all_mut()).enumerate() {
            // Every gradient must be within 2e-5 of the largest of its kind: what cancels in a sum is rounded by its
            // terms.
            let largest = want.iter().fold(0.0, |largest: f64, g| largest.max(g.abs()));
            // A norm over each channel cancels the bias: that gradient is rounding in both, of sums of 676.
            let is_cancelled = i == 1 && matches!(norm, Norm::Batch | Norm::Instance);
            let atol = if is_cancelled { 2e-5 } else { 2e-5 * largest };
            let what = format!("{norm:?}, gradient {i}, largest {largest:e}");
            assert!(largest > if is_cancelled { 0.0 } else { 1e-4 }, "{what}: nothing to compare");
            failures.extend(check_close(got, want, atol, 2e-5, &what).err());
        }
    }
    assert_no_failures("gradients of the tutorial net", &failures);
}

#[test]
fn the_oracles_gradients_are_its_differences() {
    let ring = Ring::new();
    let mut failures = Vec::new();
    for (norm, method) in norms() {
        let PlannedModel { plan, train, .. } = plan(norm);
        let point = parameters(&plan, &start(&plan, &train, &ring), false);
        let (images, labels) = ring.of_step(0);
        let kept = dropout_mask(&plan, 0);
        let batch = Batch {
            images: &images,
            labels: &labels,
            kept: Some(&kept),
            statistics: statistics(method),
            epsilon: EPSILON,
        };
        let (_, mut gradients) = batch.backward(&point);
        let mut data = Data::new(41);
        for (i, gradient) in gradients.all_mut().into_iter().enumerate() {
            let direction: Vec<f64> = gradient.iter().map(|_| data.gauss()).collect();
            let moved = |by: f64| {
                let mut point = point.clone();
                point.all_mut()[i].iter_mut().zip(&direction).for_each(|(value, along)| *value += by * along);
                batch.loss(&point)
            };
            // Rounding 1e-15/step = 1e-8; a kink of one of 384 ReLUs within the step has a chance of about 1e-4.
            let step = 1e-7;
            let want = (moved(step) - moved(-step)) / (2.0 * step);
            let got: f64 = gradient.iter().zip(&direction).map(|(g, along)| g * along).sum();
            failures.extend(check_close(&[got], &[want], 1e-7, 1e-6, &format!("{norm:?}, gradient {i}")).err());
        }
    }
    assert_no_failures("oracle of the tutorial net", &failures);
}

#[test]
fn six_steps_of_training_have_the_oracles_losses() {
    let ring = Ring::new();
    for (norm, method) in norms() {
        let PlannedModel { plan, train, .. } = plan(norm);
        let memory = start(&plan, &train, &ring);
        let mut point = parameters(&plan, &memory, false);
        let zeros = || point.clone().all_mut().into_iter().map(|values| vec![0.0; values.len()]).collect::<Vec<_>>();
        let (mut means, mut squares) = (zeros(), zeros());
        let mut want = Vec::new();
        for step in 0..6 {
            memory.run(plan.passes(Section::Train));
            let (images, labels) = ring.of_step(step as usize);
            let kept = dropout_mask(&plan, step);
            let statistics = statistics(method);
            let batch = Batch { images: &images, labels: &labels, kept: Some(&kept), statistics, epsilon: EPSILON };
            let (loss, mut gradients) = batch.backward(&point);
            want.push(loss);
            for (i, (values, gradient)) in point.all_mut().into_iter().zip(gradients.all_mut()).enumerate() {
                crate::oracle::dense::adam(step as i32 + 1, 1e-3, gradient, values, &mut means[i], &mut squares[i]);
            }
        }
        let results = memory.read(train.results);
        let got: Vec<f32> = results.chunks(2).map(|result| result[0]).take(6).collect();
        // Adam's first steps follow the sign of a gradient: where it is only rounding, as for a bias before a norm, f32
        // and f64 diverge by 1e-3 per step. The loss hardly depends on such values.
        assert_close(&got, &want, 1e-4, 1e-3, &format!("{norm:?}: losses"));
        assert!(want.iter().any(|loss| (loss - want[0]).abs() > 0.1), "{norm:?}: nothing happens in {want:?}");
        let clock: Vec<Clock> = bytemuck::pod_collect_to_vec(&memory.read(train.clock));
        assert_eq!(clock[0].step, 6);
    }
}

#[test]
fn evaluation_drops_nothing_and_uses_running_statistics() {
    let ring = Ring::new();
    for (norm, method) in norms() {
        let PlannedModel { plan, train, evaluate, .. } = plan(norm);
        let memory = start(&plan, &train, &ring);
        for _ in 0..3 {
            memory.run(plan.passes(Section::Train));
        }
        let running = memory.buffer("norm_0.running_moments");
        assert_eq!(running.is_some(), norm == Norm::Batch);
        let table = to_f64(&running.unwrap_or_default());
        let mean: Vec<f64> = table.chunks(4).map(|moments| moments[1] + moments[2]).collect();
        let variance: Vec<f64> = table.chunks(4).map(|moments| moments[3] / moments[0]).collect();
        let statistics = if norm == Norm::Batch { Statistics::Running(&mean, &variance) } else { statistics(method) };
        let (images, labels) = ring.of_step(0);
        let batch = Batch { images: &images, labels: &labels, kept: None, statistics, epsilon: EPSILON };
        let point = parameters(&plan, &memory, false);
        let want = batch.forward(&point).logits;
        let (loss, _) = crate::oracle::dense::softmax_cross_entropy(&labels, &want);

        memory.write(evaluate.images, &as_words(&ring.images));
        memory.write(evaluate.labels, &as_words(&ring.labels));
        memory.run(plan.passes(Section::Evaluate));
        // Sums over 6,760 products near 0.1 in f32.
        assert_close(&memory.read(evaluate.logits.slot), &want, 2e-5, 2e-5, &format!("{norm:?}: logits"));
        assert_close(&memory.read(evaluate.results)[..1], &[loss], 2e-5, 2e-5, &format!("{norm:?}: loss"));
        let after = parameters(&plan, &memory, false);
        assert_eq!(after.hidden, point.hidden, "{norm:?}: evaluation changes parameters");
        assert_eq!(
            to_f64(&memory.buffer("norm_0.running_moments").unwrap_or_default()),
            table,
            "{norm:?}: evaluation changes statistics"
        );
    }
}

/// Running statistics after one step: (1 − momentum)·(0, 1) + momentum·(mean, unbiased variance) of the convolution.
#[test]
fn a_step_moves_running_statistics() {
    let ring = Ring::new();
    let PlannedModel { plan, train, .. } = plan(Norm::Batch);
    let memory = start(&plan, &train, &ring);
    let (images, labels) = ring.of_step(0);
    let batch = Batch { images: &images, labels: &labels, kept: None, statistics: Statistics::None, epsilon: EPSILON };
    let mut point = parameters(&plan, &memory, false);
    point.affine.clear();
    let conv = batch.forward(&point).conv;
    let mut want = Vec::new();
    for set in crate::oracle::norm::sets(Method::Batch, [BATCH, N_CHANNELS, 26, 26]) {
        let (mean, variance) = crate::oracle::norm::mean_variance(&conv, &set);
        let n = set.len() as f64;
        want.extend([1.0, 0.01 * mean, 0.0, 0.99 + 0.01 * variance * n / (n - 1.0)]);
    }
    memory.run(plan.passes(Section::Train));
    let got = memory.buffer("norm_0.running_moments").expect("batch norm keeps them");
    // A momentum of 0.01 is off by 2e-8 of itself in f32; a few roundings.
    assert_close(&got, &want, 1e-8, 5e-7, "running moments");
}
