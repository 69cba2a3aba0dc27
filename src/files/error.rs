//! Errors in files of arrays. Each names the file and the byte; nothing here reads a file.

use super::{MAX_AXES, MAX_BYTES, shape_text};
use thiserror::Error;

/// A file that cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("{file}: byte {byte}: {fault}")]
pub struct FileError {
    /// The file's name; for a member of an archive, `archive/member`.
    pub file: String,
    /// Position in that file or member, unpacked, counted from 0; in the packed file if unpacking failed.
    pub byte: u64,
    /// What was expected there and what was found.
    pub fault: FileFault,
}

/// What was expected in a file and what was found.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum FileFault {
    /// A file that starts like no known format.
    #[error("expected the start of a .npy, .npz, IDX or gzip file, found bytes {found:02x?}")]
    Kind {
        /// Its first bytes, at most four.
        found: Vec<u8>,
    },
    /// The file ends within a part of it.
    #[error("expected {n_bytes} bytes of {what} from byte {start}, found the end of the file")]
    End {
        /// What is missing or cut.
        what: &'static str,
        /// Its length.
        n_bytes: u64,
        /// Where it starts.
        start: u64,
    },
    /// The file continues after its end.
    #[error("expected the end of the file, found {n_bytes} more bytes")]
    Excess {
        /// How many bytes follow.
        n_bytes: u64,
    },
    /// A fixed sequence of bytes is wrong.
    #[error("expected {expected:02x?}, {what}, found bytes {found:02x?}")]
    Signature {
        /// What is there.
        found: Vec<u8>,
        /// What should be there.
        expected: &'static [u8],
        /// What it marks.
        what: &'static str,
    },
    /// An unknown format version.
    #[error("expected version 1.0, 2.0 or 3.0 of .npy, found {major}.{minor}")]
    Version {
        /// Before the point.
        major: u8,
        /// After it.
        minor: u8,
    },
    /// A header longer than any that describes one plain array.
    #[error("expected a header of at most {max} bytes, found {n_bytes}")]
    HeaderLength {
        /// Its length, as the file states it.
        n_bytes: u64,
        /// The greatest length that is read.
        max: u64,
    },
    /// A header that is not written the way Python writes it.
    #[error("expected {expected} in the header, found {}", char_text(*.found))]
    Syntax {
        /// The byte that does not fit; `None` at the end of the header.
        found: Option<u8>,
        /// What would fit.
        expected: &'static str,
    },
    /// A header with an unknown key.
    #[error("expected key 'descr', 'fortran_order' or 'shape' in the header, found '{key}'")]
    Key {
        /// The key.
        key: String,
    },
    /// A header with the same key twice.
    #[error("expected key '{key}' once in the header, found it twice")]
    KeyTwice {
        /// The key.
        key: &'static str,
    },
    /// A header without a required key.
    #[error("expected key '{key}', found the end of the header")]
    KeyMissing {
        /// The key.
        key: &'static str,
    },
    /// An element type that is not supported.
    #[error("expected element type '<f4', '<f8', '|u1' or '<i8', found '{found}'")]
    Descr {
        /// The type as the header writes it.
        found: String,
    },
    /// A record or another element type with several parts.
    #[error("expected element type '<f4', '<f8', '|u1' or '<i8', found one with several parts")]
    Structured,
    /// An unknown IDX element type.
    #[error("expected element type 0x08, 0x09, 0x0b, 0x0c, 0x0d or 0x0e, found {found:#04x}")]
    ElementCode {
        /// The third byte of the file.
        found: u8,
    },
    /// More axes than are supported.
    #[error("expected at most {MAX_AXES} axes, found {n_axes} or more")]
    Axes {
        /// How many there are.
        n_axes: usize,
    },
    /// An axis length beyond what a computer can count.
    #[error("expected at most {} values, found an axis too long to count", MAX_BYTES / 4)]
    AxisLength,
    /// More values than are supported.
    #[error("expected at most {max} values, {} bytes as 32-bit floats, found a shape of {}", .max * 4, shape_text(.shape))]
    TooLarge {
        /// The lengths of the axes.
        shape: Vec<usize>,
        /// Most values that an array of this element type may have.
        max: usize,
    },
    /// A packed file or member that is too large when unpacked.
    #[error("expected at most {max} bytes of unpacked data, found more")]
    Unpacked {
        /// Most bytes that are unpacked.
        max: u64,
    },
    /// Members that are too large in total.
    #[error("expected members of at most {MAX_BYTES} bytes unpacked, found {found} bytes up to here")]
    Members {
        /// Bytes in this member and those before it.
        found: u64,
    },
    /// Data that no packer produces.
    #[error("expected a deflate stream, found damaged data")]
    Deflate,
    /// Packed data that ends too early.
    #[error("expected the end of the deflate stream, found the end of the packed data first")]
    DeflateEnd,
    /// Unpacked data whose length differs from the one in the file.
    #[error("expected {expected} bytes after unpacking, found {found}")]
    UnpackedLength {
        /// The length.
        found: u64,
        /// The length in the file.
        expected: u64,
    },
    /// Unpacked data whose checksum differs from the one in the file.
    #[error("expected checksum {expected:08x}, found {found:08x}")]
    Checksum {
        /// CRC-32 computed from the data.
        found: u32,
        /// CRC-32 in the file.
        expected: u32,
    },
    /// An unsupported packing method.
    #[error("expected packing method {expected}, found {found}")]
    Method {
        /// Its number in the format.
        found: u16,
        /// The methods that are supported.
        expected: &'static str,
    },
    /// A zip archive whose table of contents cannot be found.
    #[error("expected the end record of a zip archive, found the end of the file")]
    EndRecord,
    /// One file of a zip archive that is split into several.
    #[error("expected a zip archive of a single part, numbered 0, found part {part}")]
    Part {
        /// Its number.
        part: u16,
    },
    /// A zip archive with members in other files.
    #[error("expected all {n_members} zip members in one file, found {found}")]
    Elsewhere {
        /// Members in this file.
        found: u16,
        /// Members in all.
        n_members: u16,
    },
    /// A zip archive or member of more than 4 GiB, or more than 65,534 members.
    #[error("expected {what} of plain zip, found one of zip64")]
    Zip64 {
        /// What is too large.
        what: &'static str,
    },
    /// A member that needs a password.
    #[error("expected a plain member, found an encrypted one")]
    Encrypted,
    /// Set bits that the format reserves.
    #[error("expected flags with the reserved bits 0xe0 clear, found {found:#04x}")]
    Flags {
        /// The byte.
        found: u8,
    },
}

fn char_text(found: Option<u8>) -> String {
    match found {
        Some(byte) if byte.is_ascii_graphic() => format!("'{}'", char::from(byte)),
        Some(byte) => format!("byte {byte:#04x}"),
        None => "the end".to_owned(),
    }
}
