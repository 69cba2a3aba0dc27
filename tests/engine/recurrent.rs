//! The recurrent layer: its forward pass against the definition in f64, its gradients against central differences, and
//! what its norms keep.

use crate::common::cpu::Memory;
use crate::common::{Data, assert_close, assert_no_failures, check_close, to_f64};
use blue_cube::kernel::tick::Clock;
use blue_cube::layer::norm::NormSpec;
use blue_cube::layer::{Cell, Layer, LayerSpec, Mode};
use blue_cube::norm::{DEFAULT_EPSILON, Norm};
use blue_cube::plan::{Plan, PlanBuilder, Section, Slot};
use blue_cube::shape::Shape;
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
    fn new(cell: Cell, norm: Norm) -> Self {
        let mut builder = PlanBuilder::new();
        let x = blue_cube::plan::Tensor { slot: builder.input("x", IMAGE.len()), shape: IMAGE };
        let clock = builder.clock("clock");
        let spec = LayerSpec::RowRnn { units: UNITS, norm: NormSpec::new(norm), cell };
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
    for (cell, norm) in [Cell::Simple, Cell::Gru].into_iter().flat_map(|cell| norms().map(|norm| (cell, norm))) {
        let bench = Bench::new(cell, norm);
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
                // Of fourth order: batch norm's curvature over a few values requires small steps, which f32's rounding
                // of the loss, 1e-7, turns into an error of 1e-5.
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
            let what = format!("{cell:?} {norm:?} {label}");
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
        h = normed(norm, affine.as_deref(), &s, units).into_iter().map(f64::tanh).collect();
    }
    h
}

/// A table of rows of `width` values, normalized in training mode; unchanged without γ and β.
fn normed(norm: Norm, affine: Option<&[f64]>, s: &[f64], width: usize) -> Vec<f64> {
    let Some(affine) = affine else { return s.to_vec() };
    let together = |a: usize, b: usize| match norm {
        Norm::Batch => a % width == b % width,
        Norm::Layer => a / width == b / width,
        _ => a / width == b / width && a % width / (width / 3) == b % width / (width / 3),
    };
    let one = |i: usize| {
        let members: Vec<f64> = (0..s.len()).filter(|&j| together(i, j)).map(|j| s[j]).collect();
        let mean = members.iter().sum::<f64>() / members.len() as f64;
        let variance = members.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / members.len() as f64;
        let at = i % width;
        affine[at] * (s[i] - mean) / (variance + f64::from(DEFAULT_EPSILON)).sqrt() + affine[width + at]
    };
    (0..s.len()).map(one).collect()
}

/// x·w + bias, for tables of rows of `inputs` values.
fn product(x: &[f64], w: &[f64], bias: &[f64], inputs: usize) -> Vec<f64> {
    let width = bias.len();
    let one =
        |row: &[f64], at: usize| row.iter().enumerate().map(|(i, x)| x * w[i * width + at]).sum::<f64>() + bias[at];
    x.chunks(inputs).flat_map(|row| (0..width).map(move |at| one(row, at))).collect()
}

/// Keras' GRU with `reset_after=True`, with norms of both products.
fn gated_states(norm: Norm, memory: &Memory<'_>, bench: &Bench) -> Vec<f64> {
    let of = |label: &str| {
        let info = bench.plan.parameters().iter().find(|info| info.label == format!("layer.{label}"));
        info.map(|info| to_f64(&memory.read(info.parameter.value)))
    };
    let [w, b, u, d] =
        ["weight", "bias", "recurrent", "recurrent_bias"].map(|label| of(label).expect("every layer has it"));
    let affines = [of("norm_input.affine"), of("norm_state.affine")];
    let x = to_f64(&memory.read(bench.x));
    let [n, units, inputs, n_steps] = [IMAGE.n, UNITS, IMAGE.w, IMAGE.h].map(|axis| axis as usize);
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    let mut h = vec![0.0; n * units];
    for t in 0..n_steps {
        let rows: Vec<f64> = (0..n).flat_map(|image| x[(image * n_steps + t) * inputs..][..inputs].to_vec()).collect();
        let a = normed(norm, affines[0].as_deref(), &product(&rows, &w, &b, inputs), 3 * units);
        let of_h = normed(norm, affines[1].as_deref(), &product(&h, &u, &d, units), 3 * units);
        h = (0..n * units)
            .map(|i| {
                let at = |gate: usize| (i / units * 3 + gate) * units + i % units;
                let (z, r) = (sigmoid(a[at(0)] + of_h[at(0)]), sigmoid(a[at(1)] + of_h[at(1)]));
                z * h[i] + (1.0 - z) * (a[at(2)] + r * of_h[at(2)]).tanh()
            })
            .collect();
    }
    h
}

#[test]
fn the_last_gated_state_is_that_of_the_definition() {
    for norm in norms() {
        let bench = Bench::new(Cell::Gru, norm);
        let memory = Memory::new(&bench.plan, 1);
        fill(&bench, &memory);
        bench.loss(&memory);
        // As in the simple layer.
        assert_close(&memory.read(bench.y), &gated_states(norm, &memory, &bench), 2e-4, 0.0, &format!("{norm:?}"));
    }
}

#[test]
fn the_last_state_is_that_of_the_definition() {
    for norm in norms() {
        let bench = Bench::new(Cell::Simple, norm);
        let memory = Memory::new(&bench.plan, 1);
        fill(&bench, &memory);
        bench.loss(&memory);
        // Five steps of rounding, through slopes of up to about 10 in batch norm over three values.
        assert_close(&memory.read(bench.y), &states(norm, &memory, &bench), 2e-4, 0.0, &format!("{norm:?}"));
    }
}

#[test]
fn the_clock_is_of_no_account() {
    let bench = Bench::new(Cell::Simple, Norm::Layer);
    let memory = Memory::new(&bench.plan, 1);
    fill(&bench, &memory);
    let before = bench.loss(&memory);
    let clock = bench.plan.kept().find(|(label, _)| *label == "clock").expect("made").1;
    let later = Clock { step: 9, ..Clock::default() };
    memory.write(clock, bytemuck::cast_slice(bytemuck::bytes_of(&later)));
    assert_eq!(bench.loss(&memory).to_bits(), before.to_bits());
}
