//! What the norm layers of a lane learned, in bounded memory.

use crate::training::train::NormWeights;
use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// Maximum number of moments kept: beyond it, every other one is forgotten.
pub const MAX_MOMENTS: usize = 120;

/// A parameter of norm layers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub enum Parameter {
    /// The factor.
    Gamma,
    /// The summand.
    Beta,
    /// Batch-instance norm's share of batch norm, per channel.
    Rho,
    /// Switchable norm's weights of instance, layer and batch, for mean and variance.
    Mix,
}

/// The parameters of all norm layers at one time.
#[derive(Clone, PartialEq, Debug)]
pub struct Moment {
    /// Images trained on.
    pub images: f64,
    /// First layer to last.
    pub layers: Vec<NormWeights>,
}

/// Moments in chronological order.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Weights(Vec<Moment>);

/// Minimum, mean and maximum of some values.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Spread {
    /// Minimum.
    pub min: f64,
    /// Mean.
    pub mean: f64,
    /// Maximum.
    pub max: f64,
}

impl Weights {
    /// Adds a moment; one at the same time or later is forgotten.
    pub fn push(&mut self, images: f64, norms: &[NormWeights]) {
        self.0.retain(|moment| moment.images < images);
        if self.0.len() == MAX_MOMENTS {
            let mut at = 0;
            self.0.retain(|_| {
                at += 1;
                at % 2 == 1
            });
        }
        self.0.push(Moment { images, layers: norms.to_vec() });
    }

    /// Forgets what came after `images`.
    pub fn cut(&mut self, images: f64) {
        self.0.retain(|moment| moment.images <= images);
    }

    /// All moments kept.
    pub fn moments(&self) -> &[Moment] {
        &self.0
    }

    /// The parameters that occur.
    pub fn kinds(&self) -> Vec<Parameter> {
        let all = [Parameter::Gamma, Parameter::Beta, Parameter::Rho, Parameter::Mix];
        let layers = || self.0.last().into_iter().flat_map(|moment| &moment.layers);
        all.into_iter().filter(|kind| layers().any(|layer| !kind.of(layer).is_empty())).collect()
    }
}

impl Parameter {
    /// Its values in a layer; none if the layer does not have it.
    pub fn of(self, layer: &NormWeights) -> &[f32] {
        match self {
            Self::Gamma => &layer.gamma,
            Self::Beta => &layer.beta,
            Self::Rho => &layer.rho,
            Self::Mix => &layer.mix,
        }
    }

    /// The letter it is written as.
    pub fn letter(self) -> &'static str {
        match self {
            Self::Gamma => "γ",
            Self::Beta => "β",
            Self::Rho => "ρ",
            Self::Mix => "weights",
        }
    }
}

impl Spread {
    /// Computes the spread of the finite `values`, if there are any.
    pub fn of(values: &[f32]) -> Option<Self> {
        let finite = || values.iter().map(|&value| f64::from(value)).filter(|value| value.is_finite());
        let count = finite().count();
        (count > 0).then(|| Self {
            min: finite().fold(f64::INFINITY, f64::min),
            mean: finite().sum::<f64>() / count as f64,
            max: finite().fold(f64::NEG_INFINITY, f64::max),
        })
    }
}
