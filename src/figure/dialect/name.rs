//! What names mean in a value: constants, the lengths of the tensor, `x.shape[1:]`, functions of numbers, and what only
//! Python knows.

use super::CallError;
use super::parse::{Cursor, MAX_DEPTH};
use super::value::{Value, open};

/// Names of "the network trains".
const TRAINING: [&str; 6] = ["train", "training", "is_training", "is_train", "train_mode", "is_train_mode"];

/// Names of "the network does not train".
const EVALUATING: [&str; 4] = ["eval", "deterministic", "is_eval", "inference"];

impl Cursor<'_> {
    /// Parses a name with what follows it: a constant, a length, `x.shape[1:]`, or what only Python knows.
    pub(super) fn named(&mut self, depth: usize) -> Result<Value, CallError> {
        let (at, mut name) = self.name()?;
        let mut is_dotted = false;
        while self.takes('.') {
            (name, is_dotted) = (self.name()?.1, true);
        }
        if self.peek() != Some('(') {
            return Ok(if is_dotted { self.attribute(&name) } else { self.name_value(&name) });
        }
        if depth >= MAX_DEPTH {
            return Err(CallError::new(self.at, "calls are nested too deeply", ""));
        }
        self.takes('(');
        let args = self.arguments(')', depth + 1)?.0;
        if let Some(slip) = args.iter().find_map(|arg| arg.value.slip()) {
            return Ok(open(slip.clone()));
        }
        Ok(match (name.as_str(), args.as_slice()) {
            ("size", []) if is_dotted => self.shape(at),
            ("size", [axis]) if is_dotted => self.item(&axis.value, axis.value_at)?,
            ("Size", [only]) if is_dotted => only.value.clone(),
            ("tuple" | "list", [only]) if !is_dotted => only.value.clone(),
            ("int", [only]) if !is_dotted => match only.value {
                Value::Real(real) => Value::Whole(real as i64),
                _ => only.value.clone(),
            },
            ("min" | "max", [first, rest @ ..]) if !is_dotted && !rest.is_empty() => {
                // The sign of the difference says which is larger.
                rest.iter().fold(first.value.clone(), |best, next| {
                    let difference =
                        self.compute((first.value_at, best.clone()), "-", (next.value_at, next.value.clone()));
                    let is_larger = match difference {
                        Value::Whole(whole) => whole > 0,
                        Value::Real(real) => real > 0.0,
                        other => return other,
                    };
                    if is_larger == (name == "max") { best } else { next.value.clone() }
                })
            }
            _ => Value::Call(name, args),
        })
    }

    /// What a dotted name means by its last part.
    pub(super) fn attribute(&self, name: &str) -> Value {
        match name {
            "shape" => self.shape(self.at),
            _ if TRAINING.contains(&name) => Value::Training(true),
            _ if EVALUATING.contains(&name) => Value::Training(false),
            _ => Value::Name(name.to_owned()),
        }
    }

    fn name_value(&self, name: &str) -> Value {
        let length = |letter: &str| self.env.named.iter().find(|(named, _)| letter == named.to_string());
        match name {
            "True" | "true" => Value::Flag(true),
            "False" | "false" => Value::Flag(false),
            "None" => Value::Nothing,
            _ if TRAINING.contains(&name) => Value::Training(true),
            _ if EVALUATING.contains(&name) => Value::Training(false),
            "G" if self.env.groups.is_some() => Value::Whole(self.env.groups.unwrap_or(1).into()),
            _ => {
                length(name).map_or_else(|| Value::Name(name.to_owned()), |(_, length)| Value::Whole((*length).into()))
            }
        }
    }

    /// The lengths of the tensor, at a position.
    fn shape(&self, at: usize) -> Value {
        Value::List(
            self.env.lengths[..self.env.n_axes].iter().map(|length| (at, Value::Whole((*length).into()))).collect(),
        )
    }

    /// The length of one axis.
    fn item(&self, axis: &Value, at: usize) -> Result<Value, CallError> {
        let Value::Whole(whole) = axis else {
            return Err(CallError::new(at, "an axis must be a whole number", ""));
        };
        let n_axes = self.env.n_axes as i64;
        let place = if *whole < 0 { whole.saturating_add(n_axes) } else { *whole };
        let length = usize::try_from(place).ok().and_then(|place| self.env.lengths[..self.env.n_axes].get(place));
        length
            .map(|length| Value::Whole((*length).into()))
            .ok_or_else(|| CallError::new(at, super::axes::out_of_range(*whole, self.env.n_axes), ""))
    }

    /// `[1]` or `[1:]` of a list.
    pub(super) fn subscript(&mut self, list: Value, depth: usize) -> Result<Value, CallError> {
        let at = self.at;
        self.takes('[');
        let Value::List(items) = &list else {
            while self.peek().is_some_and(|c| c != ']') {
                self.skip_expression()?;
                if !self.takes(',') {
                    break;
                }
            }
            self.takes(']');
            if let Value::Name(_) | Value::Call(..) = list {
                // A part of what is not known here.
                return Ok(list);
            }
            return Ok(open(CallError::new(at, "only a shape can be indexed here", "for example x.shape[1:]")));
        };
        let len = items.len() as i64;
        let from_at = self.at;
        let from = self.index(depth)?;
        let is_slice = self.takes(':');
        let to = if is_slice { self.index(depth)? } else { None };
        if !self.takes(']') {
            return Err(self.expected("a closing bracket", ""));
        }
        let wrap = |index: i64| if index < 0 { index.saturating_add(len) } else { index };
        if is_slice {
            let [from, to] = [from.unwrap_or(0), to.unwrap_or(len)].map(|index| wrap(index).clamp(0, len) as usize);
            return Ok(Value::List(items.get(from..to).unwrap_or_default().to_vec()));
        }
        let item = from.and_then(|from| usize::try_from(wrap(from)).ok()).and_then(|index| items.get(index).cloned());
        item.map(|(_, item)| item)
            .ok_or_else(|| CallError::new(from_at, format!("the index must be from {} to {}", -len, len - 1), ""))
    }

    /// A bound of a slice, if it is given.
    fn index(&mut self, depth: usize) -> Result<Option<i64>, CallError> {
        if matches!(self.peek(), Some(':' | ']')) {
            return Ok(None);
        }
        let at = self.at;
        match self.value(depth + 1)? {
            Value::Whole(whole) => Ok(Some(whole)),
            _ => Err(CallError::new(at, "an index must be a whole number", "")),
        }
    }
}
