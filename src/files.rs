//! Files in and out: reads arrays written by other programs; writes arrays, weights and whole networks.
//!
//! Works on bytes that are already in memory; opens no file and contacts no server. Sizes are checked before memory is
//! allocated, and every error names the file, the byte, what was expected and what was found. The page's data sets are
//! read elsewhere, piece by piece: `data`.
//!
//! Uses: norms, engine::random, engine::plan, network::layer, network::optimizer, network::model, training::data.

mod bytes;
pub mod code;
mod error;
pub mod gzip;
pub mod idx;
mod inflate;
pub mod npy;
mod npy_header;
pub mod npz;
pub mod onnx;
pub mod safetensors;

pub use error::{FileError, FileFault};

use crate::training::data;
use bytes::Bytes;
use std::fmt;
use thiserror::Error;

/// Most bytes that an array may occupy as f32, or that a packed file may unpack to; MNIST's largest file has
/// 188,160,000.
pub const MAX_BYTES: usize = data::MAX_VALUES as usize;

/// Most values that an array may have.
pub const MAX_VALUES: usize = MAX_BYTES / 4;

/// Most axes that an array may have, the limit of older releases of NumPy.
pub const MAX_AXES: usize = 32;

/// Values with any number of axes, row-major.
#[derive(Clone, PartialEq, Debug)]
pub struct Array {
    shape: Vec<usize>,
    values: Vec<f32>,
    dtype: ElementType,
}

/// The type of the values in a file. All become f32: f64 and integers of more than 24 bits are rounded to the nearest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "signed or unsigned integers, or floats, of that many bits")]
pub enum ElementType {
    U8,
    I8,
    I16,
    I32,
    I64,
    F32,
    F64,
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
        Ok(Self { shape, values, dtype: ElementType::F32 })
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
}

/// Returns every array in a file, with its name: a `.npz` archive has many; a `.npy` or IDX file, which may be gzipped,
/// has one, named after the file. The file's first bytes decide, not its name.
///
/// # Errors
/// [`FileError`] if the format of the file is unknown, or the file does not follow its format.
pub fn read(file: &str, bytes: &[u8]) -> Result<Vec<(String, Array)>, FileError> {
    read_within(file, bytes, MAX_VALUES)
}

/// As [`read`], but for arrays of at most `most` values. No memory is allocated for more.
///
/// # Errors
/// As [`read`].
pub fn read_within(file: &str, bytes: &[u8], most: usize) -> Result<Vec<(String, Array)>, FileError> {
    match bytes {
        [b'P', b'K', ..] => npz::read_within(file, bytes, most),
        [0x1f, 0x8b, ..] => {
            let unpacked = gzip::unpack(file, bytes)?;
            let name = file.strip_suffix(".gz").unwrap_or(file);
            Ok(vec![(name.to_owned(), read_one(name, &unpacked, most)?)])
        }
        _ => Ok(vec![(file.to_owned(), read_one(file, bytes, most)?)]),
    }
}

fn read_one(file: &str, bytes: &[u8], most: usize) -> Result<Array, FileError> {
    match bytes {
        [0x93, ..] => npy::read_within(file, bytes, most),
        [0, ..] => idx::read_within(file, bytes, most),
        _ => Err(Bytes::new(file, bytes).fault(0, FileFault::Kind { found: bytes.iter().take(4).copied().collect() })),
    }
}

impl ElementType {
    /// Bytes per value in a file.
    pub fn n_bytes(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::I16 => 2,
            Self::I32 | Self::F32 => 4,
            Self::I64 | Self::F64 => 8,
        }
    }

    /// Decodes the values in `bytes`, a whole number of them, whose bytes are in `order`.
    fn decode(self, bytes: &[u8], order: ByteOrder) -> Vec<f32> {
        match self {
            Self::U8 => convert(bytes, order, |[byte]| f32::from(byte)),
            Self::I8 => convert(bytes, order, |byte| f32::from(i8::from_le_bytes(byte))),
            Self::I16 => convert(bytes, order, |word| f32::from(i16::from_le_bytes(word))),
            Self::I32 => convert(bytes, order, |word| i32::from_le_bytes(word) as f32),
            Self::I64 => convert(bytes, order, |word| i64::from_le_bytes(word) as f32),
            Self::F32 => convert(bytes, order, f32::from_le_bytes),
            Self::F64 => convert(bytes, order, |word| f64::from_le_bytes(word) as f32),
        }
    }
}

impl fmt::Display for ElementType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::U8 => "unsigned byte",
            Self::I8 => "signed byte",
            Self::I16 => "16-bit integer",
            Self::I32 => "32-bit integer",
            Self::I64 => "64-bit integer",
            Self::F32 => "32-bit float",
            Self::F64 => "64-bit float",
        })
    }
}

/// The number of values in a shape, if it is at most `most`.
fn n_values(shape: &[usize], dtype: ElementType, most: usize) -> Result<usize, FileFault> {
    let max = most.min(MAX_BYTES / dtype.n_bytes().max(ElementType::F32.n_bytes()));
    let n_values = shape.iter().try_fold(1_usize, |product, &length| product.checked_mul(length));
    n_values.filter(|&n_values| n_values <= max).ok_or_else(|| FileFault::TooLarge { shape: shape.to_vec(), max })
}

/// Which byte of a value comes first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ByteOrder {
    Little,
    Big,
}

fn convert<const N: usize>(bytes: &[u8], order: ByteOrder, of: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    let little = |mut value: [u8; N]| {
        if order == ByteOrder::Big {
            value.reverse();
        }
        value
    };
    bytes.as_chunks().0.iter().map(|&value| of(little(value))).collect()
}

/// A shape as text, such as `2×3`; `()` if it has no axes.
fn shape_text(shape: &[usize]) -> String {
    if shape.is_empty() {
        return "()".to_owned();
    }
    shape.iter().map(usize::to_string).collect::<Vec<_>>().join("×")
}
