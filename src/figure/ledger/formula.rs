//! Formulas as trees of text, ready to be typeset as MathML or as a line of plain text.

use super::number::{chosen, fixed, scientific};
use serde::Serialize;
use tsify::Tsify;

/// A part of a formula.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(tag = "type", rename_all = "kebab-case")]
#[expect(clippy::use_self, reason = "the TypeScript of the type would say Self")]
pub enum Formula {
    /// A number, and what it opens.
    Number {
        /// As shown.
        text: String,
        /// What it opens, if anything.
        opens: Option<Opens>,
    },
    /// A letter, with an index if there are several.
    Letter {
        /// "μ".
        text: &'static str,
        /// "batch".
        index: Option<&'static str>,
    },
    /// A sign between operands.
    Sign {
        /// "+".
        text: &'static str,
    },
    /// Parts side by side.
    Row {
        /// From left to right.
        parts: Vec<Formula>,
    },
    /// A fraction.
    Fraction {
        /// Above the line.
        over: Box<Formula>,
        /// Below it.
        under: Box<Formula>,
    },
    /// A square root.
    Root {
        /// The radicand.
        of: Box<Formula>,
    },
    /// A power.
    Power {
        /// The base.
        base: Box<Formula>,
        /// The exponent.
        exponent: String,
    },
}

/// What a number opens: part of the sums of one set of values, or of the value itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Opens {
    /// Which number it is.
    pub what: Quantity,
    /// The index of its set, counted from 0.
    pub set: u32,
}

/// A number with an origin.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Tsify)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Quantity {
    X,
    Mean,
    Variance,
    XHat,
    Y,
}

/// A number with `digits` digits after the point; `opens` if it can be opened. Only [`factor`] puts a negative number
/// in brackets.
pub fn number(value: f64, digits: usize, opens: Option<Opens>) -> Formula {
    Formula::Number { text: fixed(value, digits), opens }
}

/// A whole number.
pub fn count(value: u32) -> Formula {
    Formula::Number { text: value.to_string(), opens: None }
}

/// A number that a reader chose, with at least two digits after the point.
pub fn chosen_number(value: f32) -> Formula {
    bracketed(chosen(value, 2), None)
}

/// A number after a sign: in brackets if it is negative.
pub fn factor(value: f64, digits: usize, opens: Option<Opens>) -> Formula {
    bracketed(fixed(value, digits), opens)
}

fn bracketed(text: String, opens: Option<Opens>) -> Formula {
    if text.starts_with('−') {
        row([sign("("), Formula::Number { text, opens }, sign(")")])
    } else {
        Formula::Number { text, opens }
    }
}

/// ε as a power of ten with its factor.
pub fn power_of_ten(value: f32) -> Formula {
    if value == 0.0 {
        return count(0);
    }
    let (mantissa, exponent) = scientific(value);
    let power = Formula::Power { base: Box::new(count(10)), exponent };
    if mantissa.is_empty() { power } else { row([Formula::Number { text: mantissa, opens: None }, sign("×"), power]) }
}

/// A letter.
pub fn letter(text: &'static str) -> Formula {
    Formula::Letter { text, index: None }
}

/// A letter with an index; without one if there is only one set.
pub fn letter_of(text: &'static str, index: Option<&'static str>) -> Formula {
    Formula::Letter { text, index }
}

/// σ², with an index.
pub fn squared_of(text: &'static str, index: Option<&'static str>) -> Formula {
    Formula::Power { base: Box::new(letter_of(text, index)), exponent: "2".into() }
}

/// A sign.
pub fn sign(text: &'static str) -> Formula {
    Formula::Sign { text }
}

/// Parts side by side.
pub fn row(parts: impl IntoIterator<Item = Formula>) -> Formula {
    Formula::Row { parts: parts.into_iter().collect() }
}

/// A fraction.
pub fn fraction(over: Formula, under: Formula) -> Formula {
    Formula::Fraction { over: Box::new(over), under: Box::new(under) }
}

/// A square root.
pub fn root(of: Formula) -> Formula {
    Formula::Root { of: Box::new(of) }
}

/// a − b, without two signs in a row.
pub fn less(a: (f64, Option<Opens>), b: (f64, Option<Opens>), digits: usize) -> Formula {
    let text = fixed(b.0, digits);
    let (between, size) = match text.strip_prefix('−') {
        Some(size) => ("+", size.to_owned()),
        None => ("−", text),
    };
    row([number(a.0, digits, a.1), sign(between), Formula::Number { text: size, opens: b.1 }])
}
