//! Backward passes against central differences of forward passes, layer by layer on the CPU.
//!
//! Layers that are linear between their kinks are tested on a grid on which f32 and the difference quotient are exact,
//! and compared with `==`; the norms with a tolerance.

use crate::common::cpu::Memory;
use crate::common::nets::MIXED;
use crate::common::{Data, assert_no_failures, axes, check_close, to_f64};
use crate::oracle::norm::Method;
use blue_cube::grouping::tiling::Axis;
use blue_cube::kernel::tick::Clock;
use blue_cube::layer::norm::NormSpec;
use blue_cube::layer::{Layer, LayerSpec, Mode, Padding, WeightInit};
use blue_cube::moments::Moments;
use blue_cube::norm::{AxesNorm, DEFAULT_EPSILON, Norm};
use blue_cube::plan::parameter::Regularizer;
use blue_cube::plan::{Plan, PlanBuilder, Section, Slot, Tensor};
use blue_cube::shape::Shape;
use std::num::NonZeroU32;

/// One layer between two inputs. The plan's first section is the forward pass, its second the backward pass.
struct Bench {
    plan: Plan,
    x: Slot,
    y: Tensor,
    dy: Slot,
    dx: Slot,
    clock: Slot,
}

impl Bench {
    fn new(spec: LayerSpec, shape: Shape) -> Self {
        Self::in_mode(spec, shape, false)
    }

    fn in_mode(spec: LayerSpec, shape: Shape, in_evaluation: bool) -> Self {
        let mut builder = PlanBuilder::new();
        let x = Tensor { slot: builder.input("x", shape.len()), shape };
        let clock = builder.clock("clock");
        let (layer, out) = Layer::new(&mut builder, spec, "layer", shape).expect("the layer fits");
        let mode = if in_evaluation { Mode::Evaluate } else { Mode::Train { clock } };
        let activation = layer.forward(&mut builder, x, mode).expect("the batch fits");
        builder.begin_evaluation();
        let dy = Tensor { slot: builder.input("dy", out.len()), shape: out };
        let dx = layer.backward(&mut builder, &activation, dy, clock, true).expect("asked for");
        assert_eq!((activation.y.shape, dx.shape), (out, shape), "shapes of {spec:?}");
        let plan = builder.finish().expect("the plan holds");
        Self { plan, x: x.slot, y: activation.y, dy: dy.slot, dx: dx.slot, clock }
    }

    /// What can be varied, with a name, and where its gradient is: x, then the parameters.
    fn variables(&self) -> Vec<(String, Slot, Slot)> {
        let parameters = self
            .plan
            .parameters()
            .iter()
            .map(|info| (info.label.clone(), info.parameter.value, info.parameter.gradient));
        std::iter::once(("x".to_owned(), self.x, self.dx)).chain(parameters).collect()
    }

    fn forward(&self, memory: &Memory<'_>) -> Vec<f32> {
        memory.run(self.plan.passes(Section::Train));
        memory.read(self.y.slot)
    }

    /// Σ y·dy in f64.
    fn loss(&self, memory: &Memory<'_>) -> f64 {
        let dy = memory.read(self.dy);
        self.forward(memory).iter().zip(dy).map(|(&y, dy)| f64::from(y) * f64::from(dy)).sum()
    }

    /// Runs forward, then backward with stale gradients, which must be overwritten.
    fn backward(&self, memory: &Memory<'_>) {
        self.forward(memory);
        for (_, _, gradient) in self.variables() {
            memory.write(gradient, &vec![77.0; memory.read(gradient).len()]);
        }
        memory.run(self.plan.passes(Section::Evaluate));
    }

    /// ∂loss/∂value by a stencil of (offset in steps, weight) pairs.
    fn slopes(&self, memory: &Memory<'_>, value: Slot, step: f32, stencil: &[(f32, f64)]) -> Vec<f64> {
        let start = memory.read(value);
        let mut moved = start.clone();
        let mut slopes = Vec::new();
        for i in 0..start.len() {
            let mut slope = 0.0;
            for (offset, weight) in stencil {
                moved[i] = start[i] + offset * step;
                memory.write(value, &moved);
                slope += weight * self.loss(memory);
            }
            moved[i] = start[i];
            slopes.push(slope / f64::from(step));
        }
        memory.write(value, &start);
        slopes
    }
}

/// (f(+1) − f(−1))/2: exact for linear functions.
const CENTRAL: [(f32, f64); 2] = [(1.0, 0.5), (-1.0, -0.5)];

/// (8·(f(1) − f(−1)) − (f(2) − f(−2)))/12: its error is step⁴·f⁽⁵⁾/30.
const FOURTH_ORDER: [(f32, f64); 4] = [(1.0, 8.0 / 12.0), (-1.0, -8.0 / 12.0), (2.0, -1.0 / 12.0), (-2.0, 1.0 / 12.0)];

/// The failures of a layer whose gradients on quarters are exact.
fn exact_failures(what: &str, spec: LayerSpec, shape: Shape, x: &[f32], step: f32) -> Vec<String> {
    let bench = Bench::new(spec, shape);
    let memory = Memory::new(&bench.plan, 1);
    let mut data = Data::new(30);
    memory.write(bench.x, x);
    memory.write(bench.dy, &data.quarters(bench.y.shape.len() as usize, 2));
    for (_, value, _) in bench.variables().into_iter().skip(1) {
        memory.write(value, &data.quarters(memory.read(value).len(), 2));
    }
    bench.backward(&memory);
    let mut failures = Vec::new();
    for (name, value, gradient) in bench.variables() {
        let got = memory.read(gradient);
        let want = bench.slopes(&memory, value, step, &CENTRAL);
        failures.extend(check_close(&got, &want, 0.0, 0.0, &format!("{what} on {shape}: gradient of {name}")).err());
    }
    failures
}

#[test]
fn convolution() {
    let mut failures = Vec::new();
    let init = WeightInit::GlorotUniform;
    for (shape, channels, kernel, padding) in [
        (Shape::new(2, 1, 5, 4), 3, 3, Padding::Valid),
        (Shape::new(1, 3, 4, 6), 2, 2, Padding::Valid),
        (Shape::new(1, 1, 3, 3), 1, 3, Padding::Valid),
        (Shape::new(3, 2, 1, 1), 5, 1, Padding::Valid),
        (Shape::new(2, 2, 4, 3), 3, 3, Padding::Same),
        (Shape::new(1, 1, 2, 5), 2, 5, Padding::Same),
        (Shape::new(2, 3, 1, 1), 1, 3, Padding::Same),
    ] {
        let x = Data::new(31).quarters(shape.len() as usize, 2);
        let spec = LayerSpec::Conv2d { channels, kernel, padding, init, regularizer: Regularizer::default() };
        failures.extend(exact_failures(&format!("{padding:?} {kernel}×{kernel}"), spec, shape, &x, 1.0));
    }
    assert_no_failures("convolution", &failures);
}

#[test]
fn linear() {
    let mut failures = Vec::new();
    for (shape, features) in
        [(Shape::table(1, 1), 1), (Shape::table(3, 7), 5), (Shape::table(9, 65), 3), (Shape::new(2, 3, 2, 2), 9)]
    {
        let x = Data::new(32).quarters(shape.len() as usize, 2);
        let spec = LayerSpec::Linear { features, init: WeightInit::HeNormal, regularizer: Regularizer::default() };
        failures.extend(exact_failures(&format!("{features} features"), spec, shape, &x, 1.0));
    }
    assert_no_failures("linear", &failures);
}

#[test]
fn relu_and_flatten() {
    let mut failures = Vec::new();
    for shape in [Shape::new(1, 1, 1, 1), Shape::new(3, 5, 3, 7)] {
        // No value is closer to the kink than ⅛, twice the step.
        let x: Vec<f32> = Data::new(33).quarters(shape.len() as usize, 2).iter().map(|x| x + 0.125).collect();
        failures.extend(exact_failures("relu", LayerSpec::Relu, shape, &x, 0.0625));
    }
    assert_no_failures("relu", &failures);
}

#[test]
fn relu_has_slope_0_at_0() {
    let bench = Bench::new(LayerSpec::Relu, Shape::table(1, 3));
    let memory = Memory::new(&bench.plan, 1);
    memory.write(bench.x, &[0.0, -0.0, 1.0]);
    memory.write(bench.dy, &[5.0, 5.0, 5.0]);
    bench.backward(&memory);
    assert_eq!(memory.read(bench.dx), [0.0, 0.0, 5.0]);
}

#[test]
fn max_pooling() {
    let mut failures = Vec::new();
    for (shape, size) in [
        (Shape::new(1, 1, 2, 2), 2),
        (Shape::new(2, 3, 4, 6), 2),
        (Shape::new(2, 2, 5, 7), 2),
        (Shape::new(1, 2, 7, 4), 3),
        (Shape::new(3, 1, 3, 3), 1),
    ] {
        // Distinct quarters: the largest of a window stays the largest under steps of 1/16.
        let order = Data::new(34).shuffled(shape.len() as usize);
        let x: Vec<f32> = order.iter().map(|&i| i as f32 / 4.0 - 8.0).collect();
        failures.extend(exact_failures(&format!("window {size}"), LayerSpec::MaxPool { size }, shape, &x, 0.0625));
    }
    assert_no_failures("max-pool", &failures);
}

fn at_step(step: u32, seed: u32) -> Vec<f32> {
    bytemuck::pod_collect_to_vec(&[Clock { step, seed, ..Clock::default() }])
}

/// Which values a dropout layer keeps, forward, and by its gradient.
fn masks(rate: f32, shape: Shape, clock: &[f32]) -> [Vec<bool>; 2] {
    let bench = Bench::new(LayerSpec::Dropout { rate }, shape);
    let memory = Memory::new(&bench.plan, 1);
    memory.write(bench.clock, clock);
    memory.write(bench.x, &vec![1.0; shape.len() as usize]);
    memory.write(bench.dy, &vec![1.0; shape.len() as usize]);
    bench.backward(&memory);
    let scale = 1.0 / (1.0 - rate);
    [memory.read(bench.y.slot), memory.read(bench.dx)].map(|values| {
        assert!(values.iter().all(|&value| value == 0.0 || value == scale), "values other than 0 and {scale}");
        values.iter().map(|&value| value != 0.0).collect()
    })
}

#[test]
fn dropout_takes_the_same_mask_forward_and_backward() {
    let mut failures = Vec::new();
    // 1/(1 − ½) and 1/(1 − ¾) are powers of two: nothing is rounded.
    for (shape, rate) in [(Shape::new(3, 5, 3, 7), 0.5), (Shape::table(9, 65), 0.75), (Shape::table(1, 64), 0.0)] {
        let x = Data::new(35).quarters(shape.len() as usize, 2);
        failures.extend(exact_failures(&format!("rate {rate}"), LayerSpec::Dropout { rate }, shape, &x, 1.0));
    }
    assert_no_failures("dropout", &failures);
    let shape = Shape::table(100, 128);
    for rate in [0.2, 0.5] {
        let [forward, backward] = masks(rate, shape, &at_step(3, 9));
        assert_eq!(forward, backward, "rate {rate}");
    }
}

#[test]
fn dropout_masks_have_the_stated_rate_and_change() {
    let shape = Shape::table(100, 128);
    for rate in [0.0, 0.2, 0.5, 0.9] {
        let [kept, _] = masks(rate, shape, &at_step(0, 1));
        let share = kept.iter().filter(|&&kept| kept).count() as f64 / kept.len() as f64;
        let wanted = 1.0 - f64::from(rate);
        // Four standard deviations of a binomial share of 12,800 values.
        let tolerance = 4.0 * (wanted * f64::from(rate) / 12_800.0).sqrt() + 1e-9;
        assert!((share - wanted).abs() <= tolerance, "rate {rate}: kept {share}");
    }
    let [mask, _] = masks(0.5, shape, &at_step(0, 1));
    for (step, seed) in [(1, 1), (0, 2), (1000, 1)] {
        let [other, _] = masks(0.5, shape, &at_step(step, seed));
        let n_same = mask.iter().zip(&other).filter(|(a, b)| a == b).count();
        // Independent masks agree in half of 12,800 values, to four standard deviations of 57.
        assert!((n_same as f64 - 6400.0).abs() < 230.0, "step {step}, seed {seed}: {n_same} of 12,800 alike");
    }
}

fn norms() -> Vec<(Norm, Method)> {
    let group = |groups| Norm::Group { groups: NonZeroU32::new(groups).expect("not zero") };
    vec![
        (Norm::Batch, Method::Batch),
        (Norm::Layer, Method::Layer),
        (Norm::Instance, Method::Instance),
        (group(1), Method::Group(1)),
        (group(2), Method::Group(2)),
        (group(6), Method::Group(6)),
    ]
}

fn norm_spec(norm: Norm) -> LayerSpec {
    LayerSpec::Norm(NormSpec::new(norm))
}

/// Random x, dy, parameters and running statistics in the memory of a norm layer.
fn fill(bench: &Bench, memory: &Memory<'_>, seed: u64) {
    let mut data = Data::new(seed);
    let len = bench.y.shape.len() as usize;
    memory.write(bench.x, &data.normal(len, 0.5, 1.0));
    memory.write(bench.dy, &data.normal(len, 0.0, 1.0));
    for (_, value, _) in bench.variables().into_iter().skip(1) {
        memory.write(value, &data.normal(memory.read(value).len(), 0.5, 1.0));
    }
    if let Some((_, running)) = bench.plan.kept().find(|(label, _)| label.ends_with("running_moments")) {
        let mut draw =
            |_| Moments { count: 1.0, origin: data.gauss() as f32, offset: 0.0, m2: 0.2 + data.unit() as f32 };
        let moments: Vec<Moments> = (0..bench.y.shape.c).map(&mut draw).collect();
        memory.write(running, bytemuck::cast_slice(&moments));
    }
}

/// Norms over axes, with γ per channel, of the reduced shape and a single one; with at least five values per mean, so
/// that the stencil holds.
fn axes_norms() -> Vec<Norm> {
    use Axis::{C, H, N, W};
    let groups = NonZeroU32::new(2).expect("not zero");
    vec![
        Norm::Axes(AxesNorm::over(&[C])),
        Norm::Axes(AxesNorm::over(&[C, H])),
        Norm::Axes(AxesNorm::over(&[C, H, W])),
        Norm::Axes(AxesNorm::instance_as_written()),
        Norm::Axes(AxesNorm::over(&[N, W])),
        Norm::Axes(AxesNorm { groups, ..AxesNorm::over(&[N, C, W]) }),
        Norm::Axes(AxesNorm { groups, ..AxesNorm::over(&[C, H, W]) }),
        Norm::Rms(AxesNorm::over(&[C])),
        Norm::Rms(AxesNorm::over(&[H, W])),
        Norm::Rms(AxesNorm { groups, ..AxesNorm::over(&[N, C]) }),
    ]
}

#[test]
fn every_norm() {
    let mut failures = Vec::new();
    let norms = norms().into_iter().map(|(norm, _)| norm).chain(MIXED).chain(axes_norms());
    for (norm, in_evaluation) in norms.flat_map(|norm| [false, true].map(|mode| (norm, mode))) {
        for shape in [Shape::new(3, 6, 3, 3), Shape::new(1, 6, 5, 3), Shape::new(5, 6, 1, 7)] {
            let bench = Bench::in_mode(norm_spec(norm), shape, in_evaluation);
            let memory = Memory::new(&bench.plan, 1);
            fill(&bench, &memory, 36);
            bench.backward(&memory);
            for (name, value, gradient) in bench.variables() {
                let got = memory.read(gradient);
                let want = bench.slopes(&memory, value, 0.03125, &FOURTH_ORDER);
                // y is rounded to 1e-7 of values near 2, over up to 162 of them: 3e-6 of the loss, 1e-4 after division
                // by the step of 1/32. The stencil's own error is 3e-8·f⁽⁵⁾, f⁽⁵⁾ ~ 5!/σ⁵ for small groups: 1e-4 too.
                let what = format!("{norm:?} on {shape}, evaluation {in_evaluation}: gradient of {name}");
                failures.extend(check_close(&got, &want, 4e-4, 1e-3, &what).err());
            }
        }
    }
    assert_no_failures("norms against differences", &failures);
}

#[test]
fn every_norm_layer_is_the_oracle() {
    let mut failures = Vec::new();
    let shapes = [(1, 6, 1, 1), (3, 6, 3, 3), (2, 6, 28, 28), (65, 6, 1, 1), (5, 6, 9, 7), (1, 6, 1, 63)];
    for (norm, method) in norms() {
        for shape in shapes.map(|(n, c, h, w)| Shape::new(n, c, h, w)) {
            let bench = Bench::new(norm_spec(norm), shape);
            let memory = Memory::new(&bench.plan, 1);
            fill(&bench, &memory, 37);
            bench.backward(&memory);
            let [x, dy] = [bench.x, bench.dy].map(|slot| to_f64(&memory.read(slot)));
            let (_, affine, daffine) = bench.variables().swap_remove(1);
            let affine = to_f64(&memory.read(affine));
            let (gamma, beta) = affine.split_at(6);
            let epsilon = f64::from(DEFAULT_EPSILON);
            let y = crate::oracle::norm::forward(method, axes(shape), epsilon, &x, gamma, beta);
            let want = crate::oracle::norm::backward(method, axes(shape), epsilon, &x, gamma, &dy);
            let what = format!("{norm:?} on {shape}");
            // About ten roundings of values up to 10 in y. A gradient is a multiple of rstd, which is up to 1/√ε = 316
            // where the values of a group are few and alike. Sums over up to 1,568 values per channel for γ and β.
            let deviation = |set: &Vec<usize>| (crate::oracle::norm::mean_variance(&x, set).1 + epsilon).sqrt();
            let narrowest = crate::oracle::norm::sets(method, axes(shape)).iter().map(deviation).fold(1.0, f64::min);
            failures.extend(check_close(&memory.read(bench.y.slot), &y, 1e-5, 4e-6, &format!("y, {what}")).err());
            failures.extend(
                check_close(&memory.read(bench.dx), &want.x, 4e-6 / narrowest, 2e-5, &format!("dx, {what}")).err(),
            );
            let want_affine = [want.gamma, want.beta].concat();
            failures
                .extend(check_close(&memory.read(daffine), &want_affine, 2e-4, 1e-5, &format!("dγ dβ, {what}")).err());
        }
    }
    assert_no_failures("norm layers against the oracle", &failures);
}

#[test]
fn no_norm_changes_nothing() {
    let shape = Shape::new(2, 3, 3, 3);
    let mut builder = PlanBuilder::new();
    let x = Tensor { slot: builder.input("x", shape.len()), shape };
    let (layer, _) = Layer::new(&mut builder, norm_spec(Norm::None), "norm", shape).unwrap();
    let activation = layer.forward(&mut builder, x, Mode::Evaluate).unwrap();
    assert_eq!(activation.y, x);
    assert_eq!(builder.finish().unwrap().n_parameters(), 0);
}
