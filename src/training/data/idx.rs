//! Reads IDX files of unsigned bytes as they arrive, piece by piece.
//!
//! An IDX file is big-endian: two zero bytes, the element type, the number of axes, each axis' length in 32 bits, then
//! the values. Does not unpack gzip, and does not know which files belong together.

use super::idx_error::{IdxError, IdxFault};
use arrayvec::ArrayVec;
use std::fmt;

/// Classes of a data set: labels are 0 to 9.
pub const N_CLASSES: u8 = 10;

/// The largest number of values, of one byte each, that a file may claim before memory is allocated for them: 256 MiB;
/// MNIST's largest has 47,040,000.
pub const MAX_VALUES: u64 = 256 << 20;

/// Bytes of the magic number.
const MAGIC_BYTES: usize = 4;

/// The element type of unsigned bytes.
const UNSIGNED_BYTE: u8 = 0x08;

/// The first two bytes of every gzip file (RFC 1952).
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// What a file holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Content {
    /// Images: three axes.
    Images,
    /// Labels: one axis, each value below [`N_CLASSES`].
    Labels,
}

/// The lengths of a file's axes, none of which is 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    /// Images or labels.
    pub count: u32,
    /// Rows of pixels; 1 for labels.
    pub height: u32,
    /// Columns of pixels; 1 for labels.
    pub width: u32,
}

/// One file as it arrives.
///
/// After its first error a reader accepts nothing more: every later call returns that error again.
pub struct IdxReader {
    file: String,
    content: Content,
    head: ArrayVec<u8, 16>,
    header: Option<Header>,
    values: Vec<u8>,
    failure: Option<IdxError>,
}

impl IdxReader {
    /// A reader of images from a file with this name.
    pub fn images(file: &str) -> Self {
        Self::new(file, Content::Images)
    }

    /// A reader of labels from a file with this name.
    pub fn labels(file: &str) -> Self {
        Self::new(file, Content::Labels)
    }

    fn new(file: &str, content: Content) -> Self {
        let file = file.to_owned();
        Self { file, content, head: ArrayVec::new(), header: None, values: Vec::new(), failure: None }
    }

    /// Takes in the next bytes of the file, any number of them.
    ///
    /// # Errors
    /// The fault that comes first in the file, however it is cut into pieces.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), IdxError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let result = self.take(bytes);
        self.failure = result.as_ref().err().cloned();
        result
    }

    /// Declares that there are no more bytes.
    ///
    /// # Errors
    /// The error of an earlier push, [`IdxFault::ShortHeader`] or [`IdxFault::Short`].
    pub fn finish(&self) -> Result<(), IdxError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let received = (self.head.len() + self.values.len()) as u64;
        let Some(header) = self.header else {
            return Err(
                self.error(received, IdxFault::ShortHeader { header_bytes: self.content.header_bytes() as u64 })
            );
        };
        let file_bytes = self.file_bytes(header);
        if received < file_bytes {
            return Err(self.error(received, IdxFault::Short { file_bytes }));
        }
        Ok(())
    }

    /// The name of the file.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The axes, once they have arrived.
    pub fn header(&self) -> Option<Header> {
        self.header
    }

    /// The values so far; for images, the last image may be incomplete.
    pub fn values(&self) -> &[u8] {
        &self.values
    }

    /// The error for `fault` at `byte` of this file.
    pub(super) fn error(&self, byte: u64, fault: IdxFault) -> IdxError {
        IdxError { file: self.file.clone(), byte, fault }
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), IdxError> {
        let values = self.take_head(bytes)?;
        match self.header {
            Some(header) => self.take_values(header, values),
            None => Ok(()),
        }
    }

    /// Completes the header as far as `bytes` reach, and returns the bytes after it.
    fn take_head<'a>(&mut self, bytes: &'a [u8]) -> Result<&'a [u8], IdxError> {
        if self.header.is_some() {
            return Ok(bytes);
        }
        for (taken, &byte) in bytes.iter().enumerate() {
            self.head.push(byte);
            if self.head.len() == MAGIC_BYTES {
                self.check_magic()?;
            }
            if self.head.len() == self.content.header_bytes() {
                self.take_header()?;
                return Ok(&bytes[taken + 1..]);
            }
        }
        Ok(&[])
    }

    fn check_magic(&self) -> Result<(), IdxError> {
        let want = self.content;
        let found = self.head_word(0);
        if found == want.magic() {
            return Ok(());
        }
        let [first, second, element_type, n_axes] = found.to_be_bytes();
        if [first, second] == GZIP_MAGIC {
            return Err(self.error(0, IdxFault::Gzipped { want }));
        }
        if [first, second] == [0, 0] && element_type != UNSIGNED_BYTE && n_axes == want.n_axes() {
            return Err(self.error(2, IdxFault::ElementType { found: element_type }));
        }
        Err(self.error(0, IdxFault::Magic { found, want }))
    }

    /// Reads the axes and allocates memory for the values that they declare, if those are plausible.
    fn take_header(&mut self) -> Result<(), IdxError> {
        let header = match self.content {
            Content::Images => {
                Header { count: self.head_word(4), height: self.head_word(8), width: self.head_word(12) }
            }
            Content::Labels => Header { count: self.head_word(4), height: 1, width: 1 },
        };
        let Header { count, height, width } = header;
        for (byte, length, axis) in [(4, count, self.content.plural()), (8, height, "rows"), (12, width, "columns")] {
            if length == 0 {
                return Err(self.error(byte, IdxFault::EmptyAxis { axis }));
            }
        }
        let n_values = header.n_values();
        if n_values > MAX_VALUES {
            return Err(self.error(4, IdxFault::TooLarge { count, height, width }));
        }
        if self.values.try_reserve_exact(n_values as usize).is_err() {
            return Err(self.error(4, IdxFault::NoMemory { n_values }));
        }
        self.header = Some(header);
        Ok(())
    }

    fn take_values(&mut self, header: Header, bytes: &[u8]) -> Result<(), IdxError> {
        let room = header.n_values() as usize - self.values.len();
        let (values, excess) = bytes.split_at(room.min(bytes.len()));
        if self.content == Content::Labels {
            self.check_labels(values)?;
        }
        self.values.extend_from_slice(values);
        if excess.is_empty() {
            return Ok(());
        }
        let file_bytes = self.file_bytes(header);
        Err(self.error(file_bytes, IdxFault::Excess { file_bytes }))
    }

    fn check_labels(&self, labels: &[u8]) -> Result<(), IdxError> {
        match labels.iter().position(|&label| label >= N_CLASSES) {
            Some(at) => {
                let byte = self.head.len() + self.values.len() + at;
                Err(self.error(byte as u64, IdxFault::Label { found: labels[at] }))
            }
            None => Ok(()),
        }
    }

    /// The four bytes of the header starting at `at`, which must have arrived.
    fn head_word(&self, at: usize) -> u32 {
        self.head[at..at + 4].iter().fold(0, |word, &byte| word << 8 | u32::from(byte))
    }

    fn file_bytes(&self, header: Header) -> u64 {
        self.content.header_bytes() as u64 + header.n_values()
    }
}

impl Header {
    /// The total number of values; `u64::MAX` if it overflows.
    fn n_values(self) -> u64 {
        u64::from(self.count).saturating_mul(self.height.into()).saturating_mul(self.width.into())
    }
}

impl Content {
    /// The magic number: 2051 for images, 2049 for labels.
    pub fn magic(self) -> u32 {
        u32::from_be_bytes([0, 0, UNSIGNED_BYTE, self.n_axes()])
    }

    fn n_axes(self) -> u8 {
        match self {
            Self::Images => 3,
            Self::Labels => 1,
        }
    }

    fn header_bytes(self) -> usize {
        MAGIC_BYTES + 4 * usize::from(self.n_axes())
    }

    fn plural(self) -> &'static str {
        match self {
            Self::Images => "images",
            Self::Labels => "labels",
        }
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#010x} ({}, {})", self.magic(), self.magic(), self.plural())
    }
}
