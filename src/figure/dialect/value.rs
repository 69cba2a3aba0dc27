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
    /// What Python works out and this page does not, with the reason: an error where the argument acts.
    Open(Box<CallError>),
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

/// Words between the parts of an expression that only Python works out.
const OPERATORS: [&str; 7] = ["if", "else", "or", "and", "in", "is", "for"];

/// Letters before a string.
const STRING_PREFIXES: [&str; 6] = ["f", "r", "b", "u", "rb", "fr"];

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
                Value::Open(slip) => Ok(Value::Open(slip)),
                Value::Name(name) => Ok(open(unknown(value_at, &name, "write train, True or False"))),
                _ => Err(CallError::new(at, "not needs True or False", "")),
            };
        }
        let value = if first == "lambda" || self.peek() == Some('{') { None } else { Some(self.sum(depth)?) };
        let (next_at, next) = (self.at, self.name_ahead());
        let word = if value.is_none() { first } else { next };
        let is_compared = value.is_some() && matches!(self.peek(), Some('=' | '<' | '>' | '!' | '&' | '|' | '@'));
        match value {
            Some(value) if !OPERATORS.contains(&word.as_str()) && !is_compared => Ok(value),
            _ => {
                let slip_at = if is_compared || value.is_some() { next_at } else { at };
                self.at = slip_at;
                if word == "lambda" {
                    // The names before the colon have commas between them.
                    self.take_while(|c| c != ':');
                }
                self.skip_expression()?;
                let what =
                    if word.is_empty() { "this expression".to_owned() } else { format!("an expression with {word}") };
                Ok(open(CallError::new(slip_at, format!("{what} is not worked out here"), "write its value")))
            }
        }
    }

    /// Skips what is left of an expression: up to the comma or the bracket that ends it.
    pub(super) fn skip_expression(&mut self) -> Result<(), CallError> {
        let mut depth = 0_usize;
        while let Some(c) = self.peek() {
            match c {
                '"' | '\'' => {
                    self.string(c)?;
                    continue;
                }
                ',' | ')' | ']' | '}' if depth == 0 => return Ok(()),
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth -= 1,
                _ => {}
            }
            self.takes(c);
        }
        Ok(())
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
            left = self.compute((at, left), if sign == '+' { "+" } else { "-" }, (right_at, right));
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
            left = self.compute((at, left), sign, (right_at, right));
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
        Ok(self.compute((at, base), "**", (right_at, right)))
    }

    /// Two numbers and what stands between them; what cannot be computed is an error only where it acts.
    pub(super) fn compute(&self, left: (usize, Value), sign: &str, right: (usize, Value)) -> Value {
        self.computed(left, sign, right).unwrap_or_else(open)
    }

    fn computed(&self, left: (usize, Value), sign: &str, right: (usize, Value)) -> Result<Value, CallError> {
        let number = |(at, value): &(usize, Value)| match value {
            Value::Whole(whole) => Ok((*whole as f64, true)),
            Value::Real(real) => Ok((*real, false)),
            Value::Name(name) => Err(unknown(*at, name, "write a number, or N, C, H or W")),
            Value::Open(slip) => Err((**slip).clone()),
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

    /// A value with what follows it: `.shape`, `[1:]`, `(…)`.
    fn atom(&mut self, depth: usize) -> Result<Value, CallError> {
        let at = self.at;
        let name = self.name_ahead();
        let is_prefix = STRING_PREFIXES.contains(&name.to_ascii_lowercase().as_str());
        if is_prefix && self.rest()[name.len()..].starts_with(['"', '\'']) {
            self.name()?;
        }
        let mut value = self.plain_atom(depth)?;
        loop {
            match self.peek() {
                Some('.') => {
                    self.takes('.');
                    let (_, name) = self.name()?;
                    value = self.attribute(&name);
                }
                Some('[') => value = self.subscript(value, depth)?,
                // What a layer makes of x: only Python knows.
                Some('(') => {
                    if depth >= MAX_DEPTH {
                        return Err(CallError::new(self.at, "calls are nested too deeply", ""));
                    }
                    self.takes('(');
                    self.arguments(')', depth + 1)?;
                    value = open(CallError::new(at, "this is not worked out here", "write its value"));
                }
                _ => return Ok(value),
            }
        }
    }

    fn plain_atom(&mut self, depth: usize) -> Result<Value, CallError> {
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
        Ok(self.compute((at, Value::Whole(0)), if is_plus { "+" } else { "-" }, (at, value)))
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
                Value::Open(slip) => {
                    while self.peek().is_some_and(|c| c != close) {
                        self.skip_expression()?;
                        if !self.takes(',') {
                            break;
                        }
                    }
                    self.takes(close);
                    return Ok(Value::Open(slip));
                }
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
}

impl Value {
    /// Why it is not known, if it is not.
    pub(super) fn slip(&self) -> Option<&CallError> {
        match self {
            Self::Open(slip) => Some(slip),
            _ => None,
        }
    }
}

pub(super) fn open(slip: CallError) -> Value {
    Value::Open(Box::new(slip))
}

/// A name that says nothing here.
pub(super) fn unknown(at: usize, name: &str, hint: &str) -> CallError {
    let hint = if name == "G" { "the method above has no groups: write their number" } else { hint };
    CallError::new(at, format!("{} is not known here", super::signature::short(name)), hint)
}
