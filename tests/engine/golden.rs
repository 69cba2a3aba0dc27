//! Norms against reference numbers: the outputs of PyTorch's and Keras' layers for a tensor, and the vectors of ONNX'
//! own operator tests. The scripts that wrote them are next to the files, in `tests/golden`.

use crate::common::gpu::gpu_or_skip;
use crate::common::{assert_no_failures, check_close};
use blue_cube::exec::DeviceChoice;
use blue_cube::exec::Executor;
use blue_cube::exec::cpu::CpuExecutor;
use blue_cube::layer::Mode;
use blue_cube::layer::norm::{NormLayer, NormSpec};
use blue_cube::moments::Moments;
use blue_cube::norm::Norm;
use blue_cube::normalize::{Mixture, NormOptions, Statistics, normalize, normalize_backward};
use blue_cube::plan::{PlanBuilder, Section, Tensor};
use blue_cube::shape::Shape;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::rc::Rc;

/// y is of order 1 and a handful of f32 operations away from x; ONNX computes its own in f32.
const Y_TOLERANCE: f64 = 2e-6;

/// Relative to the largest gradient: gradients are sums over a group, in f32.
const GRADIENT_TOLERANCE: f64 = 3e-6;

/// For running statistics, of order 1: a few roundings.
const RUNNING_TOLERANCE: f64 = 3e-7;

const TORCH: &str = include_str!("../golden/torch.json");
const KERAS: &str = include_str!("../golden/keras.json");
const KERAS_NORMS: &str = include_str!("../golden/keras_norms.json");
const ONNX: &str = include_str!("../golden/onnx.json");

/// Cases that share a tensor.
#[derive(Deserialize)]
struct Layers {
    shape: [u32; 4],
    epsilon: f32,
    momentum: f32,
    x: Vec<f32>,
    dy: Option<Vec<f32>>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Onnx {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    norm: Norm,
    train: bool,
    shape: Option<[u32; 4]>,
    epsilon: Option<f32>,
    momentum: Option<f32>,
    /// Whether the running variance is unbiased.
    #[serde(default)]
    biased: bool,
    x: Option<Vec<f32>>,
    dy: Option<Vec<f32>>,
    gamma: Vec<f32>,
    beta: Option<Vec<f32>>,
    rho: Option<Vec<f32>>,
    mean_logits: Option<[f32; 3]>,
    variance_logits: Option<[f32; 3]>,
    running_mean: Option<Vec<f32>>,
    running_var: Option<Vec<f32>>,
    y: Vec<f32>,
    dx: Option<Vec<f32>>,
    dgamma: Option<Vec<f32>>,
    dbeta: Option<Vec<f32>>,
    drho: Option<Vec<f32>>,
    dmean_logits: Option<Vec<f32>>,
    dvariance_logits: Option<Vec<f32>>,
    running_mean_after: Option<Vec<f32>>,
    running_var_after: Option<Vec<f32>>,
}

impl Case {
    fn x(&self) -> (&[f32], Shape) {
        let [n, c, h, w] = self.shape.unwrap();
        (self.x.as_deref().unwrap(), Shape::new(n, c, h, w))
    }

    fn options(&self, device: DeviceChoice) -> NormOptions<'_> {
        let statistics = match (self.train, &self.running_mean, &self.running_var) {
            (false, Some(mean), Some(variance)) => Statistics::Running { mean, variance },
            (true, _, _) => Statistics::Own,
            (false, ..) => panic!("{}: no running statistics", self.name),
        };
        let mixture =
            Mixture { rho: self.rho.as_deref(), mean_logits: self.mean_logits, variance_logits: self.variance_logits };
        let (gamma, beta) = (Some(self.gamma.as_slice()), self.beta.as_deref());
        let epsilon = self.epsilon.unwrap();
        NormOptions { mixture, epsilon, gamma, beta, statistics, device, ..NormOptions::new(self.norm) }
    }
}

fn read<T: DeserializeOwned>(json: &str) -> T {
    serde_json::from_str(json).expect("a script of ours wrote it")
}

/// The cases of PyTorch or Keras.
fn layers(json: &str) -> Vec<Case> {
    let Layers { shape, epsilon, momentum, x, dy, cases } = read(json);
    let whole = |case| Case {
        shape: Some(shape),
        epsilon: Some(epsilon),
        momentum: Some(momentum),
        x: Some(x.clone()),
        dy: dy.clone(),
        ..case
    };
    cases.into_iter().map(whole).collect()
}

fn onnx() -> Vec<Case> {
    read::<Onnx>(ONNX).cases
}

fn devices() -> Vec<DeviceChoice> {
    let gpu = gpu_or_skip().map(|_| DeviceChoice::Gpu);
    std::iter::once(DeviceChoice::Cpu).chain(gpu).collect()
}

#[test]
fn y_is_theirs() {
    let (torch, keras, onnx) = (layers(TORCH), layers(KERAS), onnx());
    let norms = layers(KERAS_NORMS);
    assert_eq!((torch.len(), keras.len(), norms.len(), onnx.len()), (21, 6, 20, 28));
    let mut failures = Vec::new();
    for device in devices() {
        for case in torch.iter().chain(&keras).chain(&norms).chain(&onnx) {
            let (x, shape) = case.x();
            let y = match pollster::block_on(normalize(x, shape, &case.options(device))) {
                Ok(normalized) => normalized.y,
                Err(error) => panic!("{}: {error}", case.name),
            };
            let what = format!("{}, {device:?}: y", case.name);
            failures.extend(check_close(&y, &case.y, Y_TOLERANCE, 0.0, &what).err());
        }
    }
    assert_no_failures("y", &failures);
}

#[test]
fn gradients_are_theirs() {
    let mut failures = Vec::new();
    for device in devices() {
        for case in layers(TORCH).into_iter().chain(layers(KERAS)) {
            let (x, shape) = case.x();
            let dy = case.dy.as_deref().unwrap();
            let got = pollster::block_on(normalize_backward(x, dy, shape, &case.options(device))).unwrap();
            let dlogits = [&case.dmean_logits, &case.dvariance_logits].map(|logits| logits.clone().unwrap_or_default());
            let dmixture = case.drho.clone().unwrap_or_else(|| dlogits.concat());
            // PyTorch's RMS norm has no β.
            let dbeta = case.dbeta.as_deref().unwrap_or(&got.dbeta);
            for (name, got, want) in [
                ("dx", &got.dx, case.dx.as_deref().unwrap()),
                ("dγ", &got.dgamma, case.dgamma.as_deref().unwrap()),
                ("dβ", &got.dbeta, dbeta),
                ("dρ or dw, dw′", &got.dmixture, &dmixture),
            ] {
                let largest = want.iter().fold(1.0_f64, |largest, &value| largest.max(f64::from(value).abs()));
                let what = format!("{}, {device:?}: {name}", case.name);
                failures.extend(check_close(got, want, GRADIENT_TOLERANCE * largest, 0.0, &what).err());
            }
        }
    }
    assert_no_failures("gradients", &failures);
}

/// The running statistics after one training step of the norm alone.
fn step(case: &Case) -> Vec<Moments> {
    let (x, shape) = case.x();
    let mut plan = PlanBuilder::new();
    let input = Tensor { slot: plan.input("x", shape.len()), shape };
    let clock = plan.clock("clock");
    let spec =
        NormSpec { epsilon: case.epsilon.unwrap(), momentum: case.momentum.unwrap(), ..NormSpec::new(case.norm) };
    let layer = NormLayer::new(&mut plan, "norm", shape, spec).unwrap();
    layer.forward(&mut plan, input, Mode::Train { clock }).unwrap();
    let running = layer.running().unwrap();
    let mut executor = Executor::Cpu(CpuExecutor::new(Rc::new(plan.finish().unwrap()), 0));
    let tables = [&case.running_mean, &case.running_var].map(|table| table.as_deref().unwrap());
    let start = tables[0].iter().zip(tables[1]).map(|(&origin, &m2)| Moments { count: 1.0, origin, offset: 0.0, m2 });
    executor.write(input.slot, 0, bytemuck::cast_slice(x));
    executor.write(running, 0, bytemuck::cast_slice(&start.collect::<Vec<_>>()));
    executor.run(Section::Train, 1);
    bytemuck::pod_collect_to_vec(&pollster::block_on(executor.read(&[running])).unwrap()[0])
}

#[test]
fn running_statistics_move_as_theirs() {
    let (mut n_cases, mut failures) = (0, Vec::new());
    for case in layers(TORCH).into_iter().chain(onnx()) {
        let (Some(mean), Some(variance)) = (&case.running_mean_after, &case.running_var_after) else { continue };
        n_cases += 1;
        let got = step(&case);
        let shape = case.x().1;
        let n_values = (shape.n * shape.plane_len()) as f32;
        let share = if case.biased { (n_values - 1.0) / n_values } else { 1.0 };
        let momentum = case.momentum.unwrap();
        let unbiased = case.running_var.as_ref().unwrap().iter().zip(variance).map(|(before, after)| {
            let kept = (1.0 - momentum) * before;
            kept + (after - kept) / share
        });
        let (got_mean, got_variance): (Vec<f32>, Vec<f32>) =
            got.iter().map(|kept| (kept.mean(), kept.variance())).unzip();
        let what = |what| format!("{}: running {what}", case.name);
        failures.extend(check_close(&got_mean, mean, RUNNING_TOLERANCE, 0.0, &what("mean")).err());
        let unbiased: Vec<f32> = unbiased.collect();
        failures.extend(check_close(&got_variance, &unbiased, RUNNING_TOLERANCE, 0.0, &what("variance")).err());
    }
    assert_eq!(n_cases, 6);
    assert_no_failures("running statistics", &failures);
}
