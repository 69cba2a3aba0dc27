//! What the page and its training worker say to each other: one enum each way, and nothing else passes between them.
//!
//! Every message about a run carries its id; the receiver drops those of a run it no longer follows. Image bytes never
//! travel this way: the worker fetches its own.

use crate::exec::{DeviceInfo, ExecError};
use crate::train::{Evaluation, Report, RunSpec};
use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// Names a run; the page counts up.
pub type RunId = u32;

/// A data set that the playground ships.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum DataName {
    /// Handwritten digits (LeCun, Cortes, Burges).
    Mnist,
    /// Pieces of clothing (Zalando Research).
    FashionMnist,
}

/// From the page to the worker: `{ step: { run: 1, n: 10 } }`. Named by its one key rather than by a `type` field, since
/// reading those takes a third of the wasm's serde.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ToWorker {
    /// Fetch this data set, if it is not here yet.
    Load {
        /// Which.
        data: DataName,
    },
    /// Make a run, in place of the one there was; it stands paused at step 0.
    Create {
        /// The id of the new run.
        run: RunId,
        /// What it trains on.
        data: DataName,
        /// What decides it.
        spec: RunSpec,
    },
    /// Train on until told to pause.
    Resume {
        /// Which run.
        run: RunId,
    },
    /// Stop after the step under way.
    Pause {
        /// Which run.
        run: RunId,
    },
    /// Do `n` steps, then pause.
    Step {
        /// Which run.
        run: RunId,
        /// How many steps.
        n: u32,
    },
    /// Judge the model on the test set now.
    Evaluate {
        /// Which run.
        run: RunId,
    },
    /// Train on with another learning rate.
    SetLearningRate {
        /// Which run.
        run: RunId,
        /// Above 0.
        learning_rate: f32,
    },
    /// Forget the run and free what it holds.
    Drop {
        /// Which run.
        run: RunId,
    },
}

/// From the worker to the page.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, Tsify)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum FromWorker {
    /// The worker's wasm stands and listens.
    Listening,
    /// A file of a data set is arriving.
    Loading {
        /// Which data set.
        data: DataName,
        /// The file's name.
        file: String,
        /// Bytes so far over all files of the set, as transferred (gzipped).
        received_bytes: u32,
        /// Bytes of all files of the set, as transferred.
        total_bytes: u32,
        /// Training images complete so far.
        images: u32,
    },
    /// A data set is here as a whole.
    Loaded {
        /// Which.
        data: DataName,
        /// Images to train on.
        train_images: u32,
        /// Images to judge on.
        test_images: u32,
    },
    /// A run stands ready, paused.
    Ready {
        /// Which run.
        run: RunId,
        /// The engine it got.
        device: DeviceInfo,
        /// Trainable parameters of the model.
        n_parameters: u32,
    },
    /// A run went on, was paused or was resumed.
    Progress {
        /// Which run.
        run: RunId,
        /// Its state.
        report: Report,
    },
    /// A run was judged on the test set.
    Evaluated {
        /// Which run.
        run: RunId,
        /// The result.
        evaluation: Evaluation,
    },
    /// Something went wrong and the worker found a way on by itself, such as from the GPU to the CPU.
    Notice {
        /// Which run, if it was about one.
        run: Option<RunId>,
        /// What happened.
        failure: Failure,
        /// The engine now in use, if it changed.
        device: Option<DeviceInfo>,
    },
    /// Something went wrong and the user must act.
    Failed {
        /// Which run, if it was about one.
        run: Option<RunId>,
        /// What happened.
        failure: Failure,
    },
}

/// An error for a person: what is wrong, where, and what to do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// What code switches on.
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
    /// A message for a run that is not there, or out of turn.
    BadMessage,
    /// A data file could not be fetched.
    DataFetch,
    /// A data file is not what it should be.
    DataFormat,
    /// There is no GPU, or the browser does not offer it.
    NoGpu,
    /// The GPU is short of what the run needs, such as memory or a limit.
    GpuLimits,
    /// The GPU went away.
    GpuLost,
    /// The GPU refused a shader, pipeline or buffer: a bug of ours or of the driver.
    GpuFailed,
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
        }
    }
}
