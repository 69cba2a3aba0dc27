//! What a lane says of γ and β together, as text: "gno~snonneg" has no γ and keeps β at 0 or above. Each part of
//! γ's text ([`super::gain`]) follows a g and each of β's, the shift, an s; numbers are separated by colons, since links
//! separate lanes by commas. Empty if both are plain.

use super::affine::AffineSpec;
use super::gain::{COMMAS, Gain, GainTextError, SEPARATOR, Start};
use crate::engine::plan::parameter::{Constraint, Regularizer};
use crate::engine::random::Init;
use crate::norms::norm::Norm;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

/// What is said of γ and β of the norms of a network.
///
/// Its JSON is its text, or one of two names from before there were texts: "identity" for plain ones, "random-uniform"
/// for both drawn. `true` and `false` are read as those two.
#[derive(Clone, Copy, PartialEq, Default, Debug, Serialize)]
#[serde(into = "String")]
pub struct AffineRules {
    /// What is said of γ.
    pub gamma: Gain,
    /// What is said of β.
    pub beta: Gain,
}

/// What a plain γ and a plain β start from.
const USUAL: [f32; 2] = [1.0, 0.0];

/// The letters of γ and β in the text.
const LETTERS: [char; 2] = ['g', 's'];

/// The text of both drawn as in the tutorial.
const DRAWN: &str = "u";

impl AffineRules {
    /// Both drawn as by Keras' `"random_uniform"`, as the tutorial specifies for instance norm.
    pub const RANDOM_UNIFORM: Self = {
        let regularizer = Regularizer { l1: 0.0, l2: 0.0 };
        let gain = Gain { start: Start::Drawn(Init::RANDOM_UNIFORM), constraint: None, regularizer };
        Self { gamma: gain, beta: gain }
    };

    /// How the layers of a network start and train γ and β.
    pub fn spec(self) -> AffineSpec {
        let [gamma, beta] = [self.gamma, self.beta];
        AffineSpec {
            scale: gamma.is_present(),
            center: beta.is_present(),
            gamma: gamma.tuning(USUAL[0]),
            beta: beta.tuning(USUAL[1]),
        }
    }

    /// The same with nothing in it that has no effect on `norm`.
    pub fn settled(self, norm: Norm) -> Self {
        if norm == Norm::None {
            return Self::default();
        }
        Self { gamma: self.gamma.settled(USUAL[0]), beta: self.beta.settled(USUAL[1]) }
    }

    /// What is not usual, in a few words each: "no γ", "β ≥ 0", "γ L2 0.01".
    pub fn words(self) -> Vec<String> {
        let drawn = self == Self::RANDOM_UNIFORM;
        let halves = if drawn { vec![] } else { vec![("γ", self.gamma), ("β", self.beta)] };
        let words = halves.into_iter().flat_map(|(letter, gain)| words(letter, gain));
        drawn.then(|| "random γ".to_owned()).into_iter().chain(words).collect()
    }

    fn gains(self) -> [Gain; 2] {
        [self.gamma, self.beta]
    }
}

fn words(letter: &str, gain: Gain) -> Vec<String> {
    let start = match gain.start {
        Start::Absent => return vec![format!("no {letter}")],
        Start::Number => None,
        Start::Constant(value) => Some(format!("{letter} from {value}")),
        Start::Drawn(Init::Uniform { low, high }) => Some(format!("{letter} drawn from {low} to {high}")),
        Start::Drawn(Init::Normal { mean, deviation }) => Some(format!("{letter} drawn from N({mean}, {deviation}²)")),
        Start::Drawn(_) => Some(format!("{letter} drawn")),
    };
    let constraint = gain.constraint.map(|constraint| match constraint {
        Constraint::NonNegative => format!("{letter} ≥ 0"),
        Constraint::UnitNorm => format!("‖{letter}‖ = 1"),
        Constraint::MaxNorm { max } => format!("‖{letter}‖ ≤ {max}"),
        Constraint::MinMaxNorm { min, max, rate: 1.0 } => format!("‖{letter}‖ {min} to {max}"),
        Constraint::MinMaxNorm { min, max, rate } => format!("‖{letter}‖ {min} to {max} at {rate}"),
        Constraint::Clip { min, max } => format!("{letter} {min} to {max}"),
    });
    let Regularizer { l1, l2 } = gain.regularizer;
    let penalty = |name: &str, factor: f32| (factor != 0.0).then(|| format!("{letter} {name} {factor}"));
    [start, constraint, penalty("L1", l1), penalty("L2", l2)].into_iter().flatten().collect()
}

impl Display for AffineRules {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        if *self == Self::RANDOM_UNIFORM {
            return to.write_str(DRAWN);
        }
        let mut parts = vec![];
        for (letter, gain) in LETTERS.into_iter().zip(self.gains()) {
            let text = gain.to_string().replace(COMMAS[0], &COMMAS[1].to_string());
            parts.extend(text.split(SEPARATOR).filter(|part| !part.is_empty()).map(|part| format!("{letter}{part}")));
        }
        to.write_str(&parts.join(&SEPARATOR.to_string()))
    }
}

impl FromStr for AffineRules {
    type Err = GainTextError;

    fn from_str(text: &str) -> Result<Self, GainTextError> {
        match text {
            "" | "identity" => return Ok(Self::default()),
            DRAWN | "random-uniform" => return Ok(Self::RANDOM_UNIFORM),
            _ => {}
        }
        let mut texts = [String::new(), String::new()];
        for part in text.split(SEPARATOR) {
            let of_letter = LETTERS.iter().position(|letter| part.starts_with(*letter));
            let half = of_letter.ok_or_else(|| GainTextError::of(text))?;
            texts[half].push(SEPARATOR);
            texts[half] += &part[1..];
        }
        Ok(Self { gamma: texts[0].parse()?, beta: texts[1].parse()? })
    }
}

impl From<AffineRules> for String {
    fn from(rules: AffineRules) -> Self {
        if rules == AffineRules::default() {
            "identity".to_owned()
        } else if rules == AffineRules::RANDOM_UNIFORM {
            "random-uniform".to_owned()
        } else {
            rules.to_string()
        }
    }
}

impl<'de> Deserialize<'de> for AffineRules {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Reader)
    }
}

struct Reader;

impl Visitor<'_> for Reader {
    type Value = AffineRules;

    fn expecting(&self, to: &mut Formatter<'_>) -> fmt::Result {
        to.write_str("the text of γ and β, such as gno~snonneg")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<AffineRules, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_bool<E: Error>(self, is_drawn: bool) -> Result<AffineRules, E> {
        Ok(if is_drawn { AffineRules::RANDOM_UNIFORM } else { AffineRules::default() })
    }
}
