//! The numbers of a setup: their ranges, how they step, and how what was typed is read.

use crate::norms::number;
use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// The largest batch size.
pub const MAX_BATCH: u32 = 512;

/// Learning rates above this are surely a mistake: Adam moves every weight by about its rate in each step.
pub const MAX_RATE: f64 = 1.0;

/// A number of the race's sentence.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "they are the setup's")]
pub enum RaceField {
    Batch,
    Rate,
    Epsilon,
    Momentum,
    Seed,
    Seeds,
    Epochs,
}

/// What a field can hold.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct RaceRange {
    /// Its name, such as "the batch size".
    pub name: &'static str,
    /// The smallest value it can hold.
    pub least: f64,
    /// The largest value it can hold.
    pub most: f64,
    /// Whether it holds whole numbers only.
    pub is_whole: bool,
    /// A value to suggest.
    pub example: &'static str,
}

/// The possible numbers of seeds.
const SEEDS: [f64; 3] = [1.0, 3.0, 5.0];

impl RaceField {
    /// Returns what it can hold.
    pub fn range(self) -> RaceRange {
        let range = |name, least, most, is_whole, example| RaceRange { name, least, most, is_whole, example };
        match self {
            Self::Batch => range("the batch size", 1.0, f64::from(MAX_BATCH), true, "32"),
            Self::Rate => range("the learning rate", 1e-7, MAX_RATE, false, "0.001"),
            Self::Epsilon => range("ε", 1e-12, 1.0, false, "0.00001"),
            Self::Momentum => range("the momentum of running statistics", 0.0, 1.0, false, "0.01"),
            Self::Seed => range("the seed", 0.0, f64::from(u32::MAX), true, "1"),
            Self::Seeds => range("the number of seeds", 1.0, 5.0, true, "3"),
            Self::Epochs => range("the number of epochs", 1.0, 1000.0, true, "2"),
        }
    }

    /// Returns the nearest value that it can hold; the smallest for NaN.
    pub fn clamp(self, value: f64) -> f64 {
        let RaceRange { least, most, .. } = self.range();
        let value = if value.is_nan() { least } else { value.clamp(least, most) + 0.0 };
        if self == Self::Seeds { SEEDS[((value - 1.0) / 2.0).round() as usize] } else { value }
    }

    pub(super) fn clamp_f32(self, value: f32) -> f32 {
        self.clamp(f64::from(value)) as f32
    }

    /// Returns the value some steps further: whole numbers step by one, seeds by two, others along 1, 2, 5, 10.
    pub fn stepped(self, value: f64, steps: i32) -> f64 {
        let RaceRange { is_whole, .. } = self.range();
        let next = match self {
            Self::Seeds => value + 2.0 * f64::from(steps),
            _ if is_whole => value + f64::from(steps),
            _ if value <= 0.0 && steps > 0 => RUNG_ABOVE_ZERO,
            _ => rung(nearest_rung(value) + steps),
        };
        self.clamp(next)
    }

    /// Returns the value twice or half as large.
    pub fn scaled(self, value: f64, up: bool) -> f64 {
        let RaceRange { is_whole, .. } = self.range();
        let goal = if up { 2.0 * value } else { value / 2.0 };
        self.clamp(if is_whole { goal.floor() } else { goal })
    }

    /// Reads what was typed.
    ///
    /// # Errors
    /// A sentence that says what is wrong and what would be right.
    pub fn read(self, typed: &str) -> Result<f64, String> {
        let RaceRange { name, least, most, is_whole, example } = self.range();
        let typed = typed.trim();
        if typed.is_empty() {
            return Err(format!("{name} is missing; try {example}"));
        }
        let value =
            number::read(typed).ok_or_else(|| format!("“{typed}” is not a number; {name} is one such as {example}"))?;
        if is_whole && number::is_ambiguous(typed) {
            return Err(format!("“{typed}” may be {value} or {value}000: leave out the mark"));
        }
        if self == Self::Seeds && !SEEDS.contains(&value) {
            return Err(format!("{name} is 1, 3 or 5, not {typed}"));
        }
        if (is_whole && value.fract() != 0.0) || !(least..=most).contains(&value) {
            let kind = if is_whole { "a whole number" } else { "a number" };
            return Err(format!("{name} must be {kind} from {least} to {most}, not {typed}"));
        }
        Ok(value)
    }
}

/// The first step up from 0.
const RUNG_ABOVE_ZERO: f64 = 1e-3;

const RUNGS: [f64; 3] = [1.0, 2.0, 5.0];

/// The rungs 1, 2, 5, 10, 20, … and 0.5, 0.2, 0.1, … by number; 1 is rung 0. Powers are parsed, since powers of ten
/// below 1 are not exact and dividing would add an error.
fn rung(at: i32) -> f64 {
    let digit = RUNGS[at.rem_euclid(3) as usize];
    format!("{digit}e{}", at.div_euclid(3)).parse().unwrap_or(f64::NAN)
}

fn nearest_rung(value: f64) -> i32 {
    let around = (3.0 * value.max(1e-30).log10()).round() as i32;
    let distance = |at: &i32| (rung(*at) / value).ln().abs();
    (around - 1..=around + 1).min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(around)
}
