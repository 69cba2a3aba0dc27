//! Looks into a network: what its norm layers see of some images, what it makes of them, and the parameters of its norms.

use super::{Batch, Trainer};
use crate::data::IMAGE_LEN;
use crate::exec::ExecError;
use crate::model::weights::NamedTensor;
use crate::optimizer::Adam;
use crate::plan::Section;
use crate::shape::Shape;
use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// What a norm layer sees of some images, in evaluation: dropout off, running statistics where the norm keeps such.
#[derive(Clone, PartialEq, Debug)]
pub struct Look {
    /// Of `x` and `y`.
    pub shape: Shape,
    /// What goes into the layer.
    pub x: Vec<f32>,
    /// What comes out of it; `x` at a place without a norm.
    pub y: Vec<f32>,
    /// \[N, classes\]: what the network takes each image for, by the softmax of its outputs.
    pub probabilities: Vec<f32>,
}

/// The parameters of one norm layer.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct NormWeights {
    /// γ; empty if there is none.
    pub gamma: Vec<f32>,
    /// β; empty if there is none.
    pub beta: Vec<f32>,
    /// ρ of batch-instance norm, a channel; else empty.
    pub rho: Vec<f32>,
    /// Of switchable norm: the weights (softmax of its logits) of instance, layer and batch for the mean, then for the
    /// variance; else empty.
    pub mix: Vec<f32>,
}

impl Trainer {
    /// The shapes of what the norm layers (or places for one) see of one image.
    pub fn norm_shapes(&self) -> impl ExactSizeIterator<Item = Shape> {
        self.norms.iter().map(|port| Shape { n: 1, ..port.x.shape })
    }

    /// Images that can be looked at together.
    pub fn look_len(&self) -> u32 {
        self.evaluate.batch
    }

    /// What norm layer `norm_idx` sees of `pixels`, as many images as there are of them up to [`Trainer::look_len`]. The state
    /// of the run stays as it is.
    ///
    /// # Shapes
    /// `pixels`: \[N, 28, 28\], 0 the background, 255 full ink.
    ///
    /// # Errors
    /// [`ExecError`] if the engine failed.
    ///
    /// # Panics
    /// If there is no such layer or no image.
    pub async fn look(&mut self, norm_idx: usize, pixels: &[u8]) -> Result<Look, ExecError> {
        let (batch_len, port) = (self.evaluate.batch as usize, self.norms[norm_idx]);
        let n_images = (pixels.len() / IMAGE_LEN).min(batch_len);
        assert!(n_images > 0, "there is an image to look at");
        let images = pixels[..n_images * IMAGE_LEN].iter().copied().cycle().take(batch_len * IMAGE_LEN).collect();
        let batch = Batch { indices: Vec::new(), images, labels: vec![0; batch_len] };
        self.executor.write(self.evaluate.clock, 0, bytemuck::bytes_of(&Adam::KERAS.clock(0, 0.0)));
        batch.write(&mut self.executor, self.evaluate, 0);
        self.executor.run(Section::Evaluate, 1);
        let slots = [port.x.slot, port.y.slot, self.evaluate.logits.slot];
        let [mut x, mut y, mut logits]: [Vec<f32>; 3] =
            self.executor.read(&slots).await?.try_into().expect("as many as were asked for");
        let shape = Shape { n: n_images as u32, ..port.x.shape };
        let n_classes = self.evaluate.logits.shape.image_len() as usize;
        x.truncate(shape.len() as usize);
        y.truncate(shape.len() as usize);
        logits.truncate(n_images * n_classes);
        logits.chunks_exact_mut(n_classes).for_each(softmax);
        Ok(Look { shape, x, y, probabilities: logits })
    }

    /// The parameters of every norm layer, first to last.
    ///
    /// # Errors
    /// [`super::TrainError::Exec`] if the engine failed.
    pub async fn norm_weights(&mut self) -> Result<Vec<NormWeights>, super::TrainError> {
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
            tensors.iter().find(|tensor| tensor.name == name).map_or(Vec::new(), |tensor| tensor.values.clone())
        };
        let mut mix = values("logits");
        mix.chunks_exact_mut(3).for_each(softmax);
        Self { gamma: values("gamma"), beta: values("beta"), rho: values("rho"), mix }
    }
}

/// In place.
fn softmax(logits: &mut [f32]) {
    let greatest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    logits.iter_mut().for_each(|logit| *logit = (*logit - greatest).exp());
    let sum: f32 = logits.iter().sum();
    logits.iter_mut().for_each(|value| *value /= sum);
}
