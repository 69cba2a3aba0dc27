//! The sources' experiments as data: which runs, on which images, and what their authors or Keras reported.
//!
//! Figures are those of the notebook's logs and of re-runs in Keras 2.15; where a source states none, none is given.

pub mod claim;
pub mod course;
mod list;
pub mod outcome;
pub mod sweep;

pub use list::{EXPERIMENTS, ExperimentRow, NAMES, experiment};

use crate::training::data::{DataName, TrainOn};
use crate::training::train::RunSpec;
use claim::Claim;
use serde::{Deserialize, Serialize};
use sweep::Sweep;
use tsify::Tsify;

/// An experiment.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Experiment {
    /// A name such as `D-bs1`.
    pub name: &'static str,
    /// Which experiment of which source it reproduces.
    pub reproduces: &'static str,
    /// How it differs from the source's, and which result that explains.
    pub differs: &'static str,
    /// The images.
    pub data: DataName,
    /// The images to train on.
    pub train_on: TrainOn,
    /// Epochs.
    pub epochs: u32,
    /// The runs, each of which is repeated for the batch sizes and seeds of the sweep.
    pub lanes: Vec<ExperimentLane>,
    /// The batch sizes and seeds.
    pub sweep: Sweep,
    /// What the results must show, which [`Experiment::verdicts`] checks.
    #[serde(skip)]
    pub claims: Vec<Claim>,
}

/// A run of an experiment.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct ExperimentLane {
    /// A name such as "BN" or "GN 8".
    pub name: String,
    /// The run.
    pub spec: RunSpec,
    /// What the source reported about it.
    pub reported: Vec<FigureAt>,
    /// Seconds that the source's whole run took, including evaluation, if it says so.
    pub source_seconds: Option<u32>,
}

/// A figure after an epoch, as reported by a source or as measured here.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct FigureAt {
    /// Epochs after which it was measured.
    pub epoch: u32,
    /// What it measures.
    pub figure: Figure,
    /// The value.
    pub value: f32,
}

/// What a figure measures.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum Figure {
    /// Mean accuracy over the steps of the epoch, weighted by their images, with dropout on.
    TrainAccuracy,
    /// Mean loss over the steps of the epoch, weighted by their images, with dropout on.
    TrainLoss,
    /// Accuracy on the test images after it, with running statistics.
    TestAccuracy,
    /// Loss on the test images after it, with running statistics.
    TestLoss,
    /// Accuracy on the test images after it, with the statistics of each batch.
    TestAccuracyByBatch,
    /// The weight that switchable norms give the batch's statistics after it: the mean over layers, mean and variance.
    BatchWeight,
    /// ρ of batch-instance norms after it, the share of the batch's statistics: the mean over channels and layers.
    Rho,
}

/// Every figure, in the order of tables.
pub const FIGURES: [Figure; 7] = [
    Figure::TrainLoss,
    Figure::TrainAccuracy,
    Figure::TestLoss,
    Figure::TestAccuracy,
    Figure::TestAccuracyByBatch,
    Figure::BatchWeight,
    Figure::Rho,
];

/// Digits after the point of a figure in the page's tables and in the command's lines.
pub const FIGURE_DIGITS: usize = 4;

impl Figure {
    /// Its name in tables, claims, files and the command.
    pub const fn words(self) -> &'static str {
        match self {
            Self::TrainAccuracy => "training accuracy",
            Self::TrainLoss => "training loss",
            Self::TestAccuracy => "test accuracy",
            Self::TestLoss => "test loss",
            Self::TestAccuracyByBatch => "test accuracy by batch",
            Self::BatchWeight => "weight of the batch’s statistics",
            Self::Rho => "ρ",
        }
    }
}

impl Experiment {
    /// Steps of a lane, if an epoch has `n_images`.
    pub fn n_steps(&self, lane: &ExperimentLane, n_images: u32) -> u32 {
        self.epochs * n_images.div_ceil(lane.spec.batch)
    }

    /// Seconds that the steps of a lane will take at this many milliseconds each, if an epoch has `n_images`; without evaluation.
    pub fn seconds(&self, lane: &ExperimentLane, n_images: u32, step_millis: f64) -> f64 {
        f64::from(self.n_steps(lane, n_images)) * step_millis / 1e3
    }
}

impl ExperimentLane {
    /// The value that the source reported for a figure after an epoch.
    pub fn reported(&self, epoch: u32, figure: Figure) -> Option<f32> {
        value_of(&self.reported, epoch, figure)
    }
}

fn value_of(figures: &[FigureAt], epoch: u32, figure: Figure) -> Option<f32> {
    figures.iter().find(|at| (at.epoch, at.figure) == (epoch, figure)).map(|at| at.value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::race::MAX_LANES;
    use sweep::ExperimentRun;

    #[test]
    fn every_preset_can_be_run() {
        for name in NAMES {
            for is_quick in [false, true] {
                let experiment = experiment(name, is_quick).unwrap();
                assert_eq!(experiment.name, name);
                assert!((1..=MAX_LANES).contains(&experiment.lanes.len()), "{name}");
                for ExperimentRun { lane, .. } in &experiment.runs() {
                    let checked = lane.spec.check();
                    assert!(checked.is_ok(), "{name}, {}: {checked:?}", lane.name);
                    let is_within = |reported: &FigureAt| reported.epoch <= experiment.epochs;
                    assert!(lane.reported.iter().all(is_within), "{name}, {}", lane.name);
                }
            }
        }
        assert_eq!(experiment("D-bs2", false), None);
    }
}
