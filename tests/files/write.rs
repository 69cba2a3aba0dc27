//! Exported networks: their weights as safetensors, and the networks as ONNX, run by a third-party runtime (rten).

use crate::common::nets::{every_layer, missing_norms, norms};
use crate::common::{Data, assert_no_failures, check_close, to_f64};
use blue_cube::data::Dataset;
use blue_cube::exec::cpu::CpuExecutor;
use blue_cube::exec::{DeviceChoice, Executor};
use blue_cube::files::onnx::{self, INPUT, OUTPUT, OnnxError};
use blue_cube::files::safetensors;
use blue_cube::grouping::tiling::Axis;
use blue_cube::layer::norm::NormSpec;
use blue_cube::layer::{LayerSpec, Padding, WeightInit};
use blue_cube::model::fold::{ModelFoldError, fold_batch_norms};
use blue_cube::model::weights::Weights;
use blue_cube::model::{ModelSpec, PlannedModel};
use blue_cube::norm::fold_batch_norm::Formula;
use blue_cube::norm::{AffineAxes, AxesNorm, Norm};
use blue_cube::optimizer::Adam;
use blue_cube::plan::Section;
use blue_cube::plan::parameter::Regularizer;
use blue_cube::shape::Shape;
use blue_cube::train::{RunSpec, Trainer};
use rten::{ModelOptions, ValueView};
use std::num::NonZeroU32;
use std::rc::Rc;

const BATCH: u32 = 6;
const N_STEPS: u32 = 12;
const PIXELS: usize = 28 * 28;
const SEED: u32 = 11;

/// Tolerance of logits, which are of order 1.
const TOLERANCE: f64 = 1e-4;

/// One norm of every kind; for batches of [`BATCH`] images with 10 channels.
fn all_norms() -> Vec<Norm> {
    use Axis::{C, H, N, W};
    let count = |n| NonZeroU32::new(n).expect("not zero");
    let grouped = AxesNorm { groups: count(5), ..AxesNorm::over(&[C, H, W]) };
    let by_channel = AxesNorm { affine: Some(AffineAxes::Channel), ..AxesNorm::over(&[H, W]) };
    let more = [
        Norm::GhostBatch { size: count(3) },
        Norm::SyncBatch { devices: count(2) },
        Norm::BatchInstance,
        Norm::Switchable,
        Norm::Axes(AxesNorm::over(&[C, H, W])),
        Norm::Axes(AxesNorm::over(&[C])),
        Norm::Axes(AxesNorm::over(&[H])),
        Norm::Axes(AxesNorm::over(&[N, H, W])),
        Norm::Axes(grouped),
        Norm::Axes(by_channel),
        Norm::Axes(AxesNorm::instance_as_written()),
        Norm::Rms(AxesNorm::over(&[C, H, W])),
        Norm::Rms(AxesNorm::over(&[W])),
        Norm::Rms(grouped),
    ];
    let known: Vec<Norm> = norms().into_iter().chain(more).collect();
    let missing = missing_norms(&known, BATCH, 10);
    known.into_iter().chain(missing).collect()
}

/// Layers in an unusual order: norms of tables, a convolution after a linear layer, images at the end.
fn odd(norm: Norm) -> ModelSpec {
    let init = WeightInit::GlorotUniform;
    let conv = |kernel, padding| LayerSpec::Conv2d {
        channels: 10,
        kernel,
        padding,
        init,
        regularizer: Regularizer::default(),
    };
    // A large momentum: statistics far from where they start.
    let norm = LayerSpec::Norm(NormSpec { epsilon: 1e-3, momentum: 0.3, ..NormSpec::new(norm) });
    let none = LayerSpec::Norm(NormSpec::new(Norm::None));
    ModelSpec {
        image: Shape::new(1, 1, 28, 28),
        layers: vec![
            LayerSpec::MaxPool { size: 3 },
            conv(3, Padding::Same),
            none,
            norm,
            LayerSpec::Relu,
            norm,
            conv(4, Padding::Valid),
            norm,
            LayerSpec::Linear { features: 10, init, regularizer: Regularizer::default() },
            norm,
            LayerSpec::Relu,
            conv(1, Padding::Same),
            norm,
        ],
    }
}

/// A network after some steps, and its outputs for some images.
struct Trained {
    model: ModelSpec,
    weights: Weights,
    /// [BATCH, 1, 28, 28], from 0 to 1.
    images: Vec<f32>,
    /// [BATCH, 10].
    logits: Vec<f32>,
}

impl Trained {
    fn new(model: ModelSpec) -> Self {
        let PlannedModel { plan, train, evaluate, .. } = model.plan(BATCH, BATCH).expect("it can be planned");
        let plan = Rc::new(plan);
        let mut executor = Executor::Cpu(CpuExecutor::new(Rc::clone(&plan), SEED));
        let mut data = Data::new(60);
        let n_images = (N_STEPS * BATCH) as usize;
        let pixels: Vec<u8> =
            (0..n_images * PIXELS).map(|_| if data.below(3) == 0 { data.below(256) as u8 } else { 0 }).collect();
        let labels: Vec<u32> = (0..n_images).map(|_| data.below(10)).collect();
        for (ports, section, n_steps) in [(train, Section::Train, N_STEPS), (evaluate, Section::Evaluate, 1)] {
            let clock = Adam::KERAS.clock(SEED, 1e-3);
            executor.write(ports.clock, 0, bytemuck::bytes_of(&clock));
            executor.write(ports.images, 0, &pixels);
            executor.write(ports.labels, 0, bytemuck::cast_slice(&labels));
            executor.run(section, n_steps);
        }
        let mut read = |slots: &[_]| pollster::block_on(executor.read(slots)).expect("the CPU works");
        let logits = read(&[evaluate.logits.slot]).remove(0);
        let weights = Weights::new(&model, &plan, read(&Weights::slots(&plan))).expect("it can be planned");
        let images = pixels[..BATCH as usize * PIXELS].iter().map(|&pixel| f32::from(pixel) / 255.0).collect();
        Self { model, weights, images, logits }
    }

    fn folded(&self, formula: Formula) -> (ModelSpec, Weights) {
        fold_batch_norms(&self.model, &self.weights, formula).expect("the weights are the model's")
    }
}

/// rten's result for the images with an ONNX file, without its own graph optimization.
fn run(file: Vec<u8>, images: &[f32]) -> Vec<f32> {
    let model = ModelOptions::with_all_ops().enable_optimization(false).load(file).expect("rten opens the file");
    let [input, output] = [INPUT, OUTPUT].map(|name| model.node_id(name).expect("the file has the name"));
    let images = ValueView::from_shape([BATCH as usize, 1, 28, 28], images).expect("the images fill their shape");
    let [logits] = model.run_n(vec![(input, images.into())], [output], None).expect("rten runs the file");
    let (shape, logits) = logits.into_shape_vec::<f32, 2>().expect("a table of floats");
    assert_eq!(shape, [BATCH as usize, 10]);
    logits
}

fn check_onnx(name: &str, trained: &Trained) -> Result<(), String> {
    let logits = to_f64(&trained.logits);
    let file = onnx::write(&trained.model, &trained.weights).map_err(|error| error.to_string())?;
    check_close(&run(file, &trained.images), &logits, TOLERANCE, 0.0, &format!("{name}, as trained"))?;
    let (model, weights) = trained.folded(Formula::Correct);
    let file = onnx::write(&model, &weights).map_err(|error| error.to_string())?;
    check_close(&run(file, &trained.images), &logits, TOLERANCE, 0.0, &format!("{name}, folded"))
}

#[test]
fn onnx_files_give_our_logits_in_another_runtime() {
    let mut failures = Vec::new();
    for norm in all_norms() {
        for (name, model) in
            [("tutorial", ModelSpec::tutorial(norm)), ("every layer", every_layer(norm)), ("odd", odd(norm))]
        {
            let trained = Trained::new(model);
            assert!(trained.logits.iter().all(|logit| logit.is_finite()));
            failures.extend(check_onnx(&format!("{name}, {norm:?}"), &trained).err());
        }
    }
    assert_no_failures("ONNX", &failures);
}

/// Every norm that steps can have; a large momentum, as in [`odd`].
#[test]
fn recurrent_networks_give_our_logits_in_another_runtime() {
    let count = |n| NonZeroU32::new(n).expect("not zero");
    let norms = [
        Norm::None,
        Norm::Batch,
        Norm::Layer,
        Norm::Group { groups: count(4) },
        Norm::GhostBatch { size: count(3) },
        Norm::SyncBatch { devices: count(2) },
    ];
    let mut failures = Vec::new();
    for norm in norms {
        let spec = NormSpec { epsilon: 1e-3, momentum: 0.3, ..NormSpec::new(norm) };
        for (name, model) in [("rnn", ModelSpec::row_rnn(8, spec)), ("gru", ModelSpec::row_gru(8, spec))] {
            let trained = Trained::new(model);
            assert!(trained.logits.iter().all(|logit| logit.is_finite()));
            failures.extend(check_onnx(&format!("{name}, {norm:?}"), &trained).err());
        }
    }
    assert_no_failures("recurrent ONNX", &failures);
}

fn n_batch_norms(file: &[u8]) -> usize {
    let name = b"BatchNormalization";
    file.windows(name.len()).filter(|window| window == name).count()
}

#[test]
fn folding_leaves_no_batch_norm_behind_a_convolution() {
    for (model, n_before, n_after) in [(ModelSpec::tutorial(Norm::Batch), 1, 0), (odd(Norm::Batch), 5, 2)] {
        let trained = Trained::new(model);
        let (model, weights) = trained.folded(Formula::Correct);
        assert_eq!(n_batch_norms(&onnx::write(&trained.model, &trained.weights).unwrap()), n_before);
        assert_eq!(n_batch_norms(&onnx::write(&model, &weights).unwrap()), n_after);
    }
}

/// The overview's formula is exported like the correct one, to show what it does.
#[test]
fn the_formula_as_written_gives_other_logits() {
    let trained = Trained::new(ModelSpec::tutorial(Norm::Batch));
    let (model, weights) = trained.folded(Formula::AsWritten);
    let got = run(onnx::write(&model, &weights).unwrap(), &trained.images);
    let errors = got.iter().zip(&trained.logits).map(|(got, want)| (got - want).abs());
    let largest = errors.fold(0.0, f32::max);
    assert!(largest > 1e-2, "largest difference {largest}");
}

#[test]
fn weights_that_are_not_the_networks_are_refused() {
    let batch = Trained::new(ModelSpec::tutorial(Norm::Batch));
    let Trained { weights, .. } = Trained::new(ModelSpec::tutorial(Norm::None));
    let error = onnx::write(&batch.model, &weights).unwrap_err();
    assert_eq!(error, OnnxError::Weights { name: "norm_0.gamma".into(), len: 10 });
    assert_eq!(error.to_string(), "there are no weights norm_0.gamma of 10 values");
    let error = fold_batch_norms(&batch.model, &weights, Formula::Correct).unwrap_err();
    assert_eq!(error, ModelFoldError::Weights { name: "norm_0.gamma".into() });
    let mut short = batch.weights.clone();
    short.tensors[2].values.pop();
    let error = fold_batch_norms(&batch.model, &short, Formula::Correct).unwrap_err();
    assert_eq!(error.to_string(), "conv2d_0: 9 values of gamma found, 10 expected, one per output channel");
}

#[test]
fn a_run_gives_the_weights_it_has_come_to() {
    let pixels: Vec<u8> = (0..2 * PIXELS).map(|pixel| (pixel * 7 % 251) as u8).collect();
    let images = [vec![0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28], pixels].concat();
    let labels = [0, 0, 8, 1, 0, 0, 0, 2, 3, 7];
    let data = Dataset::from_idx(&images, &labels, &images, &labels).unwrap();
    let spec = RunSpec {
        norm: Norm::Batch,
        batch: 2,
        learning_rate: 1e-3,
        seed: SEED,
        device: DeviceChoice::Cpu,
        ..RunSpec::default()
    };
    pollster::block_on(async {
        let mut trainer = Trainer::new(spec).await.unwrap();
        let start = trainer.weights().await.unwrap();
        assert_eq!(start.values("norm_0.running_mean"), Some([0.0; 10].as_slice()));
        trainer.step(&data, 2).await.unwrap();
        let after = trainer.weights().await.unwrap();
        for tensor in &start.tensors {
            assert_ne!(after.values(&tensor.name), Some(tensor.values.as_slice()), "{}", tensor.name);
        }
        assert_eq!(trainer.model(), ModelSpec::tutorial(Norm::Batch));
    });
}

#[test]
fn safetensors_hold_every_tensor_and_say_how_to_read_them() {
    for norm in all_norms() {
        let Trained { weights, .. } = Trained::new(ModelSpec::tutorial(norm));
        let file = safetensors::write(&weights).unwrap();
        assert_eq!(file, safetensors::write(&weights).unwrap(), "the same weights give the same bytes");
        let (_, metadata) = ::safetensors::SafeTensors::read_metadata(&file).unwrap();
        let layout = metadata.metadata().as_ref().and_then(|metadata| metadata.get("layout"));
        assert_eq!(layout.map(String::as_str), Some(safetensors::LAYOUT));
        let read = ::safetensors::SafeTensors::deserialize(&file).unwrap();
        assert_eq!(read.len(), weights.tensors.len());
        for tensor in &weights.tensors {
            let view = read.tensor(&tensor.name).unwrap();
            assert_eq!((view.dtype(), view.shape()), (::safetensors::Dtype::F32, tensor.shape.as_slice()));
            let values: Vec<f32> = bytemuck::pod_collect_to_vec(view.data());
            assert_eq!(values, tensor.values, "{norm:?}: {}", tensor.name);
        }
    }
}

#[test]
fn files_of_weights_that_are_not_finite_say_so() {
    let Trained { model, mut weights, .. } = Trained::new(ModelSpec::tutorial(Norm::Layer));
    assert_eq!(weights.told_not_finite(), None);
    let spoilt = weights.tensors.iter_mut().find(|tensor| tensor.name == "norm_0.gamma").unwrap();
    (spoilt.values[3], spoilt.values[7]) = (f32::NAN, f32::INFINITY);
    let words = "diverged: 2 of 866818 weights are NaN or infinite, the first in norm_0.gamma";
    assert_eq!(weights.told_not_finite().as_deref(), Some(words));
    for file in [safetensors::write(&weights).unwrap(), onnx::write(&model, &weights).unwrap()] {
        assert!(file.windows(words.len()).any(|found| found == words.as_bytes()));
    }
}
