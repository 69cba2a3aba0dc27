//! What `Run.create` says of γ and β: `center`, `scale`, initializers, constraints and regularizers, by Keras' names.

use super::read::{Fields, bad, needed, word, wrong};
use crate::engine::plan::parameter::{Constraint, Regularizer};
use crate::engine::random::Init;
use crate::network::layer::norm::gain::{Gain, Start};
use crate::network::layer::norm::rules::AffineRules;
use crate::norms::norm::Norm;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** What γ or β starts from: a number for all channels, or drawn with the run's seed. "random-uniform" is from −0.05 to 0.05,
 *  "random-normal" of deviation 0.05, as Keras' strings of those names. */
export type GainInitializer =
    | "ones" | "zeros" | "random-uniform" | "random-normal" | number
    | { kind: "constant", value: number }
    | { kind: "uniform", low: number, high: number }
    | { kind: "normal", mean: number, deviation: number };

/** What is done to γ or β after every step, with ‖w‖ over all of its values: Keras' constraints, and clip(w, min, max). */
export type GainConstraint =
    | "non-neg" | "unit-norm"
    | { kind: "non-neg" | "unit-norm" }
    | { kind: "max-norm", max: number }
    | { kind: "min-max-norm", min: number, max: number, rate?: number }
    | { kind: "clip", min: number, max: number };

/** The penalty l1·Σ|w| + l2·Σw², each 0 unless it is given: its slope is added to the gradient, itself it is in no reported loss. */
export interface GainRegularizer {
    l1?: number;
    l2?: number;
}
"#;

/// The options, γ's before β's.
pub(super) const OF_GAINS: [&str; 8] = [
    "scale",
    "gammaInitializer",
    "gammaConstraint",
    "gammaRegularizer",
    "center",
    "betaInitializer",
    "betaConstraint",
    "betaRegularizer",
];

/// Reads them, of a network with this norm.
pub(super) fn read_rules(fields: &Fields, norm: Norm) -> Result<AffineRules, JsValue> {
    if norm == Norm::None {
        fields.refuse(&OF_GAINS, "there is no norm")?;
    }
    let [gamma, beta] = OF_GAINS.as_chunks().0 else { unreachable!("two of four") };
    Ok(AffineRules { gamma: read(fields, *gamma)?, beta: read(fields, *beta)? }.settled(norm))
}

fn read(fields: &Fields, [flag, initializer, constraint, regularizer]: [&str; 4]) -> Result<Gain, JsValue> {
    if !fields.flag(flag)?.unwrap_or(true) {
        fields.refuse(&[initializer, constraint, regularizer], &format!("{flag} is false"))?;
        return Ok(Gain::ABSENT);
    }
    let given = |key: &str| fields.get(key);
    let start = given(initializer)?.map(|value| read_start(&value, initializer)).transpose()?;
    let start = checked(Gain { start: start.unwrap_or_default(), ..Gain::default() }, initializer)?.start;
    let kept = given(constraint)?.map(|value| read_constraint(&value, constraint)).transpose()?;
    let kept = checked(Gain { constraint: kept, ..Gain::default() }, constraint)?.constraint;
    let penalty = given(regularizer)?.map(|value| read_regularizer(&value, regularizer)).transpose()?;
    let penalty =
        checked(Gain { regularizer: penalty.unwrap_or_default(), ..Gain::default() }, regularizer)?.regularizer;
    Ok(Gain { start, constraint: kept, regularizer: penalty })
}

/// Returns it, or an error that names the option.
fn checked(gain: Gain, key: &str) -> Result<Gain, JsValue> {
    gain.tuning(0.0).check().map_err(|error| bad(&format!("{key}: {error}"))).map(|()| gain)
}

/// A number of an object, which must be there.
fn number(fields: &Fields, owner: &str, key: &str) -> Result<f32, JsValue> {
    needed(fields.number(key)?, &format!("the {key} of {owner}"))
}

fn read_start(value: &JsValue, key: &str) -> Result<Start, JsValue> {
    if let Some(number) = value.as_f64() {
        return Ok(Start::Constant(number as f32));
    }
    if !value.is_object() {
        let words = [
            ("ones", Start::Constant(1.0)),
            ("zeros", Start::Constant(0.0)),
            ("random-uniform", Start::Drawn(Init::RANDOM_UNIFORM)),
            ("random-normal", Start::Drawn(Init::RANDOM_NORMAL)),
        ];
        return word(value, key, &words);
    }
    let kinds: [(&str, &[&str]); 3] = [
        ("constant", &["kind", "value"]),
        ("uniform", &["kind", "low", "high"]),
        ("normal", &["kind", "mean", "deviation"]),
    ];
    let (kind, fields) = kind_of(value, key, &["kind", "value", "low", "high", "mean", "deviation"], &kinds)?;
    let number = |name| number(&fields, key, name);
    Ok(match kind {
        0 => Start::Constant(number("value")?),
        1 => Start::Drawn(Init::Uniform { low: number("low")?, high: number("high")? }),
        _ => Start::Drawn(Init::Normal { mean: number("mean")?, deviation: number("deviation")? }),
    })
}

fn read_constraint(value: &JsValue, key: &str) -> Result<Constraint, JsValue> {
    if !value.is_object() {
        return word(value, key, &[("non-neg", Constraint::NonNegative), ("unit-norm", Constraint::UnitNorm)]);
    }
    let kinds: [(&str, &[&str]); 5] = [
        ("non-neg", &["kind"]),
        ("unit-norm", &["kind"]),
        ("max-norm", &["kind", "max"]),
        ("min-max-norm", &["kind", "min", "max", "rate"]),
        ("clip", &["kind", "min", "max"]),
    ];
    let (kind, fields) = kind_of(value, key, &["kind", "min", "max", "rate"], &kinds)?;
    let number = |name| number(&fields, key, name);
    Ok(match kind {
        0 => Constraint::NonNegative,
        1 => Constraint::UnitNorm,
        2 => Constraint::MaxNorm { max: number("max")? },
        3 => {
            let rate = fields.number("rate")?.unwrap_or(1.0);
            Constraint::MinMaxNorm { min: number("min")?, max: number("max")?, rate }
        }
        _ => Constraint::Clip { min: number("min")?, max: number("max")? },
    })
}

fn read_regularizer(value: &JsValue, key: &str) -> Result<Regularizer, JsValue> {
    if !value.is_object() {
        return Err(wrong(key, value, "an object such as { l2: 0.01 }"));
    }
    let fields = Fields::of(key, value, &["l1", "l2"])?;
    Ok(Regularizer { l1: fields.number("l1")?.unwrap_or(0.0), l2: fields.number("l2")?.unwrap_or(0.0) })
}

/// Which of some kinds an object is of, by its place, and its fields, which are those of that kind.
fn kind_of(value: &JsValue, key: &str, all: &[&str], kinds: &[(&str, &[&str])]) -> Result<(usize, Fields), JsValue> {
    let words: Vec<(&str, usize)> = kinds.iter().enumerate().map(|(at, (name, _))| (*name, at)).collect();
    let kind = Fields::of(key, value, all)?.word("kind", &words)?;
    let kind = needed(kind, &format!("the kind of {key}"))?;
    let (name, keys) = kinds[kind];
    Ok((kind, Fields::of(&format!("{key} of kind \"{name}\""), value, keys)?))
}
