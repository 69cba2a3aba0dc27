//! The grammar of a line with a call: dotted names, then arguments in parentheses, and what people paste around them: the
//! variable, `model.add(…)`, a comma. It knows no layers.

use super::CallError;
use super::value::{Env, Value};
use crate::norms::norm::NormKind;

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
    /// What is called on the layer: the arguments that it is applied to, `.eval()`.
    pub(super) then: Vec<Then>,
}

/// What follows a layer.
pub(super) enum Then {
    /// `(x, training=False)`.
    Applied(Vec<Arg>),
    /// `.train(False)`, with its position.
    Method(Named, Vec<Arg>),
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

/// How deeply lists may be nested: more is a mistake, and would use up the stack.
pub(super) const MAX_DEPTH: usize = 4;

/// Words before a call that name its framework.
const FRAMEWORK_WORDS: [&str; 7] = ["flax", "jax", "pytorch", "torch", "keras", "tf", "tfa"];

/// Methods of containers that take a layer: `model.add(…)`.
const ADDERS: [&str; 2] = ["add", "append"];

/// Parses one call or the words of a paper; names of lengths are those of `env`.
pub(super) fn parse(text: &str, env: Env) -> Result<Text, CallError> {
    let mut cursor = Cursor { text, at: 0, env };
    cursor.skip_prompt();
    let (mut words, mut path) = cursor.dotted()?;
    if cursor.takes(':') {
        // A variable with its type: `self.norm: nn.Module = …`.
        cursor.dotted()?;
        if cursor.peek() != Some('=') {
            return Err(cursor.expected("an equals sign", ""));
        }
    }
    while cursor.takes('=') {
        (words, path) = cursor.dotted()?;
    }
    if words.len() > 1 && words.first().is_some_and(|(_, word)| word == "return") {
        words.remove(0);
    }
    let is_added = path.last().is_some_and(|(_, name)| ADDERS.contains(&name.as_str())) && cursor.takes('(');
    if is_added {
        (words, path) = cursor.dotted()?;
    }
    let is_call = cursor.peek() == Some('(');
    let is_paper = path.is_empty()
        && match words.as_slice() {
            [(_, only)] => !is_call || NormKind::ALL.iter().any(|kind| kind.short().eq_ignore_ascii_case(only)),
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
    let (args, end) = cursor.arguments(')', 0)?;
    let then = cursor.then()?;
    if is_added && !cursor.takes(')') {
        return Err(cursor.expected("a closing parenthesis", ""));
    }
    cursor.at_end()?;
    Ok(Text::Call(Parsed { path: words, args, end, then }))
}

pub(super) struct Cursor<'a> {
    text: &'a str,
    pub(super) at: usize,
    pub(super) env: Env,
}

impl<'a> Cursor<'a> {
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
        if self.rest().starts_with('#') {
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
            if !self.rest().is_empty() {
                self.skip_space();
            }
        }
    }

    pub(super) fn peek(&mut self) -> Option<char> {
        self.skip_space();
        self.rest().chars().next()
    }

    pub(super) fn takes(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += if found { wanted.len_utf8() } else { 0 };
        found
    }

    pub(super) fn take_while(&mut self, keep: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let len = rest.find(|c| !keep(c)).unwrap_or(rest.len());
        self.at += len;
        &rest[..len]
    }

    pub(super) fn expected(&mut self, what: &str, hint: impl Into<String>) -> CallError {
        let found = match self.peek() {
            Some(found) => format!("{what} is expected here, not {found:?}"),
            None => format!("{what} is expected here, but the text ends"),
        };
        CallError::new(self.at, found, hint)
    }

    /// Skips what stands before a line where it was copied: a prompt, the sign of a difference, a name in a printed model
    /// or a dictionary.
    fn skip_prompt(&mut self) {
        self.skip_space();
        for prompt in [">>>", "...", "+", "-"] {
            if self.rest().starts_with(prompt) {
                self.at += prompt.len();
                break;
            }
        }
        self.skip_space();
        let rest = self.rest();
        // `In [3]:`, `(bn1):`, `"norm":`
        let end = match rest.chars().next() {
            _ if rest.starts_with("In [") => "]:",
            Some('(') => "):",
            Some('"') => "\":",
            Some('\'') => "':",
            _ => return,
        };
        if let Some(len) = rest.find(end) {
            self.at += len + end.len();
        }
    }

    fn at_end(&mut self) -> Result<(), CallError> {
        while self.takes(',') || self.takes(';') {}
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.expected("the end of the call", "write only one call")),
        }
    }

    pub(super) fn name(&mut self) -> Result<Named, CallError> {
        if !self.peek().is_some_and(is_name_start) {
            return Err(self.expected("a name", "for example nn.GroupNorm(2, 6) or LayerNormalization(axis=3)"));
        }
        Ok((self.at, self.take_while(is_name_char).to_owned()))
    }

    /// What follows a layer: `(x)`, `.eval()`.
    fn then(&mut self) -> Result<Vec<Then>, CallError> {
        let mut then = vec![];
        loop {
            if self.takes('(') {
                then.push(Then::Applied(self.arguments(')', 0)?.0));
            } else if self.takes('.') {
                let method = self.name()?;
                if !self.takes('(') {
                    return Err(self.expected("an opening parenthesis", ""));
                }
                then.push(Then::Method(method, self.arguments(')', 0)?.0));
            } else {
                return Ok(then);
            }
        }
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
        let words: Vec<Named> = words.into_iter().map(|(at, word)| (at, word.to_ascii_lowercase())).collect();
        if words.iter().any(|(_, word)| word == "over") {
            // The letters are axes there, not lengths.
            self.env.named = [(' ', 0); 4];
        }
        let in_parentheses = self.takes('(');
        let _ = in_parentheses || self.takes(',') || self.takes(':');
        let mut args = Vec::new();
        while self.peek().is_some_and(|c| c != ')') {
            let mut arg = self.argument(0)?;
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
    pub(super) fn arguments(&mut self, close: char, depth: usize) -> Result<(Vec<Arg>, usize), CallError> {
        let mut args = Vec::new();
        loop {
            self.skip_space();
            let end = self.at;
            if self.takes(close) {
                return Ok((args, end));
            }
            args.push(self.argument(depth)?);
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

    fn argument(&mut self, depth: usize) -> Result<Arg, CallError> {
        self.skip_space();
        let at = self.at;
        if self.peek().is_some_and(is_name_start) {
            let (_, name) = self.name()?;
            if self.takes('=') {
                self.skip_space();
                let value_at = self.at;
                return Ok(Arg { at, key: Some(name), value_at, value: self.value(depth)? });
            }
            self.at = at;
        }
        Ok(Arg { at, key: None, value_at: at, value: self.value(depth)? })
    }
}

pub(super) fn is_name_start(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
