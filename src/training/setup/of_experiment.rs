//! A source's experiment as a setup: what its lanes share, and the values that each has for itself.

use super::{LaneSetup, MAX_NAMED, Net, Optimizer, Schedule, Setup};
use crate::network::model::zoo::ModelKind;
use crate::network::optimizer::OptimizerSpec;
use crate::training::race::experiment::claim::{Found, Verdict};
use crate::training::race::experiment::sweep::ExperimentRun;
use crate::training::race::experiment::{Experiment, ExperimentLane};
use crate::training::train::RunSpec;

impl Setup {
    /// The setup of an experiment; `link` is its name in links. Its lanes are those that a race has room for.
    pub fn of_experiment(experiment: &Experiment, link: String) -> Self {
        let runs: Vec<ExperimentLane> = race_runs(experiment).into_iter().map(|run| run.lane).collect();
        let first = runs.first().map_or_else(RunSpec::default, |lane| lane.spec.clone());
        let own = |lane: &ExperimentLane| LaneSetup {
            norm: lane.spec.norm,
            batch: (lane.spec.batch != first.batch).then_some(lane.spec.batch),
            rate: (lane.spec.learning_rate != first.learning_rate).then_some(lane.spec.learning_rate),
            epsilon: (lane.spec.epsilon != first.epsilon).then_some(lane.spec.epsilon),
            affine: lane.spec.affine,
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
            plateau: Schedule::of(first.plateau),
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

/// The runs of an experiment that a race has: those on the first network with the first seed, in order; if there is no
/// room for all, those of as many batch sizes as fit, spread from the first to the last. `cargo xtask experiment` runs
/// them all.
fn race_runs(experiment: &Experiment) -> Vec<ExperimentRun> {
    let mut runs = experiment.runs();
    let Some(first) = runs.first().map(|run| run.lane.spec.clone()) else { return runs };
    runs.retain(|run| (run.lane.spec.model, run.lane.spec.seed) == (first.model, first.seed));
    let batches = &experiment.sweep.batches;
    if !batches.is_empty() {
        let kept = spread(batches, MAX_NAMED / (runs.len() / batches.len()).max(1));
        runs.retain(|run| kept.contains(&run.lane.spec.batch));
    }
    runs.truncate(MAX_NAMED);
    runs
}

impl Experiment {
    /// The claims as the runs of a race decide them: [`Experiment::verdicts`], in which those about lanes that a race
    /// leaves out are marked.
    pub fn race_verdicts(&self, found: &[Found]) -> Vec<Verdict> {
        let runs = race_runs(self);
        let is_there = |name: &str| runs.iter().any(|run| self.lanes[run.lane_idx].name == name);
        let mut verdicts = self.verdicts(found);
        for (verdict, claim) in verdicts.iter_mut().zip(&self.claims) {
            if !claim.lanes().all(is_there) {
                verdict.leave_out();
            }
        }
        verdicts
    }
}

/// At most `most` of `values`, from the first to the last, at even distances.
fn spread(values: &[u32], most: usize) -> Vec<u32> {
    let (n, last) = (most.min(values.len()), values.len() - 1);
    (0..n).map(|i| values[(i * last + (n - 1) / 2) / (n - 1).max(1)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::race::experiment::claim::Claim;
    use crate::training::race::experiment::{FigureAt, NAMES, experiment};

    #[test]
    fn a_claim_says_whether_a_race_can_decide_it() {
        let mut n_left_out = 0;
        for (name, is_quick) in NAMES.into_iter().flat_map(|name| [(name, false), (name, true)]) {
            let experiment = experiment(name, is_quick).unwrap();
            let runs = race_runs(&experiment);
            // Runs that reach every figure decide every claim that the race can decide, and no other.
            let figures = |lane: &str| {
                let value = |claim: &Claim| FigureAt { epoch: claim.epoch, figure: claim.figure, value: 0.5 };
                experiment.claims.iter().filter(|claim| claim.lanes().any(|own| own == lane)).map(value).collect()
            };
            let found: Vec<Found> = runs
                .iter()
                .map(|run| Found {
                    spec: run.lane.spec.clone(),
                    figures: figures(&experiment.lanes[run.lane_idx].name),
                })
                .collect();
            for verdict in experiment.race_verdicts(&found) {
                assert_eq!(verdict.holds.is_some(), verdict.in_race, "{name}, quick {is_quick}: {}", verdict.claim);
                n_left_out += u32::from(!verdict.in_race);
            }
        }
        assert!(n_left_out > 0, "B-rnn has a second network");
    }

    /// The page's race, the claims beside it and the command call a lane by one name.
    #[test]
    fn a_lane_has_one_name() {
        let mut failures = vec![];
        for (name, is_quick) in NAMES.into_iter().flat_map(|name| [(name, false), (name, true)]) {
            let experiment = experiment(name, is_quick).unwrap();
            let setup = Setup::of_experiment(&experiment, name.to_owned());
            let in_race: Vec<String> = setup.runs().runs.into_iter().map(|run| run.name).collect();
            let all: Vec<String> = experiment.runs().into_iter().map(|run| run.lane.name).collect();
            for own in in_race.into_iter().filter(|own| !all.contains(own)) {
                failures.push(format!("{name}, quick {is_quick}: the race has {own}, the experiment {all:?}"));
            }
        }
        assert!(failures.is_empty(), "{failures:#?}");
    }

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
