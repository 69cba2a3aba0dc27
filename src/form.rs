//! The settings form: what was typed, as a [`RunSpec`] or as one message for each field that cannot be used.
//!
//! Never changes what was typed.

use crate::data::DataName;
use crate::exec::DeviceChoice;
use crate::grouping::tiling::Axis;
use crate::norm::{AxesNorm, Norm};
use crate::train::RunSpec;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;
use tsify::Tsify;

/// Channels of the tutorial net's norm layer: G must divide them.
pub const NORM_CHANNELS: u32 = 10;

/// Images a step, at most.
pub const MAX_BATCH: u32 = 512;

/// Learning rates above this are surely a slip: Adam moves every weight by about its rate each step.
pub const MAX_LEARNING_RATE: f32 = 1.0;

/// The form as typed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Form {
    /// The data set chosen.
    pub data: DataName,
    /// The norm chosen.
    pub norm: NormKind,
    /// G of group norm, images a part of ghost batch norm, or devices of sync batch norm; read only for those.
    pub groups: String,
    /// Images a step.
    pub batch: String,
    /// Adam's learning rate.
    pub rate: String,
    /// The seed.
    pub seed: String,
    /// The engine chosen.
    pub engine: DeviceChoice,
}

/// A kind of norm, without its G.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum NormKind {
    /// [`Norm::None`].
    None,
    /// [`Norm::Batch`].
    Batch,
    /// [`Norm::Layer`].
    Layer,
    /// [`Norm::Instance`].
    Instance,
    /// [`Norm::Group`].
    Group,
    /// [`Norm::BatchInstance`].
    BatchInstance,
    /// [`Norm::Switchable`].
    Switchable,
    /// [`Norm::Axes`] over C: of each pixel, Keras' `LayerNormalization(axis=3)`.
    Axes,
    /// [`Norm::Rms`] over C, H and W.
    Rms,
    /// [`Norm::GhostBatch`].
    GhostBatch,
    /// [`Norm::SyncBatch`].
    SyncBatch,
}

/// A field of the form; serialized as its element's id.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// G.
    Groups,
    /// Images a step.
    Batch,
    /// Learning rate.
    Rate,
    /// Seed.
    Seed,
}

/// Why a field cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Tsify)]
pub struct FieldError {
    /// Which field.
    pub field: Field,
    /// What is wrong and what would do.
    pub message: String,
}

/// A form read.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
pub struct Reading {
    /// The run it asks for, if all of it can be used.
    pub spec: Option<RunSpec>,
    /// The learning rate, if that can be used: it can change while a run goes on.
    pub rate: Option<f32>,
    /// What cannot be used, in the order of the fields.
    pub errors: Vec<FieldError>,
}

impl NormKind {
    /// The norm, with `groups` groups, images a part, or devices, if it has any.
    pub fn with_groups(self, groups: NonZeroU32) -> Norm {
        match self {
            Self::None => Norm::None,
            Self::Batch => Norm::Batch,
            Self::Layer => Norm::Layer,
            Self::Instance => Norm::Instance,
            Self::Group => Norm::Group { groups },
            Self::BatchInstance => Norm::BatchInstance,
            Self::Switchable => Norm::Switchable,
            Self::Axes => Norm::Axes(AxesNorm::over(&[Axis::C])),
            Self::Rms => Norm::Rms(AxesNorm::over(&[Axis::C, Axis::H, Axis::W])),
            Self::GhostBatch => Norm::GhostBatch { size: groups },
            Self::SyncBatch => Norm::SyncBatch { devices: groups },
        }
    }
}

impl From<Norm> for NormKind {
    fn from(norm: Norm) -> Self {
        match norm {
            Norm::None => Self::None,
            Norm::Batch => Self::Batch,
            Norm::Layer => Self::Layer,
            Norm::Instance => Self::Instance,
            Norm::Group { .. } => Self::Group,
            Norm::BatchInstance => Self::BatchInstance,
            Norm::Switchable => Self::Switchable,
            Norm::Axes(_) => Self::Axes,
            Norm::Rms(_) => Self::Rms,
            Norm::GhostBatch { .. } => Self::GhostBatch,
            Norm::SyncBatch { .. } => Self::SyncBatch,
        }
    }
}

/// Reads a form.
pub fn read(form: &Form) -> Reading {
    let mut errors = vec![];
    let mut keep = |field, outcome: Result<f64, String>| {
        outcome.map_err(|message| errors.push(FieldError { field, message })).ok()
    };
    let batch = whole("the batch size", &form.batch, 1, MAX_BATCH);
    let groups = match form.norm {
        NormKind::Group => keep(Field::Groups, read_groups(&form.groups)),
        NormKind::GhostBatch => keep(Field::Groups, read_share("the images a part", &form.groups, &batch)),
        NormKind::SyncBatch => keep(Field::Groups, read_share("the devices", &form.groups, &batch)),
        NormKind::None
        | NormKind::Batch
        | NormKind::Layer
        | NormKind::Instance
        | NormKind::BatchInstance
        | NormKind::Switchable
        | NormKind::Axes
        | NormKind::Rms => Some(1.0),
    };
    let batch = keep(Field::Batch, batch);
    let rate = keep(Field::Rate, read_rate(&form.rate)).map(|rate| rate as f32);
    let seed = keep(Field::Seed, whole("the seed", &form.seed, 0, u32::MAX));
    let spec = || {
        Some(RunSpec {
            norm: form.norm.with_groups(NonZeroU32::new(groups? as u32)?),
            batch: batch? as u32,
            learning_rate: rate?,
            seed: seed? as u32,
            device: form.engine,
            ..RunSpec::default()
        })
    };
    Reading { spec: spec(), rate, errors }
}

fn read_groups(typed: &str) -> Result<f64, String> {
    let groups = whole("G", typed, 1, NORM_CHANNELS)?;
    let divisors: Vec<u32> = (1..=NORM_CHANNELS).filter(|d| NORM_CHANNELS.is_multiple_of(*d)).collect();
    if divisors.contains(&(groups as u32)) {
        return Ok(groups);
    }
    let (last, others) = divisors.split_last().expect("1 divides");
    let others: Vec<_> = others.iter().map(u32::to_string).collect();
    Err(format!(
        "{groups} groups do not divide the {NORM_CHANNELS} channels of the network; {} and {last} do",
        others.join(", ")
    ))
}

/// A number that divides the batch, where that can be read.
fn read_share(name: &str, typed: &str, batch: &Result<f64, String>) -> Result<f64, String> {
    let share = whole(name, typed, 1, MAX_BATCH)?;
    match batch {
        Ok(batch) if batch % share != 0.0 => {
            Err(format!("{name}, {share}, must divide the batch of {batch} images evenly"))
        }
        Ok(_) | Err(_) => Ok(share),
    }
}

fn read_rate(typed: &str) -> Result<f64, String> {
    let rate = number("the learning rate", typed, "0.001")?;
    if rate <= 0.0 {
        Err(format!("the learning rate must be above 0, not {}", typed.trim()))
    } else if rate > f64::from(MAX_LEARNING_RATE) {
        Err(format!("the learning rate must be at most {MAX_LEARNING_RATE}, not {}", typed.trim()))
    } else if rate < f64::from(f32::MIN_POSITIVE) {
        Err(format!("a learning rate of {} is too small to be told from 0", typed.trim()))
    } else {
        Ok(rate)
    }
}

/// A whole number from `least` to `most`.
fn whole(name: &str, typed: &str, least: u32, most: u32) -> Result<f64, String> {
    let value = number(name, typed, &least.to_string())?;
    let range = f64::from(least)..=f64::from(most);
    if value.fract() == 0.0 && range.contains(&value) {
        Ok(value)
    } else {
        Err(format!("{name} must be a whole number from {least} to {most}, not {}", typed.trim()))
    }
}

fn number(name: &str, typed: &str, example: &str) -> Result<f64, String> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Err(format!("{name} is missing; try {example}"));
    }
    // Rust reads "inf" and "nan" as numbers; people do not.
    let value = typed.parse::<f64>().ok().filter(|value| value.is_finite());
    value.ok_or_else(|| format!("“{typed}” is not a number; {name} is one such as {example}"))
}
