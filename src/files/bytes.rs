//! Reads a file's bytes from front to back and makes its errors.

use super::error::{FileError, FileFault};

/// The bytes of a file and a position in them.
pub(super) struct Bytes<'a> {
    file: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Bytes<'a> {
    pub(super) fn new(file: &'a str, bytes: &'a [u8]) -> Self {
        Self { file, bytes, at: 0 }
    }

    /// The position of the next byte, counted from 0.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The bytes that are left.
    pub(super) fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at..]
    }

    /// Continues from `at`, which may be beyond the end.
    pub(super) fn seek(&mut self, at: usize) {
        self.at = at.min(self.bytes.len());
    }

    /// The same for a position as files state it.
    pub(super) fn seek_long(&mut self, at: u64) {
        self.seek(usize::try_from(at).unwrap_or(usize::MAX));
    }

    /// Returns the next `n_bytes`, which are part of `what`.
    pub(super) fn take(&mut self, n_bytes: usize, what: &'static str) -> Result<&'a [u8], FileError> {
        let Some(taken) = self.rest().get(..n_bytes) else {
            let fault = FileFault::End { what, n_bytes: n_bytes as u64, start: self.at as u64 };
            return Err(self.fault(self.bytes.len(), fault));
        };
        self.at += n_bytes;
        Ok(taken)
    }

    /// Returns the next `N` bytes as an array.
    pub(super) fn word<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], FileError> {
        let mut word = [0; N];
        word.copy_from_slice(self.take(N, what)?);
        Ok(word)
    }

    /// Reads a fixed sequence that marks `what`.
    pub(super) fn signature(&mut self, expected: &'static [u8], what: &'static str) -> Result<(), FileError> {
        let start = self.at;
        let found = self.take(expected.len(), what)?;
        if found == expected {
            return Ok(());
        }
        Err(self.fault(start, FileFault::Signature { found: found.to_vec(), expected, what }))
    }

    /// Checks that nothing is left.
    pub(super) fn end(&self) -> Result<(), FileError> {
        match self.rest().len() {
            0 => Ok(()),
            more => Err(self.fault(self.at, FileFault::Excess { n_bytes: more as u64 })),
        }
    }

    /// Makes the error for `fault` at byte `at`.
    pub(super) fn fault(&self, at: usize, fault: FileFault) -> FileError {
        FileError { file: self.file.to_owned(), byte: at as u64, fault }
    }
}
