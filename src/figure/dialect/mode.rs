//! Training or evaluation, in every form in which a call says it.

use super::bind::Bound;
use super::parse::{Parsed, Then};
use super::signature::short;
use super::value::{Value, unknown};
use super::{CallError, Dialect};
use crate::figure::scene::Mode;

/// What follows the layer, `(x, training=False)` or `.eval()`: training or evaluation, if it says so.
pub(super) fn then(bound: &Bound, parsed: &Parsed) -> Result<Option<Mode>, CallError> {
    let mut mode = None;
    for then in &parsed.then {
        match then {
            Then::Method((_, name)) if name == "eval" => mode = Some(Mode::Eval),
            Then::Method((_, name)) if name == "train" => mode = Some(Mode::Train),
            Then::Method((_, name)) if ["to", "cuda", "cpu", "float", "requires_grad_"].contains(&name.as_str()) => {}
            Then::Method((at, name)) => {
                let message = format!(".{}() is not known here", short(name));
                return Err(CallError::new(*at, message, ".eval() and .train() are"));
            }
            Then::Applied(args) => {
                for arg in args {
                    let Some(key) = &arg.key else { continue };
                    mode = match (key.as_str(), bound.signature.dialect) {
                        ("training", Dialect::Keras | Dialect::Keras2 | Dialect::Tfa) => {
                            says_mode("training", &arg.value, arg.value_at)?
                        }
                        ("use_running_average", Dialect::Jax | Dialect::Nnx) => says_running(&arg.value, arg.value_at)?,
                        ("x" | "input" | "inputs", _) => continue,
                        ("mask", _) if matches!(arg.value, Value::Nothing) => continue,
                        (key, _) => {
                            let message = format!("{} is not shown here", short(key));
                            return Err(CallError::new(arg.at, message, format!("leave {} out", short(key))));
                        }
                    };
                }
            }
        }
    }
    Ok(mode)
}

/// Training or evaluation by a flag that is true in training; `None` for `train`, which the page decides.
fn says_mode(name: &str, value: &Value, at: usize) -> Result<Option<Mode>, CallError> {
    match value {
        Value::Flag(true) => Ok(Some(Mode::Train)),
        Value::Flag(false) => Ok(Some(Mode::Eval)),
        Value::Nothing | Value::Training(true) => Ok(None),
        Value::Training(false) => {
            Err(CallError::new(at, format!("{name} would be true in evaluation, false in training"), "perhaps train"))
        }
        Value::Name(word) => Err(unknown(at, word, &format!("{name} must be True or False"))),
        _ => Err(CallError::new(at, format!("{name} must be True or False"), "")),
    }
}

/// The same by `use_running_average`, which is true in evaluation.
fn says_running(value: &Value, at: usize) -> Result<Option<Mode>, CallError> {
    let name = "use_running_average";
    match value {
        Value::Flag(flag) => says_mode(name, &Value::Flag(!flag), at),
        Value::Training(true) => Err(CallError::new(
            at,
            format!("{name} would be true in training, false in evaluation"),
            "perhaps not train",
        )),
        Value::Training(false) => Ok(None),
        other => says_mode(name, other, at),
    }
}

/// Training or evaluation by the arguments of a batch norm.
pub(super) fn batch_mode(bound: &Bound) -> Result<Option<Mode>, CallError> {
    if bound.signature.is_function() {
        let mode = match bound.get("training") {
            None => Some(Mode::Eval),
            Some(arg) => says_mode("training", &arg.value, arg.value_at)?,
        };
        let missing = ["running_mean", "running_var"].into_iter().find(|name| bound.is_nothing(name));
        return match missing {
            Some(name) if mode == Some(Mode::Eval) => Err(CallError::new(
                bound.at,
                format!("PyTorch refuses this: Expected {name} to be defined when training=False"),
                "give running_mean and running_var, or training=True",
            )),
            Some(_) | None => Ok(mode),
        };
    }
    if bound.takes("trainable") && !bound.flag("trainable")? && bound.signature.dialect != Dialect::Tfa {
        return Ok(Some(Mode::Eval));
    }
    bound.get("use_running_average").map_or(Ok(None), |arg| says_running(&arg.value, arg.value_at))
}
