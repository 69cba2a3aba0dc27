//! The runs of an experiment: its lanes, repeated for several batch sizes and seeds.

use super::{Experiment, ExperimentLane};
use serde::Serialize;
use tsify::Tsify;

/// What the lanes of an experiment are repeated for. An empty list keeps what the lanes say.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Sweep {
    /// Batch sizes: one small multiple each.
    pub batches: Vec<u32>,
    /// Seeds: one thin line each, and their median.
    pub seeds: Vec<u32>,
}

/// One run of an experiment.
#[derive(Clone, PartialEq, Debug)]
pub struct ExperimentRun {
    /// The index of the lane in [`Experiment::lanes`] that it repeats: the method.
    pub lane_idx: usize,
    /// The lane with the run's batch size and seed, named after those that the sweep varies, such as "BN, batch 2, seed 3".
    pub lane: ExperimentLane,
}

impl Experiment {
    /// Returns every run, grouped by batch size so that each group can be a race, then by lane and seed.
    pub fn runs(&self) -> Vec<ExperimentRun> {
        let Sweep { batches, seeds } = &self.sweep;
        let mut runs = Vec::new();
        for batch in options(batches) {
            for (lane_idx, lane) in self.lanes.iter().enumerate() {
                for seed in options(seeds) {
                    let mut lane = lane.clone();
                    if let Some(batch) = batch {
                        lane.spec.batch = batch;
                        lane.name += &format!(", batch {batch}");
                    }
                    if let Some(seed) = seed {
                        lane.spec.seed = seed;
                        lane.name += &format!(", seed {seed}");
                    }
                    runs.push(ExperimentRun { lane_idx, lane });
                }
            }
        }
        runs
    }
}

/// Each of `values`, or nothing, once, if there are none.
fn options(values: &[u32]) -> Vec<Option<u32>> {
    if values.is_empty() { vec![None] } else { values.iter().copied().map(Some).collect() }
}

#[cfg(test)]
mod tests {
    use crate::training::race::experiment::experiment;

    #[test]
    fn a_sweep_repeats_every_lane_for_every_batch_and_seed() {
        let mut swept = experiment("B-smallbatch", false).unwrap();
        assert_eq!(swept.sweep.batches, [1, 2, 4, 8, 16, 32, 64, 128]);
        assert_eq!(swept.sweep.seeds, [1, 2, 3]);
        let (n_lanes, runs) = (swept.lanes.len(), swept.runs());
        assert_eq!(runs.len(), 8 * n_lanes * 3);
        let last = runs.last().unwrap();
        assert_eq!((last.lane_idx, last.lane.spec.batch, last.lane.spec.seed), (n_lanes - 1, 128, 3));
        assert_eq!(runs[0].lane.name, "BN, batch 1, seed 1");
        swept.sweep = Default::default();
        let plain: Vec<_> = swept.runs().into_iter().map(|run| run.lane).collect();
        assert_eq!(plain, swept.lanes);
    }
}
