//! What an experiment must show: each claim of a source, or of its repetition in Keras, as a comparison that holds or does not.

use super::{Experiment, ExperimentLane, Figure, FigureAt, value_of};
use crate::norms::number::{fixed, signed};
use crate::training::train::RunSpec;
use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// A claim about a figure; over several seeds, about its median.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Claim {
    /// The lane whose figure it is: the name of one of [`Experiment::lanes`].
    pub lane: &'static str,
    /// Epochs after which it applies.
    pub epoch: u32,
    /// What the figure measures.
    pub figure: Figure,
    /// What is claimed.
    pub what: Comparison,
}

/// A comparison of figures, which are shares of 1.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Comparison {
    /// It differs by at most `by` from what was reported for this lane and epoch.
    AsReported {
        /// Difference.
        by: f32,
    },
    /// It is at least `by` below another lane's at every batch size; lanes with one batch size each are compared as they are.
    Below {
        /// The name of the other lane.
        other: &'static str,
        /// Difference.
        by: f32,
    },
    /// Its lead over another lane at the same batch size is at least `by` smaller at the smallest batch size than at the
    /// largest: compared with the other lane, since the batch size alone changes the number of steps.
    FallsBeside {
        /// The name of the other lane.
        other: &'static str,
        /// Difference of the two differences.
        by: f32,
    },
    /// It is in a range at every batch size.
    Within {
        /// The lower bound.
        from: f32,
        /// The upper bound.
        to: f32,
    },
    /// It varies by at most `by` over all batch sizes.
    Flat {
        /// Difference between the greatest and the least.
        by: f32,
    },
}

/// The results of a run.
#[derive(Clone, PartialEq, Debug, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Found {
    /// The run. To a claim, a run with another seed or engine is the same run; one with another rate, batch size or network is not.
    pub spec: RunSpec,
    /// Its figures so far.
    pub figures: Vec<FigureAt>,
}

/// A claim next to the results.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// The claim in words.
    pub claim: String,
    /// The figures that decide it; empty while one is missing.
    pub found: String,
    /// Whether it holds; `None` while a figure is missing.
    pub holds: Option<bool>,
    /// Whether the lanes that it is about are among those of a race.
    pub in_race: bool,
    /// Whether it holds, in a word.
    pub word: &'static str,
}

impl Verdict {
    fn new(claim: String, result: Option<(String, bool)>) -> Self {
        let (found, holds) = result.map_or((String::new(), None), |(found, holds)| (found, Some(holds)));
        let word = match holds {
            Some(true) => "holds",
            Some(false) => "does not hold",
            None => "not yet",
        };
        Self { claim, found, holds, in_race: true, word }
    }

    /// Marks it as one that a race leaves out a lane of.
    pub fn leave_out(&mut self) {
        (self.in_race, self.word) = (false, "not decided here: this race leaves out a lane that it needs");
    }

    /// The whole line: "BN at least 0.03 below GN 8, after 2 epochs: holds (0.740 against 0.780)".
    pub fn said(&self) -> String {
        let found = if self.found.is_empty() { String::new() } else { format!(" ({})", self.found) };
        format!("{}: {}{found}", self.claim, self.word)
    }
}

/// A figure of a lane at increasing batch sizes: `None` where a run has not got that far.
type ByBatch = Vec<(u32, Option<f32>)>;

impl Claim {
    /// The names of the lanes that it compares.
    pub fn lanes(&self) -> impl Iterator<Item = &'static str> {
        let other = match self.what {
            Comparison::Below { other, .. } | Comparison::FallsBeside { other, .. } => Some(other),
            Comparison::AsReported { .. } | Comparison::Within { .. } | Comparison::Flat { .. } => None,
        };
        std::iter::once(self.lane).chain(other)
    }
}

impl Experiment {
    /// Checks every claim, in order, against the results of the runs so far.
    pub fn verdicts(&self, found: &[Found]) -> Vec<Verdict> {
        let runs = self.runs();
        // The name of the lane that a run repeats; none if the lane was changed.
        let name = |found: &Found| {
            let run = runs.iter().find(|run| run.lane.spec.is_repeat_of(&found.spec))?;
            Some(self.lanes[run.lane_idx].name.as_str())
        };
        let named: Vec<_> = found.iter().filter_map(|found| Some((name(found)?, found))).collect();
        self.claims.iter().map(|claim| self.verdict(claim, &named)).collect()
    }

    fn verdict(&self, claim: &Claim, found: &[(&str, &Found)]) -> Verdict {
        let Claim { lane, epoch, figure, what } = *claim;
        let figures = |name: &str| {
            let of_lane = found.iter().filter(|(own, _)| *own == name);
            by_batch(of_lane.map(|(_, found)| (found.spec.batch, value_of(&found.figures, epoch, figure))))
        };
        let own = figures(lane);
        let all: Option<Vec<(u32, f32)>> = own.iter().map(|&(batch, value)| Some((batch, value?))).collect();
        let all = all.filter(|all| !all.is_empty());
        // A figure that is not named is the test accuracy with running statistics, as in deployment.
        let on = if figure == Figure::TestAccuracy { String::new() } else { format!("{}: ", figure.words()) };
        let after = if epoch == 1 { "epoch 1".to_owned() } else { format!("{epoch} epochs") };
        let (words, result) = match what {
            Comparison::AsReported { by } => {
                let reported = self.lane(lane).and_then(|lane| lane.reported(epoch, figure));
                let reported = reported.unwrap_or(f32::NAN);
                let words = format!("{on}{lane} within {by} of the {} reported, after {after}", three(reported));
                let tell = |all: Vec<(u32, f32)>| {
                    let off = all[0].1 - reported;
                    (format!("{}, {}", three(all[0].1), signed(f64::from(off), DIGITS)), off.abs() <= by)
                };
                (words, all.map(tell))
            }
            Comparison::Below { other, by } => {
                let words = format!("{on}{lane} at least {by} below {other}, after {after}");
                (words, below(&own, &figures(other), by))
            }
            Comparison::FallsBeside { other, by } => {
                let words = format!(
                    "{on}{lane} falls by {by} or more beside {other} from the largest batch to the smallest, after {after}"
                );
                (words, all.and_then(|all| falls(&all, &figures(other), by)))
            }
            Comparison::Within { from, to } => {
                let words = format!("{on}{lane} from {from} to {to}, after {after}");
                let tell = |all: Vec<(u32, f32)>| {
                    let [low, high] = ends(&all);
                    (range([low, high]), low >= from && high <= to)
                };
                (words, all.map(tell))
            }
            Comparison::Flat { by } => {
                let words = format!("{on}{lane} within {by} at every batch size, after {after}");
                let tell = |all: Vec<(u32, f32)>| {
                    let [low, high] = ends(&all);
                    (all.len() > 1).then(|| (range([low, high]), high - low <= by))
                };
                (words, all.and_then(tell))
            }
        };
        Verdict::new(words, result)
    }

    fn lane(&self, name: &str) -> Option<&ExperimentLane> {
        self.lanes.iter().find(|lane| lane.name == name)
    }
}

/// The medians over seeds at each batch size.
fn by_batch(found: impl Iterator<Item = (u32, Option<f32>)>) -> ByBatch {
    let mut all: Vec<(u32, Vec<Option<f32>>)> = Vec::new();
    for (batch, value) in found {
        let at = all.iter().take_while(|(other, _)| *other < batch).count();
        match all.get_mut(at) {
            Some((other, seeds)) if *other == batch => seeds.push(value),
            Some(_) | None => all.insert(at, (batch, vec![value])),
        }
    }
    all.into_iter().map(|(batch, seeds)| (batch, median(&seeds))).collect()
}

fn ends(all: &[(u32, f32)]) -> [f32; 2] {
    all.iter().fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], &(_, value)| [low.min(value), high.max(value)])
}

/// Digits after the point of a claim's figures.
const DIGITS: usize = 3;

fn three(value: f32) -> String {
    fixed(f64::from(value), DIGITS)
}

fn range([low, high]: [f32; 2]) -> String {
    if low < high { format!("{} to {}", three(low), three(high)) } else { three(low) }
}

/// `None` if one is missing.
fn median(values: &[Option<f32>]) -> Option<f32> {
    let mut sorted: Vec<f32> = Vec::new();
    for value in values {
        let value = (*value)?;
        // There are few values: inserting them needs less code than sorting.
        sorted.insert(sorted.iter().take_while(|other| **other < value).count(), value);
    }
    let upper = *sorted.get(sorted.len() / 2)?;
    Some((sorted[(sorted.len() - 1) / 2] + upper) / 2.0)
}

fn of(all: &ByBatch, batch: u32) -> Option<f32> {
    all.iter().find(|at| at.0 == batch)?.1
}

fn below(own: &ByBatch, other: &ByBatch, by: f32) -> Option<(String, bool)> {
    let mut worst: Option<(f32, f32)> = None;
    for &(at, low) in own {
        let high = if let ([_], [(_, only)]) = (own.as_slice(), other.as_slice()) { *only } else { of(other, at) };
        let (low, high) = (low?, high?);
        if worst.is_none_or(|(worst_low, worst_high)| high - low < worst_high - worst_low) {
            worst = Some((low, high));
        }
    }
    worst.map(|(low, high)| (format!("{} against {}", three(low), three(high)), high - low >= by))
}

fn falls(own: &[(u32, f32)], other: &ByBatch, by: f32) -> Option<(String, bool)> {
    let [(small, low), .., (large, high)] = *own else { return None };
    let (low_other, high_other) = (of(other, small)?, of(other, large)?);
    let pair = |own, other, batch| format!("{} against {} at {batch}", three(own), three(other));
    let words = format!("{}, {}", pair(high, high_other, large), pair(low, low_other, small));
    Some((words, (high - high_other) - (low - low_other) >= by))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::exec::DeviceChoice;
    use crate::training::race::experiment::{NAMES, experiment};

    fn found(experiment: &Experiment, accuracies: &[(&str, f32)]) -> Vec<Found> {
        let of = |&(name, accuracy): &(&str, f32)| {
            let run = experiment.runs().into_iter().find(|run| run.lane.name == name).unwrap();
            let measured = FigureAt { epoch: experiment.epochs, figure: Figure::TestAccuracy, value: accuracy };
            let spec = RunSpec { seed: 77, device: DeviceChoice::Cpu, ..run.lane.spec };
            Found { spec, figures: vec![measured] }
        };
        accuracies.iter().map(of).collect()
    }

    fn holds(experiment: &Experiment, accuracies: &[(&str, f32)]) -> Vec<Option<bool>> {
        experiment.verdicts(&found(experiment, accuracies)).into_iter().map(|verdict| verdict.holds).collect()
    }

    #[test]
    fn a_claim_comes_out_or_does_not_or_is_open() {
        let quick = experiment("D-bs1", true).unwrap();
        assert_eq!(holds(&quick, &[]), [None; 4]);
        let yes = [("GN 8", 0.78), ("IN", 0.80), ("BN", 0.74)];
        assert_eq!(holds(&quick, &yes), [Some(true); 4]);
        assert_eq!(holds(&quick, &yes[..2]), [Some(true), Some(true), None, None]);
        let no = [("GN 8", 0.76), ("IN", 0.83), ("BN", 0.75)];
        assert_eq!(holds(&quick, &no), [Some(false), Some(false), Some(false), Some(true)]);
        let verdict = &quick.verdicts(&found(&quick, &no))[0];
        assert_eq!(verdict.claim, "GN 8 within 0.03 of the 0.793 reported, after 2 epochs");
        assert_eq!(verdict.found, "0.760, −0.033");
    }

    #[test]
    fn a_run_that_was_changed_is_no_longer_the_experiments() {
        let quick = experiment("D-bs1", true).unwrap();
        let mut changed = found(&quick, &[("GN 8", 0.79)]);
        changed[0].spec.learning_rate *= 2.0;
        assert_eq!(quick.verdicts(&changed)[0].holds, None);
    }

    #[test]
    fn a_sweep_falls_or_is_flat() {
        let quick = experiment("B-smallbatch", true).unwrap();
        let of = |bn: [f32; 2], gn: [f32; 2]| {
            let names =
                ["BN, batch 1, seed 1", "BN, batch 16, seed 1", "GN 8, batch 1, seed 1", "GN 8, batch 16, seed 1"];
            holds(&quick, &names.into_iter().zip([bn, gn].concat()).collect::<Vec<_>>())
        };
        assert_eq!(of([0.82, 0.85], [0.84, 0.845]), [Some(true), Some(true)]);
        assert_eq!(of([0.85, 0.85], [0.80, 0.85]), [Some(false), Some(false)]);
        assert_eq!(holds(&quick, &[("BN, batch 1, seed 1", 0.8)]), [None; 2], "one batch size is no sweep");
    }

    #[test]
    fn what_norms_learn_is_claimed_too() {
        let [switch, bin] = ["B-switch", "B-bin"].map(|name| experiment(name, false).unwrap());
        let learnt = |experiment: &Experiment, figure, values: &[(&str, f32)]| {
            let mut found = found(experiment, values);
            found.iter_mut().flat_map(|found| &mut found.figures).for_each(|at| at.figure = figure);
            let verdict = experiment.verdicts(&found).remove(0);
            (verdict.holds, verdict.found)
        };
        let weights =
            |small, large| learnt(&switch, Figure::BatchWeight, &[("SN, batch 2", small), ("SN, batch 64", large)]);
        assert_eq!(weights(0.316, 0.341), (Some(true), "0.316 against 0.341".to_owned()));
        assert_eq!(weights(0.333, 0.334).0, Some(false));
        let rho = |value| learnt(&bin, Figure::Rho, &[("BIN", value)]);
        assert_eq!(rho(0.8), (Some(true), "0.800".to_owned()));
        assert_eq!([rho(0.99).0, rho(0.01).0], [Some(false); 2]);
        let words = "weight of the batch’s statistics: SN, batch 2 at least 0.01 below SN, batch 64, after epoch 1";
        assert_eq!(switch.verdicts(&[])[0].claim, words);
    }

    #[test]
    fn a_median_is_of_all_seeds() {
        assert_eq!(median(&[Some(0.3), Some(0.1), Some(0.2)]), Some(0.2));
        assert_eq!(median(&[Some(0.5), Some(0.25)]), Some(0.375));
        assert_eq!(median(&[Some(0.5), None]), None);
        assert_eq!(median(&[Some(0.5), Some(0.5), Some(0.1)]), Some(0.5));
    }

    #[test]
    fn every_claim_is_of_lanes_and_figures_that_there_are() {
        for (name, is_quick) in NAMES.into_iter().flat_map(|name| [(name, false), (name, true)]) {
            let experiment = experiment(name, is_quick).unwrap();
            for Claim { lane, epoch, figure, what } in &experiment.claims {
                let of = experiment.lane(lane).unwrap_or_else(|| panic!("{name}: no lane {lane}"));
                assert!((1..=experiment.epochs).contains(epoch), "{name}");
                match what {
                    Comparison::AsReported { .. } => assert!(of.reported(*epoch, *figure).is_some(), "{name}"),
                    Comparison::Below { other, .. } => {
                        assert!(experiment.lane(other).is_some(), "{name}: no lane {other}");
                    }
                    Comparison::Within { from, to } => assert!(from < to, "{name}"),
                    Comparison::FallsBeside { .. } | Comparison::Flat { .. } => {
                        assert!(experiment.sweep.batches.len() > 1, "{name}");
                    }
                }
            }
        }
    }
}
