//! A race as a reader specifies it: the images, the network, the settings that all lanes share, and the norms that run
//! side by side; and the runs that follow from it.
//!
//! Pure: nothing is planned or trained here. What a network cannot be trained with is known before the race starts.

pub mod choices;
mod clamp;
pub mod field;
pub mod hash;
mod of_experiment;

use crate::engine::exec::DeviceChoice;
use crate::network::layer::norm::gain::GainTextError;
use crate::network::layer::norm::rules::{self, AffineRules};
use crate::network::model::zoo::ModelKind;
use crate::network::optimizer::plateau::{PlateauRule, ReduceOnPlateau};
use crate::network::optimizer::{MomentumRule, OptimizerSpec};
use crate::norms::norm::{DEFAULT_EPSILON, DEFAULT_MOMENTUM, Norm, NormKind};
use crate::norms::number::decimal;
use crate::training::data::{DataName, N_TEST, N_TRAIN, TrainOn};
use crate::training::message::Course;
use crate::training::train::RunSpec;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;
use tsify::Tsify;

/// The largest number of lanes that a setup can name; each runs once per seed.
pub const MAX_NAMED: usize = 8;

/// A race before it starts.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Setup {
    /// The experiment of a source that it reproduces, such as `D-bs1`; none once it has been changed.
    pub experiment: Option<String>,
    /// The images.
    pub data: DataName,
    /// The images to train on.
    pub train_on: TrainOn,
    /// Epochs.
    pub epochs: u32,
    /// The network.
    pub net: Net,
    /// The optimizer.
    pub optimizer: Optimizer,
    /// Whether the rate is lowered when the test loss has stopped falling, as source D does, and by which rule.
    pub plateau: Schedule,
    /// The largest norm of all gradients together; none if they are not clipped.
    pub clip_norm: Option<f32>,
    /// The learning rate.
    pub rate: f32,
    /// Batch size.
    pub batch: u32,
    /// Added to the variance.
    pub epsilon: f32,
    /// Weight of the new value in running statistics.
    pub momentum: f32,
    /// The seed of the first weights, dropout masks and order of images.
    pub seed: u32,
    /// How many seeds each lane runs with, counting up from `seed`: 1, 3 or 5.
    pub seeds: u32,
    /// The engine.
    pub device: DeviceChoice,
    /// The lanes, in order.
    pub lanes: Vec<LaneSetup>,
}

/// A lane: its norm, and its own values for settings that the other lanes share.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase", try_from = "LaneFields")]
pub struct LaneSetup {
    /// The norm at every place for one.
    #[tsify(type = "Norm")]
    pub norm: Norm,
    /// Its own batch size.
    pub batch: Option<u32>,
    /// Its own learning rate.
    pub rate: Option<f32>,
    /// Its own ε.
    pub epsilon: Option<f32>,
    /// How γ and β start and train: "gno" without γ, "snonneg" with a β of 0 or above; empty for plain ones.
    #[serde(serialize_with = "rules::serialize_text")]
    #[tsify(type = "string")]
    pub affine: AffineRules,
}

/// The fields of a lane as JSON has them: those of before said only whether γ and β are drawn.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LaneFields {
    norm: Norm,
    batch: Option<u32>,
    rate: Option<f32>,
    epsilon: Option<f32>,
    affine: Option<String>,
    is_random: Option<bool>,
}

impl TryFrom<LaneFields> for LaneSetup {
    type Error = GainTextError;

    fn try_from(fields: LaneFields) -> Result<Self, GainTextError> {
        let LaneFields { norm, batch, rate, epsilon, affine, is_random } = fields;
        let affine = match (affine, is_random) {
            (Some(text), _) => text.parse()?,
            (None, Some(true)) => AffineRules::RANDOM_UNIFORM,
            (None, Some(false) | None) => AffineRules::default(),
        };
        Ok(Self { norm, batch, rate, epsilon, affine })
    }
}

/// A network, by name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum Net {
    /// [`ModelKind::Tutorial`].
    Tutorial,
    /// [`ModelKind::SourceD`].
    SourceD,
    /// [`ModelKind::Deep`].
    Deep,
    /// [`ModelKind::RowRnn`] with [`RNN_UNITS`] units.
    RowRnn,
    /// [`ModelKind::RowGru`] with [`RNN_UNITS`] units.
    RowGru,
}

/// An optimizer, by name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum Optimizer {
    /// [`OptimizerSpec::Adam`].
    Adam,
    /// [`OptimizerSpec::AmsGrad`].
    AmsGrad,
    /// Stochastic gradient descent with a momentum of [`SGD_MOMENTUM`].
    Sgd,
}

/// When the learning rate is lowered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// Never.
    Constant,
    /// When the test loss has stopped falling: [`ReduceOnPlateau::SOURCE_D`].
    Plateau,
    /// The same by the rule of Keras 2.1: [`ReduceOnPlateau::NOTEBOOK`].
    Keras21,
}

impl Schedule {
    /// The settings of a run.
    fn spec(self) -> Option<ReduceOnPlateau> {
        match self {
            Self::Constant => None,
            Self::Plateau => Some(ReduceOnPlateau::SOURCE_D),
            Self::Keras21 => Some(ReduceOnPlateau::NOTEBOOK),
        }
    }

    /// That of a run.
    fn of(spec: Option<ReduceOnPlateau>) -> Self {
        match spec.map(|spec| spec.rule) {
            None => Self::Constant,
            Some(PlateauRule::Keras) => Self::Plateau,
            Some(PlateauRule::Keras21) => Self::Keras21,
        }
    }
}

/// Units of the recurrent nets.
pub const RNN_UNITS: u32 = 64;

/// The momentum of stochastic gradient descent: the usual one.
pub const SGD_MOMENTUM: f32 = 0.9;

/// A run of a race.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct LaneRun {
    /// Identifies the run within the race; it stays the same when a setting that all lanes share is changed.
    pub key: String,
    /// The display name: "GN 8", or "GN 8, seed 2".
    pub name: String,
    /// The index of its lane.
    pub lane_idx: usize,
    /// The run.
    pub spec: RunSpec,
    /// Why the network cannot be trained with this norm; none if it can.
    pub refusal: Option<String>,
}

/// What a race is opened with.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct RaceRuns {
    /// What the lanes learn and how they are evaluated.
    pub course: Course,
    /// The lanes' runs.
    pub runs: Vec<LaneRun>,
    /// What to change first, if a lane would hardly learn as it is.
    pub advice: Option<&'static str>,
}

/// Training images per class in the first setup, as in the quick form of source D's experiment.
const FIRST_OF_EACH_CLASS: u32 = 600;

/// Approximate number of evaluations within an epoch.
const JUDGEMENTS_AN_EPOCH: u32 = 10;

/// The smallest number of images between two evaluations: evaluating takes time too.
const LEAST_JUDGE_EVERY: u32 = 600;

/// Test images per evaluation within an epoch.
const JUDGE_IMAGES: u32 = 500;

impl Default for Setup {
    /// Source D's net on 6,000 images of Fashion-MNIST with batch size 1; no norm, and every norm of the method row.
    fn default() -> Self {
        let groups = NonZeroU32::MIN.saturating_add(7);
        let in_row = NormKind::ALL.into_iter().filter(|kind| kind.is_in_row()).map(NormKind::first);
        let mut norms: Vec<Norm> = std::iter::once(Norm::None).chain(in_row).collect();
        norms.iter_mut().filter_map(Norm::count_mut).for_each(|count| *count = groups);
        Self {
            experiment: None,
            data: DataName::FashionMnist,
            train_on: TrainOn::FirstOfEachClass(FIRST_OF_EACH_CLASS),
            epochs: 2,
            net: Net::SourceD,
            optimizer: Optimizer::Adam,
            plateau: Schedule::Constant,
            clip_norm: None,
            rate: 1e-3,
            batch: 1,
            epsilon: DEFAULT_EPSILON,
            momentum: DEFAULT_MOMENTUM,
            seed: 1,
            seeds: 1,
            device: DeviceChoice::Auto,
            lanes: norms.into_iter().map(LaneSetup::of).collect(),
        }
    }
}

impl Setup {
    /// Returns all runs, lane by lane, and what they share.
    pub fn runs(&self) -> RaceRuns {
        let seeds = || (0..self.seeds).map(|at| self.seed.wrapping_add(at));
        let lanes = self.lanes.iter().enumerate();
        let runs = lanes.flat_map(|(lane_idx, lane)| seeds().map(move |seed| self.run(lane_idx, lane, seed))).collect();
        RaceRuns { course: self.course(), runs, advice: self.advice() }
    }

    /// Measured (`docs/MEASURED.md`): Adam divides each gradient by its own size, and learns either way.
    fn advice(&self) -> Option<&'static str> {
        let is_recurrent = matches!(self.net, Net::RowRnn);
        let is_by_image = |lane: &LaneSetup| matches!(lane.norm, Norm::Layer | Norm::Group { .. });
        let needs_clipping = is_recurrent && self.optimizer == Optimizer::Sgd && self.clip_norm.is_none();
        (needs_clipping && self.lanes.iter().any(is_by_image)).then_some(
            "With SGD, layer and group norm learn on a recurrent net only if its gradients are clipped: \
             going back through blank rows makes them up to 300 times as large per row.",
        )
    }

    fn run(&self, lane_idx: usize, lane: &LaneSetup, seed: u32) -> LaneRun {
        let name = self.name(lane);
        let name = if self.seeds > 1 { format!("{name}, seed {seed}") } else { name };
        let (key, spec) = (format!("{}#{seed}", hash::lane(lane)), self.spec(lane, seed));
        let refusal = spec.model.check_norm(spec.norm, spec.batch).err().map(|error| error.to_string());
        LaneRun { key, name, lane_idx, spec, refusal }
    }

    fn spec(&self, lane: &LaneSetup, seed: u32) -> RunSpec {
        RunSpec {
            norm: lane.norm,
            batch: lane.batch.unwrap_or(self.batch),
            learning_rate: lane.rate.unwrap_or(self.rate),
            seed,
            device: self.device,
            model: self.net.kind(),
            optimizer: self.optimizer.spec(),
            epsilon: lane.epsilon.unwrap_or(self.epsilon),
            momentum: self.momentum,
            affine: lane.affine,
            plateau: self.plateau.spec(),
            clip_norm: self.clip_norm,
        }
    }

    fn course(&self) -> Course {
        // Some images of Fashion-MNIST are missing, which does not matter here.
        let judge_every = (self.train_on.n_images(N_TRAIN, N_TEST) / JUDGEMENTS_AN_EPOCH).max(LEAST_JUDGE_EVERY);
        Course { data: self.data, train_on: self.train_on, judge_every, judge_images: JUDGE_IMAGES }
    }

    /// Returns a name such as "GN 8", with what distinguishes it from other lanes with the same norm.
    fn name(&self, lane: &LaneSetup) -> String {
        let norm = lane.norm.short_name();
        let alike = || self.lanes.iter().filter(|other| other.norm == lane.norm);
        let differs = |of: fn(&LaneSetup) -> Option<f32>| alike().any(|other| of(other) != of(lane));
        let mut name = norm;
        if differs(|lane| lane.batch.map(|batch| batch as f32)) {
            name += &format!(", batch {}", lane.batch.unwrap_or(self.batch));
        }
        if differs(|lane| lane.rate) {
            name += &format!(", rate {}", decimal(lane.rate.unwrap_or(self.rate)));
        }
        if differs(|lane| lane.epsilon) {
            name += &format!(", ε {}", decimal(lane.epsilon.unwrap_or(self.epsilon)));
        }
        lane.affine.words().iter().for_each(|words| name += &format!(", {words}"));
        name
    }
}

impl LaneSetup {
    /// A lane with this norm that shares everything else.
    pub fn of(norm: Norm) -> Self {
        Self { norm, batch: None, rate: None, epsilon: None, affine: AffineRules::default() }
    }
}

impl Net {
    /// Returns the network.
    pub fn kind(self) -> ModelKind {
        match self {
            Self::Tutorial => ModelKind::Tutorial,
            Self::SourceD => ModelKind::SourceD,
            Self::Deep => ModelKind::Deep,
            Self::RowRnn => ModelKind::RowRnn { units: RNN_UNITS },
            Self::RowGru => ModelKind::RowGru { units: RNN_UNITS },
        }
    }

    /// The channels that the groups of a norm must divide at all of its places: the fewest, of which the others are
    /// multiples.
    pub fn norm_channels(self) -> u32 {
        match self {
            Self::Tutorial => 10,
            Self::SourceD => 32,
            Self::Deep => 16,
            Self::RowRnn | Self::RowGru => RNN_UNITS,
        }
    }
}

impl Optimizer {
    /// The optimizer.
    pub fn spec(self) -> OptimizerSpec {
        match self {
            Self::Adam => OptimizerSpec::Adam,
            Self::AmsGrad => OptimizerSpec::AmsGrad,
            Self::Sgd => OptimizerSpec::Sgd { momentum: SGD_MOMENTUM, rule: MomentumRule::Keras },
        }
    }
}
