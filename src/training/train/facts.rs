//! What a run costs besides time.

use super::Trainer;
use super::snapshot::{NO_BYTES_HASH, fnv1a_on};
use crate::engine::exec::ExecError;
use crate::engine::plan::{ParameterInfo, Plan};
use crate::norms::moments::Moments;
use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// Sizes of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct RunFacts {
    /// Trainable values.
    pub n_parameters: u32,
    /// Running statistics kept for evaluation: one mean and one variance per channel and place.
    pub n_statistics: u32,
    /// Bytes of everything that lasts from step to step, which is what a snapshot holds.
    pub state_bytes: u32,
    /// Total bytes of memory for training and evaluation.
    pub memory_bytes: u32,
}

/// How a label of running statistics ends.
pub(super) const RUNNING_MOMENTS: &str = ".running_moments";

/// How the part of a label that names a norm starts.
const NORM: &str = "norm";

/// Whether a norm owns the parameter with this label.
pub(super) fn is_of_norm(label: &str) -> bool {
    label.split('.').any(|part| part.starts_with(NORM))
}

impl RunFacts {
    /// The facts of a plan.
    pub fn of(plan: &Plan) -> Self {
        let words = |slot| plan.view(slot).len;
        let moments_words = (size_of::<Moments>() / 4) as u32;
        let running = plan.kept().filter(|(label, _)| label.ends_with(RUNNING_MOMENTS));
        Self {
            n_parameters: plan.n_parameters(),
            n_statistics: running.map(|(_, slot)| 2 * words(slot) / moments_words).sum(),
            state_bytes: plan.state().into_iter().map(|slot| 4 * words(slot)).sum(),
            memory_bytes: plan.buffers().map(|(_, len)| 4 * len).sum(),
        }
    }
}

impl Trainer {
    /// A hash of the labels and first values of all parameters that no norm owns. Runs with the same network and seed
    /// have the same hash, whatever their norms.
    pub fn start_hash(&self) -> u64 {
        self.shared().fold(NO_BYTES_HASH, |hash, info| {
            let view = self.plan.view(info.parameter.value);
            let values = self.plan.start_values(view.buffer, self.spec.seed);
            let values = &values[view.offset as usize..(view.offset + view.len) as usize];
            fnv1a_on(fnv1a_on(hash, info.label.as_bytes()), bytemuck::cast_slice(values))
        })
    }

    /// The same hash of the values as they are now: for a fork to another norm, that of the run that it left.
    ///
    /// # Errors
    /// [`ExecError`] if the engine failed; see [`Trainer::fall_back`].
    pub async fn shared_hash(&mut self) -> Result<u64, ExecError> {
        let slots: Vec<_> = self.shared().map(|info| info.parameter.value).collect();
        let values = self.executor.read(&slots).await?;
        Ok(self.shared().zip(&values).fold(NO_BYTES_HASH, |hash, (info, values)| {
            fnv1a_on(fnv1a_on(hash, info.label.as_bytes()), bytemuck::cast_slice(values))
        }))
    }

    /// The parameters that no norm owns.
    fn shared(&self) -> impl Iterator<Item = &ParameterInfo> {
        self.plan.parameters().iter().filter(|info| !is_of_norm(&info.label))
    }

    /// What the run costs besides time.
    pub fn facts(&self) -> RunFacts {
        RunFacts::of(&self.plan)
    }
}
