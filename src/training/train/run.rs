//! A training run with the data that it trains on: steps, evaluations, bytes. In the package this is `Run`.
//!
//! It does not yield while it works: callers with other work ask for few steps at a time, or drive a [`Trainer`].

use super::{DataPart, Evaluation, Fingerprint, KeptData, RunSpec, Snapshot, SnapshotError, TrainError, Trainer};
use crate::engine::exec::{DeviceChoice, DeviceInfo, DeviceKind, ExecError, SUBMIT_MILLIS};
use crate::kernel::softmax_loss::StepResult;
use crate::network::model::weights::Weights;
use crate::network::model::{ModelSpec, RING_LEN};
use crate::training::data::{ArraysError, Dataset};
use std::num::NonZeroU32;
use thiserror::Error;
use web_time::Instant;

/// A run on images that have all arrived.
pub struct Run {
    trainer: Trainer,
    data: Dataset,
}

/// The result of the last of several steps.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct StepReport {
    /// Total steps done.
    pub step: u32,
    /// Mean cross-entropy of its batch in nats, with dropout on.
    pub loss: f32,
    /// Share of its batch classified correctly, 0 to 1.
    pub accuracy: f32,
}

/// Why a run is invalid or has failed.
#[derive(Clone, PartialEq, Debug, Error)]
pub enum RunError {
    /// See [`TrainError`].
    #[error(transparent)]
    Train(#[from] TrainError),
    /// See [`ArraysError`].
    #[error(transparent)]
    Data(#[from] ArraysError),
    /// See [`SnapshotError`].
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// A snapshot without its data, and no data given with it.
    #[error("the snapshot does not hold its images and labels: give those of the run")]
    NoData,
    /// Data given with a snapshot that are not those of the run.
    #[error("{found:?} given, the run was made with {expected:?}")]
    OtherData {
        /// The fingerprint of the data given.
        found: Fingerprint,
        /// The fingerprint of the run's data.
        expected: Fingerprint,
    },
}

impl From<ExecError> for RunError {
    fn from(error: ExecError) -> Self {
        Self::Train(error.into())
    }
}

impl Run {
    /// Makes a run at step 0, on the engine that the spec asks for.
    ///
    /// # Shapes
    /// `images`: \[N, 28, 28\], 0 is background, 255 full ink; `labels`: \[N\], 0 to 9.
    ///
    /// # Errors
    /// [`RunError`] if spec, lengths or labels are wrong, or the GPU is asked for and not available.
    pub async fn new(spec: RunSpec, images: &[u8], labels: &[u8]) -> Result<Self, RunError> {
        let data = Dataset::to_train(images, labels)?;
        Ok(Self { trainer: Trainer::new(spec).await?, data })
    }

    /// Trains for `n` steps.
    ///
    /// # Errors
    /// [`TrainError::Diverged`] if a loss is not finite. [`TrainError::Exec`] if the GPU was asked for and failed; a
    /// run that left the choice open continues on the CPU.
    pub async fn step(&mut self, n: NonZeroU32) -> Result<StepReport, TrainError> {
        self.train_to(self.trainer.steps_done().saturating_add(n.get())).await
    }

    async fn train_to(&mut self, goal: u32) -> Result<StepReport, TrainError> {
        let mut last = StepResult::default();
        let mut n_at_once = if self.device().kind == DeviceKind::Cpu { RING_LEN } else { 1 };
        while self.trainer.steps_done() < goal {
            let start = Instant::now();
            match self.trainer.step(&self.data, n_at_once.min(goal - self.trainer.steps_done())).await {
                Ok(results) => {
                    last = results.last().copied().unwrap_or(last);
                    if 1e3 * start.elapsed().as_secs_f32() < SUBMIT_MILLIS {
                        n_at_once = (2 * n_at_once).min(RING_LEN);
                    }
                }
                Err(TrainError::Exec(error)) => self.fall_back(error)?,
                Err(error) => return Err(error),
            }
        }
        let accuracy = last.n_right / self.trainer.spec().batch as f32;
        Ok(StepReport { step: self.trainer.steps_done(), loss: last.loss, accuracy })
    }

    fn fall_back(&mut self, error: ExecError) -> Result<(), ExecError> {
        let is_open = self.trainer.spec().device == DeviceChoice::Auto;
        if !is_open || self.trainer.device().kind == DeviceKind::Cpu {
            return Err(error);
        }
        self.trainer.fall_back();
        Ok(())
    }

    /// Recovers after the GPU failed between steps: what was lost is trained again.
    async fn recover(&mut self, error: ExecError) -> Result<(), TrainError> {
        let goal = self.trainer.steps_done();
        self.fall_back(error)?;
        self.train_to(goal).await.map(drop)
    }

    /// Evaluates the model on other images, with dropout off and running statistics if the norm keeps them.
    ///
    /// # Shapes
    /// `images`: \[M, 28, 28\]; `labels`: \[M\].
    ///
    /// # Errors
    /// [`RunError`] if lengths or labels are wrong, or as for [`Run::step`].
    pub async fn evaluate(&mut self, images: &[u8], labels: &[u8]) -> Result<Evaluation, RunError> {
        let data = Dataset::to_judge(images, labels)?;
        loop {
            match self.trainer.evaluate(&data).await {
                Ok(evaluation) => return Ok(evaluation),
                Err(error) => self.recover(error).await?,
            }
        }
    }

    /// Returns everything that the run is made of, as bytes; without its images and labels unless `with_data`.
    ///
    /// # Errors
    /// As for [`Run::step`].
    pub async fn snapshot(&mut self, with_data: bool) -> Result<Vec<u8>, TrainError> {
        loop {
            match self.trainer.snapshot().await {
                Ok(snapshot) => {
                    let train = self.data.train();
                    let part = if with_data { DataPart::Whole(train) } else { DataPart::Fingerprint(train) };
                    return Ok(snapshot.to_bytes(part));
                }
                Err(error) => self.recover(error).await?,
            }
        }
    }

    /// Makes the run from which [`Run::snapshot`] made `bytes`; on the CPU it continues with the same bits. `data` are
    /// its images and labels, needed if they are not in the bytes; `device` is an engine to use instead of the run's.
    ///
    /// # Errors
    /// [`RunError`] if the bytes are not those of a run, the data are not the run's, or the GPU is not available.
    pub async fn restore(
        bytes: &[u8],
        data: Option<(&[u8], &[u8])>,
        device: Option<DeviceChoice>,
    ) -> Result<Self, RunError> {
        let (mut snapshot, kept) = Snapshot::from_bytes(bytes)?;
        if let Some(device) = device {
            snapshot = snapshot.on(device);
        }
        let given = data.map(|(images, labels)| Dataset::to_train(images, labels)).transpose()?;
        let expected = match &kept {
            KeptData::None => None,
            KeptData::Fingerprint(fingerprint) => Some(*fingerprint),
            KeptData::Whole(data) => given.as_ref().map(|_| Fingerprint::of(data.train())),
        };
        if let (Some(given), Some(expected)) = (&given, expected) {
            let found = Fingerprint::of(given.train());
            if found != expected {
                return Err(RunError::OtherData { found, expected });
            }
        }
        let data = match (given, kept) {
            (Some(data), _) => data,
            (None, KeptData::Whole(data)) => *data,
            (None, KeptData::None | KeptData::Fingerprint(_)) => return Err(RunError::NoData),
        };
        Ok(Self { trainer: Trainer::restore(snapshot).await?, data })
    }

    /// Returns the weights after the steps so far.
    ///
    /// # Errors
    /// As for [`Run::step`].
    pub async fn weights(&mut self) -> Result<Weights, TrainError> {
        loop {
            match self.trainer.weights().await {
                Err(TrainError::Exec(error)) => self.recover(error).await?,
                outcome => return outcome,
            }
        }
    }

    /// Records the loss after an epoch; returns the learning rate in force and whether it has just been lowered. `None` if the
    /// run has no schedule.
    pub fn end_epoch(&mut self, loss: f32) -> Option<(f32, bool)> {
        self.trainer.spec().plateau?;
        let lowered = self.trainer.end_epoch(loss).is_some();
        Some((self.trainer.learning_rate(), lowered))
    }

    /// The network being trained.
    pub fn model(&self) -> ModelSpec {
        self.trainer.model()
    }

    /// The engine in use.
    pub fn device(&self) -> DeviceInfo {
        self.trainer.device()
    }
}
