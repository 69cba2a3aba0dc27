//! The grammar of a call: dotted names, then arguments in parentheses. It knows no layers.

use super::CallError;
use crate::norms::norm::NormKind;
use crate::norms::number;

/// A parsed text.
pub(super) enum Text {
    /// Words as papers use them.
    Words(Words),
    /// A call.
    Call(Parsed),
}

/// A name and the byte where it starts.
pub(super) type Named = (usize, String);

/// "group norm, G = 2".
pub(super) struct Words {
    /// Lower-case words with their bytes.
    pub(super) words: Vec<Named>,
    /// What follows them.
    pub(super) args: Vec<Arg>,
    /// Length of the text.
    pub(super) end: usize,
}

/// `a.b.Name(1, k=2)`.
pub(super) struct Parsed {
    /// The dotted names with their bytes, the layer's last.
    pub(super) path: Vec<Named>,
    /// The arguments in the order written.
    pub(super) args: Vec<Arg>,
    /// Position of the closing parenthesis.
    pub(super) end: usize,
}

/// An argument.
#[derive(Clone, Debug)]
pub(super) struct Arg {
    /// Position where it starts.
    pub(super) at: usize,
    /// Its keyword.
    pub(super) key: Option<String>,
    /// Position where its value starts.
    pub(super) value_at: usize,
    /// Its value.
    pub(super) value: Value,
}

/// The value of an argument.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Whole(i64),
    Real(f64),
    Text(String),
    Flag(bool),
    Nothing,
    /// Positions and values of a list or tuple.
    List(Vec<(usize, Self)>),
    /// A name that only Python knows, such as `x` or `jnp.float32`.
    Name(String),
}

/// How deeply lists may be nested: more is a mistake, and would use up the stack.
const MAX_DEPTH: usize = 4;

/// Words before a call that name its framework.
const FRAMEWORK_WORDS: [&str; 7] = ["flax", "jax", "pytorch", "torch", "keras", "tf", "tfa"];

/// Parses one call or the words of a paper.
pub(super) fn parse(text: &str) -> Result<Text, CallError> {
    let mut cursor = Cursor { text, at: 0 };
    let (mut words, mut path) = cursor.dotted()?;
    if cursor.takes('=') {
        (words, path) = cursor.dotted()?;
    }
    let is_paper = path.is_empty()
        && match words.as_slice() {
            [(_, only)] => NormKind::ALL.iter().any(|kind| kind.short() == only),
            [(_, first), ..] => !FRAMEWORK_WORDS.contains(&first.to_ascii_lowercase().as_str()),
            [] => false,
        };
    if is_paper {
        return cursor.paper(words).map(Text::Words);
    }
    words.extend(path);
    if !cursor.takes('(') {
        let last = words.last().map_or("layer", |(_, word)| word);
        return Err(cursor.expected("an opening parenthesis", format!("a call is written {last}(…)")));
    }
    let (args, end) = cursor.arguments(')')?;
    // `LayerNormalization(axis=3)(x)` applies the layer; to what does not matter here.
    if cursor.takes('(') {
        cursor.arguments(')')?;
    }
    cursor.at_end()?;
    Ok(Text::Call(Parsed { path: words, args, end }))
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
        if self.rest().starts_with('#') {
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
            if !self.rest().is_empty() {
                self.skip_space();
            }
        }
    }

    fn peek(&mut self) -> Option<char> {
        self.skip_space();
        self.rest().chars().next()
    }

    fn takes(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += if found { wanted.len_utf8() } else { 0 };
        found
    }

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let len = rest.find(|c| !keep(c)).unwrap_or(rest.len());
        self.at += len;
        &rest[..len]
    }

    fn expected(&mut self, what: &str, hint: impl Into<String>) -> CallError {
        let found = match self.peek() {
            Some(found) => format!("{what} is expected here, not {found:?}"),
            None => format!("{what} is expected here, but the text ends"),
        };
        CallError::new(self.at, found, hint)
    }

    fn at_end(&mut self) -> Result<(), CallError> {
        self.takes(';');
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.expected("the end of the call", "write only one call")),
        }
    }

    fn name(&mut self) -> Result<Named, CallError> {
        if !self.peek().is_some_and(is_name_start) {
            return Err(self.expected("a name", "for example nn.GroupNorm(2, 6) or LayerNormalization(axis=3)"));
        }
        Ok((self.at, self.take_while(is_name_char).to_owned()))
    }

    /// Words, then names with a dot before each.
    fn dotted(&mut self) -> Result<(Vec<Named>, Vec<Named>), CallError> {
        let words = self.words()?;
        let mut path = Vec::new();
        while self.takes('.') {
            path.push(self.name()?);
        }
        Ok((words, path))
    }

    /// Names with spaces or hyphens between them.
    fn words(&mut self) -> Result<Vec<Named>, CallError> {
        let mut words = vec![self.name()?];
        loop {
            self.takes('-');
            if !self.peek().is_some_and(is_name_start) {
                return Ok(words);
            }
            words.push(self.name()?);
        }
    }

    /// Parses what follows the words of a paper: ", G = 2", "(G = 2)", "with 2 groups", "over C, H".
    fn paper(&mut self, words: Vec<Named>) -> Result<Words, CallError> {
        let words = words.into_iter().map(|(at, word)| (at, word.to_ascii_lowercase())).collect();
        let in_parentheses = self.takes('(');
        let _ = in_parentheses || self.takes(',') || self.takes(':');
        let mut args = Vec::new();
        while self.peek().is_some_and(|c| c != ')') {
            let mut arg = self.argument()?;
            if self.peek().is_some_and(is_name_start) && !matches!(arg.value, Value::Name(_)) {
                arg.key = Some(self.name()?.1);
            }
            args.push(arg);
            if !self.takes(',') {
                break;
            }
        }
        if in_parentheses && !self.takes(')') {
            return Err(self.expected("a closing parenthesis", ""));
        }
        self.at_end()?;
        Ok(Words { words, args, end: self.text.len() })
    }

    /// Parses the arguments up to `close`; returns them with its position.
    fn arguments(&mut self, close: char) -> Result<(Vec<Arg>, usize), CallError> {
        let mut args = Vec::new();
        loop {
            self.skip_space();
            let end = self.at;
            if self.takes(close) {
                return Ok((args, end));
            }
            args.push(self.argument()?);
            self.skip_space();
            let end = self.at;
            if self.takes(close) {
                return Ok((args, end));
            }
            if !self.takes(',') {
                return Err(self.expected("a comma or a closing parenthesis", ""));
            }
        }
    }

    fn argument(&mut self) -> Result<Arg, CallError> {
        self.skip_space();
        let at = self.at;
        if self.peek().is_some_and(is_name_start) {
            let (_, name) = self.name()?;
            if self.takes('=') {
                self.skip_space();
                let value_at = self.at;
                return Ok(Arg { at, key: Some(name), value_at, value: self.value(0)? });
            }
            self.at = at;
        }
        Ok(Arg { at, key: None, value_at: at, value: self.value(0)? })
    }

    fn value(&mut self, depth: usize) -> Result<Value, CallError> {
        match self.peek() {
            Some('[') => self.list(']', depth),
            Some('(') => self.list(')', depth),
            Some(quote @ ('"' | '\'')) => self.string(quote),
            Some(c) if c.is_ascii_digit() || matches!(c, '-' | '−' | '+' | '.') => self.number(),
            Some(c) if is_name_start(c) => self.named(depth),
            _ => Err(self.expected("a value", "a number, a list such as [1, 2, 3], a string, True or False")),
        }
    }

    fn list(&mut self, close: char, depth: usize) -> Result<Value, CallError> {
        if depth >= MAX_DEPTH {
            return Err(CallError::new(self.at, "lists are nested too deeply", ""));
        }
        self.at += 1;
        let mut items = Vec::new();
        loop {
            if self.takes(close) {
                return Ok(Value::List(items));
            }
            self.skip_space();
            let at = self.at;
            items.push((at, self.value(depth + 1)?));
            if !self.takes(',') && self.peek() != Some(close) {
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
        let is_sign = |c| matches!(c, '-' | '−' | '+');
        let sign = self.take_while(is_sign).replace('−', "-");
        self.skip_space();
        let is_digit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_') || number::is_of_power(c);
        let mut digits = self.take_while(is_digit).to_owned();
        if digits.ends_with(['e', 'E', '^']) {
            digits.push_str(self.take_while(|c| c.is_ascii_digit() || is_sign(c)));
        }
        let written = format!("{sign}{}", digits.replace('_', ""));
        if let Ok(whole) = written.parse() {
            return Ok(Value::Whole(whole));
        }
        let slip = || CallError::new(start, format!("{written} is not a number"), "for example 10, -1 or 1e-5");
        number::read(&written).map(Value::Real).ok_or_else(slip)
    }

    /// Parses True, False, None, or a name that only Python knows, with the call after it.
    fn named(&mut self, depth: usize) -> Result<Value, CallError> {
        let (_, mut name) = self.name()?;
        while self.takes('.') {
            name = self.name()?.1;
        }
        if self.peek() == Some('(') {
            if depth >= MAX_DEPTH {
                return Err(CallError::new(self.at, "calls are nested too deeply", ""));
            }
            self.skip_call(depth)?;
        }
        Ok(match name.as_str() {
            "True" | "true" => Value::Flag(true),
            "False" | "false" => Value::Flag(false),
            "None" => Value::Nothing,
            _ => Value::Name(name),
        })
    }

    /// Skips the arguments of a call such as `initializers.RandomUniform(seed=1)`.
    fn skip_call(&mut self, depth: usize) -> Result<(), CallError> {
        self.at += 1;
        loop {
            if self.takes(')') {
                return Ok(());
            }
            let start = self.at;
            if self.peek().is_some_and(is_name_start) {
                self.name()?;
                if !self.takes('=') {
                    self.at = start;
                }
            }
            self.value(depth + 1)?;
            if !self.takes(',') && self.peek() != Some(')') {
                return Err(self.expected("a comma or a closing parenthesis", ""));
            }
        }
    }
}

fn is_name_start(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
