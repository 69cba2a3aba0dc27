//! A call of a norm layer, as PyTorch, Keras, TensorFlow Addons, flax or a paper writes it: what it makes of our tensor.
//!
//! Ours is N×C×H×W. PyTorch has the same order, so that its `normalized_shape` are the last axes; Keras, TensorFlow Addons
//! and flax have N×H×W×C, so that their axis 1 is H and their last axis C. Reads and writes words only; computes no norm.
//!
//! Uses: norms, figure::scene.

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

/// What a call makes of our tensor.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// Whose call it is.
    pub dialect: Dialect,
    /// Which values share a mean.
    pub method: Method,
    /// Added to the variance: what was given, or the framework's own.
    pub epsilon: f32,
    /// Weight of the new value in running statistics; `None` where there are none.
    pub momentum: Option<f32>,
    /// The shape of γ and β in the framework's order of axes; empty if there are neither.
    pub affine_shape: Vec<u32>,
    /// γ and β in words.
    pub affine: String,
    /// What it does, in a sentence.
    pub says: String,
    /// What the same letters mean in another framework, where that differs.
    pub also: Option<String>,
}

/// Why a text is no call that our tensor can take.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("{message}")]
pub struct CallError {
    /// The byte of the text where it goes wrong, or its length.
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

    fn is_channels_last(self) -> bool {
        matches!(self, Self::Keras | Self::Tfa | Self::Jax)
    }
}

/// Reads one call.
///
/// Where a name is PyTorch's and flax's, the arguments decide, and PyTorch where they fit both.
///
/// # Errors
/// [`CallError`] if it is no call, of no layer known here, with wrong arguments, or for a tensor of another shape.
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

/// The reading by the first signature that the arguments fit, with a word on what another makes of them.
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
                        Some(format!("Read as {name}’s: for {first}, {}.", slip.message))
                    }
                    (None, Some(other)) => differing(&call, other, bind::bind(other, parsed), shape),
                    (None, None) => None,
                };
                return Ok(call);
            }
        }
    }
    // The slip farthest in is that of the framework that was meant.
    let farthest = slips.into_iter().map(|(_, slip)| slip).rev().max_by_key(|slip| slip.at);
    Err(farthest.unwrap_or_else(|| CallError::new(0, "no layer is called", "")))
}

/// What `other` makes of the same arguments, if that is not what `call` makes of them.
fn differing(call: &Call, other: &Signature, bound: Result<Bound, CallError>, shape: Shape) -> Option<String> {
    let name = other.dialect.name();
    match bound.and_then(|bound| meaning::of(&bound, shape)) {
        Ok(same) if same.method == call.method => None,
        Ok(otherwise) => Some(format!("In {name}: {}", otherwise.says)),
        Err(slip) => Some(format!("In {name} it is an error: {}.", slip.message)),
    }
}
