//! Reads a norm layer's call in the style of PyTorch, Keras 2 or 3, TensorFlow Addons, flax (linen or nnx) or a paper: what
//! it would do to our tensor. Every argument that a call accepts acts, or changes no value, or is refused by name.
//!
//! Our tensor is N×C×H×W. PyTorch has the same order, so its `normalized_shape` is the last axes; Keras, TensorFlow
//! Addons and flax have N×H×W×C, so their axis 1 is H and their last axis C. Where the reader says what the axes are, every
//! call counts them as they are said: N×L×C has three. Reads and writes words only; computes no norm.
//!
//! Uses: norms, engine::plan, engine::random, network::layer::norm, figure::scene, figure::ledger.

mod axes;
mod bind;
mod gains;
mod meaning;
mod mode;
mod name;
mod paper;
mod parse;
mod rank;
mod refusal;
mod signature;
mod value;
mod words;
mod write;
mod write_gains;

pub use crate::figure::scene::Dialect;
pub use write::write;

use crate::figure::scene::layout::Layout;
use crate::figure::scene::{Method, Mode, Scene};
use crate::network::layer::norm::gain::Gain;
use crate::norms::grouping::tiling::Axis;
use crate::norms::norm::Norm;
use crate::norms::norm::catalog::Number;
use crate::norms::shape::Shape;
use serde::Serialize;
use signature::{Names, Signature};
use std::num::NonZeroU32;
use thiserror::Error;
use tsify::Tsify;
use value::Env;

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
    /// Training or evaluation, if the call says it.
    pub mode: Option<Mode>,
    /// The shape of γ and β in the framework's order of axes; empty if there is neither.
    pub affine_shape: Vec<u32>,
    /// γ and β in words.
    pub affine: String,
    /// What the call does, in a sentence.
    pub says: String,
    /// What the same text means in another framework, if that differs.
    pub also: Option<String>,
    /// What the call says of γ, β and the mean, for the scene.
    pub patch: GainPatch,
}

/// What a call says of γ, β and the mean, with the names of a scene.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct GainPatch {
    /// Whether the layer has γ, how it starts, and its rules.
    #[tsify(type = "string")]
    pub gamma_rule: Gain,
    /// The same for β.
    #[tsify(type = "string")]
    pub beta_rule: Gain,
    /// The constant that γ starts from, if the call says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[tsify(optional)]
    pub gamma: Option<f32>,
    /// The constant that β starts from, if the call says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[tsify(optional)]
    pub beta: Option<f32>,
    /// Whether the mean is not subtracted, though the variance is about it.
    pub uncentred: bool,
}

/// The tensor that a call is read for, and what the page shows that a call may leave unsaid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Around {
    /// The tensor's shape.
    pub shape: Shape,
    /// What its axes are said to be.
    pub layout: Layout,
    /// G, if the method that is shown has groups.
    pub groups: Option<NonZeroU32>,
    /// The devices of the synchronized batch norm that is shown.
    pub devices: Option<NonZeroU32>,
    /// Training or evaluation, for calls that do not say it.
    pub mode: Mode,
}

impl Around {
    /// What a scene shows.
    pub fn of(scene: &Scene) -> Self {
        let norm = match scene.method {
            Method::Norm(norm) => Some(norm),
            Method::Own(own) => own.norm(scene.shape),
        };
        let count = |wanted: Number| norm.filter(|norm| norm.kind().number() == wanted).and_then(Norm::count);
        Self {
            shape: scene.shape,
            layout: scene.layout,
            groups: count(Number::Groups),
            devices: count(Number::Devices),
            mode: scene.mode,
        }
    }
}

impl From<Shape> for Around {
    fn from(shape: Shape) -> Self {
        Self { shape, layout: Layout::Usual, groups: None, devices: None, mode: Mode::Train }
    }
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
            Self::Keras2 => "Keras 2",
            Self::Tfa => "TensorFlow Addons",
            Self::Jax => "flax",
            Self::Nnx => "flax nnx",
        }
    }

    /// Its name in the page's menu.
    pub fn menu_name(self) -> &'static str {
        match self {
            Self::Paper => "The paper",
            Self::Tfa => "TF Addons",
            Self::Jax => "JAX (flax)",
            Self::Nnx => "JAX (nnx)",
            Self::Pytorch | Self::Keras | Self::Keras2 => self.name(),
        }
    }

    fn is_channels_last(self) -> bool {
        matches!(self, Self::Keras | Self::Keras2 | Self::Tfa | Self::Jax | Self::Nnx)
    }
}

/// Reads one call for a tensor of a shape, or for what a scene shows.
///
/// If several frameworks have a layer of this name, the arguments decide; the first in the order of the signatures if they
/// fit all.
///
/// # Errors
/// [`CallError`] if the text is not a call, the layer is unknown, its arguments are wrong, or it is for a tensor of
/// another shape.
pub fn read(text: &str, around: impl Into<Around>) -> Result<Call, CallError> {
    let around = around.into();
    let shape = around.shape;
    if shape.is_empty() || shape.checked_len().is_none() {
        return Err(CallError::new(0, format!("a tensor of {shape} has no values to normalize"), ""));
    }
    let path = match parse::parse(text, around.env(Dialect::Pytorch))? {
        parse::Text::Words(words) => return paper::read(&words, around),
        parse::Text::Call(parsed) => parsed.path,
    };
    match signature::find(&path)? {
        Names::Known(candidates) => choose(text, &candidates, around),
        Names::Unknown { at, message, hint } => Err(CallError::new(at, message, hint)),
    }
}

impl Around {
    /// What the names of lengths mean in a framework.
    fn env(self, dialect: Dialect) -> Env {
        let order = self.layout.order(dialect.is_channels_last());
        let mut lengths = [1; 4];
        for (length, axis) in lengths.iter_mut().zip(order) {
            *length = axis.length(self.shape);
        }
        let named = Axis::ALL.map(|axis| {
            let is_known = order.contains(&axis);
            (if is_known { self.layout.letter(axis) } else { ' ' }, axis.length(self.shape))
        });
        Env { lengths, n_axes: order.len(), named, groups: self.groups.map(NonZeroU32::get) }
    }
}

/// What one signature makes of a text.
fn read_as(text: &str, signature: &'static Signature, around: Around) -> Result<Result<Call, CallError>, CallError> {
    // Parsed again for every framework: x.shape is in its order of axes.
    let parse::Text::Call(parsed) = parse::parse(text, around.env(signature.dialect))? else {
        return Err(CallError::new(0, "a call is expected", ""));
    };
    let bound = bind::bind(signature, &parsed, around.layout)?;
    Ok(meaning::of(&bound, &parsed, around))
}

/// Returns the reading by the first signature that fits the arguments, with a note on what another makes of them.
fn choose(text: &str, candidates: &[&'static Signature], around: Around) -> Result<Call, CallError> {
    let mut slips: Vec<(&Signature, CallError)> = Vec::new();
    let mut rest = candidates.iter();
    for &signature in rest.by_ref() {
        match read_as(text, signature, around) {
            Err(slip) => slips.push((signature, slip)),
            Ok(call) => {
                let mut call = call?;
                call.also = match (slips.first(), rest.next()) {
                    (Some((first, slip)), _) => {
                        let (name, first) = (signature.dialect.name(), first.dialect.name());
                        Some(format!("Read as {name}: in {first}, {}.", slip.message))
                    }
                    (None, Some(other)) => differing(&call, other, read_as(text, other, around)),
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
fn differing(call: &Call, other: &Signature, read: Result<Result<Call, CallError>, CallError>) -> Option<String> {
    let name = other.dialect.name();
    match read.and_then(|call| call) {
        Ok(same) if same.method == call.method => None,
        Ok(otherwise) => Some(format!("In {name}: {}", otherwise.says)),
        Err(slip) => Some(format!("In {name} this is an error: {}.", slip.message)),
    }
}

/// A layer, and its arguments.
pub type LayerArguments = (Dialect, &'static str, Vec<&'static str>);

/// Every layer that is known, with the names of all arguments that it accepts.
pub fn layers() -> Vec<LayerArguments> {
    let names = |signature: &Signature| signature.params().iter().map(|param| param.name).collect();
    signature::all().iter().map(|signature| (signature.dialect, signature.name, names(signature))).collect()
}
