//! γ and β of a call: which the layer has, what they start from, and the rules that training keeps.

use super::bind::Bound;
use super::parse::Arg;
use super::signature::{Kind, distance, short};
use super::value::Value;
use super::{CallError, Dialect};
use crate::engine::plan::parameter::{Constraint, Regularizer, Tuning};
use crate::engine::random::Init;
use crate::network::layer::norm::gain::{Gain, Start};
use crate::norms::grouping::tiling::Axis;

/// γ and β of a call.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Gains {
    /// What is said of γ and of β.
    pub(super) rules: [Gain; 2],
    /// The constants that the call starts them from, if it says them.
    pub(super) constants: [Option<f32>; 2],
    /// What has nothing to act on.
    pub(super) remarks: Vec<String>,
}

impl Gains {
    /// Neither γ nor β.
    pub(super) fn neither() -> Self {
        Self { rules: [Gain::ABSENT; 2], constants: [None; 2], remarks: vec![] }
    }

    /// Whether the layer has either.
    pub(super) fn has_any(&self) -> bool {
        self.rules.iter().any(|rule| rule.is_present())
    }
}

/// The arguments that speak of γ, then of β, in Keras and TensorFlow Addons.
const KERAS_NAMES: [[&str; 3]; 2] = [
    ["gamma_initializer", "gamma_regularizer", "gamma_constraint"],
    ["beta_initializer", "beta_regularizer", "beta_constraint"],
];

/// The same in flax.
const FLAX_NAMES: [&str; 2] = ["scale_init", "bias_init"];

/// Reads γ and β, whose shape has `axes`.
///
/// # Errors
/// [`CallError`] for an initializer, regularizer or constraint that is not known, or cannot be shown.
pub(super) fn read(bound: &Bound, axes: &[Axis]) -> Result<Gains, CallError> {
    if bound.signature.kind == Kind::Identity {
        return Ok(Gains::neither());
    }
    let present = present(bound)?;
    let mut gains = Gains { rules: [Gain::default(); 2], constants: [None; 2], remarks: vec![] };
    for (part, letter) in ["γ", "β"].into_iter().enumerate() {
        let rule = &mut gains.rules[part];
        let mut idle = vec![];
        match bound.signature.dialect {
            Dialect::Keras | Dialect::Keras2 | Dialect::Tfa => {
                let [initializer, regularizer, constraint] = KERAS_NAMES[part];
                (rule.start, gains.constants[part]) = start(bound, initializer)?;
                rule.regularizer = self::regularizer(bound, regularizer)?;
                rule.constraint = self::constraint(bound, constraint, axes)?;
                if bound.get(regularizer).is_some() && rule.regularizer == Regularizer::default() {
                    gains.remarks.push(format!("the factors of {regularizer} are 0 unless they are given"));
                }
                idle.extend(KERAS_NAMES[part]);
            }
            Dialect::Jax | Dialect::Nnx => {
                (rule.start, gains.constants[part]) = start(bound, FLAX_NAMES[part])?;
                idle.push(FLAX_NAMES[part]);
            }
            Dialect::Pytorch | Dialect::Paper => {}
        }
        if !present[part] {
            idle.retain(|name| bound.get(name).is_some());
            gains.remarks.extend(idle.iter().map(|name| format!("there is no {letter} for {name} to act on")));
            (gains.rules[part], gains.constants[part]) = (Gain::ABSENT, None);
        }
    }
    Ok(gains)
}

/// Whether the layer has γ, and β.
fn present(bound: &Bound) -> Result<[bool; 2], CallError> {
    let is_rms = bound.signature.kind == Kind::Rms;
    Ok(match bound.signature.dialect {
        Dialect::Pytorch if bound.signature.is_function() => {
            [bound.get("weight").is_some(), !is_rms && bound.get("bias").is_some()]
        }
        Dialect::Pytorch => {
            let name = if bound.takes("affine") { "affine" } else { "elementwise_affine" };
            let both = bound.flag(name)?;
            let bias = !bound.takes("bias") || bound.flag("bias")?;
            [both, both && !is_rms && bias]
        }
        Dialect::Keras | Dialect::Keras2 | Dialect::Tfa if is_rms => [true, false],
        Dialect::Keras | Dialect::Keras2 | Dialect::Tfa => {
            // Keras' rms_scaling has a γ whatever `scale` says, and no β whatever `center` says.
            let (scale, center, rms) = (bound.flag("scale")?, bound.flag("center")?, bound.flag("rms_scaling")?);
            [scale || rms, center && !rms]
        }
        Dialect::Jax | Dialect::Nnx => [bound.flag("use_scale")?, !is_rms && bound.flag("use_bias")?],
        Dialect::Paper => [true, !is_rms],
    })
}

/// A name without capitals and underlines: "RandomUniform" and "random_uniform" are the same.
fn plain(name: &str) -> String {
    name.replace('_', "").to_ascii_lowercase()
}

/// What an argument names.
struct Function<'a> {
    word: &'a str,
    args: &'a [Arg],
    at: usize,
    /// Whether the name is a text, as in `"ones"`, which Keras looks up.
    is_text: bool,
    /// Whether it is called, as in `Ones()`.
    is_called: bool,
}

/// The function or class that an argument names, and its arguments.
fn named<'a>(bound: &'a Bound, name: &str, what: &str) -> Result<Option<Function<'a>>, CallError> {
    let Some(arg) = bound.get(name) else { return Ok(None) };
    let at = arg.value_at;
    let function = |word, args, is_text, is_called| Ok(Some(Function { word, args, at, is_text, is_called }));
    match &arg.value {
        Value::Text(word) => function(word, &[], true, false),
        Value::Name(word) => function(word, &[], false, false),
        Value::Call(word, args) => function(word, args, false, true),
        _ => Err(CallError::new(arg.value_at, format!("{name} must be the name of {what}"), "for example \"ones\"")),
    }
}

/// The numbers that a function takes, by place or by name; a default of NaN marks one without effect, such as a seed.
fn numbers<const COUNT: usize>(
    args: &[Arg],
    params: [(&str, f64); COUNT],
    word: &str,
) -> Result<[f32; COUNT], CallError> {
    let mut numbers = params.map(|(_, default)| default as f32);
    for (place, arg) in args.iter().enumerate() {
        let found = match &arg.key {
            Some(key) => params.iter().position(|(name, _)| name == key),
            None => Some(place).filter(|place| *place < COUNT),
        };
        let Some(found) = found else {
            let key = arg.key.as_deref().unwrap_or("argument here");
            let names: Vec<&str> = params.iter().map(|(name, _)| *name).collect();
            let hint = if names.is_empty() { "it takes none".into() } else { format!("it takes {}", names.join(", ")) };
            return Err(CallError::new(arg.at, format!("{} has no {}", short(word), short(key)), hint));
        };
        numbers[found] = match (&arg.value, params[found].1.is_nan()) {
            (_, true) => 0.0,
            (Value::Whole(whole), _) => *whole as f32,
            (Value::Real(real), _) => *real as f32,
            _ => return Err(CallError::new(arg.value_at, format!("{} must be a number", params[found].0), "")),
        };
    }
    Ok(numbers)
}

/// What a parameter starts from, and the constant if it is one that the call says.
fn start(bound: &Bound, name: &str) -> Result<(Start, Option<f32>), CallError> {
    /// Marks an argument without effect here.
    const IDLE: f64 = f64::NAN;
    let is_flax = matches!(bound.signature.dialect, Dialect::Jax | Dialect::Nnx);
    if let Some(at) = bound.place_of_nothing(name) {
        let hint =
            if is_flax { "leave it out" } else { "Keras takes glorot_uniform for it: leave it out, or write \"ones\"" };
        return Err(CallError::new(at, format!("{name}=None is not shown here"), hint));
    }
    let Some(function) = named(bound, name, "an initializer")? else { return Ok((Start::Number, None)) };
    let Function { word, args, at, .. } = function;
    if is_flax {
        check_flax(&function)?;
    }
    let constant = |value| (Start::Number, Some(value));
    let drawn = |init| (Start::Drawn(init), None);
    let found = match (word, is_flax) {
        ("zeros" | "zeros_init", true) | ("zeros" | "zero" | "Zeros" | "zeros_initializer", false) => {
            constant(numbers(args, [], word).map(|[]| 0.0)?)
        }
        ("ones" | "ones_init", true) | ("ones" | "one" | "Ones" | "ones_initializer", false) => {
            constant(numbers(args, [], word).map(|[]| 1.0)?)
        }
        ("constant", _) | ("Constant" | "constant_initializer", false) => {
            let [value] = numbers(args, [("value", 0.0)], word)?;
            constant(value)
        }
        ("random_uniform" | "RandomUniform" | "uniform" | "random_uniform_initializer", false) => {
            let [low, high, _] = numbers(args, [("minval", -0.05), ("maxval", 0.05), ("seed", IDLE)], word)?;
            drawn(Init::Uniform { low, high })
        }
        ("random_normal" | "RandomNormal" | "normal" | "random_normal_initializer", false) => {
            let [mean, deviation, _] = numbers(args, [("mean", 0.0), ("stddev", 0.05), ("seed", IDLE)], word)?;
            drawn(Init::Normal { mean, deviation })
        }
        ("uniform", true) => {
            let [scale, _] = numbers(args, [("scale", 0.01), ("dtype", IDLE)], word)?;
            drawn(Init::Uniform { low: 0.0, high: scale })
        }
        ("normal", true) => {
            let [deviation, _] = numbers(args, [("stddev", 0.01), ("dtype", IDLE)], word)?;
            drawn(Init::Normal { mean: 0.0, deviation })
        }
        _ => {
            let names: &[&str] = if is_flax {
                &["zeros", "ones", "constant", "uniform", "normal"]
            } else {
                &["zeros", "ones", "constant", "random_uniform", "random_normal"]
            };
            return Err(not_known(at, word, "an initializer that is shown here", names));
        }
    };
    let init = if let Start::Drawn(init) = found.0 { init } else { Init::Constant(found.1.unwrap_or(0.0)) };
    checked(Tuning::free(init), at).map(|()| found)
}

/// Refuses what flax cannot call with a key and a shape: a text, a maker of initializers without its parentheses, or an
/// initializer with some.
fn check_flax(function: &Function) -> Result<(), CallError> {
    let Function { word, at, is_text, is_called, .. } = *function;
    let is_itself = ["zeros", "ones"].contains(&word);
    let is_maker = ["zeros_init", "ones_init", "constant", "uniform", "normal"].contains(&word);
    let hint = match (is_text, is_called) {
        (true, _) => format!("write nn.initializers.{word}"),
        (_, true) if is_itself => format!("write {word} without parentheses"),
        (_, false) if is_maker => format!("write {word}()"),
        _ => return Ok(()),
    };
    Err(CallError::new(at, format!("{} is not a function of a key and a shape, as flax needs it", short(word)), hint))
}

/// What large values of a parameter cost.
fn regularizer(bound: &Bound, name: &str) -> Result<Regularizer, CallError> {
    /// The factor of Keras' penalties.
    const USUAL: f64 = 0.01;
    let none = Regularizer::default();
    let Some(Function { word, args, at, is_text, .. }) = named(bound, name, "a regularizer")? else { return Ok(none) };
    // Keras 3 finds the class of both by its own name only.
    let is_found = !(is_text && word == "l1_l2" && bound.signature.dialect == Dialect::Keras);
    // Keras 3 has one class for both, whose factors are 0 unless given; Keras 2's function and its text have 0.01.
    let is_class = word == "L1L2" || bound.signature.dialect == Dialect::Keras;
    let both = if is_class { 0.0 } else { USUAL };
    let regularizer = match word {
        "l1" | "L1" => numbers(args, [("l1", USUAL)], word).map(|[l1]| Regularizer { l1, ..none })?,
        "l2" | "L2" => numbers(args, [("l2", USUAL)], word).map(|[l2]| Regularizer { l2, ..none })?,
        "l1_l2" | "L1L2" if is_found => {
            numbers(args, [("l1", both), ("l2", both)], word).map(|[l1, l2]| Regularizer { l1, l2 })?
        }
        _ => {
            return Err(not_known(
                at,
                word,
                "a regularizer of γ or β",
                &["l1", "l2", if is_found { "l1_l2" } else { "L1L2" }],
            ));
        }
    };
    checked(Tuning { regularizer, ..Tuning::free(Init::Constant(0.0)) }, at).map(|()| regularizer)
}

/// What is done to a parameter after every step.
fn constraint(bound: &Bound, name: &str, axes: &[Axis]) -> Result<Option<Constraint>, CallError> {
    let Some(Function { word, args, at, .. }) = named(bound, name, "a constraint")? else { return Ok(None) };
    const AXIS: (&str, f64) = ("axis", 0.0);
    let (constraint, axis) = match word {
        "non_neg" | "NonNeg" => (numbers(args, [], word).map(|[]| Constraint::NonNegative)?, None),
        "unit_norm" | "UnitNorm" => numbers(args, [AXIS], word).map(|[axis]| (Constraint::UnitNorm, Some(axis)))?,
        "max_norm" | "MaxNorm" => numbers(args, [("max_value", 2.0), AXIS], word)
            .map(|[max, axis]| (Constraint::MaxNorm { max }, Some(axis)))?,
        "min_max_norm" | "MinMaxNorm" => {
            numbers(args, [("min_value", 0.0), ("max_value", 1.0), ("rate", 1.0), AXIS], word)
                .map(|[min, max, rate, axis]| (Constraint::MinMaxNorm { min, max, rate }, Some(axis)))?
        }
        _ => {
            let names = ["non_neg", "max_norm", "min_max_norm", "unit_norm"];
            return Err(not_known(at, word, "a constraint of γ or β", &names));
        }
    };
    if axis.is_some_and(|axis| axis != 0.0 || axes.len() > 1) {
        let message = format!("{} is shown for a vector only, along axis 0", short(word));
        return Err(CallError::new(at, message, "non_neg works for any shape"));
    }
    checked(Tuning { constraint: Some(constraint), ..Tuning::free(Init::Constant(0.0)) }, at)?;
    Ok(Some(constraint))
}

fn checked(tuning: Tuning, at: usize) -> Result<(), CallError> {
    tuning.check().map_err(|error| CallError::new(at, error.to_string(), ""))
}

fn not_known(at: usize, word: &str, what: &str, names: &[&str]) -> CallError {
    const NEAR: usize = 3;
    let away = |name: &str| distance(&plain(name), &plain(word));
    let nearest = names.iter().min_by_key(|name| away(name)).filter(|name| away(name) <= NEAR);
    let hint = nearest.map_or_else(|| format!("those are {}", names.join(", ")), |name| format!("perhaps {name}"));
    CallError::new(at, format!("{} is not {what}", short(word)), hint)
}
