//! A source's experiment as a setup: what its lanes share, and what each has for itself.

use super::{LaneSetup, MAX_NAMED, Net, Optimizer, Setup};
use crate::model::zoo::ModelKind;
use crate::optimizer::OptimizerSpec;
use crate::race::preset::{Preset, PresetLane};
use crate::train::RunSpec;
use crate::train::spec::AffineStart;

impl Setup {
    /// The setup of an experiment; `link` is what links call it. Its lanes are its runs of the first seed on the first network,
    /// in its order, as many as a race has room for: `cargo xtask preset` runs them all.
    pub fn of_preset(preset: &Preset, link: String) -> Self {
        let mut runs: Vec<PresetLane> = preset.runs().into_iter().map(|run| run.lane).collect();
        let first = runs.first().map_or_else(RunSpec::default, |lane| lane.spec.clone());
        runs.retain(|lane| (lane.spec.model, lane.spec.seed) == (first.model, first.seed));
        runs.truncate(MAX_NAMED);
        let own = |lane: &PresetLane| LaneSetup {
            norm: lane.spec.norm,
            batch: (lane.spec.batch != first.batch).then_some(lane.spec.batch),
            rate: (lane.spec.learning_rate != first.learning_rate).then_some(lane.spec.learning_rate),
            epsilon: (lane.spec.epsilon != first.epsilon).then_some(lane.spec.epsilon),
            is_random: lane.spec.affine == AffineStart::RandomUniform,
        };
        Self {
            preset: Some(link),
            data: preset.data,
            train_on: preset.train_on,
            epochs: preset.epochs,
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
            rate: first.learning_rate,
            batch: first.batch,
            epsilon: first.epsilon,
            momentum: first.momentum,
            seed: first.seed,
            seeds: 1,
            device: first.device,
            lanes: runs.iter().map(own).collect(),
        }
    }
}
