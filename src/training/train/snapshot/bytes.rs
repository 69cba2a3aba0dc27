//! Writes and reads little-endian words.

use super::error::{SnapshotError, SnapshotFault};

/// Bytes of the hash at the end.
const SEAL_BYTES: usize = 8;

/// In the place of a hash: bytes that stay within one browser, which keeps them whole. Hashing takes longer than all the rest of
/// saving.
const UNSEALED: u64 = 0;

/// Bytes being written.
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn with_capacity(n_bytes: usize) -> Self {
        Self(Vec::with_capacity(n_bytes))
    }

    pub(super) fn word(&mut self, word: u32) {
        self.bytes(&word.to_le_bytes());
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Writes all values at once: a lane is saved every second or two. Every target of this crate is little-endian.
    pub(super) fn floats(&mut self, values: &[f32]) {
        self.bytes(bytemuck::cast_slice(values));
    }

    /// Returns all bytes, followed by their hash, or by [`UNSEALED`].
    pub(super) fn finish(mut self, is_sealed: bool) -> Vec<u8> {
        let hash = if is_sealed { fnv1a(&self.0) } else { UNSEALED };
        self.bytes(&hash.to_le_bytes());
        self.0
    }
}

/// Bytes being read.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The position of the next byte, counted from 0.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Takes the next `n_bytes`, which are `what`.
    pub(super) fn take(&mut self, n_bytes: usize, what: &'static str) -> Result<&'a [u8], SnapshotError> {
        let Some(taken) = self.bytes[self.at..].get(..n_bytes) else {
            return Err(SnapshotError::new(self.at, SnapshotFault::End { what, n_bytes: n_bytes as u64 }));
        };
        self.at += n_bytes;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], SnapshotError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N, what)?);
        Ok(array)
    }

    pub(super) fn word(&mut self, what: &'static str) -> Result<u32, SnapshotError> {
        Ok(u32::from_le_bytes(self.array(what)?))
    }

    pub(super) fn floats(&mut self, n_values: usize, what: &'static str) -> Result<Vec<f32>, SnapshotError> {
        let bytes = self.take(n_values.saturating_mul(4), what)?;
        Ok(bytes.as_chunks().0.iter().map(|&word| f32::from_le_bytes(word)).collect())
    }

    pub(super) fn magic<const N: usize>(&mut self, magic: [u8; N]) -> Result<(), SnapshotError> {
        if self.bytes.starts_with(&magic) {
            self.at = N;
            return Ok(());
        }
        let found = self.bytes.iter().take(N).copied().collect();
        Err(SnapshotError::new(0, SnapshotFault::Magic { found }))
    }

    /// Reads a word that `of` can interpret.
    pub(super) fn choice<T>(
        &mut self,
        what: &'static str,
        of: impl FnOnce(u32) -> Option<T>,
        expected: &'static str,
    ) -> Result<T, SnapshotError> {
        let start = self.at;
        let found = self.word(what)?;
        of(found).ok_or_else(|| SnapshotError::new(start, SnapshotFault::Word { what, found, expected }))
    }

    /// Reads a word that can have only one value.
    pub(super) fn count(&mut self, what: &'static str, expected: u32) -> Result<(), SnapshotError> {
        let start = self.at;
        match self.word(what)? {
            found if found == expected => Ok(()),
            found => Err(SnapshotError::new(start, SnapshotFault::Count { what, found, expected })),
        }
    }

    /// Reads the hash of everything before it, and checks that the bytes end there.
    pub(super) fn seal(&mut self) -> Result<(), SnapshotError> {
        let start = self.at;
        let found = u64::from_le_bytes(self.array::<SEAL_BYTES>("the hash")?);
        let n_bytes = (self.bytes.len() - self.at) as u64;
        if n_bytes > 0 {
            return Err(SnapshotError::new(self.at, SnapshotFault::Excess { n_bytes }));
        }
        if found == UNSEALED {
            return Ok(());
        }
        let expected = fnv1a(&self.bytes[..start]);
        if found == expected { Ok(()) } else { Err(SnapshotError::new(start, SnapshotFault::Hash { found, expected })) }
    }
}

/// Source: FNV-1a, 64 bits.
pub(super) fn fnv1a<'a>(bytes: impl IntoIterator<Item = &'a u8>) -> u64 {
    fnv1a_on(NO_BYTES_HASH, bytes)
}

/// The hash of no bytes.
pub(in crate::training::train) const NO_BYTES_HASH: u64 = 0xcbf2_9ce4_8422_2325;

/// Continues `hash` with more bytes.
pub(in crate::training::train) fn fnv1a_on<'a>(hash: u64, bytes: impl IntoIterator<Item = &'a u8>) -> u64 {
    bytes.into_iter().fold(hash, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
