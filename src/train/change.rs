//! What of a run may change while it goes on: nothing of its state is lost.

use super::{RunSpec, TrainError, Trainer};
use crate::data::Dataset;
use crate::exec::{DeviceChoice, DeviceKind};
use crate::plan::Plan;
use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// One setting and its new value.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// [`RunSpec::learning_rate`].
    LearningRate(f32),
    /// [`RunSpec::batch`].
    Batch(u32),
    /// [`RunSpec::epsilon`].
    Epsilon(f32),
    /// [`RunSpec::momentum`].
    Momentum(f32),
}

impl Change {
    /// `spec` with the new value.
    pub fn of(self, spec: &RunSpec) -> RunSpec {
        let spec = spec.clone();
        match self {
            Self::LearningRate(learning_rate) => RunSpec { learning_rate, ..spec },
            Self::Batch(batch) => RunSpec { batch, ..spec },
            Self::Epsilon(epsilon) => RunSpec { epsilon, ..spec },
            Self::Momentum(momentum) => RunSpec { momentum, ..spec },
        }
    }
}

impl Trainer {
    /// Trains on with another setting, from the very weights, moments and place in the order of images.
    ///
    /// # Errors
    /// [`TrainError`] if the value is out of its range or does not fit, or the engine failed; the run is then as it was.
    pub async fn change(&mut self, change: Change) -> Result<(), TrainError> {
        if let Change::LearningRate(learning_rate) = change {
            return self.set_learning_rate(learning_rate);
        }
        let spec = change.of(self.spec());
        spec.check()?;
        if lengths(&spec.plan()?.plan) != lengths(&self.plan) {
            return Err(TrainError::FixedBatch { batch: self.spec.batch });
        }
        // The engine stays the one that it is; a new trial could choose another.
        let kind = self.device().kind;
        let device = if kind == DeviceKind::Cpu { DeviceChoice::Cpu } else { DeviceChoice::Gpu };
        let (asked_for, trial) = (self.spec.device, self.trial);
        let snapshot = self.snapshot().await?.with(RunSpec { device, ..spec });
        *self = Self::restore(snapshot).await?;
        (self.spec.device, self.trial) = (asked_for, trial);
        Ok(())
    }

    /// Takes in the test loss after an epoch, where the run has a [`crate::optimizer::plateau::ReduceOnPlateau`]; gives the
    /// learning rate if it changes by that.
    pub fn end_epoch(&mut self, loss: f32) -> Option<f32> {
        let learning_rate = self.plateau.as_mut()?.after_epoch(loss, self.spec.learning_rate)?;
        self.set_learning_rate(learning_rate).ok()?;
        Some(learning_rate)
    }

    /// Whether the pass over the whole training set that was under way is complete.
    pub fn is_at_epoch_end(&self, data: &Dataset) -> bool {
        self.batches.epoch() > 0
            && (self.batches.epoch_images() == 0 || Some(self.batches.epoch_images()) == data.n_train())
    }
}

fn lengths(plan: &Plan) -> Vec<u32> {
    plan.state().into_iter().map(|slot| plan.view(slot).len).collect()
}
