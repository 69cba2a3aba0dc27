//! Errors in the bytes of a run.

use crate::network::model::ModelError;
use crate::training::data::ArraysError;
use crate::training::train::TrainError;
use thiserror::Error;

/// Why bytes are not those of a run.
#[derive(Clone, PartialEq, Debug, Error)]
#[error("snapshot: byte {byte}: {fault}")]
pub struct SnapshotError {
    /// The position, counted from 0.
    pub byte: u64,
    /// What was found there and what was expected.
    pub fault: SnapshotFault,
}

/// What was found in the bytes of a run and what was expected.
#[derive(Clone, PartialEq, Debug, Error)]
pub enum SnapshotFault {
    /// Something other than a run.
    #[error("bytes {found:02x?} found, the start of a snapshot expected")]
    Magic {
        /// The first bytes, at most eight.
        found: Vec<u8>,
    },
    /// The bytes end too early.
    #[error("the end found, {n_bytes} bytes of {what} expected")]
    End {
        /// What is missing or incomplete.
        what: &'static str,
        /// Its length.
        n_bytes: u64,
    },
    /// The bytes continue after their end.
    #[error("{n_bytes} bytes more found, the end expected")]
    Excess {
        /// How many follow.
        n_bytes: u64,
    },
    /// A word without a meaning.
    #[error("{what} {found} found, {expected} expected")]
    Word {
        /// What it should describe.
        what: &'static str,
        /// The word.
        found: u32,
        /// The words that have a meaning.
        expected: &'static str,
    },
    /// A count that does not match the run.
    #[error("{found} {what} found, {expected} expected")]
    Count {
        /// What is counted.
        what: &'static str,
        /// The number.
        found: u32,
        /// The count of the run.
        expected: u32,
    },
    /// Settings that cannot be run.
    #[error(transparent)]
    Spec(TrainError),
    /// A network that cannot be planned.
    #[error(transparent)]
    Model(ModelError),
    /// Data that are invalid.
    #[error(transparent)]
    Data(ArraysError),
    /// Bytes that have changed since they were written.
    #[error("hash {found:016x} found, {expected:016x} expected: the bytes before it have changed")]
    Hash {
        /// The hash as written.
        found: u64,
        /// The hash of the bytes as they are.
        expected: u64,
    },
}

impl SnapshotError {
    pub(super) fn new(byte: usize, fault: SnapshotFault) -> Self {
        Self { byte: byte as u64, fault }
    }
}
