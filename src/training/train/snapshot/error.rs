//! What can be wrong with the bytes of a run.

use crate::network::model::ModelError;
use crate::training::data::ArraysError;
use crate::training::train::TrainError;
use thiserror::Error;

/// Bytes that no run was written as.
#[derive(Clone, PartialEq, Debug, Error)]
#[error("snapshot: byte {byte}: {fault}")]
pub struct SnapshotError {
    /// Where, from 0.
    pub byte: u64,
    /// What was found there and what was expected.
    pub fault: SnapshotFault,
}

/// What was found in the bytes of a run and what was expected.
#[derive(Clone, PartialEq, Debug, Error)]
pub enum SnapshotFault {
    /// Something else than a run.
    #[error("bytes {found:02x?} found, the start of a snapshot expected")]
    Magic {
        /// The first bytes, eight at most.
        found: Vec<u8>,
    },
    /// The bytes end within a part of them.
    #[error("the end found, {n_bytes} bytes of {what} expected")]
    End {
        /// What is missing or cut.
        what: &'static str,
        /// Its length.
        n_bytes: u64,
    },
    /// The bytes go on after their end.
    #[error("{n_bytes} bytes more found, the end expected")]
    Excess {
        /// How many follow.
        n_bytes: u64,
    },
    /// A word that means nothing.
    #[error("{what} {found} found, {expected} expected")]
    Word {
        /// What it stands for.
        what: &'static str,
        /// The word.
        found: u32,
        /// What would mean something.
        expected: &'static str,
    },
    /// A number of things that the run has not.
    #[error("{found} {what} found, {expected} expected")]
    Count {
        /// Of what.
        what: &'static str,
        /// The number.
        found: u32,
        /// The run's own.
        expected: u32,
    },
    /// Settings that cannot be run.
    #[error(transparent)]
    Spec(TrainError),
    /// A network that cannot be planned.
    #[error(transparent)]
    Model(ModelError),
    /// Data that are none.
    #[error(transparent)]
    Data(ArraysError),
    /// Bytes that have changed since they were written.
    #[error("hash {found:016x} found, {expected:016x} expected: the bytes before it have changed")]
    Hash {
        /// As written.
        found: u64,
        /// Of the bytes as they are.
        expected: u64,
    },
}

impl SnapshotError {
    pub(super) fn new(byte: usize, fault: SnapshotFault) -> Self {
        Self { byte: byte as u64, fault }
    }
}
