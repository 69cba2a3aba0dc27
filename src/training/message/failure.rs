//! Errors for people, with a code for the page.

use crate::engine::exec::ExecError;
use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// An error for people: what is wrong, where, and what to do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// The code that programs switch on.
    pub code: FailureCode,
    /// What is wrong and where.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

/// The kinds of failure.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum FailureCode {
    /// A setting is out of its range, or does not fit another.
    BadSpec,
    /// A message for a run that does not exist, or out of turn.
    BadMessage,
    /// A data file could not be fetched.
    DataFetch,
    /// A data file is not what it should be.
    DataFormat,
    /// There is no GPU, or the browser does not offer it.
    NoGpu,
    /// The GPU lacks what the run needs, such as memory or a limit.
    GpuLimits,
    /// The GPU was lost.
    GpuLost,
    /// The GPU refused a shader, pipeline or buffer: a bug of ours or of the driver.
    GpuFailed,
    /// The GPU did not answer in time.
    GpuSilent,
    /// The GPU computes something other than the CPU does.
    GpuWrong,
    /// Losses are no longer finite: the learning rate is too high.
    Diverged,
}

impl From<&ExecError> for FailureCode {
    fn from(error: &ExecError) -> Self {
        match error {
            ExecError::NoGpu { .. } => Self::NoGpu,
            ExecError::Limits { .. } | ExecError::OutOfMemory { .. } => Self::GpuLimits,
            ExecError::Lost { .. } => Self::GpuLost,
            ExecError::Refused { .. } => Self::GpuFailed,
            ExecError::Silent { .. } => Self::GpuSilent,
            ExecError::Wrong { .. } => Self::GpuWrong,
        }
    }
}
