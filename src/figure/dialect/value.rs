//! The values of arguments: numbers and arithmetic with the lengths of the tensor, lists, strings, flags, and what only
//! Python knows.

use super::CallError;
use super::parse::{Arg, Cursor, MAX_DEPTH, is_name_start};
use crate::norms::number;

/// The value of an argument.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Whole(i64),
    Real(f64),
    Text(String),
    Flag(bool),
    /// Whether the network trains, `train`, or its opposite, `not train`.
    Training(bool),
    Nothing,
    /// Positions and values of a list or tuple.
    List(Vec<(usize, Self)>),
    /// A name that only Python knows, such as `x` or `jnp.float32`: its last part.
    Name(String),
    /// Such as `RandomUniform(seed=1)`.
    Call(String, Vec<Arg>),
}

/// What the names of lengths mean.
#[derive(Clone, Copy, Debug)]
pub(super) struct Env {
    /// The lengths of the tensor in the framework's order of axes.
    pub(super) lengths: [u32; 4],
    /// How many of them it has.
    pub(super) n_axes: usize,
    /// N, C, H and W, or L; a space where the tensor has no such axis.
    pub(super) named: [(char, u32); 4],
    /// G, where the method has groups.
    pub(super) groups: Option<u32>,
}

/// Names of "the network trains".
const TRAINING: [&str; 6] = ["train", "training", "is_training", "is_train", "train_mode", "is_train_mode"];

/// Names of "the network does not train".
const EVALUATING: [&str; 4] = ["eval", "deterministic", "is_eval", "inference"];

impl Cursor<'_> {
    /// Parses a value.
    pub(super) fn value(&mut self, depth: usize) -> Result<Value, CallError> {
        if depth > MAX_DEPTH {
            return Err(CallError::new(self.at, "this is nested too deeply", ""));
        }
        let (at, first) = (self.at, self.name_ahead());
        if first == "not" {
            self.name()?;
            self.skip_space();
            let value_at = self.at;
            return match self.value(depth + 1)? {
                Value::Flag(flag) => Ok(Value::Flag(!flag)),
                Value::Training(trains) => Ok(Value::Training(!trains)),
                Value::Name(name) => Err(unknown(value_at, &name, "write train, True or False")),
                _ => Err(CallError::new(at, "not needs True or False", "")),
            };
        }
        self.sum(depth)
    }

    /// The name that comes next, if one does.
    fn name_ahead(&mut self) -> String {
        self.skip_space();
        let at = self.at;
        let name = self.peek().filter(|c| is_name_start(*c)).and_then(|_| self.name().ok());
        self.at = at;
        name.map_or(String::new(), |(_, name)| name)
    }

    fn sum(&mut self, depth: usize) -> Result<Value, CallError> {
        let at = self.at;
        let mut left = self.product(depth)?;
        while let Some(sign) = self.peek().filter(|c| matches!(c, '+' | '-' | '−')) {
            self.takes(sign);
            let right_at = self.at;
            let right = self.product(depth)?;
            left = self.compute((at, left), if sign == '+' { "+" } else { "-" }, (right_at, right))?;
        }
        Ok(left)
    }

    fn product(&mut self, depth: usize) -> Result<Value, CallError> {
        let at = self.at;
        let mut left = self.power(depth)?;
        while let Some(sign) = self.peek().filter(|c| matches!(c, '*' | '/' | '%' | '·' | '×')) {
            self.takes(sign);
            let sign = match sign {
                '/' if self.rest().starts_with('/') && self.takes('/') => "//",
                '/' => "/",
                '%' => "%",
                _ => "*",
            };
            self.skip_space();
            let right_at = self.at;
            let right = self.power(depth)?;
            left = self.compute((at, left), sign, (right_at, right))?;
        }
        Ok(left)
    }

    fn power(&mut self, depth: usize) -> Result<Value, CallError> {
        self.skip_space();
        let at = self.at;
        let base = self.atom(depth)?;
        let is_power = (self.peek() == Some('*') && self.rest().starts_with("**")) || self.peek() == Some('^');
        if !is_power {
            return Ok(base);
        }
        let _ = self.takes('^') || (self.takes('*') && self.takes('*'));
        self.skip_space();
        let right_at = self.at;
        if depth >= MAX_DEPTH {
            return Err(CallError::new(self.at, "this is nested too deeply", ""));
        }
        let right = self.power(depth + 1)?;
        self.compute((at, base), "**", (right_at, right))
    }

    /// Two numbers and what stands between them.
    fn compute(&self, left: (usize, Value), sign: &str, right: (usize, Value)) -> Result<Value, CallError> {
        let number = |(at, value): &(usize, Value)| match value {
            Value::Whole(whole) => Ok((*whole as f64, true)),
            Value::Real(real) => Ok((*real, false)),
            Value::Name(name) => Err(unknown(*at, name, "write a number, or N, C, H or W")),
            _ => Err(CallError::new(*at, "only numbers can be computed with", "")),
        };
        let ((a, a_whole), (b, b_whole)) = (number(&left)?, number(&right)?);
        if b == 0.0 && matches!(sign, "/" | "//" | "%") {
            return Err(CallError::new(right.0, "division by 0", ""));
        }
        let result = match sign {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            "/" => a / b,
            "//" => (a / b).floor(),
            "%" => a - b * (a / b).floor(),
            _ => libm::pow(a, b),
        };
        /// Whole numbers beyond are not exact.
        const LARGEST: f64 = 9e15;
        if !result.is_finite() {
            return Err(CallError::new(left.0, "this is not a finite number", ""));
        }
        let is_whole = a_whole && b_whole && sign != "/" && result.fract() == 0.0 && result.abs() < LARGEST;
        Ok(if is_whole { Value::Whole(result as i64) } else { Value::Real(result) })
    }

    fn atom(&mut self, depth: usize) -> Result<Value, CallError> {
        match self.peek() {
            Some('[') => self.list(']', depth),
            Some('(') => self.list(')', depth),
            Some(quote @ ('"' | '\'')) => self.string(quote),
            Some('-' | '−' | '+') => self.signed(depth),
            Some(c) if c.is_ascii_digit() || c == '.' => self.number(),
            Some(c) if is_name_start(c) => self.named(depth),
            _ => Err(self.expected("a value", "a number, a list such as [1, 2, 3], a string, True or False")),
        }
    }

    fn signed(&mut self, depth: usize) -> Result<Value, CallError> {
        let is_plus = self.takes('+');
        let _ = is_plus || self.takes('-') || self.takes('−');
        self.skip_space();
        let at = self.at;
        if depth >= MAX_DEPTH {
            return Err(CallError::new(at, "this is nested too deeply", ""));
        }
        let value = self.power(depth + 1)?;
        self.compute((at, Value::Whole(0)), if is_plus { "+" } else { "-" }, (at, value))
    }

    /// A list, a tuple, or an expression in parentheses.
    fn list(&mut self, close: char, depth: usize) -> Result<Value, CallError> {
        if depth >= MAX_DEPTH {
            return Err(CallError::new(self.at, "lists are nested too deeply", ""));
        }
        self.at += 1;
        let mut items = Vec::new();
        let mut has_comma = false;
        loop {
            if self.takes(close) {
                return Ok(match items.pop() {
                    Some((_, only)) if close == ')' && items.is_empty() && !has_comma => only,
                    last => {
                        items.extend(last);
                        Value::List(items)
                    }
                });
            }
            self.skip_space();
            let at = self.at;
            // `*x.shape[1:]` is the list without its brackets.
            let is_spread = self.takes('*');
            match self.value(depth + 1)? {
                Value::List(spread) if is_spread => items.extend(spread),
                item => items.push((at, item)),
            }
            let comma = self.takes(',');
            has_comma |= comma || is_spread;
            if !comma && self.peek() != Some(close) {
                return Err(self.expected("a comma or the end of the list", ""));
            }
        }
    }

    fn string(&mut self, quote: char) -> Result<Value, CallError> {
        let start = self.at;
        self.at += 1;
        let text = self.take_while(|c| c != quote).to_owned();
        if self.rest().is_empty() {
            return Err(CallError::new(start, "this string is not closed", format!("close it with {quote}")));
        }
        self.at += 1;
        Ok(Value::Text(text))
    }

    /// A number as anyone writes it, save for a decimal comma, which would end the argument.
    fn number(&mut self) -> Result<Value, CallError> {
        let start = self.at;
        let is_power = |c: char| number::is_of_power(c) && !matches!(c, '·' | '×' | '*' | '^');
        let is_digit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_') || is_power(c);
        let mut digits = self.take_while(is_digit).to_owned();
        if digits.ends_with(['e', 'E']) {
            digits.push_str(self.take_while(|c| c.is_ascii_digit() || matches!(c, '-' | '−' | '+')));
        }
        let written = digits.replace('_', "");
        if let Ok(whole) = written.parse() {
            return Ok(Value::Whole(whole));
        }
        let slip = || CallError::new(start, format!("{written} is not a number"), "for example 10, -1 or 1e-5");
        number::read(&written).map(Value::Real).ok_or_else(slip)
    }

    /// Parses a name with what follows it: a constant, a length, `x.shape[1:]`, or what only Python knows.
    fn named(&mut self, depth: usize) -> Result<Value, CallError> {
        let (at, mut name) = self.name()?;
        let mut is_dotted = false;
        while self.takes('.') {
            (name, is_dotted) = (self.name()?.1, true);
        }
        let mut value = self.name_value(&name, is_dotted);
        if self.peek() == Some('(') {
            if depth >= MAX_DEPTH {
                return Err(CallError::new(self.at, "calls are nested too deeply", ""));
            }
            self.takes('(');
            let args = self.arguments(')', depth + 1)?.0;
            value = match (name.as_str(), args.as_slice()) {
                ("size", []) if is_dotted => self.shape(at),
                ("size", [axis]) if is_dotted => self.item(&axis.value, axis.value_at)?,
                ("tuple" | "list", [only]) if !is_dotted => only.value.clone(),
                ("int", [only]) if !is_dotted => match only.value {
                    Value::Real(real) => Value::Whole(real as i64),
                    _ => only.value.clone(),
                },
                _ => Value::Call(name, args),
            };
        }
        while self.peek() == Some('[') {
            value = self.subscript(value, depth)?;
        }
        Ok(value)
    }

    fn name_value(&self, name: &str, is_dotted: bool) -> Value {
        let length = |letter: &str| self.env.named.iter().find(|(named, _)| letter == named.to_string());
        match name {
            "True" | "true" => Value::Flag(true),
            "False" | "false" => Value::Flag(false),
            "None" => Value::Nothing,
            "shape" if is_dotted => self.shape(self.at),
            _ if TRAINING.contains(&name) => Value::Training(true),
            _ if EVALUATING.contains(&name) => Value::Training(false),
            _ if is_dotted => Value::Name(name.to_owned()),
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
    fn subscript(&mut self, list: Value, depth: usize) -> Result<Value, CallError> {
        let at = self.at;
        self.takes('[');
        let Value::List(items) = list else {
            return Err(CallError::new(at, "only a shape can be indexed here", "for example x.shape[1:]"));
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

/// A name that says nothing here.
pub(super) fn unknown(at: usize, name: &str, hint: &str) -> CallError {
    let hint = if name == "G" { "the method above has no groups: write their number" } else { hint };
    CallError::new(at, format!("{} is not known here", super::signature::short(name)), hint)
}
