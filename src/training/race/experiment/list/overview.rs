//! Source B, the overview of normalization methods: each of its claims as runs that can confirm it or not. It reports no figures.

use super::{ExperimentRow, SOURCE_D_GROUPS, below, lane, row, shortened};
use crate::network::model::zoo::ModelKind;
use crate::norms::norm::Norm;
use crate::training::data::{DataName, TrainOn};
use crate::training::race::experiment::Figure::{BatchWeight, Rho, TestAccuracy};
use crate::training::race::experiment::claim::{Claim, Comparison};
use crate::training::race::experiment::sweep::Sweep;
use crate::training::race::experiment::{Experiment, ExperimentLane};
use crate::training::train::RunSpec;

pub(super) const EXPERIMENTS: [ExperimentRow; 5] = [
    row("B-smallbatch", "batch norm wants large batches", true, |name, is_quick| {
        if is_quick { b_smallbatch_quick(name) } else { b_smallbatch(name) }
    }),
    row("B-rate", "normalized nets bear higher rates", true, |name, is_quick| shortened(b_rate(name), is_quick, 1)),
    row("B-rnn", "norms in a recurrent net", true, |name, is_quick| shortened(b_rnn(name), is_quick, 2)),
    row("B-bin", "batch-instance norm learns its ρ", true, |name, is_quick| shortened(b_bin(name), is_quick, 1)),
    row("B-switch", "switchable norm learns its weights", true, |name, is_quick| {
        shortened(b_switch(name), is_quick, 1)
    }),
];

/// Batch sizes of the sweep, and of its quick form.
const BATCHES: [u32; 8] = [1, 2, 4, 8, 16, 32, 64, 128];
const QUICK_BATCHES: [u32; 3] = [1, 4, 16];

/// The momentum of running statistics: PyTorch's default. With Keras' 0.01, a short run would be evaluated with what it started from.
const RUNNING_MOMENTUM: f32 = 0.1;

/// In accuracy: what batch norm loses compared with group norm, and the largest variation of group norm.
const FALL: f32 = 0.02;
const QUICK_FALL: f32 = 0.01;
const SPREAD: f32 = 0.03;

/// Ten times the usual learning rate of Adam.
const HIGH_RATE: f32 = 1e-2;

/// Units of the recurrent net.
const UNITS: u32 = 64;

fn deep(norm: Norm, batch: u32) -> RunSpec {
    RunSpec { norm, batch, model: ModelKind::Deep, momentum: RUNNING_MOMENTUM, ..RunSpec::default() }
}

/// One lane for each norm and batch size, named after both.
fn grid(norms: &[(&str, Norm)], batches: &[u32], spec: impl Fn(Norm, u32) -> RunSpec) -> Vec<ExperimentLane> {
    let pairs = norms.iter().flat_map(|norm| batches.iter().map(move |&batch| (norm, batch)));
    let named = |name: &str, batch: u32| if batches.len() > 1 { format!("{name}, batch {batch}") } else { name.into() };
    pairs.map(|(&(name, norm), batch)| lane(&named(name, batch), spec(norm, batch), &[])).collect()
}

fn b_smallbatch(name: &'static str) -> Experiment {
    let norms = [("BN", Norm::Batch), ("GN 8", Norm::Group { groups: SOURCE_D_GROUPS })];
    Experiment {
        name,
        reproduces: "normalization-overview: batch norm suffers from small batches, group norm does not. The Group Normalization \
                     paper has 23.6 % error at 32 images per GPU and 34.7 % at 2 for BN, 24.1 % at both for GN 32 (ResNet-50, \
                     ImageNet)",
        differs: "A net of eight convolutions on Fashion-MNIST, not ResNet-50 on ImageNet, and the same number of epochs at one learning \
                  rate: a larger batch takes fewer steps. Compare the norms at one batch size; with one seed, batch norm falls only \
                  at batch size 1.",
        data: DataName::FashionMnist,
        train_on: TrainOn::Train,
        epochs: 1,
        lanes: norms.map(|(name, norm)| lane(name, deep(norm, BATCHES[0]), &[])).into(),
        sweep: Sweep { batches: BATCHES.into(), seeds: vec![1, 2, 3] },
        claims: batch_falls(1, FALL),
    }
}

/// Batch norm falls by `by` compared with group norm, which is flat.
fn batch_falls(epoch: u32, by: f32) -> Vec<Claim> {
    let claim = |lane, what| Claim { lane, epoch, figure: TestAccuracy, what };
    vec![claim("BN", Comparison::FallsBeside { other: "GN 8", by }), claim("GN 8", Comparison::Flat { by: SPREAD })]
}

/// With a tenth of the images the norms differ by little more than their seeds do, so there are three and less is claimed.
fn b_smallbatch_quick(name: &'static str) -> Experiment {
    let (full, epochs) = (b_smallbatch(name), 2);
    Experiment {
        train_on: TrainOn::FirstOfEachClass(600),
        epochs,
        sweep: Sweep { batches: QUICK_BATCHES.into(), ..full.sweep },
        claims: batch_falls(epochs, QUICK_FALL),
        ..full
    }
}

fn b_rate(name: &'static str) -> Experiment {
    let group = Norm::Group { groups: SOURCE_D_GROUPS };
    let norms =
        [("none", Norm::None), ("BN", Norm::Batch), ("GN 8", group), ("LN", Norm::Layer), ("IN", Norm::Instance)];
    let spec = |norm, batch| RunSpec { learning_rate: HIGH_RATE, ..deep(norm, batch) };
    Experiment {
        name,
        reproduces: "normalization-overview: normalization makes higher learning rates possible",
        differs: "A net of eight convolutions on Fashion-MNIST, trained by Adam at ten times its usual rate, batch size 2. The source has no \
                  figures.",
        lanes: grid(&norms, &[2], spec),
        sweep: Sweep::default(),
        claims: ["BN", "GN 8", "LN", "IN"].map(|norm| below("none", norm, 1, 0.3)).into(),
        ..b_smallbatch(name)
    }
}

fn b_rnn(name: &'static str) -> Experiment {
    let norms = [("none", Norm::None), ("BN", Norm::Batch), ("LN", Norm::Layer)];
    // A race has the first network only, where nothing needs to tell it from the other.
    let cells = [("", ModelKind::RowRnn { units: UNITS }), ("GRU, ", ModelKind::RowGru { units: UNITS })];
    let lanes = cells.into_iter().flat_map(|(cell, model)| {
        let spec = move |norm| RunSpec { norm, model, ..RunSpec::default() };
        norms.map(|(name, norm)| lane(&format!("{cell}{name}"), spec(norm), &[]))
    });
    Experiment {
        name,
        reproduces: "normalization-overview: batch norm does not suit recurrent networks, in which every step needs its own \
                     statistics; layer norm keeps none",
        differs: "A simple tanh layer and a GRU over the 28 rows of a digit, whose steps share gamma and beta. The source has no \
                  figures.",
        data: DataName::Mnist,
        train_on: TrainOn::Train,
        epochs: 3,
        lanes: lanes.collect(),
        sweep: Sweep { batches: vec![2, 32], seeds: Vec::new() },
        claims: vec![
            steps_fall("BN", "LN"),
            steps_fall("GRU, BN", "GRU, LN"),
            below("BN", "LN", 3, 0.03),
            below("GRU, BN", "GRU, LN", 3, 0.03),
        ],
    }
}

fn steps_fall(lane: &'static str, other: &'static str) -> Claim {
    Claim { lane, epoch: 3, figure: TestAccuracy, what: Comparison::FallsBeside { other, by: 0.2 } }
}

fn b_bin(name: &'static str) -> Experiment {
    let norms = [("BIN", Norm::BatchInstance), ("BN", Norm::Batch), ("IN", Norm::Instance)];
    Experiment {
        name,
        reproduces: "normalization-overview: batch-instance norm learns through rho in [0, 1] how much of each to use; rho starts at 1, \
                     which is batch norm alone",
        differs: "A net of eight convolutions on Fashion-MNIST. The source has no figures.",
        lanes: grid(&norms, &[32], deep),
        sweep: Sweep::default(),
        claims: vec![Claim { lane: "BIN", epoch: 1, figure: Rho, what: Comparison::Within { from: 0.05, to: 0.95 } }],
        ..b_smallbatch(name)
    }
}

fn b_switch(name: &'static str) -> Experiment {
    Experiment {
        name,
        reproduces: "normalization-overview: switchable norm learns which statistics to use, and uses less of the batch's when \
                     batches are small",
        differs: "A net of eight convolutions on Fashion-MNIST. The source has no figures. All weights start at a third, and in \
                  the quick form they hardly change.",
        lanes: grid(&[("SN", Norm::Switchable)], &[2, 64], deep),
        sweep: Sweep::default(),
        claims: vec![Claim { figure: BatchWeight, ..below("SN, batch 2", "SN, batch 64", 1, 0.01) }],
        ..b_smallbatch(name)
    }
}
