//! Takes a call apart: `nn.GroupNorm(5, 10, eps=1e-3)`, with the place of everything in it.

use super::Slip;

/// A call: a dotted name and its arguments.
pub(super) struct Call {
    /// Everything before the last dot.
    pub(super) path: String,
    /// The last name.
    pub(super) name: String,
    /// Where the last name stands.
    pub(super) at: [usize; 2],
    pub(super) arguments: Vec<Argument>,
}

/// An argument.
pub(super) struct Argument {
    /// Its name, if it is given by name.
    pub(super) key: Option<String>,
    pub(super) value: Value,
    /// Where it stands.
    pub(super) at: [usize; 2],
}

/// A value.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Value {
    Number(f64),
    /// Numbers in brackets.
    List(Vec<f64>),
    /// A name or a string.
    Word(String),
}

/// Reads a call. Places count characters.
pub(super) fn read(text: &str) -> Result<Call, Slip> {
    let letters: Vec<char> = text.chars().collect();
    let mut reader = Reader { letters: &letters, at: 0 };
    let mut names = vec![];
    let at = loop {
        let (name, at) = reader.word("a layer’s name, such as nn.GroupNorm(2, 6)")?;
        names.push(name);
        if !reader.take('.') {
            break at;
        }
    };
    reader.expect('(', "( and the arguments")?;
    let mut arguments = vec![];
    while !reader.take(')') {
        arguments.push(reader.argument()?);
        if !reader.take(',') {
            reader.expect(')', "a comma or the closing )")?;
            break;
        }
    }
    reader.skip();
    if reader.at < letters.len() {
        return Err(Slip::at([reader.at, letters.len()], "nothing may follow the call"));
    }
    let name = names.pop().unwrap_or_default();
    Ok(Call { path: names.join("."), name, at, arguments })
}

struct Reader<'a> {
    letters: &'a [char],
    at: usize,
}

impl Reader<'_> {
    fn skip(&mut self) {
        while self.letters.get(self.at).is_some_and(|letter| letter.is_whitespace()) {
            self.at += 1;
        }
    }

    fn peek(&mut self) -> Option<char> {
        self.skip();
        self.letters.get(self.at).copied()
    }

    fn take(&mut self, letter: char) -> bool {
        let is_here = self.peek() == Some(letter);
        self.at += usize::from(is_here);
        is_here
    }

    fn expect(&mut self, letter: char, what: &str) -> Result<(), Slip> {
        if self.take(letter) {
            Ok(())
        } else {
            Err(Slip::at([self.at, self.at + 1], format!("here {what} is missing")))
        }
    }

    /// The letters that belong together from here.
    fn run(&mut self, belongs: impl Fn(char) -> bool) -> (String, [usize; 2]) {
        self.skip();
        let start = self.at;
        let run: String = self.letters[start..].iter().take_while(|letter| belongs(**letter)).collect();
        self.at += run.chars().count();
        (run, [start, self.at])
    }

    fn word(&mut self, what: &str) -> Result<(String, [usize; 2]), Slip> {
        let (word, at) = self.run(|letter| letter.is_alphanumeric() || letter == '_');
        if word.is_empty() {
            Err(Slip::at([at[0], at[0] + 1], format!("here {what} is missing")))
        } else {
            Ok((word, at))
        }
    }

    fn argument(&mut self) -> Result<Argument, Slip> {
        self.skip();
        let start = self.at;
        let mut key = None;
        if self.peek().is_some_and(|letter| letter.is_alphabetic() || letter == '_') {
            let (word, _) = self.word("an argument")?;
            if !self.take('=') {
                return Ok(Argument { key: None, value: Value::Word(word), at: [start, self.at] });
            }
            key = Some(word);
        }
        let value = self.value()?;
        Ok(Argument { key, value, at: [start, self.at] })
    }

    fn value(&mut self) -> Result<Value, Slip> {
        match self.peek() {
            Some(open @ ('[' | '(')) => {
                self.at += 1;
                let close = if open == '[' { ']' } else { ')' };
                let mut list = vec![];
                while !self.take(close) {
                    list.push(self.number()?);
                    if !self.take(',') {
                        self.expect(close, "the closing bracket")?;
                        break;
                    }
                }
                Ok(Value::List(list))
            }
            Some(quote @ ('"' | '\'')) => {
                self.at += 1;
                let (word, _) = self.run(|letter| letter != quote);
                self.expect(quote, "the closing quote")?;
                Ok(Value::Word(word))
            }
            Some(letter) if letter.is_alphabetic() => Ok(Value::Word(self.word("a value")?.0)),
            _ => self.number().map(Value::Number),
        }
    }

    fn number(&mut self) -> Result<f64, Slip> {
        let (text, at) = self.run(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter));
        text.parse().ok().filter(|number: &f64| number.is_finite()).ok_or_else(|| {
            Slip::at(
                [at[0], at[1].max(at[0] + 1)],
                if text.is_empty() {
                    "here a value is missing".to_owned()
                } else {
                    format!("“{text}” is no number")
                },
            )
        })
    }
}
