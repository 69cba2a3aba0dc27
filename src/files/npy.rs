//! `.npy`, NumPy's file format for one array: reads versions 1.0 to 3.0, writes 1.0.
//!
//! Reads little-endian f32, f64 and i64, and unsigned bytes, but neither records nor Python objects.

use super::bytes::Bytes;
use super::error::{FileError, FileFault};
use super::npy_header::Header;
use super::{Array, ByteOrder, MAX_VALUES};

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
    read_within(file, bytes, MAX_VALUES)
}

/// As [`read`], but for arrays of at most `most` values.
pub(super) fn read_within(file: &str, bytes: &[u8], most: usize) -> Result<Array, FileError> {
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
    let Header { dtype, fortran_order, shape, shape_at } = header;
    let n_values = super::n_values(&shape, dtype, most).map_err(|fault| bytes.fault(start + shape_at, fault))?;
    let data = bytes.take(n_values * dtype.n_bytes(), "the values")?;
    bytes.end()?;
    let values = dtype.decode(data, ByteOrder::Little);
    let values = if fortran_order { to_c_order(&shape, &values) } else { values };
    Ok(Array { shape, values, dtype })
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

/// Converts column-major values to row-major.
fn to_c_order(shape: &[usize], values: &[f32]) -> Vec<f32> {
    let mut place = vec![0; shape.len()];
    let mut strides = Vec::new();
    let mut stride = 1;
    for &length in shape {
        strides.push(stride);
        stride *= length;
    }
    let mut at = 0;
    let mut next = || {
        let value = values[at];
        for axis in (0..shape.len()).rev() {
            place[axis] += 1;
            at += strides[axis];
            if place[axis] < shape[axis] {
                break;
            }
            at -= strides[axis] * shape[axis];
            place[axis] = 0;
        }
        value
    };
    (0..values.len()).map(|_| next()).collect()
}
