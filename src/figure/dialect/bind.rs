//! Matches the arguments of a call to the names of a signature, and reads their values.

use super::CallError;
use super::parse::{Arg, Parsed, Value};
use super::signature::{Signature, distance, short};
use crate::norms::grouping::tiling::Axis;
use crate::norms::shape::Shape;

/// A call whose arguments are matched to its layer's parameters.
pub(super) struct Bound<'a> {
    pub(super) signature: &'static Signature,
    args: Vec<(&'static str, &'a Arg)>,
    /// Position of the layer's name.
    pub(super) at: usize,
}

/// Matches the arguments to the names in `signature`.
///
/// # Errors
/// [`CallError`] if an argument is unknown, given twice, or missing.
pub(super) fn bind<'a>(signature: &'static Signature, parsed: &'a Parsed) -> Result<Bound<'a>, CallError> {
    let params: Vec<&'static str> = signature.params.split_whitespace().collect();
    let plain = |param: &'static str| param.trim_start_matches('*').trim_end_matches('!');
    let mut args: Vec<(&'static str, &Arg)> = Vec::new();
    for (place, arg) in parsed.args.iter().enumerate() {
        let param = match &arg.key {
            Some(key) => params.iter().map(|param| plain(param)).find(|param| param == key),
            None => params.get(place).copied().filter(|param| !param.starts_with('*')).map(plain),
        };
        let Some(param) = param else {
            return Err(unknown(signature, &params, arg));
        };
        if args.iter().any(|(taken, _)| *taken == param) {
            return Err(CallError::new(arg.at, format!("{param} is given twice"), ""));
        }
        args.push((param, arg));
    }
    let is_given = |param: &str| args.iter().any(|(given, _)| *given == param);
    if let Some(missing) = params.iter().find(|param| param.ends_with('!') && !is_given(plain(param))) {
        let message = format!("{} needs {}", signature.name, plain(missing));
        return Err(CallError::new(parsed.end, message, arguments(&params)));
    }
    Ok(Bound { signature, args, at: parsed.path.last().map_or(0, |(at, _)| *at) })
}

fn unknown(signature: &Signature, params: &[&str], arg: &Arg) -> CallError {
    let (dialect, name) = (signature.dialect.name(), signature.name);
    let Some(key) = &arg.key else {
        return CallError::new(
            arg.at,
            format!("{dialect}’s {name} has no positional argument here"),
            arguments(params),
        );
    };
    const NEAR: usize = 3;
    let clean = || params.iter().map(|param| param.trim_matches(['*', '!']));
    let longer = clean().find(|param| key.starts_with(param));
    let near =
        longer.or_else(|| clean().min_by_key(|param| distance(param, key)).filter(|near| distance(near, key) <= NEAR));
    let hint = near.map_or_else(|| arguments(params), |near| format!("perhaps {near}"));
    CallError::new(arg.at, format!("{dialect}’s {name} has no argument {}", short(key)), hint)
}

/// "it takes groups, axis, epsilon, …".
fn arguments(params: &[&str]) -> String {
    const SHOWN: usize = 4;
    let names: Vec<&str> = params.iter().take(SHOWN).map(|param| param.trim_matches(['*', '!'])).collect();
    match params.len() {
        0 => "it takes no arguments".into(),
        n if n > SHOWN => format!("it takes {}, …", names.join(", ")),
        _ => format!("it takes {}", names.join(", ")),
    }
}

impl Bound<'_> {
    /// The argument of this name; `None` counts as not given.
    pub(super) fn get(&self, name: &str) -> Option<&Arg> {
        let found = self.args.iter().find(|(param, _)| *param == name).map(|(_, arg)| *arg);
        found.filter(|arg| !matches!(arg.value, Value::Nothing))
    }

    /// Whether the argument is given as `None`.
    pub(super) fn is_nothing(&self, name: &str) -> bool {
        self.args.iter().any(|(param, arg)| *param == name && matches!(arg.value, Value::Nothing))
    }

    /// Position of an argument's value, or of the layer's name if it is not given.
    pub(super) fn place(&self, name: &str) -> usize {
        self.get(name).map_or(self.at, |arg| arg.value_at)
    }

    /// Reads True or False.
    pub(super) fn flag(&self, name: &str, default: bool) -> Result<bool, CallError> {
        match self.get(name).map(|arg| (&arg.value, arg.value_at)) {
            None => Ok(default),
            Some((Value::Flag(flag), _)) => Ok(*flag),
            Some((_, at)) => Err(CallError::new(at, format!("{name} must be True or False"), "")),
        }
    }

    /// Reads a number from `from` to `to`.
    pub(super) fn number(&self, name: &str, default: f64, [from, to]: [f64; 2]) -> Result<f64, CallError> {
        let Some(arg) = self.get(name) else { return Ok(default) };
        let number = match arg.value {
            Value::Whole(whole) => whole as f64,
            Value::Real(real) => real,
            _ => return Err(CallError::new(arg.value_at, format!("{name} must be a number"), "")),
        };
        if (from..=to).contains(&number) {
            return Ok(number);
        }
        Err(CallError::new(arg.value_at, format!("{name} must be from {from} to {to}"), ""))
    }

    /// Reads a whole number; the letters N, C, H and W stand for our lengths.
    pub(super) fn whole(&self, name: &str, shape: Shape) -> Result<Option<i64>, CallError> {
        let Some(arg) = self.get(name) else { return Ok(None) };
        whole(&arg.value, shape)
            .map(Some)
            .ok_or_else(|| CallError::new(arg.value_at, format!("{name} must be a whole number"), ""))
    }

    /// Reads a whole number or a list of them, with their positions.
    pub(super) fn wholes(&self, name: &str, shape: Shape) -> Result<Option<Vec<(usize, i64)>>, CallError> {
        let Some(arg) = self.get(name) else { return Ok(None) };
        let slip = |at| CallError::new(at, format!("{name} must be a whole number or a list of them"), "");
        let items = match &arg.value {
            Value::List(items) => items.as_slice(),
            one => {
                return whole(one, shape).map(|one| Some(vec![(arg.value_at, one)])).ok_or_else(|| slip(arg.value_at));
            }
        };
        if items.is_empty() {
            return Err(CallError::new(
                arg.value_at,
                format!("{name} is empty: it must name what the mean is over"),
                "",
            ));
        }
        let read =
            |(at, value): &(usize, Value)| whole(value, shape).map(|value| (*at, value)).ok_or_else(|| slip(*at));
        items.iter().map(read).collect::<Result<_, _>>().map(Some)
    }
}

fn whole(value: &Value, shape: Shape) -> Option<i64> {
    match value {
        Value::Whole(whole) => Some(*whole),
        Value::Name(name) => axis_of(name).map(|axis| i64::from(axis.length(shape))),
        Value::Real(_) | Value::Text(_) | Value::Flag(_) | Value::Nothing | Value::List(_) => None,
    }
}

/// The axis that a letter stands for.
pub(super) fn axis_of(letter: &str) -> Option<Axis> {
    let mut letters = letter.chars();
    letters.next().and_then(Axis::of_letter).filter(|_| letters.next().is_none())
}
