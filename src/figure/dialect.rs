//! Reads a norm layer's call in the style of PyTorch, Keras, TensorFlow Addons, flax or a paper: what it would do to
//! our tensor.
//!
//! Our tensor is N×C×H×W. PyTorch has the same order, so its `normalized_shape` is the last axes; Keras, TensorFlow
//! Addons and flax have N×H×W×C, so their axis 1 is H and their last axis C. Reads and writes words only; computes no
//! norm.
//!
//! Uses: norms, engine::random, figure::scene.

mod bind;
mod meaning;
mod paper;
mod parse;
mod signature;
mod words;
mod write;

pub use crate::figure::scene::Dialect;
pub use write::write;

use crate::figure::scene::Method;
use crate::norms::shape::Shape;
use bind::Bound;
use parse::Parsed;
use serde::Serialize;
use signature::{Names, Signature};
use thiserror::Error;
use tsify::Tsify;

/// What a call does to our tensor.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// The framework whose call it is.
    pub dialect: Dialect,
    /// Which values share a mean.
    pub method: Method,
    /// Added to the variance: the number given, or the framework's default.
    pub epsilon: f32,
    /// Weight of the new value in running statistics; `None` if there are none.
    pub momentum: Option<f32>,
    /// The shape of γ and β in the framework's order of axes; empty if there is neither.
    pub affine_shape: Vec<u32>,
    /// γ and β in words.
    pub affine: String,
    /// What the call does, in a sentence.
    pub says: String,
    /// What the same text means in another framework, if that differs.
    pub also: Option<String>,
}

/// Why a text is not a call that fits our tensor.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("{message}")]
pub struct CallError {
    /// The byte of the text where the error is, or the text's length.
    pub at: usize,
    /// What is wrong.
    pub message: String,
    /// What to write instead; may be empty.
    pub hint: String,
}

impl CallError {
    fn new(at: usize, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { at, message: message.into(), hint: hint.into() }
    }
}

impl Dialect {
    /// Its name in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Self::Paper => "the paper",
            Self::Pytorch => "PyTorch",
            Self::Keras => "Keras",
            Self::Tfa => "TensorFlow Addons",
            Self::Jax => "flax",
        }
    }

    /// Its name in the page's menu.
    pub fn menu_name(self) -> &'static str {
        match self {
            Self::Paper => "The paper",
            Self::Tfa => "TF Addons",
            Self::Jax => "JAX (flax)",
            Self::Pytorch | Self::Keras => self.name(),
        }
    }

    fn is_channels_last(self) -> bool {
        matches!(self, Self::Keras | Self::Tfa | Self::Jax)
    }
}

/// Reads one call.
///
/// If both PyTorch and flax have a layer of this name, the arguments decide; PyTorch if they fit both.
///
/// # Errors
/// [`CallError`] if the text is not a call, the layer is unknown, its arguments are wrong, or it is for a tensor of
/// another shape.
pub fn read(text: &str, shape: Shape) -> Result<Call, CallError> {
    if shape.is_empty() || shape.checked_len().is_none() {
        return Err(CallError::new(0, format!("a tensor of {shape} has no values to normalize"), ""));
    }
    let parsed = match parse::parse(text)? {
        parse::Text::Words(words) => return paper::read(&words, shape),
        parse::Text::Call(parsed) => parsed,
    };
    let candidates: Vec<&Signature> = match signature::find(&parsed.path)? {
        Names::Known(candidates) => candidates,
        Names::Unknown { at, message, hint } => return Err(CallError::new(at, message, hint)),
    };
    choose(&parsed, &candidates, shape)
}

/// Returns the reading by the first signature that fits the arguments, with a note on what another makes of them.
fn choose(parsed: &Parsed, candidates: &[&'static Signature], shape: Shape) -> Result<Call, CallError> {
    let mut slips: Vec<(&Signature, CallError)> = Vec::new();
    let mut rest = candidates.iter();
    for &signature in rest.by_ref() {
        match bind::bind(signature, parsed) {
            Err(slip) => slips.push((signature, slip)),
            Ok(bound) => {
                let mut call = meaning::of(&bound, shape)?;
                call.also = match (slips.first(), rest.next()) {
                    (Some((first, slip)), _) => {
                        let (name, first) = (signature.dialect.name(), first.dialect.name());
                        Some(format!("Read as {name}: in {first}, {}.", slip.message))
                    }
                    (None, Some(other)) => differing(&call, other, bind::bind(other, parsed), shape),
                    (None, None) => None,
                };
                return Ok(call);
            }
        }
    }
    // The error farthest into the text comes from the framework that was meant.
    let farthest = slips.into_iter().map(|(_, slip)| slip).rev().max_by_key(|slip| slip.at);
    Err(farthest.unwrap_or_else(|| CallError::new(0, "no layer is named", "")))
}

/// What `other` makes of the same arguments, if that differs from `call`.
fn differing(call: &Call, other: &Signature, bound: Result<Bound, CallError>, shape: Shape) -> Option<String> {
    let name = other.dialect.name();
    match bound.and_then(|bound| meaning::of(&bound, shape)) {
        Ok(same) if same.method == call.method => None,
        Ok(otherwise) => Some(format!("In {name}: {}", otherwise.says)),
        Err(slip) => Some(format!("In {name} this is an error: {}.", slip.message)),
    }
}
