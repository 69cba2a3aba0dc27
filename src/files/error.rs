//! Errors in files of arrays. Each names the file, and what it is or the byte that is wrong; nothing here reads a file.

use super::kind::Kind;
use super::{MAX_AXES, MAX_BYTES, shape_text};
use thiserror::Error;

/// A file that cannot be read, or a member of one.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error(
    "{file}{}{}{}",
    if .fault.is_of_all() { " " } else { ": " },
    self.reason(),
    .fault.advice().map(|advice| format!(": {advice}")).unwrap_or_default()
)]
pub struct FileError {
    /// The file's name; for a member of an archive, `archive/member`.
    pub file: String,
    /// Position in that file or member, unpacked, counted from 0; in the packed file if unpacking failed.
    pub byte: u64,
    /// What was expected there and what was found.
    pub fault: FileFault,
}

impl FileError {
    /// Why it cannot be read, without its name and what to do: "is a web page (HTML)", or "byte 3: expected … found …".
    pub fn reason(&self) -> String {
        let Self { byte, fault, .. } = self;
        if fault.is_of_all() { fault.to_string() } else { format!("byte {byte}: {fault}") }
    }
}

/// What was expected in a file and what was found, or what the file is.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum FileFault {
    /// Something that holds no arrays, or none that we read.
    #[error("is {}", .0.thing)]
    Kind(Kind),
    /// A file that starts like nothing that is known.
    #[error("expected the start of a .npy, .npz, safetensors, IDX or gzip file, found bytes {found:02x?}")]
    Unknown {
        /// Its first bytes, at most four.
        found: Vec<u8>,
    },
    /// An archive without arrays, or with none that can be read.
    #[error("holds no array that can be read: {reasons}")]
    NoArrays {
        /// Its first members and why each cannot be read.
        reasons: String,
    },
    /// A folder in an archive.
    #[error("is a folder")]
    Folder,
    /// The file ends within a part of it.
    #[error("expected {} of {what} from byte {start}, found the end of the file", bytes_text(*.n_bytes))]
    End {
        /// What is missing or cut.
        what: &'static str,
        /// Its length.
        n_bytes: u64,
        /// Where it starts.
        start: u64,
    },
    /// The file continues after its end.
    #[error("expected the end of the file, found {} more", bytes_text(*.n_bytes))]
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
    /// Values that are not real numbers, or of a type that is not supported.
    #[error("holds {what} ({found})")]
    Values {
        /// What they are.
        what: &'static str,
        /// The type as the file writes it.
        found: String,
        /// What to do.
        advice: &'static str,
    },
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
    #[error("expected at most {} of unpacked data, found more", bytes_text(*.max))]
    Unpacked {
        /// Most bytes that are unpacked.
        max: u64,
    },
    /// A member beyond what is read of a file with many.
    #[error("is left out: with those before it, it has more than {most} {what}")]
    Members {
        /// How much is read.
        most: usize,
        /// Of what.
        what: &'static str,
    },
    /// Data that no packer produces.
    #[error("expected a deflate stream, found damaged data")]
    Deflate,
    /// Packed data that ends too early.
    #[error("expected the end of the deflate stream, found the end of the packed data first")]
    DeflateEnd,
    /// Unpacked data whose length differs from the one in the file.
    #[error("expected {} after unpacking, found {found}", bytes_text(*.expected))]
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
    /// An unsupported packing method of gzip.
    #[error("expected packing method 8 (deflate), found {found}")]
    Method {
        /// Its number in the format.
        found: u8,
    },
    /// A zip archive whose table of contents cannot be found.
    #[error("expected the end record of a zip archive, found the end of the file")]
    EndRecord,
    /// One file of a zip archive that is split into several.
    #[error("expected a zip archive of a single part, numbered 0, found part {part}")]
    Part {
        /// Its number.
        part: u32,
    },
    /// A zip archive with members in other files.
    #[error("expected all {n_members} zip members in one file, found {found}")]
    Elsewhere {
        /// Members in this file.
        found: u64,
        /// Members in all.
        n_members: u64,
    },
    /// A zip64 archive or member without the sizes that it should have.
    #[error("expected the zip64 sizes of {what}, found none")]
    Zip64 {
        /// What lacks them.
        what: &'static str,
    },
    /// A member that needs a password.
    #[error("is encrypted")]
    Encrypted,
    /// A member packed by another method than stored or deflate.
    #[error("is packed with {name}")]
    Packing {
        /// The method.
        name: String,
    },
    /// A gzip file in a gzip file in a gzip file.
    #[error("is compressed more than twice")]
    Nested,
    /// A safetensors header that does not describe the file.
    #[error("expected the header of a safetensors file, found one with {found}")]
    Safetensors {
        /// The error of the `safetensors` crate.
        found: String,
    },
    /// A PNG image that is damaged.
    #[error("expected {expected} of a PNG image, found something else")]
    Png {
        /// What should be there.
        expected: &'static str,
    },
    /// Set bits that the format reserves.
    #[error("expected flags with the reserved bits 0xe0 clear, found {found:#04x}")]
    Flags {
        /// The byte.
        found: u8,
    },
}

impl FileFault {
    /// Whether it is about all of the file, and reads as what the file does; otherwise it is about one byte.
    pub(super) fn is_of_all(&self) -> bool {
        use FileFault::*;
        matches!(
            self,
            Kind(_) | NoArrays { .. } | Folder | Members { .. } | Values { .. } | Encrypted | Packing { .. } | Nested
        )
    }

    /// What the reader can do about it.
    pub fn advice(&self) -> Option<&'static str> {
        match self {
            Self::Kind(kind) => Some(kind.advice),
            Self::Values { advice, .. } => Some(advice),
            Self::Encrypted => Some("unpack it with its password, and open what is in it"),
            Self::Packing { .. } | Self::Nested => Some("unpack it first, and open what is in it"),
            _ => None,
        }
    }
}

fn bytes_text(n_bytes: u64) -> String {
    format!("{n_bytes} {}", if n_bytes == 1 { "byte" } else { "bytes" })
}

fn char_text(found: Option<u8>) -> String {
    match found {
        Some(byte) if byte.is_ascii_graphic() => format!("'{}'", char::from(byte)),
        Some(byte) => format!("byte {byte:#04x}"),
        None => "the end".to_owned(),
    }
}
