//! Errors in the sources that this page reproduces, executed: each claim as a pair of numbers, as written and
//! corrected.
//!
//! Every number is computed here by the engine's functions on demand; none is quoted.
//!
//! Uses: norms, kernel, engine::random, figure::scene, figure::walkthrough.

use crate::figure::scene::Method;
use crate::norms::norm::Norm;
use crate::norms::number::{self, power_of_ten};
use crate::norms::shape::Shape;
use serde::Serialize;
use tsify::Tsify;

mod layers;
mod samples;
mod statistics;

/// A claim of a source that can be run.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Erratum {
    /// Its name in a scene.
    pub id: &'static str,
    /// Which document says it, as the start of a sentence that [`Self::words`] complete.
    pub source: &'static str,
    /// What it says or does, and what is right.
    pub words: &'static str,
    /// What the numbers measure.
    pub quantity: &'static str,
    /// The result as written.
    pub as_written: Outcome,
    /// The corrected result.
    pub corrected: Outcome,
    /// The scenes as written and corrected, if the page can show them.
    pub scenes: Option<[Patch; 2]>,
}

/// A number and its text; without a number where the engine refuses.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
pub struct Outcome {
    /// The number.
    pub value: Option<f64>,
    /// The text for readers.
    pub text: String,
}

/// Changes to a scene.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
#[tsify(missing_as_null)]
pub struct Patch {
    /// See [`crate::figure::scene::Scene`].
    #[serde(skip_serializing_if = "Option::is_none")]
    #[tsify(optional)]
    pub method: Option<Method>,
    /// Shape of the tensor.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[tsify(optional, type = "{ n: number, c: number, h: number, w: number }")]
    pub shape: Option<Shape>,
    /// Added to the variance.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[tsify(optional)]
    pub epsilon: Option<f32>,
    /// Weight of the new value in running statistics.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[tsify(optional)]
    pub momentum: Option<f32>,
    /// γ of every channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[tsify(optional)]
    pub gamma: Option<f32>,
    /// The line of the walkthrough.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[tsify(optional)]
    pub line: Option<u32>,
}

/// The names of all errata, in the order of the list on the page.
pub const NAMES: [&str; 12] = [
    "walk-root",
    "walk-epsilon",
    "walk-group-size",
    "tutorial-axis-3",
    "translation-axis-1",
    "notebook-instance",
    "notebook-reshape",
    "overview-batch-1",
    "tutorial-random-gamma",
    "tutorial-bias",
    "overview-fold",
    "momentum",
];

/// All errata, in the order of the list on the page.
pub fn all() -> Vec<Erratum> {
    vec![
        statistics::root(),
        statistics::epsilon(),
        layers::group_size(),
        layers::per_pixel(),
        layers::down_a_column(),
        layers::whole_sample(),
        layers::reshaped(),
        layers::batch_of_one(),
        statistics::random_gamma(),
        statistics::cancelled_bias(),
        statistics::folded(),
        statistics::momentum(),
    ]
}

impl Outcome {
    /// Makes the outcome of a count.
    fn count(value: u32) -> Self {
        Self { value: Some(value.into()), text: number::count(value) }
    }

    /// Makes the outcome of a number with `digits` digits after the point; if they would all be zeros, as a power of
    /// ten.
    fn number(value: f64, digits: usize) -> Self {
        let is_tiny = value != 0.0 && value.abs() < 0.5 * 10.0_f64.powi(-(digits as i32));
        let text = if is_tiny { tiny(value).replace('-', "−") } else { number::fixed(value, digits) };
        Self { value: Some(value), text }
    }

    /// Makes the outcome of a refusal by the engine.
    fn refusal(error: &impl std::fmt::Display) -> Self {
        Self { value: None, text: format!("refused: {error}") }
    }
}

impl Patch {
    fn norm(norm: Norm) -> Self {
        Self { method: Some(Method::Norm(norm)), ..Self::default() }
    }

    /// Adds another shape.
    fn of(self, shape: Shape) -> Self {
        Self { shape: Some(shape), ..self }
    }
}

/// Returns, for example, "4·10⁻⁷".
fn tiny(value: f64) -> String {
    let text = format!("{value:.0e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    format!("{mantissa}·{}", power_of_ten(exponent))
}
