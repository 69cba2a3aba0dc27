//! The settings that can change during a run: its state is kept, except for what a norm kept when another replaces it.

use super::facts::{RUNNING_MOMENTS, is_of_norm};
use super::{RunSpec, Snapshot, TrainError, Trainer};
use crate::engine::exec::{DeviceChoice, DeviceKind};
use crate::engine::plan::{ParameterInfo, Plan, Slot};
use crate::norms::norm::Norm;
use crate::norms::number::decimal;
use crate::training::data::Dataset;
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
    /// [`RunSpec::norm`]: γ, β and whatever else norms keep start afresh, and so do their optimizer moments; all other
    /// weights keep theirs. Adam treats the new ones as being as old as the others: their first steps are up to 3.2
    /// times as long.
    Norm(Norm),
}

impl Change {
    /// It in a few words, as on the charts: "rate 0.0002".
    pub fn said(self) -> String {
        match self {
            Self::LearningRate(rate) => format!("rate {}", decimal(rate)),
            Self::Batch(batch) => format!("batch {batch}"),
            Self::Epsilon(epsilon) => format!("ε {}", decimal(epsilon)),
            Self::Momentum(momentum) => format!("momentum {}", decimal(momentum)),
            Self::Norm(norm) => format!("norm {}", norm.short_name()),
        }
    }

    /// Returns `spec` with the new value.
    pub fn of(self, spec: &RunSpec) -> RunSpec {
        let spec = spec.clone();
        match self {
            Self::LearningRate(learning_rate) => RunSpec { learning_rate, ..spec },
            Self::Batch(batch) => RunSpec { batch, ..spec },
            Self::Epsilon(epsilon) => RunSpec { epsilon, ..spec },
            Self::Momentum(momentum) => RunSpec { momentum, ..spec },
            Self::Norm(norm) => RunSpec { norm, ..spec },
        }
    }
}

impl Trainer {
    /// Continues with another setting, from the same weights, moments and position in the order of images.
    ///
    /// # Errors
    /// [`TrainError`] if the value is out of its range or does not fit, or the engine failed; the run is then
    /// unchanged.
    pub async fn change(&mut self, change: Change) -> Result<(), TrainError> {
        if let Change::LearningRate(learning_rate) = change {
            return self.set_learning_rate(learning_rate);
        }
        let spec = change.of(self.spec());
        spec.check()?;
        let plan = spec.plan()?.plan;
        let is_other_norm = spec.norm != self.spec.norm;
        if !is_other_norm && lengths(&plan) != lengths(&self.plan) {
            return Err(TrainError::FixedBatch { batch: self.spec.batch });
        }
        // The engine stays the same; a new trial could choose the other.
        let kind = self.device().kind;
        let device = if kind == DeviceKind::Cpu { DeviceChoice::Cpu } else { DeviceChoice::Gpu };
        let (asked_for, trial) = (self.spec.device, self.trial);
        let mut snapshot = self.snapshot().await?.with(RunSpec { device, ..spec });
        if is_other_norm {
            snapshot.carry_over(&self.plan, &plan);
        }
        *self = Self::restore(snapshot).await?;
        (self.spec.device, self.trial) = (asked_for, trial);
        Ok(())
    }

    /// Records the test loss after an epoch, if the run has a [`crate::network::optimizer::plateau::ReduceOnPlateau`]; returns
    /// the learning rate if it has changed. The spec keeps the rate that the schedule started with.
    pub fn end_epoch(&mut self, loss: f32) -> Option<f32> {
        let learning_rate = self.plateau.as_mut()?.after_epoch(loss)?;
        self.write_own_rate();
        Some(learning_rate)
    }

    /// Whether the current pass over the whole training set is complete.
    pub fn is_at_epoch_end(&self, data: &Dataset) -> bool {
        self.batches.epoch() > 0
            && (self.batches.epoch_images() == 0 || Some(self.batches.epoch_images()) == data.n_train())
    }
}

impl Snapshot {
    /// Turns a state of `from` into one of `to`, a plan of the same network with other norms. Clocks are carried over,
    /// and so is everything parallel to the parameters that no norm owns; the rest is as at the start.
    fn carry_over(&mut self, from: &Plan, to: &Plan) {
        let seed = self.spec().seed;
        let label_of = |plan: &Plan, slot: Slot| {
            plan.buffers().nth(plan.view(slot).buffer as usize).map(|(label, _)| label.to_owned())
        };
        let kept: Vec<_> = from.state().into_iter().map(|slot| label_of(from, slot)).collect();
        let ranges = shared_ranges(from, to);
        let carried = to.state().into_iter().map(|slot| {
            let view = to.view(slot);
            let mut values = to.start_values(view.buffer, seed);
            let label = label_of(to, slot);
            let Some(old) = kept.iter().position(|kept| *kept == label).map(|at| &self.tables()[at]) else {
                return values;
            };
            if label.is_some_and(|label| label.ends_with(RUNNING_MOMENTS)) {
                return values;
            }
            if view.len == to.parameters_len() {
                for &[start, old_start, len] in &ranges {
                    values[start..start + len].copy_from_slice(&old[old_start..old_start + len]);
                }
            } else {
                values.clone_from(old);
            }
            values
        });
        let carried = carried.collect();
        self.set_tables(carried);
    }
}

/// Where the parameters that no norm owns start in `to` and in `from`, and their lengths.
fn shared_ranges(from: &Plan, to: &Plan) -> Vec<[usize; 3]> {
    let shared = to.parameters().iter().filter(|info| !is_of_norm(&info.label));
    let range = |info: &ParameterInfo| {
        let old = from.parameters().iter().find(|old| old.label == info.label)?;
        let [new, old] = [to.view(info.parameter.value), from.view(old.parameter.value)];
        debug_assert_eq!(new.len, old.len, "{} must belong to the network, not to its norms", info.label);
        Some([new.offset, old.offset, new.len].map(|number| number as usize))
    };
    shared.filter_map(range).collect()
}

fn lengths(plan: &Plan) -> Vec<u32> {
    plan.state().into_iter().map(|slot| plan.view(slot).len).collect()
}
