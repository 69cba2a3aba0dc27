//! The recurrent layer: its forward pass against the definition in f64, its gradients against central differences, and
//! what its norms keep.

#![cfg(not(target_arch = "wasm32"))]

mod common;

use blue_cube::kernel::tick::Clock;
use blue_cube::layer::norm::NormSpec;
use blue_cube::layer::{Layer, LayerSpec, Mode};
use blue_cube::norm::{DEFAULT_EPSILON, Norm};
use blue_cube::plan::{Plan, PlanBuilder, Section, Slot};
use blue_cube::shape::Shape;
use common::cpu::Memory;
use common::{Data, assert_close, assert_no_failures, check_close, to_f64};
use std::num::NonZeroU32;

const IMAGE: Shape = Shape { n: 5, c: 1, h: 5, w: 4 };
const UNITS: u32 = 6;

struct Bench {
    plan: Plan,
    x: Slot,
    y: Slot,
    dy: Slot,
    dx: Slot,
}

impl Bench {
    fn new(norm: Norm) -> Self {
        let mut builder = PlanBuilder::new();
        let x = blue_cube::plan::Tensor { slot: builder.input("x", IMAGE.len()), shape: IMAGE };
        let clock = builder.clock("clock");
        let spec = LayerSpec::RowRnn { units: UNITS, norm: NormSpec::new(norm) };
        let (layer, out) = Layer::new(&mut builder, spec, "layer", IMAGE).expect("the layer fits");
        assert_eq!(out, Shape::table(IMAGE.n, UNITS));
        let activation = layer.forward(&mut builder, x, Mode::Train { clock }).expect("the batch fits");
        builder.begin_evaluation();
        let dy = blue_cube::plan::Tensor { slot: builder.input("dy", out.len()), shape: out };
        let dx = layer.backward(&mut builder, &activation, dy, clock, true).expect("asked for");
        assert_eq!(dx.shape, IMAGE);
        let plan = builder.finish().expect("the plan holds");
        Self { plan, x: x.slot, y: activation.y.slot, dy: dy.slot, dx: dx.slot }
    }

    fn loss(&self, memory: &Memory<'_>) -> f64 {
        memory.run(self.plan.passes(Section::Train));
        let (y, dy) = (memory.read(self.y), memory.read(self.dy));
        y.iter().zip(dy).map(|(&y, dy)| f64::from(y) * f64::from(dy)).sum()
    }
}

fn norms() -> [Norm; 4] {
    let group = Norm::Group { groups: NonZeroU32::new(3).expect("not zero") };
    [Norm::None, Norm::Batch, Norm::Layer, group]
}

fn fill(bench: &Bench, memory: &Memory<'_>) {
    let mut data = Data::new(510);
    memory.write(bench.x, &data.normal(IMAGE.len() as usize, 0.0, 1.0));
    memory.write(bench.dy, &data.normal((IMAGE.n * UNITS) as usize, 0.0, 1.0));
    for info in bench.plan.parameters() {
        let value = info.parameter.value;
        memory.write(value, &data.normal(memory.read(value).len(), 0.3, 0.5));
    }
}

#[test]
fn every_gradient_is_the_central_difference() {
    let mut failures = Vec::new();
    for norm in norms() {
        let bench = Bench::new(norm);
        let memory = Memory::new(&bench.plan, 1);
        fill(&bench, &memory);
        bench.loss(&memory);
        memory.run(bench.plan.passes(Section::Evaluate));
        let parameters = bench.plan.parameters().iter();
        let parameters = parameters.map(|info| (info.label.as_str(), info.parameter.value, info.parameter.gradient));
        for (label, value, gradient) in std::iter::once(("x", bench.x, bench.dx)).chain(parameters) {
            let got = memory.read(gradient);
            let start = memory.read(value);
            let mut want = Vec::new();
            for i in 0..start.len() {
                // Of fourth order: batch norm's curvature over a few values asks for small steps, which f32's rounding of
                // the loss, 1e-7, makes an error of 1e-5.
                let step = 1.0 / 128.0;
                let at = |offset: f32| {
                    let mut moved = start.clone();
                    moved[i] += offset * step;
                    memory.write(value, &moved);
                    bench.loss(&memory)
                };
                let slope = (8.0 * (at(1.0) - at(-1.0)) - (at(2.0) - at(-2.0))) / (12.0 * f64::from(step));
                want.push(slope);
            }
            memory.write(value, &start);
            let largest = want.iter().fold(0.0_f64, |largest, slope| largest.max(slope.abs()));
            let what = format!("{norm:?} {label}");
            failures.extend(check_close(&got, &want, 1e-3 * largest.max(1.0), 1e-3, &what).err());
        }
    }
    assert_no_failures("gradients", &failures);
}

/// h_t = tanh(γ·(s − mean)/√(variance + ε) + β) with s = x_t·W + b + h_{t−1}·U, the mean over `members` of a state.
fn states(norm: Norm, memory: &Memory<'_>, bench: &Bench) -> Vec<f64> {
    let of = |label: &str| {
        let info = bench.plan.parameters().iter().find(|info| info.label == label);
        info.map(|info| to_f64(&memory.read(info.parameter.value)))
    };
    let [weights, recurrent, bias] =
        ["layer.weight", "layer.recurrent", "layer.bias"].map(|label| of(label).expect("made"));
    let affine = of("layer.norm.affine");
    let x = to_f64(&memory.read(bench.x));
    let [n, units, inputs, n_steps] = [IMAGE.n, UNITS, IMAGE.w, IMAGE.h].map(|axis| axis as usize);
    let mut h = vec![0.0; n * units];
    for t in 0..n_steps {
        let mut s = Vec::new();
        for (image, unit) in (0..n).flat_map(|image| (0..units).map(move |unit| (image, unit))) {
            let row = &x[(image * n_steps + t) * inputs..][..inputs];
            let of_x: f64 = row.iter().enumerate().map(|(i, x)| x * weights[i * units + unit]).sum();
            let of_h: f64 = (0..units).map(|i| h[image * units + i] * recurrent[i * units + unit]).sum();
            s.push(of_x + of_h + bias[unit]);
        }
        let together = |a: usize, b: usize| match norm {
            Norm::Batch => a % units == b % units,
            Norm::Layer => a / units == b / units,
            _ => a / units == b / units && a % units / 2 == b % units / 2,
        };
        let normed = |i: usize| {
            let Some(affine) = &affine else { return s[i] };
            let members: Vec<f64> = (0..s.len()).filter(|&j| together(i, j)).map(|j| s[j]).collect();
            let mean = members.iter().sum::<f64>() / members.len() as f64;
            let variance = members.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / members.len() as f64;
            let unit = i % units;
            affine[unit] * (s[i] - mean) / (variance + f64::from(DEFAULT_EPSILON)).sqrt() + affine[units + unit]
        };
        h = (0..s.len()).map(|i| normed(i).tanh()).collect();
    }
    h
}

#[test]
fn the_last_state_is_that_of_the_definition() {
    for norm in norms() {
        let bench = Bench::new(norm);
        let memory = Memory::new(&bench.plan, 1);
        fill(&bench, &memory);
        bench.loss(&memory);
        // Five steps of roundings, through slopes of up to about 10 of batch norm over three values.
        assert_close(&memory.read(bench.y), &states(norm, &memory, &bench), 2e-4, 0.0, &format!("{norm:?}"));
    }
}

#[test]
fn the_clock_is_of_no_account() {
    let bench = Bench::new(Norm::Layer);
    let memory = Memory::new(&bench.plan, 1);
    fill(&bench, &memory);
    let before = bench.loss(&memory);
    let clock = bench.plan.kept().find(|(label, _)| *label == "clock").expect("made").1;
    let later = Clock { step: 9, ..Clock::default() };
    memory.write(clock, bytemuck::cast_slice(bytemuck::bytes_of(&later)));
    assert_eq!(bench.loss(&memory).to_bits(), before.to_bits());
}
