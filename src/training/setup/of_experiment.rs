//! A source's experiment as a setup: what its lanes share, and the values that each has for itself.

use super::{LaneSetup, MAX_NAMED, Net, Optimizer, Setup};
use crate::network::model::zoo::ModelKind;
use crate::network::optimizer::OptimizerSpec;
use crate::training::race::experiment::{Experiment, ExperimentLane};
use crate::training::train::RunSpec;
use crate::training::train::spec::AffineStart;

impl Setup {
    /// The setup of an experiment; `link` is its name in links. Its lanes are its runs on the first network, in order;
    /// if a race has no room for all, those of as many batch sizes as fit, spread from the first to the last. `cargo
    /// xtask experiment` runs them all.
    pub fn of_experiment(experiment: &Experiment, link: String) -> Self {
        let mut runs: Vec<ExperimentLane> = experiment.runs().into_iter().map(|run| run.lane).collect();
        let first = runs.first().map_or_else(RunSpec::default, |lane| lane.spec.clone());
        runs.retain(|lane| (lane.spec.model, lane.spec.seed) == (first.model, first.seed));
        let batches = &experiment.sweep.batches;
        if !batches.is_empty() {
            let kept = spread(batches, MAX_NAMED / (runs.len() / batches.len()).max(1));
            runs.retain(|lane| kept.contains(&lane.spec.batch));
        }
        runs.truncate(MAX_NAMED);
        let own = |lane: &ExperimentLane| LaneSetup {
            norm: lane.spec.norm,
            batch: (lane.spec.batch != first.batch).then_some(lane.spec.batch),
            rate: (lane.spec.learning_rate != first.learning_rate).then_some(lane.spec.learning_rate),
            epsilon: (lane.spec.epsilon != first.epsilon).then_some(lane.spec.epsilon),
            is_random: lane.spec.affine == AffineStart::RandomUniform,
        };
        Self {
            experiment: Some(link),
            data: experiment.data,
            train_on: experiment.train_on,
            epochs: experiment.epochs,
            net: match first.model {
                ModelKind::Tutorial => Net::Tutorial,
                ModelKind::SourceD => Net::SourceD,
                ModelKind::Deep => Net::Deep,
                ModelKind::RowRnn { .. } => Net::RowRnn,
                ModelKind::RowGru { .. } => Net::RowGru,
            },
            optimizer: match first.optimizer {
                OptimizerSpec::Adam => Optimizer::Adam,
                OptimizerSpec::AmsGrad => Optimizer::AmsGrad,
                OptimizerSpec::Sgd { .. } => Optimizer::Sgd,
            },
            plateau: first.plateau.is_some(),
            clip_norm: first.clip_norm,
            rate: first.learning_rate,
            batch: first.batch,
            epsilon: first.epsilon,
            momentum: first.momentum,
            seed: first.seed,
            seeds: experiment.sweep.seeds.len().max(1) as u32,
            device: first.device,
            lanes: runs.iter().map(own).collect(),
        }
    }
}

/// At most `most` of `values`, from the first to the last, at even distances.
fn spread(values: &[u32], most: usize) -> Vec<u32> {
    let (n, last) = (most.min(values.len()), values.len() - 1);
    (0..n).map(|i| values[(i * last + (n - 1) / 2) / (n - 1).max(1)]).collect()
}

#[cfg(test)]
mod tests {
    use super::spread;

    #[test]
    fn a_spread_has_both_ends() {
        let all = [1, 2, 4, 8, 16, 32, 64, 128];
        assert_eq!(spread(&all, 4), [1, 4, 32, 128]);
        assert_eq!(spread(&all, 20), all);
        assert_eq!(spread(&all, 2), [1, 128]);
        assert_eq!(spread(&all, 1), [1]);
        assert_eq!(spread(&[2], 4), [2]);
    }
}
