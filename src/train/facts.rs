//! What a run costs beside its time.

use super::Trainer;
use super::snapshot::{NO_BYTES_HASH, fnv1a_on};
use crate::moments::Moments;
use crate::plan::Plan;
use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// Sizes of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct RunFacts {
    /// Trainable values.
    pub n_parameters: u32,
    /// Running statistics kept for evaluation: a mean and a variance a channel and place.
    pub n_statistics: u32,
    /// Bytes of all that lasts from step to step, which is what a snapshot holds.
    pub state_bytes: u32,
    /// Bytes of all memory of training and evaluation together.
    pub memory_bytes: u32,
}

/// What a label of running statistics ends in.
const RUNNING_MOMENTS: &str = ".running_moments";

/// What the part of a label that names a norm starts with.
const NORM: &str = "norm";

impl RunFacts {
    /// Of a plan.
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
    /// A hash of labels and first values of all parameters that no norm owns. Runs of one network and seed have the same,
    /// whatever their norms.
    pub fn start_hash(&self) -> u64 {
        let is_norms = |label: &str| label.split('.').any(|part| part.starts_with(NORM));
        let shared = self.plan.parameters().iter().filter(|info| !is_norms(&info.label));
        shared.fold(NO_BYTES_HASH, |hash, info| {
            let view = self.plan.view(info.parameter.value);
            let values = self.plan.start_values(view.buffer, self.spec.seed);
            let values = &values[view.offset as usize..(view.offset + view.len) as usize];
            fnv1a_on(fnv1a_on(hash, info.label.as_bytes()), bytemuck::cast_slice(values))
        })
    }

    /// What the run costs beside its time.
    pub fn facts(&self) -> RunFacts {
        RunFacts::of(&self.plan)
    }
}
