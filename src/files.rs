//! Files in and out: reads arrays written by other programs; writes arrays, weights and whole networks.
//!
//! Reads what people have: all real types of values, either byte order, archives member by member, part of a large array. A file that is
//! something else is named for what it is: `kind`.
//!
//! Works on bytes that are already in memory; opens no file and contacts no server. Sizes are checked before memory is
//! allocated, and every error names the file, the byte, what was expected and what was found. The page's data sets are
//! read elsewhere, piece by piece: `data`.
//!
//! Uses: norms, engine::random, engine::plan, network::layer, network::optimizer, network::model, training::data.

mod bytes;
pub mod code;
mod element;
mod error;
pub mod gzip;
pub mod idx;
mod inflate;
pub mod kind;
mod layout;
pub mod npy;
mod npy_header;
pub mod npz;
pub mod onnx;
pub mod png;
pub mod safetensors;
mod zip;

pub use element::ElementType;
pub use error::{FileError, FileFault};

use crate::training::data;
use bytes::Bytes;
use kind::Kind;
use std::borrow::Cow;
use thiserror::Error;

/// Most bytes that an array may occupy as f32, or that a packed file may unpack to; MNIST's largest file has
/// 188,160,000.
pub const MAX_BYTES: usize = data::MAX_VALUES as usize;

/// Most values that an array may have.
pub const MAX_VALUES: usize = MAX_BYTES / 4;

/// Most axes that an array may have, the limit of older releases of NumPy.
pub const MAX_AXES: usize = 32;

/// How often a file may be gzipped.
const MAX_PACKINGS: usize = 2;

/// How many members a message names, of a file in which none can be read.
const MOST_REASONS: usize = 3;

/// Values with any number of axes, row-major.
#[derive(Clone, PartialEq, Debug)]
pub struct Array {
    shape: Vec<usize>,
    values: Vec<f32>,
    dtype: ElementType,
    n_rounded: usize,
    n_overflowed: usize,
    part: Option<Part>,
}

/// The part of an array that was read: items along its first axis.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Part {
    /// The first item.
    pub from: usize,
    /// How many items the file has.
    pub of: usize,
}

/// How much of a file is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Most values that an array may have. No memory is allocated for more.
    pub most_values: usize,
    /// Of an array with more values, the first item that is read, along the first axis, or the last items if there are fewer behind
    /// it; `None` refuses such arrays.
    pub part_from: Option<usize>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { most_values: MAX_VALUES, part_from: None }
    }
}

/// Something in a file.
#[derive(Clone, PartialEq, Debug)]
pub struct Member {
    /// Its name in an archive or a safetensors file; otherwise the file's name.
    pub name: String,
    /// The format that it is in.
    pub format: Format,
    /// The array, or why it cannot be read.
    pub array: Result<Array, FileError>,
}

/// The format of an array in a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// NumPy's, alone or in an archive.
    Npy,
    /// MNIST's.
    Idx,
    /// Named tensors.
    Safetensors,
    /// An image of 16 bits: channels, rows, columns.
    Png,
}

/// The number of values does not match the shape.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("expected the values of shape {}, found {found}", shape_text(.shape))]
pub struct ArrayError {
    /// How many values there are.
    pub found: usize,
    /// The shape they should fill.
    pub shape: Vec<usize>,
}

impl Array {
    /// Makes an array of this shape; one without axes holds one value.
    ///
    /// # Errors
    /// [`ArrayError`] if there are more or fewer values than the shape holds.
    pub fn new(shape: Vec<usize>, values: Vec<f32>) -> Result<Self, ArrayError> {
        let n_values = shape.iter().try_fold(1_usize, |product, &length| product.checked_mul(length));
        if n_values != Some(values.len()) {
            return Err(ArrayError { found: values.len(), shape });
        }
        Ok(Self { shape, values, dtype: ElementType::F32, n_rounded: 0, n_overflowed: 0, part: None })
    }

    /// The lengths of the axes, outermost first.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The values, row-major.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The values, without their shape.
    pub fn into_values(self) -> Vec<f32> {
        self.values
    }

    /// The type that the values had in the file.
    pub fn dtype(&self) -> ElementType {
        self.dtype
    }

    /// How many values are not exactly those in the file.
    pub fn n_rounded(&self) -> usize {
        self.n_rounded
    }

    /// How many of them are infinite, but finite in the file.
    pub fn n_overflowed(&self) -> usize {
        self.n_overflowed
    }

    /// Which part of the file's array this is; `None` for all of it.
    pub fn part(&self) -> Option<Part> {
        self.part
    }
}

/// Returns everything in a file: an archive or a safetensors file has many arrays, a `.npy`, IDX or 16-bit PNG file has one,
/// named after the file. Any may be gzipped. The first bytes decide, not the name.
///
/// # Errors
/// [`FileError`] if the file is none of these, does not follow its format, or has no array that can be read.
pub fn read(file: &str, bytes: &[u8], limits: Limits) -> Result<Vec<Member>, FileError> {
    let (mut name, mut bytes) = (file, Cow::Borrowed(bytes));
    for _ in 0..MAX_PACKINGS {
        if gzip::is_packed(&bytes) {
            bytes = Cow::Owned(gzip::unpack(file, &bytes)?);
            name = name.strip_suffix(".gz").unwrap_or(name);
        }
    }
    let fault = |fault| Err(Bytes::new(file, &bytes).fault(0, fault));
    let members = if gzip::is_packed(&bytes) {
        return fault(FileFault::Nested);
    } else if npz::is_archive(&bytes) {
        npz::read_members(name, &bytes, limits)?
    } else {
        read_plain(name, &bytes, limits)?
    };
    if members.is_empty() || members.iter().any(|member| member.array.is_ok()) {
        return Ok(members);
    }
    fault(FileFault::NoArrays { reasons: reasons(&members) })
}

/// The first members and why they cannot be read.
fn reasons(members: &[Member]) -> String {
    let reason = |member: &Member| Some(format!("{}: {}", member.name, member.array.as_ref().err()?.reason()));
    let first: Vec<String> = members.iter().take(MOST_REASONS).filter_map(reason).collect();
    let n_more = members.len().saturating_sub(MOST_REASONS);
    first.join("; ") + &if n_more == 0 { String::new() } else { format!("; and {n_more} more") }
}

/// Reads a file that is not packed.
fn read_plain(file: &str, bytes: &[u8], limits: Limits) -> Result<Vec<Member>, FileError> {
    let one = |format, array: Result<Array, FileError>| {
        array.map(|array| vec![Member { name: file.to_owned(), format, array: Ok(array) }])
    };
    let fault = |fault| Err(Bytes::new(file, bytes).fault(0, fault));
    match bytes {
        [0x93, ..] => one(Format::Npy, npy::read_within(file, bytes, limits)),
        _ if safetensors::is_start(bytes) => safetensors::read_members(file, bytes, limits),
        [0, 0, 8..=14, 1..=255, ..] => one(Format::Idx, idx::read_within(file, bytes, limits)),
        _ if png::is_deep(bytes) => one(Format::Png, png::read_within(file, bytes, limits)),
        _ => match Kind::of(bytes) {
            Some(kind) => fault(FileFault::Kind(kind)),
            None if bytes.starts_with(&[0, 0]) => one(Format::Idx, idx::read_within(file, bytes, limits)),
            None => fault(FileFault::Unknown { found: bytes.iter().take(4).copied().collect() }),
        },
    }
}

/// How much of a file with many arrays is still to be read.
struct Budget {
    n_values: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { n_values: MAX_VALUES }
    }
}

impl Budget {
    /// Returns the array if there is room for it after those before.
    fn take(&mut self, file: &str, array: Array) -> Result<Array, FileError> {
        match self.n_values.checked_sub(array.values.len()) {
            Some(left) => {
                self.n_values = left;
                Ok(array)
            }
            None => {
                let fault = FileFault::Members { most: MAX_VALUES, what: "values" };
                Err(FileError { file: file.to_owned(), byte: 0, fault })
            }
        }
    }
}

/// A shape as text, such as `2×3`; `()` if it has no axes.
fn shape_text(shape: &[usize]) -> String {
    if shape.is_empty() {
        return "()".to_owned();
    }
    shape.iter().map(usize::to_string).collect::<Vec<_>>().join("×")
}
