//! Parses the header of a `.npy` file: a Python dictionary with three known keys, as text.

use super::MAX_AXES;
use super::element::{ByteOrder, ElementType};
use super::error::FileFault;

/// The contents of a header.
#[derive(Debug, PartialEq)]
pub(super) struct Header {
    pub(super) dtype: ElementType,
    pub(super) order: ByteOrder,
    pub(super) is_fortran: bool,
    pub(super) shape: Vec<usize>,
    /// Where the shape is in the header.
    pub(super) shape_at: usize,
}

/// Most bytes of a file that a message quotes.
const MAX_QUOTED_BYTES: usize = 32;

/// A fault and its position in the header.
type Fault = (usize, FileFault);

impl Header {
    /// Parses the text of a header: the keys in any order, each once.
    pub(super) fn parse(text: &[u8]) -> Result<Self, Fault> {
        let mut text = Text { text, at: 0 };
        let (mut dtype, mut fortran_order, mut shape) = (None, None, None);
        text.expect(b'{', "'{'")?;
        while text.peek() != Some(b'}') {
            let key_at = text.at;
            let key = text.string("a key in quotes or '}'")?;
            text.expect(b':', "':'")?;
            match key {
                b"descr" => set(&mut dtype, text.dtype()?, "descr"),
                b"fortran_order" => set(&mut fortran_order, text.boolean()?, "fortran_order"),
                b"shape" => set(&mut shape, (text.at, text.shape()?), "shape"),
                _ => Err(FileFault::Key { key: beginning(key) }),
            }
            .map_err(|fault| (key_at, fault))?;
            if text.peek() != Some(b'}') {
                text.expect(b',', "',' or '}'")?;
            }
        }
        text.expect(b'}', "'}'")?;
        let end = text.at;
        if let found @ Some(_) = text.peek() {
            return Err((text.at, FileFault::Syntax { found, expected: "nothing but blanks after '}'" }));
        }
        let missing = |key| (end, FileFault::KeyMissing { key });
        let (shape_at, shape) = shape.ok_or_else(|| missing("shape"))?;
        let (dtype, order) = dtype.ok_or_else(|| missing("descr"))?;
        Ok(Self { dtype, order, is_fortran: fortran_order.ok_or_else(|| missing("fortran_order"))?, shape, shape_at })
    }
}

fn set<T>(place: &mut Option<T>, value: T, key: &'static str) -> Result<(), FileFault> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(FileFault::KeyTwice { key }),
    }
}

/// The part of a string that a message quotes.
fn beginning(text: &[u8]) -> String {
    String::from_utf8_lossy(&text[..text.len().min(MAX_QUOTED_BYTES)]).into_owned()
}

/// The brackets that a text starts with, and what is between them.
fn bracketed(text: &[u8]) -> &[u8] {
    let mut depth = 0_usize;
    let end = text.iter().position(|byte| {
        match byte {
            b'[' | b'(' => depth += 1,
            b']' | b')' => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    &text[..end.map_or(text.len(), |end| end + 1)]
}

/// The fault of an element type that is not read. Codes as in NumPy's array interface.
fn unread(code: &[u8], found: String) -> FileFault {
    let (what, advice) = match code {
        [b'U' | b'S' | b'a' | b'T', ..] => ("text", "only numbers can be read"),
        [b'O', ..] => ("Python objects", "save one array of numbers, with .astype(np.float32)"),
        [b'c', ..] => ("complex numbers", "save .real and .imag"),
        [b'f', ..] => ("floats of more than 64 bits", "save it with .astype(np.float64)"),
        [b'M' | b'm', ..] => ("dates or times", "save it with .astype(np.int64)"),
        [b'V', ..] => ("bytes without a type, as NumPy saves bfloat16", "save it with .astype(np.float32)"),
        _ => ("values of an unknown type", "save it with .astype(np.float32)"),
    };
    FileFault::Values { what, found, advice }
}

/// The text being parsed.
struct Text<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Text<'a> {
    /// The next byte that is not blank.
    fn peek(&mut self) -> Option<u8> {
        let blanks = self.text[self.at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.at += blanks;
        self.text.get(self.at).copied()
    }

    /// The fault of finding something other than `expected` here.
    fn syntax(&mut self, expected: &'static str) -> Fault {
        let found = self.peek();
        (self.at, FileFault::Syntax { found, expected })
    }

    fn expect(&mut self, byte: u8, expected: &'static str) -> Result<(), Fault> {
        if self.peek() != Some(byte) {
            return Err(self.syntax(expected));
        }
        self.at += 1;
        Ok(())
    }

    /// Returns the text between two quotes.
    fn string(&mut self, expected: &'static str) -> Result<&'a [u8], Fault> {
        let Some(quote @ (b'\'' | b'"')) = self.peek() else { return Err(self.syntax(expected)) };
        let inner = &self.text[self.at + 1..];
        let Some(len) = inner.iter().position(|&byte| byte == quote) else {
            return Err((self.text.len(), FileFault::Syntax { found: None, expected: "a closing quote" }));
        };
        self.at += len + 2;
        Ok(&inner[..len])
    }

    fn dtype(&mut self) -> Result<(ElementType, ByteOrder), Fault> {
        if matches!(self.peek(), Some(b'[' | b'(')) {
            let advice = "save each field by itself, as x['name']";
            let found = beginning(bracketed(&self.text[self.at..]));
            return Err((self.at, FileFault::Values { what: "records of several fields", found, advice }));
        }
        let start = self.at;
        let text = self.string("an element type in quotes")?;
        // Without a mark it is the order of the machine that wrote it, and nearly all are little-endian.
        let (order, code) = match text {
            [b'>', code @ ..] => (ByteOrder::Big, code),
            [b'<' | b'|' | b'=', code @ ..] => (ByteOrder::Little, code),
            code => (ByteOrder::Little, code),
        };
        let dtype = match code {
            b"b1" | b"?" => ElementType::Bool,
            b"u1" => ElementType::U8,
            b"i1" => ElementType::I8,
            b"u2" => ElementType::U16,
            b"i2" => ElementType::I16,
            b"u4" => ElementType::U32,
            b"i4" => ElementType::I32,
            b"u8" => ElementType::U64,
            b"i8" => ElementType::I64,
            b"f2" => ElementType::F16,
            b"f4" => ElementType::F32,
            b"f8" => ElementType::F64,
            _ => return Err((start, unread(code, format!("'{}'", beginning(text))))),
        };
        Ok((dtype, order))
    }

    fn boolean(&mut self) -> Result<bool, Fault> {
        self.peek();
        for (word, value) in [("True", true), ("False", false)] {
            if self.text[self.at..].starts_with(word.as_bytes()) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.syntax("True or False"))
    }

    fn shape(&mut self) -> Result<Vec<usize>, Fault> {
        let start = self.at;
        self.expect(b'(', "'('")?;
        let mut shape = Vec::new();
        while self.peek() != Some(b')') {
            if shape.len() == MAX_AXES {
                return Err((start, FileFault::Axes { n_axes: shape.len() + 1 }));
            }
            shape.push(self.length()?);
            if self.peek() != Some(b')') {
                self.expect(b',', "',' or ')'")?;
            }
        }
        self.expect(b')', "')'")?;
        Ok(shape)
    }

    /// Parses the length of an axis; Python 2 writes an L after a long one.
    fn length(&mut self) -> Result<usize, Fault> {
        if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return Err(self.syntax("the length of an axis or ')'"));
        }
        let start = self.at;
        let mut length = Some(0_usize);
        while let Some(digit @ b'0'..=b'9') = self.text.get(self.at) {
            length = length.and_then(|length| length.checked_mul(10)?.checked_add(usize::from(digit - b'0')));
            self.at += 1;
        }
        if self.text.get(self.at) == Some(&b'L') {
            self.at += 1;
        }
        length.ok_or((start, FileFault::AxisLength))
    }
}
