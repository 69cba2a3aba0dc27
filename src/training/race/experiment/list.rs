//! Every experiment.

mod notebook;
mod overview;
mod tutorial;

use super::Figure::{TestAccuracy, TestAccuracyByBatch, TestLoss, TrainAccuracy};
use super::claim::{Claim, Comparison};
use super::sweep::Sweep;
use super::{Experiment, ExperimentLane, Figure, FigureAt};
use crate::network::model::zoo::ModelKind;
use crate::network::optimizer::OptimizerSpec;
use crate::network::optimizer::plateau::ReduceOnPlateau;
use crate::norms::norm::{self, AxesNorm, Norm};
use crate::training::data::{DataName, TrainOn};
use crate::training::train::RunSpec;
use std::num::NonZeroU32;

/// An experiment as menus name it; its runs are made when they are asked for.
#[derive(Clone, Copy, Debug)]
pub struct ExperimentRow {
    /// Such as `D-bs1`: its name in links and commands.
    pub name: &'static str,
    /// What it shows, in a few words.
    pub title: &'static str,
    /// Whether it takes hours, so that menus open its quick form.
    pub opens_quick: bool,
    make: fn(name: &'static str, is_quick: bool) -> Experiment,
}

/// Every experiment, in the order of menus.
pub const EXPERIMENTS: [ExperimentRow; N_EXPERIMENTS] = {
    let parts: [&[ExperimentRow]; 3] = [&tutorial::EXPERIMENTS, &SOURCE_D, &overview::EXPERIMENTS];
    let mut all = [SOURCE_D[0]; N_EXPERIMENTS];
    let (mut n, mut part) = (0, 0);
    while part < parts.len() {
        let mut at = 0;
        while at < parts[part].len() {
            all[n] = parts[part][at];
            (n, at) = (n + 1, at + 1);
        }
        part += 1;
    }
    all
};

const N_EXPERIMENTS: usize = tutorial::EXPERIMENTS.len() + SOURCE_D.len() + overview::EXPERIMENTS.len();

/// The names of all experiments.
pub const NAMES: [&str; N_EXPERIMENTS] = {
    let (mut names, mut at) = ([""; N_EXPERIMENTS], 0);
    while at < names.len() {
        names[at] = EXPERIMENTS[at].name;
        at += 1;
    }
    names
};

const fn row(
    name: &'static str,
    title: &'static str,
    opens_quick: bool,
    make: fn(&'static str, bool) -> Experiment,
) -> ExperimentRow {
    ExperimentRow { name, title, opens_quick, make }
}

/// Those of the notebook.
const SOURCE_D: [ExperimentRow; 3] =
    [
        row("D-bs1", "a notebook’s race at batch size 1", true, |name, is_quick| {
            if is_quick { d_bs1_quick(name) } else { d_bs1(name) }
        }),
        row("D-amsgrad1", "its group norm by AMSGrad, batch 1", true, |name, is_quick| {
            shortened(d_amsgrad1(name), is_quick, 2)
        }),
        row("D-amsgrad128", "and batch 128", true, |name, is_quick| shortened(d_amsgrad128(name), is_quick, 6)),
    ];

/// Returns the experiment with this name, in its quick form if asked for. `None` if there is no experiment with this name.
pub fn experiment(name: &str, is_quick: bool) -> Option<Experiment> {
    EXPERIMENTS.into_iter().find(|row| row.name == name).map(|row| (row.make)(row.name, is_quick))
}

/// The quick form of an experiment, if it has no source of its own: fewer epochs over 600 images of each class. Claims then apply
/// to the last of these epochs, except those on what was reported of more, and on weights, which need more steps to change.
/// What its source reported is of more images and of more epochs, and so not comparable: it is left out.
fn shortened(full: Experiment, is_quick: bool, epochs: u32) -> Experiment {
    if !is_quick {
        return full;
    }
    let is_of_all =
        |claim: &Claim| matches!(claim.what, Comparison::AsReported { .. }) || claim.figure == Figure::BatchWeight;
    let claims = full.claims.iter().filter(|claim| !is_of_all(claim));
    let claims = claims.map(|claim| Claim { epoch: claim.epoch.min(epochs), ..*claim }).collect();
    let mut lanes = full.lanes;
    for lane in &mut lanes {
        lane.reported.clear();
        lane.source_seconds = None;
    }
    Experiment { train_on: TrainOn::FirstOfEachClass(600), epochs, claims, lanes, ..full }
}

/// A lane's test accuracy after an epoch is as reported.
const fn as_reported(lane: &'static str, epoch: u32, by: f32) -> Claim {
    Claim { lane, epoch, figure: TestAccuracy, what: Comparison::AsReported { by } }
}

/// A lane's test accuracy after an epoch is below another's.
const fn below(lane: &'static str, other: &'static str, epoch: u32, by: f32) -> Claim {
    Claim { lane, epoch, figure: TestAccuracy, what: Comparison::Below { other, by } }
}

/// The ε of Keras' and the add-ons' norms.
const KERAS_EPSILON: f32 = norm::KERAS_EPSILON as f32;

/// The ε of source D's group norm.
const SOURCE_D_EPSILON: f32 = 1e-6;

const SOURCE_D_GROUPS: NonZeroU32 = NonZeroU32::new(8).expect("not zero");

type Figures<'a> = &'a [(u32, Figure, f32)];

fn lane(name: &str, spec: RunSpec, reported: Figures<'_>) -> ExperimentLane {
    let reported = reported.iter().map(|&(epoch, figure, value)| FigureAt { epoch, figure, value }).collect();
    ExperimentLane { name: name.to_owned(), spec, reported, source_seconds: None }
}

/// Source D's net at batch size 1.
fn source_d(norm: Norm, epsilon: f32) -> RunSpec {
    let plateau = Some(ReduceOnPlateau::NOTEBOOK);
    RunSpec { norm, epsilon, batch: 1, model: ModelKind::SourceD, plateau, ..RunSpec::default() }
}

fn source_d_group() -> RunSpec {
    source_d(Norm::Group { groups: SOURCE_D_GROUPS }, SOURCE_D_EPSILON)
}

/// Every norm on source D's net, with the figures reported for none, batch, group norm, the "instance norm" as written, layer and instance norm.
fn source_d_lanes(reported: [Figures<'_>; 6]) -> Vec<ExperimentLane> {
    let norms = [
        ("none", Norm::None, KERAS_EPSILON),
        ("BN", Norm::Batch, KERAS_EPSILON),
        ("GN 8", Norm::Group { groups: SOURCE_D_GROUPS }, SOURCE_D_EPSILON),
        ("IN as written", Norm::Axes(AxesNorm::instance_as_written()), KERAS_EPSILON),
        // The source does not have these lanes: layer norm as drawn in the paper on group norm, and instance norm with the ε of the add-ons'
        // layer. At batch size 1 batch norm trains like instance norm.
        ("LN", Norm::Layer, SOURCE_D_EPSILON),
        ("IN", Norm::Instance, KERAS_EPSILON),
    ];
    let lanes = norms.into_iter().zip(reported);
    lanes.map(|((name, norm, epsilon), reported)| lane(name, source_d(norm, epsilon), reported)).collect()
}

fn d_bs1(name: &'static str) -> Experiment {
    Experiment {
        name,
        reproduces: "GroupNormalization-keras: Fashion-MNIST at batch size 1, Adam 1e-3 with ReduceLROnPlateau, 13 epochs",
        differs: "Fashion-MNIST here is without its 53 duplicates; the source's InstanceNormalization is a norm of the whole \
                  image with one gamma and one beta, here \"IN as written\", which divides by the root of variance + 1e-3 rather than by \
                  deviation + 1e-3; IN is the corrected one; the source's schedule watched the test images, as here, and \
                  lowered the rate by Keras 2.1's rule, as here.",
        data: DataName::FashionMnist,
        train_on: TrainOn::Train,
        epochs: 13,
        sweep: Sweep::default(),
        claims: vec![
            as_reported("GN 8", 13, 0.02),
            as_reported("IN as written", 13, 0.02),
            below("BN", "GN 8", 13, 0.05),
            below("BN", "IN as written", 13, 0.05),
        ],
        lanes: timed(source_d_lanes([&[]; 6])),
    }
}

/// Lanes of 13 epochs with the source's logs and its time for them: 662, 827 and 817 s per epoch, including evaluation.
fn timed(mut lanes: Vec<ExperimentLane>) -> Vec<ExperimentLane> {
    let logs = [(1, 662, notebook::BATCH), (2, 827, notebook::GROUP), (3, 817, notebook::INSTANCE_AS_WRITTEN)];
    for (lane_idx, epoch_seconds, log) in logs {
        lanes[lane_idx].source_seconds = Some(13 * epoch_seconds);
        lanes[lane_idx].reported = notebook::reported(&log);
    }
    lanes
}

fn d_amsgrad1(name: &'static str) -> Experiment {
    Experiment {
        name,
        reproduces: "GroupNormalization-keras: GN 8 with AMSGrad at batch size 1, 13 epochs; 864 s per epoch, 3 h in total, on the \
                     notebook's GPU",
        differs: "Fashion-MNIST here is without its 53 duplicates; different first weights and masks.",
        lanes: vec![ExperimentLane {
            source_seconds: Some(13 * 864),
            reported: notebook::reported(&notebook::AMS_GRAD),
            ..lane("GN 8", RunSpec { optimizer: OptimizerSpec::AmsGrad, ..source_d_group() }, &[])
        }],
        claims: vec![as_reported("GN 8", 13, 0.015)],
        ..d_bs1(name)
    }
}

fn d_amsgrad128(name: &'static str) -> Experiment {
    let spec = RunSpec { optimizer: OptimizerSpec::AmsGrad, batch: 128, ..source_d_group() };
    Experiment {
        name,
        reproduces: "GroupNormalization-keras: GN 8 with AMSGrad at batch size 128, 39 epochs; 26 s per epoch, 17 min in total, on \
                     the notebook's GPU",
        epochs: 39,
        lanes: vec![ExperimentLane {
            source_seconds: Some(39 * 26),
            reported: notebook::reported(&notebook::AMS_GRAD_128),
            ..lane("GN 8", spec, &[])
        }],
        claims: vec![as_reported("GN 8", 39, 0.015)],
        ..d_amsgrad1(name)
    }
}

/// The repetition in Keras 2.15: one seed, 600 images of each class.
fn d_bs1_quick(name: &'static str) -> Experiment {
    let of = |train: [f32; 2], test: [f32; 2], loss: [f32; 2]| {
        let of_epoch = |at: usize| {
            let figures = [(TrainAccuracy, train), (TestAccuracy, test), (TestLoss, loss)];
            figures.map(|(figure, values)| (at as u32 + 1, figure, values[at]))
        };
        [of_epoch(0), of_epoch(1)].concat()
    };
    let mut batch = of([0.427, 0.640], [0.678, 0.746], [0.792, 0.689]);
    batch.push((2, TestAccuracyByBatch, 0.770));
    let group = of([0.481, 0.698], [0.746, 0.793], [0.695, 0.547]);
    let instance = of([0.459, 0.646], [0.726, 0.795], [0.678, 0.561]);
    Experiment {
        reproduces: "GroupNormalization-keras shortened, as re-run in Keras 2.15: 6,000 images of Fashion-MNIST, batch size 1, \
                     2 epochs",
        differs: "Different images (here the first 600 of each class), first weights and masks; one seed each. Keras evaluated \
                  BN with the batch's statistics on the first 2,000 test images only.",
        train_on: TrainOn::FirstOfEachClass(600),
        epochs: 2,
        claims: vec![
            as_reported("GN 8", 2, 0.03),
            as_reported("IN", 2, 0.03),
            below("BN", "GN 8", 2, 0.03),
            below("BN", "IN", 2, 0.03),
        ],
        lanes: source_d_lanes([&[], &batch, &group, &[], &[], &instance]),
        ..d_bs1(name)
    }
}
