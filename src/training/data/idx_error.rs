//! Errors in IDX files. Every error names the file and the byte; nothing here reads a file.

use super::idx::{Content, MAX_VALUES, N_CLASSES};
use thiserror::Error;

/// Why a file is not a valid IDX file of a data set.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("{file}: byte {byte}: {fault}")]
pub struct IdxError {
    /// The file's name.
    pub file: String,
    /// The position in the unpacked file, counted from 0.
    pub byte: u64,
    /// What was found there and what was expected.
    pub fault: IdxFault,
}

/// What was found in a file and what was expected.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum IdxFault {
    /// The file has not been unpacked, or was packed twice.
    #[error("gzip data found, an unpacked IDX file with magic {want} expected")]
    Gzipped {
        /// What the file should hold.
        want: Content,
    },
    /// The file is not an IDX file, or one with different content.
    #[error("magic {found:#010x} ({found}) found, {want} expected")]
    Magic {
        /// The file's first four bytes, big-endian.
        found: u32,
        /// What the file should hold.
        want: Content,
    },
    /// An IDX file, but not of unsigned bytes.
    #[error("element type {found:#04x} ({}) found, 0x08 (unsigned byte) expected", element_name(*.found))]
    ElementType {
        /// The third byte of the file.
        found: u8,
    },
    /// An axis of length 0.
    #[error("0 {axis} found, at least 1 expected")]
    EmptyAxis {
        /// What the axis counts, in the plural.
        axis: &'static str,
    },
    /// More values than a data set can have.
    #[error("{count}×{height}×{width} values found, at most {MAX_VALUES} expected")]
    TooLarge {
        /// Images or labels.
        count: u32,
        /// Rows of pixels; 1 for labels.
        height: u32,
        /// Columns of pixels; 1 for labels.
        width: u32,
    },
    /// The header is valid, but the values do not fit into the remaining memory.
    #[error("{n_values} values found, which is more than the free memory can hold")]
    NoMemory {
        /// Values in the file, one byte each.
        n_values: u64,
    },
    /// The file ends within its header.
    #[error("end of file found, a header of {header_bytes} bytes expected")]
    ShortHeader {
        /// The length of the header of an IDX file of this kind.
        header_bytes: u64,
    },
    /// The file ends earlier than its header says.
    #[error("end of file found, {file_bytes} bytes expected")]
    Short {
        /// The length of the file according to its header.
        file_bytes: u64,
    },
    /// The file continues after the end that its header declares.
    #[error("more data found, the end of the file expected after {file_bytes} bytes")]
    Excess {
        /// The length of the file according to its header.
        file_bytes: u64,
    },
    /// A label that does not name a class.
    #[error("label {found} found, 0 to {} expected", N_CLASSES - 1)]
    Label {
        /// The label.
        found: u8,
    },
    /// Images of a different size than the model needs.
    #[error("images of {height}×{width} found, {want}×{want} expected")]
    ImageSize {
        /// Rows of pixels found.
        height: u32,
        /// Columns of pixels found.
        width: u32,
        /// Rows and columns expected.
        want: u32,
    },
    /// A label file with a different count than its image file.
    #[error("{found} labels found, {want} expected, as many as {images_file} has images")]
    Count {
        /// Labels according to the header.
        found: u32,
        /// Images according to the header of the other file.
        want: u32,
        /// The file with the images.
        images_file: String,
    },
}

/// The name of an IDX element type.
fn element_name(code: u8) -> &'static str {
    match code {
        0x08 => "unsigned byte",
        0x09 => "signed byte",
        0x0b => "16-bit integer",
        0x0c => "32-bit integer",
        0x0d => "32-bit float",
        0x0e => "64-bit float",
        _ => "unknown",
    }
}
