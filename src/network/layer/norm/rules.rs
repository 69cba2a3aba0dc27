//! What a lane says of γ and β together, as text: "gno~snonneg" has no γ and keeps β at 0 or above. Each part of
//! γ's text ([`super::gain`]) follows a g and each of β's, the shift, an s; numbers are separated by colons, since links
//! separate lanes by commas. Empty if both are plain.

use super::affine::AffineSpec;
use super::gain::{COMMAS, Gain, GainNumbers, GainTextError, SEPARATOR, Start};
use crate::engine::plan::parameter::Regularizer;
use crate::engine::random::Init;
use crate::norms::norm::Norm;
use serde::de::{Error, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

/// What is said of γ and β of the norms of a network.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
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

/// The JSON of a run's rules: one of two names from before there were others, or the numbers of γ and of β. Whoever trains
/// needs no text of numbers, which is much to load.
impl Serialize for AffineRules {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if *self == Self::default() {
            "identity".serialize(to)
        } else if *self == Self::RANDOM_UNIFORM {
            "random-uniform".serialize(to)
        } else {
            self.numbers().serialize(to)
        }
    }
}

impl<'de> Deserialize<'de> for AffineRules {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(OfRun)
    }
}

struct OfRun;

impl<'de> Visitor<'de> for OfRun {
    type Value = AffineRules;

    fn expecting(&self, to: &mut Formatter<'_>) -> fmt::Result {
        to.write_str("identity, random-uniform, or nine numbers for each of gamma and beta")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<AffineRules, E> {
        match name {
            "identity" => Ok(AffineRules::default()),
            "random-uniform" => Ok(AffineRules::RANDOM_UNIFORM),
            _ => Err(E::invalid_value(Unexpected::Str(name), &self)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<AffineRules, A::Error> {
        let mut next = || list.next_element::<GainNumbers>()?.ok_or_else(|| A::Error::invalid_length(2, &self));
        let numbers = [next()?, next()?];
        AffineRules::of_numbers(numbers).ok_or_else(|| A::Error::invalid_value(Unexpected::Seq, &self))
    }
}

/// The JSON of a lane's rules: their text. `true` and `false` are read as drawn and plain ones, as there were before.
pub mod text {
    use super::{AffineRules, Deserializer, Error, Formatter, Serialize, Serializer, Visitor, fmt};

    /// Writes the text.
    ///
    /// # Errors
    /// Those of `to`.
    pub fn serialize<S: Serializer>(rules: &AffineRules, to: S) -> Result<S::Ok, S::Error> {
        rules.to_string().serialize(to)
    }

    /// Reads the text.
    ///
    /// # Errors
    /// If it is none.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<AffineRules, D::Error> {
        from.deserialize_any(Text)
    }

    struct Text;

    impl Visitor<'_> for Text {
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
}
