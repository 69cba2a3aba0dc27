//! Matches the arguments of a call to the names of a signature, reads their values, and knows which were read: an argument
//! that nothing reads is refused, never dropped.

use super::parse::{Arg, Parsed};
use super::signature::{Effect, Kind, Param, Signature, distance, reason, short};
use super::value::{Value, unknown};
use super::{CallError, Dialect};
use crate::figure::scene::layout::Layout;
use crate::norms::grouping::tiling::Axis;
use std::cell::Cell;

/// A call whose arguments are matched to its layer's parameters.
pub(super) struct Bound<'a> {
    pub(super) signature: &'static Signature,
    params: Vec<Param>,
    args: Vec<Given<'a>>,
    /// Position of the layer's name.
    pub(super) at: usize,
    /// What the tensor's axes are said to be.
    pub(super) layout: Layout,
}

/// An argument that was given.
struct Given<'a> {
    param: Param,
    arg: &'a Arg,
    is_read: Cell<bool>,
}

/// What a number that is not known can be replaced by.
const A_NUMBER: &str = "write a number, or N, C, H, W or G";

/// Matches the arguments to the names in `signature`.
///
/// # Errors
/// [`CallError`] if an argument is unknown, given twice, missing, or one that is not shown here.
pub(super) fn bind<'a>(
    signature: &'static Signature,
    parsed: &'a Parsed,
    layout: Layout,
) -> Result<Bound<'a>, CallError> {
    let params = signature.params();
    let mut args: Vec<Given> = Vec::new();
    // PyTorch's Identity takes whatever it is given, and reads none of it.
    let given =
        if signature.dialect == Dialect::Pytorch && signature.kind == Kind::Identity { &[] } else { &*parsed.args };
    for (place, arg) in given.iter().enumerate() {
        let param = match &arg.key {
            Some(key) => params.iter().find(|param| param.name == key),
            None => params.get(place).filter(|param| !param.by_name),
        };
        if arg.key.is_none() && parsed.args[..place].iter().any(|earlier| earlier.key.is_some()) {
            let message = "an argument without a name cannot come after one with a name";
            return Err(CallError::new(arg.at, message, arguments(&params)));
        }
        let Some(&param) = param else {
            return Err(unknown_argument(signature, &params, arg));
        };
        if args.iter().any(|given| given.param == param) {
            return Err(CallError::new(arg.at, format!("{} is given twice", param.name), ""));
        }
        check_value(&param, arg)?;
        args.push(Given { param, arg, is_read: Cell::new(false) });
    }
    let is_given = |param: &Param| args.iter().any(|given| given.param == *param);
    if let Some(missing) = params.iter().find(|param| param.is_required && !is_given(param)) {
        let message = format!("{} needs {}", signature.name, missing.name);
        return Err(CallError::new(parsed.end, message, arguments(&params)));
    }
    check_axis(signature, &args)?;
    Ok(Bound { signature, params, args, at: parsed.path.last().map_or(0, |(at, _)| *at), layout })
}

/// Refuses a value that an argument cannot have.
fn check_value(param: &Param, arg: &Arg) -> Result<(), CallError> {
    if param.name == "rngs" && matches!(arg.value, Value::Nothing) {
        let message = "rngs must be random numbers, not None";
        return Err(CallError::new(arg.value_at, message, "for example nnx.Rngs(0)"));
    }
    if let Some(slip) = arg.value.slip().filter(|_| param.effect != Effect::Nothing) {
        return Err(slip.clone());
    }
    if param.effect == Effect::Refused && !is_default(&arg.value, param.default) {
        let message = format!("{} is refused: {}", param.name, reason(param.name));
        return Err(CallError::new(arg.at, message, format!("leave {} out", param.name)));
    }
    Ok(())
}

/// Refuses a list of axes where Keras 3 takes one.
fn check_axis(signature: &Signature, args: &[Given]) -> Result<(), CallError> {
    let axis = args.iter().find(|given| given.param.name == "axis").map(|given| given.arg);
    match (signature.kind, signature.dialect, axis) {
        (Kind::Batch, Dialect::Keras, Some(Arg { value: Value::List(_), value_at, .. })) => {
            let message = "Keras 3’s BatchNormalization keeps one axis, not a list";
            Err(CallError::new(*value_at, message, "Keras 2 takes a list"))
        }
        _ => Ok(()),
    }
}

/// Whether a value is the one that the layer has by default.
fn is_default(value: &Value, default: &str) -> bool {
    match value {
        Value::Nothing => default == "None",
        Value::Flag(flag) => default == if *flag { "True" } else { "False" },
        Value::Text(text) | Value::Name(text) | Value::Call(text, _) => text.eq_ignore_ascii_case(default),
        Value::Whole(whole) => default.parse() == Ok(*whole),
        Value::Real(real) => default.parse() == Ok(*real),
        Value::Training(_) | Value::List(_) | Value::Open(_) => false,
    }
}

fn unknown_argument(signature: &Signature, params: &[Param], arg: &Arg) -> CallError {
    let (dialect, name) = (signature.dialect.name(), signature.name);
    let Some(key) = &arg.key else {
        return CallError::new(
            arg.at,
            format!("{dialect}’s {name} has no positional argument here"),
            arguments(params),
        );
    };
    const NEAR: usize = 3;
    let names = || params.iter().map(|param| param.name);
    let longer = names().find(|param| key.starts_with(param) || param.starts_with(key.as_str()));
    let near =
        longer.or_else(|| names().min_by_key(|param| distance(param, key)).filter(|near| distance(near, key) <= NEAR));
    let hint = near.map_or_else(|| arguments(params), |near| format!("perhaps {near}"));
    CallError::new(arg.at, format!("{dialect}’s {name} has no argument {}", short(key)), hint)
}

/// "it takes groups, axis, epsilon, …".
fn arguments(params: &[Param]) -> String {
    const SHOWN: usize = 4;
    let names: Vec<&str> = params.iter().take(SHOWN).map(|param| param.name).collect();
    match params.len() {
        0 => "it takes no arguments".into(),
        n if n > SHOWN => format!("it takes {}, …", names.join(", ")),
        _ => format!("it takes {}", names.join(", ")),
    }
}

impl Bound<'_> {
    /// The axes of our tensor that the call sees, in its order.
    pub(super) fn order(&self) -> &'static [Axis] {
        self.layout.order(self.signature.dialect.is_channels_last())
    }

    /// The argument of this name, as written; `None` if it is not given.
    fn given(&self, name: &str) -> Option<&Arg> {
        let found = self.args.iter().find(|given| given.param.name == name)?;
        found.is_read.set(true);
        Some(found.arg)
    }

    /// The argument of this name; `None` counts as not given.
    pub(super) fn get(&self, name: &str) -> Option<&Arg> {
        self.given(name).filter(|arg| !matches!(arg.value, Value::Nothing))
    }

    /// Whether the argument is given as `None`.
    pub(super) fn is_nothing(&self, name: &str) -> bool {
        self.given(name).is_some_and(|arg| matches!(arg.value, Value::Nothing))
    }

    /// Where the argument is given as `None`.
    pub(super) fn place_of_nothing(&self, name: &str) -> Option<usize> {
        self.given(name).filter(|arg| matches!(arg.value, Value::Nothing)).map(|arg| arg.value_at)
    }

    /// Whether the layer takes an argument of this name.
    pub(super) fn takes(&self, name: &str) -> bool {
        self.params.iter().any(|param| param.name == name)
    }

    /// The default of an argument, as Python writes it.
    fn default(&self, name: &str) -> &'static str {
        self.params.iter().find(|param| param.name == name).map_or("None", |param| param.default)
    }

    /// The first argument that is meant to act and that nothing has read.
    ///
    /// # Errors
    /// [`CallError`] that names it.
    pub(super) fn check_all_read(&self) -> Result<(), CallError> {
        let is_idle = |given: &&Given| given.param.effect == Effect::Acts && !given.is_read.get();
        match self.args.iter().find(is_idle) {
            None => Ok(()),
            Some(Given { param, arg, .. }) if is_default(&arg.value, param.default) => Ok(()),
            Some(Given { param, arg, .. }) => {
                let message = format!("{} has no effect in this call", param.name);
                Err(CallError::new(arg.at, message, format!("leave {} out", param.name)))
            }
        }
    }

    /// Position of an argument's value, or of the layer's name if it is not given.
    pub(super) fn place(&self, name: &str) -> usize {
        self.get(name).map_or(self.at, |arg| arg.value_at)
    }

    /// Reads True or False; the layer's default, or False where it takes no such argument. Python takes None for False.
    pub(super) fn flag(&self, name: &str) -> Result<bool, CallError> {
        if self.is_nothing(name) {
            return Ok(false);
        }
        match self.get(name).map(|arg| (&arg.value, arg.value_at)) {
            None => Ok(self.default(name) == "True"),
            Some((Value::Flag(flag), _)) => Ok(*flag),
            Some((Value::Name(word), at)) => Err(unknown(at, word, &format!("{name} must be True or False"))),
            Some((_, at)) => Err(CallError::new(at, format!("{name} must be True or False"), "")),
        }
    }

    /// Reads a number from `from` to `to`; the layer's default, or `otherwise` where that is None.
    pub(super) fn number(&self, name: &str, otherwise: f64, [from, to]: [f64; 2]) -> Result<f64, CallError> {
        self.check_nothing(name, "a number")?;
        let Some(arg) = self.get(name) else { return Ok(self.default(name).parse().unwrap_or(otherwise)) };
        let number = match &arg.value {
            Value::Whole(whole) => *whole as f64,
            Value::Real(real) => *real,
            Value::Name(word) => return Err(unknown(arg.value_at, word, "write a number")),
            _ => return Err(CallError::new(arg.value_at, format!("{name} must be a number"), "")),
        };
        if (from..=to).contains(&number) {
            return Ok(number);
        }
        Err(CallError::new(arg.value_at, format!("{name} must be from {from} to {to}"), ""))
    }

    /// Reads a whole number; nothing if it is None.
    pub(super) fn whole(&self, name: &str) -> Result<Option<i64>, CallError> {
        let is_nothing = self.is_nothing(name);
        let Some(arg) = self.get(name) else { return Ok(self.default(name).parse().ok().filter(|_| !is_nothing)) };
        match &arg.value {
            Value::Whole(whole) => Ok(Some(*whole)),
            Value::Name(word) => Err(unknown(arg.value_at, word, A_NUMBER)),
            _ => Err(CallError::new(arg.value_at, format!("{name} must be a whole number"), "")),
        }
    }

    /// Refuses None where the layer does not have it by default.
    fn check_nothing(&self, name: &str, what: &str) -> Result<(), CallError> {
        let given = self.given(name).filter(|arg| matches!(arg.value, Value::Nothing) && self.default(name) != "None");
        given.map_or(Ok(()), |arg| Err(CallError::new(arg.value_at, format!("{name} must be {what}, not None"), "")))
    }

    /// Reads a whole number or a list of them, with their positions.
    pub(super) fn wholes(&self, name: &str) -> Result<Option<Vec<(usize, i64)>>, CallError> {
        self.check_nothing(name, "a whole number or a list of them")?;
        let Some(arg) = self.get(name) else { return Ok(None) };
        let slip = |at| CallError::new(at, format!("{name} must be a whole number or a list of them"), "");
        let read = |(at, value): &(usize, Value)| match value {
            Value::Whole(whole) => Ok((*at, *whole)),
            Value::Name(word) => Err(unknown(*at, word, A_NUMBER)),
            _ => Err(slip(*at)),
        };
        match &arg.value {
            Value::List(items) if items.is_empty() => {
                Err(CallError::new(arg.value_at, format!("{name} is empty: it must name what the mean is over"), ""))
            }
            Value::List(items) => items.iter().map(read).collect::<Result<_, _>>().map(Some),
            one => read(&(arg.value_at, one.clone())).map(|one| Some(vec![one])),
        }
    }
}
