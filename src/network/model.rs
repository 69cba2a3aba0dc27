//! Networks as lists of layers, and the plan of training and evaluating one.

pub mod fold;
pub mod weights;
pub mod zoo;

use crate::engine::plan::parameter::Regularizer;
use crate::engine::plan::{Plan, PlanBuilder, PlanError, Slot, Tensor};
use crate::kernel::softmax_loss::{self, SoftmaxLossParams, StepResult};
use crate::kernel::unpack_images::{self, UnpackImagesParams};
use crate::network::layer::norm::NormSpec;
use crate::network::layer::{Activation, Cell, Layer, LayerError, LayerSpec, Mode, NormPort, Padding, WeightInit};
use crate::network::optimizer::OptimizerSpec;
use crate::norms::norm::catalog::Number;
use crate::norms::norm::{AxesRecipe, Norm, Recipe};
use crate::norms::shape::Shape;
use thiserror::Error;

/// A network on images, classified by a softmax over the last layer's outputs.
#[derive(Clone, PartialEq, Debug)]
pub struct ModelSpec {
    /// Shape of one image; N is ignored.
    pub image: Shape,
    /// Its layers, first to last.
    pub layers: Vec<LayerSpec>,
}

/// The largest number of input steps that are handed over at a time.
pub const RING_LEN: u32 = 16;

/// Images evaluated at a time; divides the 10,000 images of the test sets.
pub const EVALUATION_BATCH: u32 = 100;

/// The channels of the tutorial net's convolution, which its norm normalizes.
pub const TUTORIAL_CHANNELS: u32 = 10;

/// A layer in its place in a network.
#[derive(Clone, PartialEq, Debug)]
pub struct Stage {
    /// A label such as `conv2d_0`: the layer's kind, numbered by kind. The labels of its parameters start with it.
    pub label: String,
    /// The layer.
    pub spec: LayerSpec,
    /// Shape of the input.
    pub x: Shape,
    /// Shape of the output.
    pub y: Shape,
}

/// A plan and the slots that give access to it.
pub struct PlannedModel {
    /// The passes.
    pub plan: Plan,
    /// The ports of [`crate::engine::plan::Section::Train`].
    pub train: Ports,
    /// The ports of [`crate::engine::plan::Section::Evaluate`].
    pub evaluate: Ports,
    /// The ports of [`crate::engine::plan::Section::EvaluateByBatch`], for as many images as in training but at most those of
    /// an evaluation; its clock is that of `evaluate`. None if no norm keeps running statistics: the two would be the
    /// same.
    pub by_batch: Option<Ports>,
    /// Each norm (or place for one) in an evaluation, first to last; for a recurrent layer, those of every step.
    pub norms: Vec<NormPort>,
}

/// Where a section reads its input and writes its results; all are rings, indexed by the clock's step modulo their
/// length.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    /// Images per step.
    pub batch: u32,
    /// \[RING_LEN, batch, pixels\] u8.
    pub images: Slot,
    /// \[RING_LEN, batch\] u32, each less than the number of classes.
    pub labels: Slot,
    /// [`crate::kernel::tick::Clock`].
    pub clock: Slot,
    /// \[RING_LEN\] [`StepResult`].
    pub results: Slot,
    /// The output of the last layer, \[batch, classes\].
    pub logits: Tensor,
}

/// Why a model cannot be planned.
#[derive(Clone, PartialEq, Debug, Error)]
pub enum ModelError {
    /// A layer does not fit.
    #[error("layer {index}: {source}")]
    Layer {
        /// Counted from 0.
        index: usize,
        /// Why.
        source: LayerError,
    },
    /// See [`PlanError`].
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Something that the program writer does not support.
    #[error("{label}: no program can be written for {what}")]
    NoProgram {
        /// The layer's label.
        label: String,
        /// What is not supported.
        what: &'static str,
    },
    /// Image bytes travel in words of four.
    #[error("images have {pixels} pixels, which is not a multiple of 4")]
    Pixels {
        /// C·H·W.
        pixels: u32,
    },
}

impl ModelSpec {
    /// The net of the TensorFlow Addons tutorial on 28×28 images: Conv 10 3×3 valid, `norm`, Flatten, Dense 128 ReLU,
    /// Dropout 0.2, Dense 10. It has 866,798 parameters without norm.
    pub fn tutorial(norm: Norm) -> Self {
        Self::tutorial_with(NormSpec::new(norm))
    }

    /// [`ModelSpec::tutorial`] with a full specification of its norm, such as the `"random_uniform"` γ and β of the
    /// tutorial's instance norm.
    pub fn tutorial_with(norm: NormSpec) -> Self {
        let (init, regularizer) = (WeightInit::GlorotUniform, Regularizer::default());
        Self {
            image: Shape::IMAGE,
            layers: vec![
                LayerSpec::Conv2d {
                    channels: TUTORIAL_CHANNELS,
                    kernel: 3,
                    padding: Padding::Valid,
                    init,
                    regularizer,
                },
                LayerSpec::Norm(norm),
                LayerSpec::Flatten,
                LayerSpec::Linear { features: 128, init, regularizer },
                LayerSpec::Relu,
                LayerSpec::Dropout { rate: 0.2 },
                LayerSpec::Linear { features: 10, init, regularizer },
            ],
        }
    }

    /// [`ModelSpec::plan_for`] with Adam.
    ///
    /// # Errors
    /// As [`ModelSpec::plan_for`].
    pub fn plan(&self, batch: u32, evaluation_batch: u32) -> Result<PlannedModel, ModelError> {
        self.plan_for(OptimizerSpec::Adam, None, batch, evaluation_batch)
    }

    /// Plans training on batches of `batch` images, with the norm of all gradients held at `clip_norm` if there is one, and
    /// evaluation on batches of `evaluation_batch`.
    ///
    /// # Errors
    /// [`ModelError`] if a layer does not fit its input, or the plan is too large.
    pub fn plan_for(
        &self,
        optimizer: OptimizerSpec,
        clip_norm: Option<f32>,
        batch: u32,
        evaluation_batch: u32,
    ) -> Result<PlannedModel, ModelError> {
        let mut builder = PlanBuilder::new();
        let layers: Vec<Layer> = self.layers(&mut builder, batch)?.into_iter().map(|(_, layer)| layer).collect();
        let train = self.train(&mut builder, &layers, batch, (optimizer, clip_norm))?;
        let mut norms = Vec::new();
        let mut judge = |label, batch, clock, mode| {
            builder.begin_evaluation();
            let section = Input::new(&mut builder, self.image, batch, label, clock)?;
            let activations = forward(&mut builder, &layers, section.x, mode)?;
            let logits = activations.last().map_or(section.x, |activation| activation.y);
            if mode == Mode::Evaluate {
                norms.extend(layers.iter().zip(&activations).flat_map(|(layer, at)| layer.norm_ports(at)));
            }
            let (ports, _) = section.loss(&mut builder, logits);
            optimizer.tick(&mut builder, ports.clock);
            Ok::<_, ModelError>(ports)
        };
        let evaluate = judge("evaluate", evaluation_batch, None, Mode::Evaluate)?;
        let by_batch = layers.iter().any(Layer::keeps_running).then(|| {
            let batch = batch.min(evaluation_batch);
            judge("by_batch", batch, Some(evaluate.clock), Mode::EvaluateByBatch)
        });
        let by_batch = by_batch.transpose()?;
        Ok(PlannedModel { plan: builder.finish()?, train, evaluate, by_batch, norms })
    }

    /// Returns the layers in their places, for batches of `batch` images.
    ///
    /// # Errors
    /// [`ModelError::Layer`] if a layer does not fit its input.
    pub fn stages(&self, batch: u32) -> Result<Vec<Stage>, ModelError> {
        let layers = self.layers(&mut PlanBuilder::new(), batch)?;
        Ok(layers.into_iter().map(|(stage, _)| stage).collect())
    }

    /// Returns the smallest batch that divides into the parts and devices of all norms.
    pub fn smallest_batch(&self) -> u32 {
        let parts = self.layers.iter().map(|&layer| match layer {
            LayerSpec::Norm(NormSpec { norm, .. }) | LayerSpec::RowRnn { norm: NormSpec { norm, .. }, .. } => {
                match (norm.kind().number(), norm.count()) {
                    (Number::Part | Number::Devices, Some(parts)) => parts.get(),
                    (Number::Nothing | Number::Groups | Number::Axes | Number::Part | Number::Devices, _) => 1,
                }
            }
            LayerSpec::Conv2d { .. }
            | LayerSpec::Relu
            | LayerSpec::MaxPool { .. }
            | LayerSpec::Flatten
            | LayerSpec::Linear { .. }
            | LayerSpec::Dropout { .. } => 1,
        });
        parts.fold(1, |batch, parts| (batch / common_divisor(batch, parts)).saturating_mul(parts))
    }

    fn layers(&self, builder: &mut PlanBuilder, batch: u32) -> Result<Vec<(Stage, Layer)>, ModelError> {
        let mut shape = Shape { n: batch, ..self.image };
        let mut layers = Vec::new();
        for (index, &spec) in self.layers.iter().enumerate() {
            // Numbered by kind, so that the weights of two networks that differ only in their norms have the same
            // labels.
            let same_kind = |other: &&LayerSpec| std::mem::discriminant(*other) == std::mem::discriminant(&spec);
            let label = format!("{}_{}", kind(spec), self.layers[..index].iter().filter(same_kind).count());
            let (layer, next) =
                Layer::new(builder, spec, &label, shape).map_err(|source| ModelError::Layer { index, source })?;
            layers.push((Stage { label, spec, x: shape, y: next }, layer));
            shape = next;
        }
        Ok(layers)
    }

    fn train(
        &self,
        builder: &mut PlanBuilder,
        layers: &[Layer],
        batch: u32,
        (optimizer, clip_norm): (OptimizerSpec, Option<f32>),
    ) -> Result<Ports, ModelError> {
        let section = Input::new(builder, self.image, batch, "train", None)?;
        let clock = section.clock;
        let activations = forward(builder, layers, section.x, Mode::Train { clock })?;
        let logits = activations.last().map_or(section.x, |activation| activation.y);
        let (ports, dlogits) = section.loss(builder, logits);
        let mut dy = Some(dlogits);
        for (index, (layer, activation)) in layers.iter().zip(&activations).enumerate().rev() {
            dy = dy.and_then(|dy| layer.backward(builder, activation, dy, clock, index > 0));
        }
        optimizer.update(builder, clock, clip_norm);
        Ok(ports)
    }
}

/// Returns the greatest common divisor. Source: Euclid.
fn common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

impl Stage {
    /// Returns the lengths of γ and β along N, C, H and W: 1 where they do not vary. `None` if the layer is not a norm.
    pub fn affine_lengths(&self) -> Option<[u32; 4]> {
        let LayerSpec::Norm(NormSpec { norm, .. }) = self.spec else { return None };
        // A stage holds a layer that fits its input.
        Some(match norm.recipe(self.x).ok()?? {
            Recipe::Axes(AxesRecipe { affine, .. }) => {
                let (lengths, spans) = (affine.lengths(), affine.spans());
                std::array::from_fn(|axis| lengths[axis] / spans[axis])
            }
            Recipe::Planes(_) | Recipe::BatchInstance | Recipe::Switchable => [1, self.x.c, 1, 1],
        })
    }
}

fn forward(
    builder: &mut PlanBuilder,
    layers: &[Layer],
    mut x: Tensor,
    mode: Mode,
) -> Result<Vec<Activation>, ModelError> {
    let mut activations = Vec::new();
    for (index, layer) in layers.iter().enumerate() {
        let activation = layer.forward(builder, x, mode).map_err(|source| ModelError::Layer { index, source })?;
        x = activation.y;
        activations.push(activation);
    }
    Ok(activations)
}

fn kind(spec: LayerSpec) -> &'static str {
    match spec {
        LayerSpec::Conv2d { .. } => "conv2d",
        LayerSpec::Norm(_) => "norm",
        LayerSpec::Relu => "relu",
        LayerSpec::MaxPool { .. } => "max_pool",
        LayerSpec::Flatten => "flatten",
        LayerSpec::Linear { .. } => "linear",
        LayerSpec::RowRnn { cell: Cell::Gru, .. } => "row_gru",
        LayerSpec::RowRnn { cell: Cell::Simple, .. } => "row_rnn",
        LayerSpec::Dropout { .. } => "dropout",
    }
}

/// The input of a section.
struct Input {
    batch: u32,
    images: Slot,
    clock: Slot,
    x: Tensor,
    label: &'static str,
}

impl Input {
    fn new(
        builder: &mut PlanBuilder,
        image: Shape,
        batch: u32,
        label: &'static str,
        clock: Option<Slot>,
    ) -> Result<Self, ModelError> {
        let pixels = image.image_len();
        if !pixels.is_multiple_of(4) {
            return Err(ModelError::Pixels { pixels });
        }
        let batch_words = batch * pixels / 4;
        let images = builder.input(&format!("{label}.images"), RING_LEN * batch_words);
        let clock = clock.unwrap_or_else(|| builder.clock(&format!("{label}.clock")));
        let x = builder.tensor("x", Shape { n: batch, ..image });
        let params = UnpackImagesParams { batch_words, ring_len: RING_LEN };
        let slots = unpack_images::Slots { ring: images.cast(), clock: clock.cast(), x: x.slot };
        builder.push(unpack_images::pass(params, slots));
        Ok(Self { batch, images, clock, x, label })
    }

    /// Writes the loss; returns the gradient of the logits.
    fn loss(self, builder: &mut PlanBuilder, logits: Tensor) -> (Ports, Tensor) {
        let Self { batch, images, clock, label, .. } = self;
        let labels = builder.input(&format!("{label}.labels"), RING_LEN * batch);
        let result_words = (size_of::<StepResult>() / 4) as u32;
        let results = builder.input(&format!("{label}.results"), RING_LEN * result_words);
        let dlogits = builder.tensor("dlogits", logits.shape);
        let params = SoftmaxLossParams { rows: batch, classes: logits.shape.image_len(), ring_len: RING_LEN };
        let slots = softmax_loss::Slots {
            logits: logits.slot,
            labels: labels.cast(),
            clock: clock.cast(),
            dlogits: dlogits.slot,
            results: results.cast(),
        };
        builder.push(softmax_loss::pass(params, slots));
        (Ports { batch, images, labels, clock, results, logits }, dlogits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZeroU32;

    #[test]
    fn the_tutorial_net_has_the_sources_number_of_parameters() {
        let group = Norm::Group { groups: NonZeroU32::new(5).unwrap() };
        for (norm, want) in [(Norm::None, 866_798), (Norm::Batch, 866_818), (group, 866_818)] {
            let model = ModelSpec::tutorial(norm).plan(2, 2).unwrap();
            assert_eq!(model.plan.n_parameters(), want, "{norm:?}");
        }
    }

    #[test]
    fn groups_that_do_not_divide_are_named_with_their_layer() {
        let norm = Norm::Group { groups: NonZeroU32::new(3).unwrap() };
        let error = ModelSpec::tutorial(norm).plan(2, 2).err().unwrap();
        assert_eq!(error.to_string(), "layer 1: group count 3 does not divide 10 channels");
    }
}
