//! Charts of a race, drawn by plotters.
//!
//! [`trace`] keeps a curve in bounded memory, [`lanes`] the results of a race, [`curves`] chooses the lines of a view of
//! it, [`plot`] draws them. [`parameters`] and [`triangle`] draw what a lane's norm layers learn, [`sweep`] the results
//! over batch sizes. Nothing here depends on the browser, and no colour is defined here.
//!
//! # What plotters draws, and what is ours
//! Every line, outline, dot, block and word is drawn as a plotters element on its drawing areas; those in the units of the
//! axes go through its Cartesian coordinates, with [`scale::Axis`] as the ranges. The rest is ours:
//! - **Axes, grid lines and series** ([`axes`], [`sheet`]): plotters' `ChartBuilder` with its mesh can draw them, with
//!   the same look except for the name of the unit. It would add 11 kB to the 100 kB of the charts (gzipped), where the budget
//!   leaves 2; ours are two loops over the ticks.
//! - **Where ticks are, and how numbers are written** ([`scale`]): plotters has no ticks in epochs of a given number of
//!   images, and writes no numbers like ".902".
//! - **The SVG** ([`svg`]): plotters' own backend has only whole pixels, no dashes, no halo behind words, and no `data-lane`.
//!   Its dashed series cuts a line into many short ones, and supports only one dash and one gap.
//! - **The width of words** ([`labels::width_of`]): in a browser, plotters measures words with an element that has an
//!   inline style, which our content policy forbids; elsewhere it counts bytes.
//! - **Names at the ends of lines** ([`labels`]): plotters has a legend, a box away from the lines.
//! - **The title, the name of the unit, the marks and the names of published curves**: plotters centers a title and the
//!   name of an axis, and does not keep words apart.
//! - **Hatching** ([`gap`]) and **the triangle** ([`triangle`]): plotters fills evenly, and its planes are rectangles.
//! - **Cutting a line where it leaves the axis** ([`scale::clip`]): plotters draws it beyond the frame.
//! - **Fractions of a pixel** ([`sheet::Frame`]): plotters places in whole units; the page's crosshair and the names at
//!   the ends are placed without rounding. Both ways use [`scale::Axis::part`].
//!
//! Uses: norms, training::train::Report, training::train::Evaluation, training::train::RunSpec,
//! training::train::NormWeights.

pub mod trace;
pub mod scale;
pub mod svg;
pub mod sheet;
pub mod labels;
pub mod axes;
pub mod weights;
pub mod lanes;
pub mod curves;
pub mod gap;
pub mod plot;
pub mod tell;
pub mod parameters;
pub mod triangle;
pub mod sweep;

use plotters::style::{RGBAColor, RGBColor};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tsify::Tsify;

/// A colour, read and written as "#RRGGBB".
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Color(pub RGBColor);

/// A dash pattern: pixels on, pixels off, …, as in SVG; empty for a solid line.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Dash(String);

/// Why a style is invalid.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum StyleError {
    /// The colour is malformed.
    #[error("colour {0:?} is not #RRGGBB")]
    Color(String),
    /// The dash pattern is malformed.
    #[error("dash {0:?} is not a list of lengths in pixels")]
    Dash(String),
}

/// The colours of a chart, from the page's tokens.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Tsify)]
pub struct Theme {
    /// The halo behind words that overlap lines.
    #[tsify(type = "string")]
    pub paper: Color,
    /// Main text.
    #[tsify(type = "string")]
    pub ink: Color,
    /// Axes and their labels.
    #[tsify(type = "string")]
    pub quiet: Color,
    /// Grid lines.
    #[tsify(type = "string")]
    pub hair: Color,
}

impl Color {
    /// With this opacity, 0 to 1.
    pub fn mix(self, alpha: f64) -> RGBAColor {
        let RGBColor(r, g, b) = self.0;
        RGBAColor(r, g, b, alpha)
    }

    /// Interpolates linearly from this colour (0) to another (1).
    pub fn towards(self, other: Self, share: f64) -> Self {
        let (RGBColor(r, g, b), RGBColor(r1, g1, b1)) = (self.0, other.0);
        let part = |from: u8, to: u8| (f64::from(from) + (f64::from(to) - f64::from(from)) * share).round() as u8;
        Self(RGBColor(part(r, r1), part(g, g1), part(b, b1)))
    }
}

impl TryFrom<String> for Color {
    type Error = StyleError;

    fn try_from(text: String) -> Result<Self, StyleError> {
        let digits = text.trim().strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii());
        let part = |at: usize| u8::from_str_radix(digits?.get(at..at + 2)?, 16).ok();
        match (part(0), part(2), part(4)) {
            (Some(r), Some(g), Some(b)) => Ok(Self(RGBColor(r, g, b))),
            _ => Err(StyleError::Color(text)),
        }
    }
}

impl std::fmt::Display for Color {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let RGBColor(r, g, b) = self.0;
        write!(f, "#{r:02X}{g:02X}{b:02X}")
    }
}

impl From<Color> for String {
    fn from(color: Color) -> Self {
        color.to_string()
    }
}

impl Dash {
    /// Writes it as SVG does.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Dash {
    type Error = StyleError;

    fn try_from(text: String) -> Result<Self, StyleError> {
        // Digits with at most one point: the standard library's number parser weighs 10 kB.
        let is_length = |part: &str| {
            let n_points = part.matches('.').count();
            n_points <= 1 && part.len() > n_points && part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        };
        if text.split_whitespace().all(is_length) { Ok(Self(text)) } else { Err(StyleError::Dash(text)) }
    }
}

impl From<Dash> for String {
    fn from(dash: Dash) -> Self {
        dash.0
    }
}
