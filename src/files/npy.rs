//! `.npy`, NumPy's file format for one array: reads versions 1.0 to 3.0, writes 1.0.
//!
//! Reads real numbers of all types in either byte order, but neither complex numbers, records, text nor Python objects.

use super::bytes::Bytes;
use super::error::{FileError, FileFault};
use super::layout::Layout;
use super::npy_header::Header;
use super::{Array, Limits};

/// The first bytes of every file.
const MAGIC: &[u8] = b"\x93NUMPY";

/// Most bytes of header text that are read; the header of a plain array has 118.
const MAX_HEADER_BYTES: usize = 1 << 16;

/// Data starts at a multiple of this many bytes.
const ALIGNMENT: usize = 64;

/// Returns the array in a file. Fortran order is converted to C order; the shape stays.
///
/// # Errors
/// [`FileError`] if the file is not `.npy`, or holds an unsupported array.
pub fn read(file: &str, bytes: &[u8]) -> Result<Array, FileError> {
    read_within(file, bytes, Limits::default())
}

/// As [`read`], but within `limits`.
pub(super) fn read_within(file: &str, bytes: &[u8], limits: Limits) -> Result<Array, FileError> {
    let mut bytes = Bytes::new(file, bytes);
    bytes.signature(MAGIC, "the magic of .npy")?;
    let [major, minor] = bytes.word("the version")?;
    let n_header_bytes = match (major, minor) {
        (1, 0) => usize::from(u16::from_le_bytes(bytes.word("the header length")?)),
        (2 | 3, 0) => u32::from_le_bytes(bytes.word("the header length")?) as usize,
        _ => return Err(bytes.fault(MAGIC.len(), FileFault::Version { major, minor })),
    };
    if n_header_bytes > MAX_HEADER_BYTES {
        let fault = FileFault::HeaderLength { n_bytes: n_header_bytes as u64, max: MAX_HEADER_BYTES as u64 };
        return Err(bytes.fault(MAGIC.len() + 2, fault));
    }
    let start = bytes.at();
    let text = bytes.take(n_header_bytes, "the header")?;
    let header = Header::parse(text).map_err(|(at, fault)| bytes.fault(start + at, fault))?;
    let Header { dtype, order, is_fortran, shape, shape_at } = header;
    Layout { shape, shape_at: start + shape_at, dtype, order, is_fortran }.read(bytes, limits)
}

/// Returns the bytes of a file that holds this array as little-endian f32 in C order.
pub fn write(array: &Array) -> Vec<u8> {
    let lengths: String = array.shape.iter().map(|length| format!("{length}, ")).collect();
    // Python writes a shape of one axis with a comma, others without.
    let lengths = if array.shape.len() == 1 { lengths.trim_end() } else { lengths.trim_end_matches(", ") };
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({lengths}), }}");
    let preamble = MAGIC.len() + 4;
    let n_header_bytes = (preamble + header.len() + 1).next_multiple_of(ALIGNMENT) - preamble;
    header.extend(std::iter::repeat_n(' ', n_header_bytes - 1 - header.len()));
    header.push('\n');
    let mut bytes = MAGIC.to_vec();
    bytes.extend([1, 0]);
    // A shape has at most MAX_AXES axes of 20 digits.
    bytes.extend((n_header_bytes as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(array.values.iter().flat_map(|value| value.to_le_bytes()));
    bytes
}
