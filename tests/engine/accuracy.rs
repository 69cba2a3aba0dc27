//! The error table in the README: every norm on every engine against f64. `cargo xtask accuracy` prints it.

use crate::boxes::oracle as oracle_of_boxes;
use crate::common::hard::{Hard, devices, hard_tensors};
use crate::common::nets::fitted;
use crate::common::{Data, assert_no_failures, axes, to_f64};
use crate::oracle::mixed::{self, Mixed};
use crate::oracle::norm::{self as planes, Method};
use blue_cube::exec::DeviceChoice;
use blue_cube::grouping::tiling::Axis::{self, C, H, N, W};
use blue_cube::norm::{AxesNorm, DEFAULT_EPSILON, Norm, NormKind};
use blue_cube::normalize::{Mixture, NormOptions, normalize, normalize_backward};
use blue_cube::shape::Shape;
use std::num::NonZeroU32;

const EPSILON: f64 = DEFAULT_EPSILON as f64;

/// The outputs of a norm, in the order of the table's columns: y, dx, dγ, dβ, and the gradient of ρ or of the logits.
type Outcome = [Vec<f64>; 5];

const COLUMNS: [&str; 5] = ["y", "dx", "dγ", "dβ", "dρ, dw"];

/// A number below this is no basis for a relative error: a gradient may be nothing but rounding.
const SMALLEST_MEASURE: f64 = 0.01;

/// A row of the table: a norm, and how to make it for tensors of a given shape.
struct Row {
    name: &'static str,
    norm: fn(Shape) -> Norm,
}

fn group_count(shape: Shape) -> NonZeroU32 {
    NonZeroU32::new(if shape.c.is_multiple_of(3) { 3 } else { 1 }).unwrap()
}

/// A third of the images, or all of them.
fn part(shape: Shape) -> NonZeroU32 {
    NonZeroU32::new(if shape.n.is_multiple_of(3) { shape.n / 3 } else { shape.n }).unwrap()
}

fn over(axes: &[Axis]) -> AxesNorm {
    AxesNorm::over(axes)
}

const ROWS: [Row; 14] = [
    Row { name: "batch", norm: |_| Norm::Batch },
    Row { name: "layer", norm: |_| Norm::Layer },
    Row { name: "instance", norm: |_| Norm::Instance },
    Row { name: "group, 3", norm: |shape| Norm::Group { groups: group_count(shape) } },
    Row { name: "batch-instance", norm: |_| Norm::BatchInstance },
    Row { name: "switchable", norm: |_| Norm::Switchable },
    Row { name: "axes C (Keras, axis 3)", norm: |_| Norm::Axes(over(&[C])) },
    Row { name: "axes H (Keras, axis 1)", norm: |_| Norm::Axes(over(&[H])) },
    Row { name: "axes C, H, W, γ per element", norm: |_| Norm::Axes(over(&[C, H, W])) },
    Row {
        name: "axes N, W in 3 groups",
        norm: |shape| Norm::Axes(AxesNorm { groups: group_count(shape), ..over(&[N, C, W]) }),
    },
    Row { name: "rms over C", norm: |_| Norm::Rms(over(&[C])) },
    Row { name: "rms over C, H, W", norm: |_| Norm::Rms(over(&[C, H, W])) },
    Row { name: "ghost batch, a third", norm: |shape| Norm::GhostBatch { size: part(shape) } },
    Row {
        name: "sync batch, all devices",
        norm: |shape| Norm::SyncBatch { devices: NonZeroU32::new(shape.n).unwrap() },
    },
];

type NamedNorm = (&'static str, Box<dyn Fn(Shape) -> Norm>);

/// The rows above, and every norm of the catalogue that they leave out.
fn rows() -> Vec<NamedNorm> {
    let known = ROWS.map(|Row { name, norm }| (name, Box::new(norm) as Box<dyn Fn(Shape) -> Norm>));
    let is_known =
        |kind: &NormKind| *kind == NormKind::None || known.iter().any(|(_, norm)| norm(TINY).kind() == *kind);
    let others: Vec<NamedNorm> = NormKind::ALL.into_iter().filter(|kind| !is_known(kind)).map(other).collect();
    known.into_iter().chain(others).collect()
}

/// A norm with its first numbers, as near to them as the shape allows.
fn other(kind: NormKind) -> NamedNorm {
    (kind.name(), Box::new(move |shape: Shape| fitted(kind, shape.n, shape.c)))
}

const TINY: Shape = Shape { n: 1, c: 1, h: 1, w: 1 };

/// Random parameters of a norm.
struct Drawn {
    gamma: Vec<f32>,
    beta: Vec<f32>,
    rho: Vec<f32>,
    logits: [[f32; 3]; 2],
    dy: Vec<f32>,
}

impl Drawn {
    fn new(norm: Norm, shape: Shape) -> Self {
        let mut data = Data::new(530);
        let boxes = norm.boxes().map(|axes| oracle_of_boxes(axes, norm.kind().centers(), shape).affine_sets().len());
        let len = boxes.unwrap_or(shape.c as usize);
        let [gamma, beta] = [1.0, 0.0].map(|mean| data.normal(len, mean, 0.3));
        let logits = [(); 2].map(|()| [(); 3].map(|()| data.gauss() as f32));
        let rho = data.uniform(shape.c as usize, 0.0, 1.0);
        Self { gamma, beta, rho, logits, dy: data.normal(shape.len() as usize, 0.0, 1.0) }
    }

    fn measured(&self, norm: Norm, hard: &Hard, device: DeviceChoice) -> Outcome {
        let [mean_logits, variance_logits] = self.logits.map(Some);
        let options = NormOptions {
            gamma: Some(&self.gamma),
            beta: Some(&self.beta),
            mixture: Mixture { rho: Some(&self.rho), mean_logits, variance_logits },
            device,
            ..NormOptions::new(norm)
        };
        let y = pollster::block_on(normalize(&hard.x, hard.shape, &options)).unwrap().y;
        let got = pollster::block_on(normalize_backward(&hard.x, &self.dy, hard.shape, &options)).unwrap();
        [y, got.dx, got.dgamma, got.dbeta, got.dmixture].map(|values| to_f64(&values))
    }

    fn exact(&self, norm: Norm, hard: &Hard) -> Outcome {
        let (x, dy, gamma, beta) = (to_f64(&hard.x), to_f64(&self.dy), to_f64(&self.gamma), to_f64(&self.beta));
        let of_planes = |method| {
            let shape = axes(hard.shape);
            let gradients = planes::backward(method, shape, EPSILON, &x, &gamma, &dy);
            let y = planes::forward(method, shape, EPSILON, &x, &gamma, &beta);
            [y, gradients.x, gradients.gamma, gradients.beta, vec![]]
        };
        let of_boxes = |norm, centers| {
            let oracle = oracle_of_boxes(norm, centers, hard.shape);
            let gradients = oracle.backward(&x, &gamma, &dy);
            [oracle.forward(&x, &gamma, &beta), gradients.x, gradients.gamma, gradients.beta, vec![]]
        };
        let mixed = |mixture| {
            let shape = axes(hard.shape);
            let (gamma, beta) = (gamma.clone(), beta.clone());
            let oracle = Mixed { mixture, shape, epsilon: EPSILON, gamma, beta, running: None };
            let mixed::Gradients { x: dx, gamma, beta, mixture } = oracle.backward(&x, &dy);
            [oracle.forward(&x), dx, gamma, beta, mixture]
        };
        if let Some(axes) = norm.boxes() {
            return of_boxes(axes, norm.kind().centers());
        }
        match norm {
            Norm::Batch | Norm::SyncBatch { .. } => of_planes(Method::Batch),
            Norm::Layer => of_planes(Method::Layer),
            Norm::Instance => of_planes(Method::Instance),
            Norm::Group { groups } => of_planes(Method::Group(groups.get() as usize)),
            Norm::GhostBatch { size } => of_planes(Method::Tile(size.get() as usize, 1)),
            Norm::BatchInstance => mixed(mixed::Mixture::BatchInstance(to_f64(&self.rho))),
            Norm::Switchable => {
                mixed(mixed::Mixture::Switchable(to_f64(self.logits.as_flattened()).try_into().unwrap()))
            }
            other => unreachable!("{other} has no errors"),
        }
    }
}

/// The largest error, relative to the largest exact value; `None` for what the norm does not have.
fn error(got: &[f64], want: &[f64]) -> Option<f64> {
    assert_eq!(got.len(), want.len());
    let largest = want.iter().fold(SMALLEST_MEASURE, |largest, value| value.abs().max(largest));
    // A NaN must not be lost in `max`.
    got.iter().zip(want).map(|(got, want)| (got - want).abs() / largest).reduce(|a, b| if a >= b { a } else { b })
}

#[test]
fn every_norm_on_every_engine_against_f64() {
    let mut failures = Vec::new();
    let devices = devices();
    println!("\n| norm | engine | {} |\n|---|---|{}", COLUMNS.join(" | "), "---|".repeat(COLUMNS.len()));
    let rows = rows();
    for ((name, norm), &device) in rows.iter().flat_map(|row| devices.iter().map(move |device| (row, device))) {
        // Of tensors with a small mean, and of those with a mean of 10⁴ deviations.
        let mut largest = [[None::<f64>; 5]; 2];
        for hard in hard_tensors() {
            let norm = norm(hard.shape);
            let drawn = Drawn::new(norm, hard.shape);
            let is_far = hard.gradient_tolerance > 1e-4;
            let (got, want) = (drawn.measured(norm, &hard, device), drawn.exact(norm, &hard));
            for (column, (got, want)) in got.iter().zip(&want).enumerate() {
                let Some(error) = error(got, want) else { continue };
                if error.is_nan() || error > hard.gradient_tolerance {
                    failures
                        .push(format!("{name}, {device:?}, {}: {} is off by {error:e}", hard.what, COLUMNS[column]));
                }
                let kept = &mut largest[usize::from(is_far)][column];
                *kept = Some(kept.map_or(error, |kept| kept.max(error)));
            }
        }
        let cell = |column: usize| match [largest[0][column], largest[1][column]] {
            [Some(near), Some(far)] => format!("{near:.0e} ({far:.0e})"),
            _ => "–".into(),
        };
        let engine = if device == DeviceChoice::Cpu { "CPU" } else { "GPU" };
        println!("| {name} | {engine} | {} |", (0..5).map(cell).collect::<Vec<_>>().join(" | "));
    }
    assert_no_failures("errors", &failures);
}
