//! IDX, MNIST's format: reads whole files of any element type.
//!
//! Big-endian: two zero bytes, the element type, the number of axes, each axis' length in 32 bits, then the values.
//! Training data sets are read by `data`, which accepts files in pieces and knows what they should hold.

use super::bytes::Bytes;
use super::element::{ByteOrder, ElementType};
use super::error::{FileError, FileFault};
use super::layout::Layout;
use super::{Array, Limits, MAX_AXES};

/// Returns the array in an unpacked file.
///
/// # Errors
/// [`FileError`] if the file is not IDX.
pub fn read(file: &str, bytes: &[u8]) -> Result<Array, FileError> {
    read_within(file, bytes, Limits::default())
}

/// As [`read`], but within `limits`.
pub(super) fn read_within(file: &str, bytes: &[u8], limits: Limits) -> Result<Array, FileError> {
    let mut bytes = Bytes::new(file, bytes);
    bytes.signature(&[0, 0], "the start of IDX")?;
    let [code, n_axes] = bytes.word("the magic of IDX")?;
    let dtype = match code {
        0x08 => ElementType::U8,
        0x09 => ElementType::I8,
        0x0b => ElementType::I16,
        0x0c => ElementType::I32,
        0x0d => ElementType::F32,
        0x0e => ElementType::F64,
        found => return Err(bytes.fault(2, FileFault::ElementCode { found })),
    };
    let n_axes = usize::from(n_axes);
    if n_axes > MAX_AXES {
        return Err(bytes.fault(3, FileFault::Axes { n_axes }));
    }
    let shape_at = bytes.at();
    let lengths = bytes.take(4 * n_axes, "the lengths of the axes")?;
    let shape: Vec<usize> = lengths.as_chunks().0.iter().map(|&length| u32::from_be_bytes(length) as usize).collect();
    Layout { shape, shape_at, dtype, order: ByteOrder::Big, is_fortran: false }.read(bytes, limits)
}
