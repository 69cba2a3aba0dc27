//! What a lane says of γ and β together, as text: "gno~snonneg" has no γ and keeps β at 0 or above. Each part of
//! γ's text ([`super::gain`]) follows a g and each of β's, the shift, an s; numbers are separated by colons, since links
//! separate lanes by commas. Empty if both are plain.

use super::affine::AffineSpec;
use super::gain::{COMMAS, Gain, GainNumbers, GainTextError, SEPARATOR, Start};
use crate::engine::plan::parameter::Regularizer;
use crate::engine::random::Init;
use crate::norms::norm::Norm;
use serde::{Deserialize, Serialize, Serializer};
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;
use thiserror::Error;

/// What is said of γ and β of the norms of a network.
///
/// The JSON of a run has one of two names, "identity" for plain ones and "random-uniform" for both drawn, or the bits of
/// their numbers: whoever only trains need not load what reads numbers. Lanes have the text.
#[derive(Clone, Copy, PartialEq, Default, Debug, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
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
        if self == Self::RANDOM_UNIFORM {
            return vec!["random γ".to_owned()];
        }
        let halves = ["γ", "β"].into_iter().zip(self.gains().map(|gain| gain.to_string()));
        let of_half = |(letter, text): (&str, String)| -> Vec<String> {
            text.split(SEPARATOR).filter(|part| !part.is_empty()).map(|part| words(letter, part)).collect()
        };
        halves.flat_map(of_half).collect()
    }

    /// The numbers of γ and of β.
    pub fn numbers(self) -> [GainNumbers; 2] {
        self.gains().map(Gain::numbers)
    }

    /// The rules with these numbers; `None` if there are none.
    pub fn of_numbers([gamma, beta]: [GainNumbers; 2]) -> Option<Self> {
        Some(Self { gamma: Gain::of_numbers(gamma)?, beta: Gain::of_numbers(beta)? })
    }

    fn gains(self) -> [Gain; 2] {
        [self.gamma, self.beta]
    }
}

/// How the parts of a text are called in a lane's name, and what separates their numbers there.
const CALLED: [(&str, &str, &str); 10] = [
    ("const", "from ", ""),
    ("uniform", "drawn in ", "…"),
    ("normal", "drawn in ", " ± "),
    ("nonneg", "≥ 0", ""),
    ("unit", "of norm 1", ""),
    ("max", "of norm ≤ ", ""),
    ("minmax", "of norm in ", "…"),
    ("clip", "in ", "…"),
    ("l1", "L1 ", ""),
    ("l2", "L2 ", ""),
];

fn words(letter: &str, part: &str) -> String {
    let mut numbers = part.split(COMMAS);
    let name = numbers.next().unwrap_or_default();
    let Some((_, called, between)) = CALLED.iter().find(|(known, ..)| *known == name) else {
        return format!("{name} {letter}");
    };
    let numbers: Vec<&str> = numbers.collect();
    format!("{letter} {called}{}", numbers.join(between).replace('-', "−"))
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
            "" => return Ok(Self::default()),
            DRAWN => return Ok(Self::RANDOM_UNIFORM),
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
            let words: Vec<Self> =
                rules.numbers().as_flattened().iter().map(|number| number.to_bits().to_string()).collect();
            words.join(" ")
        }
    }
}

/// A text that is not the rules of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error("the rules of γ and β are identity, random-uniform, or nine numbers for each")]
pub struct RunRulesError;

impl TryFrom<String> for AffineRules {
    type Error = RunRulesError;

    fn try_from(text: String) -> Result<Self, RunRulesError> {
        match text.as_str() {
            "identity" => return Ok(Self::default()),
            "random-uniform" => return Ok(Self::RANDOM_UNIFORM),
            _ => {}
        }
        let mut words = text.split(' ');
        let mut numbers = [GainNumbers::default(); 2];
        for number in numbers.as_flattened_mut() {
            *number = words.next().and_then(|word| word.parse().ok()).map(f32::from_bits).ok_or(RunRulesError)?;
        }
        if words.next().is_some() { Err(RunRulesError) } else { Self::of_numbers(numbers).ok_or(RunRulesError) }
    }
}

/// Writes the text of a lane's rules.
///
/// # Errors
/// Those of `to`.
pub fn serialize_text<S: Serializer>(rules: &AffineRules, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(rules)
}
