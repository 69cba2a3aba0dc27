//! Layer calls of five dialects, read as the norm that they really make of our N×C×H×W tensor, and written for a scene.
//!
//! Keras, TensorFlow Addons and JAX put the channels last: their axis 1 is H and their axis 3 is C.

mod call;
mod layers;
mod write;

use crate::norm::Norm;
use crate::shape::Shape;
use serde::{Deserialize, Serialize};
use tsify::Tsify;
pub use write::write;

/// How a library, or the paper, writes a layer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names are the libraries'")]
pub enum Dialect {
    Paper,
    Pytorch,
    Keras,
    Tfa,
    Jax,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Paper, Self::Pytorch, Self::Keras, Self::Tfa, Self::Jax];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Paper => "the paper",
            Self::Pytorch => "PyTorch",
            Self::Keras => "Keras",
            Self::Tfa => "TensorFlow Addons",
            Self::Jax => "JAX (flax)",
        }
    }
}

/// What a call makes.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
pub struct Made {
    /// Whose call it is.
    pub dialect: Dialect,
    /// The norm.
    #[tsify(type = "Norm")]
    pub norm: Norm,
    /// ε, by the call or the dialect's default.
    pub epsilon: f32,
    /// Weight of the new value in running statistics, however the dialect writes it; of norms that keep such.
    pub momentum: Option<f32>,
    /// What it makes, in a sentence.
    pub words: String,
}

/// Why a call cannot be used, and where.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Tsify)]
pub struct Slip {
    /// The first character concerned, and the one behind the last.
    pub at: [usize; 2],
    /// What the dialect makes of it, in our words.
    pub message: String,
}

impl Slip {
    fn at(at: [usize; 2], message: impl Into<String>) -> Self {
        Self { at, message: message.into() }
    }
}

/// Reads a call for a tensor of `shape`.
///
/// # Errors
/// [`Slip`] if it is no call, names no layer that we know, or the layer would refuse the tensor.
pub fn read(text: &str, shape: Shape) -> Result<Made, Slip> {
    layers::make(&call::read(text)?, shape)
}
