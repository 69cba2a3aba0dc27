//! What is said of γ or of β: whether the layer has it, what it starts from, and the rules that training keeps.
//!
//! Its text is that of links and JSON: "no", "uniform,-0.05,0.05~nonneg~l2,0.01"; empty for a plain parameter. Scenes,
//! lanes and calls all use it; [`super::rules`] puts γ and β together.

use crate::engine::plan::parameter::{Constraint, Regularizer, Tuning, TuningError};
use crate::engine::random::Init;
use crate::norms::number;
use serde::{Deserialize, Serialize};
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;
use thiserror::Error;

/// What is said of γ, or of β.
#[derive(Clone, Copy, PartialEq, Default, Debug, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Gain {
    /// What it starts from.
    pub start: Start,
    /// What is done to it after every step of training.
    pub constraint: Option<Constraint>,
    /// What large values cost in training.
    pub regularizer: Regularizer,
}

/// What γ or β starts from.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub enum Start {
    /// The layer has none: as if γ were 1 and β 0.
    Absent,
    /// The usual number: 1 for γ and 0 for β; in a scene its own number. The same for all channels.
    #[default]
    Number,
    /// This number, for all channels. A scene has its own number for that.
    Constant(f32),
    /// Drawn at random.
    Drawn(Init),
}

/// A text that is not a [`Gain`]'s.
#[derive(Clone, PartialEq, Debug, Error)]
pub enum GainTextError {
    /// Something that is not known.
    #[error("“{0}” does not say what γ or β is: for example no, uniform,-0.05,0.05 or nonneg~l2,0.01")]
    Unknown(String),
    /// What should be a number.
    #[error("“{0}” is not a number, such as 0.05")]
    Number(String),
    /// A number out of its range.
    #[error(transparent)]
    Rule(#[from] TuningError),
}

impl GainTextError {
    pub(super) fn of(text: &str) -> Self {
        Self::Unknown(shortened(text))
    }
}

/// A gain in numbers: its start and two numbers of it, its constraint and three of it, l1 and l2. Snapshots and runs have it.
pub type GainNumbers = [f32; 9];

/// Separates the parts of the text.
pub(super) const SEPARATOR: char = '~';

/// Separates the numbers of a part: the first is written, both are read. Links separate lanes by commas.
pub(super) const COMMAS: [char; 2] = [',', ':'];

impl Gain {
    /// A parameter that the layer does not have.
    pub const ABSENT: Self =
        Self { start: Start::Absent, constraint: None, regularizer: Regularizer { l1: 0.0, l2: 0.0 } };

    /// Whether the layer has the parameter.
    pub fn is_present(self) -> bool {
        self.start != Start::Absent
    }

    /// Its values, `len` of them, where a plain parameter has `number`; kept within the constraint, as any step of training
    /// leaves them. `label` and `seed` are those of a random start.
    pub fn values(self, number: f32, seed: u32, label: &str, len: usize) -> Vec<f32> {
        let Tuning { init, constraint, .. } = self.tuning(number);
        let mut values = init.values(seed, label, len);
        if let Some(constraint) = constraint {
            constraint.apply(&mut values);
        }
        values
    }

    /// How it starts and trains, where a plain parameter starts from `number`.
    pub fn tuning(self, number: f32) -> Tuning {
        let init = match self.start {
            Start::Absent | Start::Number => Init::Constant(number),
            Start::Constant(value) => Init::Constant(value),
            Start::Drawn(init) => init,
        };
        Tuning { init, constraint: self.constraint, regularizer: self.regularizer }
    }

    /// As numbers; those that a start or constraint does not have are 0.
    pub fn numbers(self) -> GainNumbers {
        let [start, a, b] = match self.start {
            Start::Number => [0.0; 3],
            Start::Absent => [1.0, 0.0, 0.0],
            Start::Constant(value) | Start::Drawn(Init::Constant(value)) => [2.0, value, 0.0],
            Start::Drawn(Init::Uniform { low, high }) => [3.0, low, high],
            Start::Drawn(Init::Normal { mean, deviation }) => [4.0, mean, deviation],
            // Never said of γ or β.
            Start::Drawn(Init::GlorotUniform { .. } | Init::HeNormal { .. } | Init::Orthogonal { .. }) => [0.0; 3],
        };
        let [constraint, c, d, e] = match self.constraint {
            None => [0.0; 4],
            Some(Constraint::NonNegative) => [1.0, 0.0, 0.0, 0.0],
            Some(Constraint::UnitNorm) => [2.0, 0.0, 0.0, 0.0],
            Some(Constraint::MaxNorm { max }) => [3.0, max, 0.0, 0.0],
            Some(Constraint::MinMaxNorm { min, max, rate }) => [4.0, min, max, rate],
            Some(Constraint::Clip { min, max }) => [5.0, min, max, 0.0],
        };
        [start, a, b, constraint, c, d, e, self.regularizer.l1, self.regularizer.l2]
    }

    /// The gain with these numbers; `None` if there is none, or one is out of its range.
    pub fn of_numbers(numbers: GainNumbers) -> Option<Self> {
        let [start, a, b, constraint, c, d, e, l1, l2] = numbers;
        let starts = [
            Start::Number,
            Start::Absent,
            Start::Constant(a),
            Start::Drawn(Init::Uniform { low: a, high: b }),
            Start::Drawn(Init::Normal { mean: a, deviation: b }),
        ];
        let constraints = [
            None,
            Some(Constraint::NonNegative),
            Some(Constraint::UnitNorm),
            Some(Constraint::MaxNorm { max: c }),
            Some(Constraint::MinMaxNorm { min: c, max: d, rate: e }),
            Some(Constraint::Clip { min: c, max: d }),
        ];
        let (start, constraint) = (*starts.get(start as usize)?, *constraints.get(constraint as usize)?);
        let gain = Self { start, constraint, regularizer: Regularizer { l1, l2 } };
        (gain.numbers() == numbers && gain.tuning(0.0).check().is_ok()).then_some(gain)
    }

    /// The same with nothing in it that has no effect, where a plain parameter starts from `number`: a parameter that the
    /// layer does not have has no rules.
    pub fn settled(self, number: f32) -> Self {
        match self.start {
            Start::Absent => Self::ABSENT,
            Start::Constant(value) if value == number => Self { start: Start::Number, ..self },
            Start::Constant(_) | Start::Number | Start::Drawn(_) => self,
        }
    }
}

impl Display for Gain {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        let start = match self.start {
            Start::Absent => Some("no".to_owned()),
            Start::Number => None,
            Start::Constant(value) => Some(format!("const,{value}")),
            Start::Drawn(Init::Normal { mean, deviation }) => Some(format!("normal,{mean},{deviation}")),
            Start::Drawn(Init::Uniform { low, high }) => Some(format!("uniform,{low},{high}")),
            Start::Drawn(_) => None,
        };
        let constraint = self.constraint.map(|constraint| match constraint {
            Constraint::NonNegative => "nonneg".to_owned(),
            Constraint::UnitNorm => "unit".to_owned(),
            Constraint::MaxNorm { max } => format!("max,{max}"),
            Constraint::MinMaxNorm { min, max, rate } => format!("minmax,{min},{max},{rate}"),
            Constraint::Clip { min, max } => format!("clip,{min},{max}"),
        });
        let Regularizer { l1, l2 } = self.regularizer;
        let penalty = |name: &str, factor: f32| (factor != 0.0).then(|| format!("{name},{factor}"));
        let parts = [start, constraint, penalty("l1", l1), penalty("l2", l2)];
        to.write_str(&parts.into_iter().flatten().collect::<Vec<_>>().join(&SEPARATOR.to_string()))
    }
}

impl FromStr for Gain {
    type Err = GainTextError;

    fn from_str(text: &str) -> Result<Self, GainTextError> {
        read(text)
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

fn read(text: &str) -> Result<Gain, GainTextError> {
    let mut gain = Gain::default();
    for part in text.split(SEPARATOR).filter(|part| !part.is_empty()) {
        let (name, numbers) = match part.split_once(COMMAS) {
            Some((name, numbers)) => (name, numbers.split(COMMAS).collect()),
            None => (part, vec![]),
        };
        let number = |text: &str| number::read_f32(text).ok_or_else(|| GainTextError::Number(shortened(text)));
        let numbers: Vec<f32> = numbers.into_iter().map(number).collect::<Result<_, _>>()?;
        match (name, numbers.as_slice()) {
            ("no", []) => gain.start = Start::Absent,
            ("const", &[value]) => gain.start = Start::Constant(value),
            ("uniform", &[low, high]) => gain.start = Start::Drawn(Init::Uniform { low, high }),
            ("normal", &[mean, deviation]) => gain.start = Start::Drawn(Init::Normal { mean, deviation }),
            ("nonneg", []) => gain.constraint = Some(Constraint::NonNegative),
            ("unit", []) => gain.constraint = Some(Constraint::UnitNorm),
            ("max", &[max]) => gain.constraint = Some(Constraint::MaxNorm { max }),
            ("minmax", &[min, max, rate]) => gain.constraint = Some(Constraint::MinMaxNorm { min, max, rate }),
            ("clip", &[min, max]) => gain.constraint = Some(Constraint::Clip { min, max }),
            ("l1", &[l1]) => gain.regularizer.l1 = l1,
            ("l2", &[l2]) => gain.regularizer.l2 = l2,
            _ => return Err(GainTextError::of(text)),
        }
    }
    gain.tuning(0.0).check()?;
    Ok(gain)
}

impl From<Gain> for String {
    fn from(gain: Gain) -> Self {
        gain.to_string()
    }
}

impl TryFrom<String> for Gain {
    type Error = GainTextError;

    fn try_from(text: String) -> Result<Self, GainTextError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_back() {
        for text in [
            "",
            "no",
            "const,0.5~l2,1",
            "uniform,-0.05,0.05",
            "normal,0,0.05~nonneg",
            "unit~l1,0.01~l2,0.5",
            "minmax,0,1,0.5",
            "max,2",
        ] {
            let gain: Gain = text.parse().unwrap();
            assert_eq!(gain.to_string(), text);
        }
        for text in ["yes", "uniform,1", "uniform,1,0", "max,-1", "l2,NaN", "no,1", "minmax,2,1,1"] {
            assert!(text.parse::<Gain>().is_err(), "{text}");
        }
    }
}
