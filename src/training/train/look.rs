//! Looks into a network: what its norm layers see of some images, what they output, and the parameters of its norms.

use super::{Batch, RunSpec, State, TrainError, Trainer};
use crate::engine::exec::{DeviceChoice, ExecError};
use crate::engine::plan::{Section, Slot};
use crate::network::layer::LayerSpec;
use crate::network::model::weights::NamedTensor;
use crate::network::optimizer::Adam;
use crate::norms::moments::Moments;
use crate::norms::norm::Norm;
use crate::norms::norm::learned::LearnedNorm;
use crate::norms::shape::Shape;
use crate::training::data::IMAGE_LEN;
use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// What a norm layer sees of some images in evaluation mode: dropout off, running statistics if the norm keeps them.
#[derive(Clone, PartialEq, Debug)]
pub struct Look {
    /// The shape of `x` and `y`.
    pub shape: Shape,
    /// The input of the layer.
    pub x: Vec<f32>,
    /// The output of the layer; `x` at a place without a norm.
    pub y: Vec<f32>,
    /// \[N, classes\]: the probability of each class for each image, by the softmax of the network's outputs.
    pub probabilities: Vec<f32>,
    /// The layer's parameters and running statistics, with which y was computed from x.
    pub layer: LearnedNorm,
}

/// The parameters of one norm layer.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct NormWeights {
    /// γ; empty if there is none.
    pub gamma: Vec<f32>,
    /// β; empty if there is none.
    pub beta: Vec<f32>,
    /// ρ of batch-instance norm, per channel; otherwise empty.
    pub rho: Vec<f32>,
    /// For switchable norm: the weights (softmax of its logits) of instance, layer and batch for the mean, then for the
    /// variance; otherwise empty.
    pub mix: Vec<f32>,
}

/// The part of a run's state at some step that its norm layers depend on: what [`Trainer::look`] needs, a small part of
/// all.
#[derive(Clone, PartialEq, Debug)]
pub struct Front {
    spec: RunSpec,
    step: u32,
    /// The contents of [`Trainer::front_slots`].
    values: Vec<Vec<f32>>,
}

impl Front {
    /// Makes a run on the CPU whose norm layers see and output what they did at this step. The layers after them are as
    /// at step 0.
    ///
    /// # Errors
    /// None for a run that existed.
    pub async fn open(&self) -> Result<Trainer, TrainError> {
        let mut trainer = Trainer::new(RunSpec { device: DeviceChoice::Cpu, ..self.spec.clone() }).await?;
        for (slot, values) in trainer.front_slots().into_iter().zip(&self.values) {
            trainer.executor.write(slot, 0, bytemuck::cast_slice(values));
        }
        Ok(trainer)
    }
}

impl State for Front {
    fn step(&self) -> u32 {
        self.step
    }

    fn n_bytes(&self) -> usize {
        self.values.iter().map(|values| size_of_val(&values[..])).sum()
    }
}

impl Trainer {
    /// Returns the run's state up to its last norm layer.
    ///
    /// # Errors
    /// [`ExecError`] if the engine failed.
    pub async fn front(&mut self) -> Result<Front, ExecError> {
        let values = self.executor.read(&self.front_slots()).await?;
        Ok(Front { spec: self.spec.clone(), step: self.step, values })
    }

    /// The parameters of the layers up to the last norm (or place for one), and the running statistics.
    fn front_slots(&self) -> Vec<Slot> {
        let model = self.model();
        let has_norm = |layer: &LayerSpec| layer.norm().is_some();
        let n_layers = model.layers.iter().rposition(has_norm).map_or(0, |last| last + 1);
        let stages = model.stages(model.smallest_batch()).unwrap_or_default();
        let is_in_front = |label: &str| stages[..n_layers].iter().any(|stage| is_of(label, &stage.label));
        let parameters = self.plan.parameters().iter().filter(|info| is_in_front(&info.label));
        let kept = self.plan.kept().filter(|(label, _)| is_in_front(label)).map(|(_, slot)| slot);
        parameters.map(|info| info.parameter.value).chain(kept).collect()
    }

    /// The shapes of what the norm layers (or places for one) see of one image.
    pub fn norm_shapes(&self) -> impl ExactSizeIterator<Item = Shape> {
        self.norms.iter().map(|port| Shape { n: 1, ..port.x.shape })
    }

    /// The number of images that can be looked at together.
    pub fn look_len(&self) -> u32 {
        self.evaluate.batch
    }

    /// Returns what norm layer `norm_idx` sees of `pixels`, for as many whole images as they hold, at most
    /// [`Trainer::look_len`]. The state of the run is unchanged.
    ///
    /// # Shapes
    /// `pixels`: \[N, 28, 28\], 0 is background, 255 full ink.
    ///
    /// # Errors
    /// [`TrainError::NoNorm`] if there is no such layer, [`TrainError::NoImage`] if there is no whole image, and
    /// [`TrainError::Exec`] if the engine failed.
    pub async fn look(&mut self, norm_idx: usize, pixels: &[u8]) -> Result<Look, TrainError> {
        let port = *self.norms.get(norm_idx).ok_or(TrainError::NoNorm { number: norm_idx + 1 })?;
        let batch_len = self.evaluate.batch as usize;
        let n_images = (pixels.len() / IMAGE_LEN).min(batch_len);
        if n_images == 0 {
            return Err(TrainError::NoImage { pixels: pixels.len() });
        }
        let images = pixels[..n_images * IMAGE_LEN].iter().copied().cycle().take(batch_len * IMAGE_LEN).collect();
        let batch = Batch { indices: Vec::new(), images, labels: vec![0; batch_len] };
        self.executor.write(self.evaluate.clock, 0, bytemuck::bytes_of(&Adam::KERAS.clock(0, 0.0)));
        batch.write(&mut self.executor, self.evaluate, 0);
        self.executor.run(Section::Evaluate, 1);
        let held = [port.affine, port.mixture, port.running];
        let slots = [port.x.slot, port.y.slot, self.evaluate.logits.slot].into_iter().chain(held.into_iter().flatten());
        let mut read = self.executor.read(&slots.collect::<Vec<_>>()).await?.into_iter();
        let mut next = || read.next().expect("one per slot was asked for");
        let [mut x, mut y, mut logits] = std::array::from_fn(|_| next());
        let [affine, mixture, running] = held.map(|slot| slot.map_or(Vec::new(), |_| next()));
        let layer = self.learned(affine, mixture, running);
        let shape = Shape { n: n_images as u32, ..port.x.shape };
        let n_classes = self.evaluate.logits.shape.image_len() as usize;
        x.truncate(shape.len() as usize);
        y.truncate(shape.len() as usize);
        logits.truncate(n_images * n_classes);
        logits.chunks_exact_mut(n_classes).for_each(softmax);
        Ok(Look { shape, x, y, probabilities: logits, layer })
    }

    /// Makes it from the contents of a layer's slots.
    fn learned(&self, affine: Vec<f32>, mixture: Vec<f32>, running: Vec<f32>) -> LearnedNorm {
        let &RunSpec { norm, epsilon, momentum, .. } = self.spec();
        let (gamma, beta) = affine.split_at(affine.len() / 2);
        let moments: Vec<Moments> = bytemuck::pod_collect_to_vec(&running);
        let [rho, logits] = if norm == Norm::Switchable { [Vec::new(), mixture] } else { [mixture, Vec::new()] };
        LearnedNorm {
            norm,
            epsilon,
            momentum,
            gamma: gamma.to_vec(),
            beta: beta.to_vec(),
            rho,
            logits,
            running_mean: moments.iter().map(|moments| moments.mean()).collect(),
            running_variance: moments.iter().map(|moments| moments.variance()).collect(),
        }
    }

    /// Returns the parameters of every norm layer, first to last.
    ///
    /// # Errors
    /// [`TrainError::Exec`] if the engine failed.
    pub async fn norm_weights(&mut self) -> Result<Vec<NormWeights>, TrainError> {
        let weights = self.weights().await?;
        let stages = self.model().stages(self.model().smallest_batch())?;
        let norms = stages.iter().filter(|stage| stage.affine_lengths().is_some());
        Ok(norms.map(|stage| NormWeights::of(&stage.label, &weights.tensors)).collect())
    }
}

impl NormWeights {
    fn of(label: &str, tensors: &[NamedTensor]) -> Self {
        let values = |part: &str| {
            let name = format!("{label}.{part}");
            tensors
                .iter()
                .find(|tensor| tensor.name == name && !tensor.is_absent)
                .map_or(Vec::new(), |tensor| tensor.values.clone())
        };
        let mut mix = values("logits");
        mix.chunks_exact_mut(3).for_each(softmax);
        Self { gamma: values("gamma"), beta: values("beta"), rho: values("rho"), mix }
    }
}

/// Whether `label` belongs to a parameter or statistic of `layer`, as `conv2d_0.weight` belongs to `conv2d_0`.
fn is_of(label: &str, layer: &str) -> bool {
    label.strip_prefix(layer).is_some_and(|rest| rest.starts_with('.'))
}

/// Applies softmax in place.
fn softmax(logits: &mut [f32]) {
    let greatest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    logits.iter_mut().for_each(|logit| *logit = (*logit - greatest).exp());
    let sum: f32 = logits.iter().sum();
    logits.iter_mut().for_each(|value| *value /= sum);
}
