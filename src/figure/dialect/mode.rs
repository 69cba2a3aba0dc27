//! Training or evaluation, in every form in which a call says it.

use super::bind::Bound;
use super::parse::{Arg, Parsed, Then};
use super::signature::{Kind, short};
use super::value::{Value, unknown};
use super::{CallError, Dialect};
use crate::figure::scene::Mode;

/// What follows the layer, `(x, training=False)` or `.eval()`: training or evaluation, if it says so.
pub(super) fn then(bound: &Bound, parsed: &Parsed) -> Result<Option<Mode>, CallError> {
    let mut mode = None;
    for then in &parsed.then {
        match then {
            Then::Method((_, name), _) if name == "eval" => mode = Some(Mode::Eval),
            Then::Method((_, name), args) if name == "train" => {
                mode = match args.first() {
                    None => Some(Mode::Train),
                    Some(arg) => says_mode("mode", &arg.value, arg.value_at)?,
                };
            }
            Then::Method((_, name), _) if ["to", "cuda", "cpu", "float", "requires_grad_"].contains(&name.as_str()) => {
            }
            Then::Method((at, name), _) => {
                let message = format!(".{}() is not known here", short(name));
                return Err(CallError::new(*at, message, ".eval() and .train() are"));
            }
            Then::Applied(args) => {
                check_running(bound, args)?;
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

/// Refuses a layer of flax that is applied without saying once whether it uses running statistics.
fn check_running(bound: &Bound, args: &[Arg]) -> Result<(), CallError> {
    let name = "use_running_average";
    if bound.signature.kind != Kind::Batch || bound.signature.dialect != Dialect::Jax {
        return Ok(());
    }
    let is_applied = |arg: &&Arg| arg.key.as_deref() == Some(name) && !matches!(arg.value, Value::Nothing);
    let message = match (bound.get(name), args.iter().find(is_applied)) {
        (None, None) => "flax refuses this: use_running_average must be given, to the layer or where it is applied",
        (Some(_), Some(_)) => "flax refuses this: use_running_average is given to the layer and where it is applied",
        _ => return Ok(()),
    };
    Err(CallError::new(bound.at, message, "for example use_running_average=not train"))
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
        Value::Open(slip) => Err((**slip).clone()),
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
                format!("PyTorch refuses this: {name} must be defined in evaluation mode"),
                "give running_mean and running_var, or training=True",
            )),
            Some(_) | None => Ok(mode),
        };
    }
    if bound.signature.dialect == Dialect::Keras && bound.is_nothing("trainable") {
        let message = "Keras refuses this: trainable must be True or False, not None";
        return Err(CallError::new(bound.at, message, "leave trainable out"));
    }
    if bound.takes("trainable") && !bound.flag("trainable")? && bound.signature.dialect != Dialect::Tfa {
        return Ok(Some(Mode::Eval));
    }
    bound.get("use_running_average").map_or(Ok(None), |arg| says_running(&arg.value, arg.value_at))
}
