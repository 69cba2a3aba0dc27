//! What can be wrong with a file of arrays. Every error names the file and the byte; nothing here reads one.

use super::{MAX_AXES, MAX_BYTES, shape_text};
use thiserror::Error;

/// A file that is not what it should be.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("{file}: byte {byte}: {fault}")]
pub struct FileError {
    /// The file's name; of a member of an archive `archive/member`.
    pub file: String,
    /// Where in that file or member, unpacked, from 0; in the packed file if unpacking failed.
    pub byte: u64,
    /// What was found there and what was expected.
    pub fault: FileFault,
}

/// What was found in a file and what was expected.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum FileFault {
    /// A file that starts like none that is known.
    #[error("bytes {found:02x?} found, the start of a .npy, .npz, IDX or gzip file expected")]
    Kind {
        /// Its first bytes, four at most.
        found: Vec<u8>,
    },
    /// The file ends within a part of it.
    #[error("end of file found, {n_bytes} bytes of {what} from byte {start} on expected")]
    End {
        /// What is missing or cut.
        what: &'static str,
        /// Its length.
        n_bytes: u64,
        /// Where it starts.
        start: u64,
    },
    /// The file goes on after its end.
    #[error("{n_bytes} bytes more found, the end of the file expected")]
    Excess {
        /// How many bytes follow.
        n_bytes: u64,
    },
    /// A fixed sequence of bytes is another.
    #[error("bytes {found:02x?} found, {expected:02x?}, {what}, expected")]
    Signature {
        /// What stands there.
        found: Vec<u8>,
        /// What should.
        expected: &'static [u8],
        /// What it marks.
        what: &'static str,
    },
    /// A format version that is not known.
    #[error("version {major}.{minor} of .npy found, 1.0, 2.0 or 3.0 expected")]
    Version {
        /// Before the point.
        major: u8,
        /// After it.
        minor: u8,
    },
    /// A header longer than any that describes one plain array.
    #[error("a header of {n_bytes} bytes found, at most {max} expected")]
    HeaderLength {
        /// Its length by its own word.
        n_bytes: u64,
        /// The most that is read.
        max: u64,
    },
    /// A header that is not written as Python writes it.
    #[error("{} found in the header, {expected} expected", char_text(*.found))]
    Syntax {
        /// The byte that does not fit; `None` at the end of the header.
        found: Option<u8>,
        /// What would fit.
        expected: &'static str,
    },
    /// A header with a key that is not known.
    #[error("key '{key}' found in the header, 'descr', 'fortran_order' or 'shape' expected")]
    Key {
        /// The key.
        key: String,
    },
    /// A header with the same key twice.
    #[error("key '{key}' found twice in the header, once expected")]
    KeyTwice {
        /// The key.
        key: &'static str,
    },
    /// A header that lacks a key.
    #[error("end of the header found, key '{key}' expected")]
    KeyMissing {
        /// The key.
        key: &'static str,
    },
    /// An element type that is not read.
    #[error("element type '{found}' found, '<f4', '<f8', '|u1' or '<i8' expected")]
    Descr {
        /// As the header has it.
        found: String,
    },
    /// A record or other element type of many parts.
    #[error("an element type of many parts found, '<f4', '<f8', '|u1' or '<i8' expected")]
    Structured,
    /// An IDX element type that is not known.
    #[error("element type {found:#04x} found, 0x08, 0x09, 0x0b, 0x0c, 0x0d or 0x0e expected")]
    ElementCode {
        /// The third byte of the file.
        found: u8,
    },
    /// More axes than are read.
    #[error("{n_axes} axes or more found, at most {MAX_AXES} expected")]
    Axes {
        /// How many.
        n_axes: usize,
    },
    /// A length of an axis that no computer holds.
    #[error("an axis too long to count found, at most {} values expected", MAX_BYTES / 4)]
    AxisLength,
    /// More values than are read.
    #[error("a shape of {} found, at most {max} values, {} bytes as 32-bit floats, expected", shape_text(.shape), .max * 4)]
    TooLarge {
        /// The lengths of the axes.
        shape: Vec<usize>,
        /// Values that an array of this element type may have.
        max: usize,
    },
    /// A packed file or member that is too large when unpacked.
    #[error("unpacked data of more than {max} bytes found, at most that expected")]
    Unpacked {
        /// The most that is unpacked.
        max: u64,
    },
    /// Members that are too large together.
    #[error("members of {found} bytes unpacked found up to here, at most {MAX_BYTES} expected")]
    Members {
        /// Bytes of this member and those before it.
        found: u64,
    },
    /// Data that no packer makes.
    #[error("damaged data found, a deflate stream expected")]
    Deflate,
    /// Packed data that stops before its end.
    #[error("end of the packed data found, the end of its deflate stream before it expected")]
    DeflateEnd,
    /// Unpacked data of another length than the file says.
    #[error("{found} bytes found after unpacking, {expected} expected")]
    UnpackedLength {
        /// The length.
        found: u64,
        /// The length that the file says.
        expected: u64,
    },
    /// Unpacked data with another checksum than the file says.
    #[error("checksum {found:08x} found, {expected:08x} expected")]
    Checksum {
        /// CRC-32 of the data.
        found: u32,
        /// CRC-32 that the file says.
        expected: u32,
    },
    /// A way of packing that is not known.
    #[error("packing method {found} found, {expected} expected")]
    Method {
        /// Its number in the format.
        found: u16,
        /// Those that are read.
        expected: &'static str,
    },
    /// A zip archive whose table of contents cannot be found.
    #[error("end of file found, the end record of a zip archive before it expected")]
    EndRecord,
    /// One file of a zip archive that has several.
    #[error("part {part} of a zip archive found, one of a single part, numbered 0, expected")]
    Part {
        /// Its number.
        part: u16,
    },
    /// A zip archive with members that are not in this file.
    #[error("{found} of {n_members} zip members found, all in one file expected")]
    Elsewhere {
        /// Members in this file.
        found: u16,
        /// Members in all.
        n_members: u16,
    },
    /// A zip archive or member of more than 4 GiB, or more than 65,534 members.
    #[error("{what} of the zip64 format found, one of plain zip expected")]
    Zip64 {
        /// What is too large.
        what: &'static str,
    },
    /// A member that needs a password.
    #[error("an encrypted member found, a plain one expected")]
    Encrypted,
    /// Bits set that the format reserves.
    #[error("flags {found:#04x} found, reserved bits 0xe0 clear expected")]
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
