//! One run of a race with its history.

use super::kept::Kept;
use crate::data::Dataset;
use crate::kernel::softmax_loss::StepResult;
use crate::model::RING_LEN;
use crate::train::facts::RunFacts;
use crate::train::{Change, Evaluation, RunSpec, Snapshot, TrainError, Trainer};
use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// A run and what came of it so far.
pub struct Lane {
    name: String,
    trainer: Trainer,
    history: History,
    kept: Kept,
    diverged: Option<TrainError>,
}

/// What a lane has behind it.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct History {
    /// Every step from the first on.
    pub steps: Vec<LaneStep>,
    /// Judgements in the order in which they were made.
    pub evaluations: Vec<Evaluation>,
    /// Changes of settings, in order.
    pub marks: Vec<LaneMark>,
}

/// A step done.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct LaneStep {
    /// Mean cross-entropy of its batch, nats, dropout on.
    pub loss: f32,
    /// Share of its batch classified right, 0 to 1.
    pub accuracy: f32,
    /// Images trained on by this step and all before it.
    pub n_images: u32,
}

/// A change of a setting on the axis of time.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize, Tsify)]
pub struct LaneMark {
    /// Steps done before it.
    pub step: u32,
    /// What changed.
    pub change: Change,
}

impl History {
    /// Images trained on.
    pub fn n_images(&self) -> u32 {
        self.steps.last().map_or(0, |step| step.n_images)
    }
}

impl Lane {
    pub(super) async fn new(name: String, spec: RunSpec, budget_bytes: usize) -> Result<Self, TrainError> {
        let trainer = Trainer::new(spec).await?;
        let mut lane =
            Self { name, trainer, history: History::default(), kept: Kept::new(budget_bytes), diverged: None };
        lane.keep().await?;
        Ok(lane)
    }

    /// Another lane that goes on from a snapshot of this one. Its future batches are this one's.
    pub(super) async fn fork(&self, name: String, snapshot: &Snapshot) -> Result<Self, TrainError> {
        let step = snapshot.step();
        let mut history = self.history.clone();
        history.steps.truncate(step as usize);
        history.evaluations.retain(|evaluation| evaluation.step <= step);
        history.marks.retain(|mark| mark.step < step);
        let trainer = Trainer::restore(snapshot.clone()).await?;
        Ok(Self { name, trainer, history, kept: self.kept.up_to(step), diverged: None })
    }

    /// Does at most `n` steps, fewer where a snapshot is due before; gives how many. None once the lane has diverged.
    ///
    /// # Errors
    /// [`TrainError`] if the engine failed. Divergence is no error but the lane's end.
    pub async fn advance(&mut self, data: &Dataset, n: u32) -> Result<u32, TrainError> {
        if self.diverged.is_some() {
            return Ok(0);
        }
        let n = n.min(self.kept.steps_to_due(self.trainer.steps_done())).clamp(1, RING_LEN);
        match self.trainer.step(data, n).await {
            Ok(results) => self.record(&results),
            Err(error @ TrainError::Diverged { .. }) => {
                self.diverged = Some(error);
                return Ok(n);
            }
            Err(error) => return Err(error),
        }
        self.keep().await?;
        Ok(n)
    }

    /// Judges the lane by running statistics and, where it has such, by the batch's own.
    ///
    /// # Errors
    /// [`TrainError::Exec`] if the engine failed.
    pub async fn evaluate(&mut self, data: &Dataset) -> Result<Evaluation, TrainError> {
        let evaluation = self.trainer.evaluate(data).await?;
        self.history.evaluations.push(evaluation);
        self.history.evaluations.extend(self.trainer.evaluate_by_batch(data).await?);
        Ok(evaluation)
    }

    /// Trains on with another setting, marked in the history.
    ///
    /// # Errors
    /// As [`Trainer::change`].
    pub async fn change(&mut self, change: Change) -> Result<(), TrainError> {
        self.trainer.change(change).await?;
        self.history.marks.push(LaneMark { step: self.trainer.steps_done(), change });
        Ok(())
    }

    /// Takes in the test loss after an epoch; a rate that is lowered by it is marked.
    pub fn end_epoch(&mut self, loss: f32) {
        if let Some(rate) = self.trainer.end_epoch(loss) {
            self.history.marks.push(LaneMark { step: self.trainer.steps_done(), change: Change::LearningRate(rate) });
        }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What is behind it.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Its snapshots.
    pub fn kept(&self) -> &Kept {
        &self.kept
    }

    /// The run.
    pub fn trainer(&mut self) -> &mut Trainer {
        &mut self.trainer
    }

    /// What decides the run, with the settings in force.
    pub fn spec(&self) -> &RunSpec {
        self.trainer.spec()
    }

    /// What it costs beside its time.
    pub fn facts(&self) -> RunFacts {
        self.trainer.facts()
    }

    /// A hash of the first weights of all layers that are no norms.
    pub fn start_hash(&self) -> u64 {
        self.trainer.start_hash()
    }

    /// See [`Trainer::order_hash`].
    pub fn order_hash(&self) -> u64 {
        self.trainer.order_hash()
    }

    /// Why the lane has ended, if its loss is no longer a number.
    pub fn diverged(&self) -> Option<&TrainError> {
        self.diverged.as_ref()
    }

    fn record(&mut self, results: &[StepResult]) {
        let batch = self.trainer.spec().batch;
        for &StepResult { loss, n_right } in results {
            let n_images = self.history.n_images() + batch;
            self.history.steps.push(LaneStep { loss, accuracy: n_right / batch as f32, n_images });
        }
    }

    async fn keep(&mut self) -> Result<(), TrainError> {
        if self.kept.is_due(self.trainer.steps_done()) {
            self.kept.keep(self.trainer.snapshot().await?);
        }
        Ok(())
    }
}
