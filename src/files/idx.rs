//! IDX, MNIST's format: reads whole files of any element type.
//!
//! Big-endian: two zero bytes, the element type, the number of axes, each axis' length in 32 bits, then the values.
//! Training data sets are read by `data`, which accepts files in pieces and knows what they should hold.

use super::bytes::Bytes;
use super::error::{FileError, FileFault};
use super::{Array, ByteOrder, ElementType, MAX_AXES, MAX_VALUES};

/// Returns the array in an unpacked file.
///
/// # Errors
/// [`FileError`] if the file is not IDX.
pub fn read(file: &str, bytes: &[u8]) -> Result<Array, FileError> {
    read_within(file, bytes, MAX_VALUES)
}

/// As [`read`], but for arrays of at most `most` values.
pub(super) fn read_within(file: &str, bytes: &[u8], most: usize) -> Result<Array, FileError> {
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
    let n_values = super::n_values(&shape, dtype, most).map_err(|fault| bytes.fault(shape_at, fault))?;
    let data = bytes.take(n_values * dtype.n_bytes(), "the values")?;
    bytes.end()?;
    Ok(Array { shape, values: dtype.decode(data, ByteOrder::Big), dtype })
}
