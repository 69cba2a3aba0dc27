//! Trains a model on a data set and reports on it.

use crate::exec::DeviceChoice;
use crate::norm::Norm;
use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// All that decides a training run: one spec gives one loss curve.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct RunSpec {
    /// The norm of the tutorial net's one norm layer.
    pub norm: Norm,
    /// Images a step, 1 to 512.
    pub batch: u32,
    /// Adam's learning rate, above 0.
    pub learning_rate: f32,
    /// Seed of initial weights, dropout masks and the order of images.
    pub seed: u32,
    /// The engine asked for.
    pub device: DeviceChoice,
}

/// The state of a run after some steps.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Steps done in all.
    pub step: u32,
    /// Full passes done over the whole training set.
    pub epoch: u32,
    /// Images seen in the pass under way.
    pub epoch_images: u32,
    /// Images that have arrived and are drawn from; less than `total_images` while the set loads.
    pub pool_images: u32,
    /// Images of the whole training set.
    pub total_images: u32,
    /// Mean cross-entropy (nats) of each step since the last report, dropout on.
    pub losses: Vec<f32>,
    /// Share of images classified right in each of those steps, 0 to 1.
    pub accuracies: Vec<f32>,
    /// Steps a second, over the time since the last report; 0 if no step was made.
    pub steps_per_second: f32,
    /// Whether the run waits for a resume.
    pub paused: bool,
}

/// A model judged on the test set, with dropout off and running statistics where the norm keeps them.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Evaluation {
    /// Steps done before it.
    pub step: u32,
    /// Full passes done before it.
    pub epoch: u32,
    /// Images judged.
    pub n_images: u32,
    /// Mean cross-entropy, nats.
    pub loss: f32,
    /// Share classified right, 0 to 1.
    pub accuracy: f32,
}
