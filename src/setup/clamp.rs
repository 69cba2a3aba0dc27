//! Changes a setup to the nearest one that can be run, and says what it changed.

use super::field::RaceField;
use super::{LaneSetup, MAX_NAMED, Setup};
use crate::data::TrainOn;
use crate::grouping::divisors::nearest_divisor;
use crate::grouping::tiling::Axis;
use crate::norm::{AxesNorm, Norm};
use crate::race::MAX_LANES;
use std::num::NonZeroU32;

/// The largest number of training images per class.
const MOST_OF_A_CLASS: u32 = 6_000;

impl Setup {
    /// Returns the nearest setup that can be run, and adds what a reader should know to `changes`. A setup that can be run
    /// is unchanged.
    pub fn clamp(mut self, changes: &mut Vec<String>) -> Self {
        self.preset = self.preset.filter(|name| is_name(name));
        if let TrainOn::FirstOfEachClass(n) = &mut self.train_on {
            *n = (*n).clamp(1, MOST_OF_A_CLASS);
        }
        self.epochs = RaceField::Epochs.clamp(f64::from(self.epochs)) as u32;
        self.batch = RaceField::Batch.clamp(f64::from(self.batch)) as u32;
        self.rate = RaceField::Rate.clamp_f32(self.rate);
        self.epsilon = RaceField::Epsilon.clamp_f32(self.epsilon);
        self.momentum = RaceField::Momentum.clamp_f32(self.momentum);
        let mut lanes: Vec<LaneSetup> = vec![];
        for lane in std::mem::take(&mut self.lanes) {
            let lane = self.clamp_lane(lane, changes);
            if lanes.len() < MAX_NAMED && !lanes.contains(&lane) {
                lanes.push(lane);
            }
        }
        self.lanes = lanes;
        let asked = RaceField::Seeds.clamp(f64::from(self.seeds)) as u32;
        let fits = |seeds: &u32| *seeds as usize * self.lanes.len() <= MAX_LANES;
        self.seeds = [5, 3, 1].into_iter().filter(|seeds| *seeds <= asked).find(fits).unwrap_or(1);
        if self.seeds < asked {
            let n_lanes = self.lanes.len();
            changes.push(format!(
                "in the race, {n_lanes} lanes run with at most {} seeds: {MAX_LANES} runs in all",
                self.seeds
            ));
        }
        self
    }

    fn clamp_lane(&self, lane: LaneSetup, changes: &mut Vec<String>) -> LaneSetup {
        let batch = lane.batch.map(|batch| RaceField::Batch.clamp(f64::from(batch)) as u32);
        let rate = lane.rate.map(|rate| RaceField::Rate.clamp_f32(rate));
        let epsilon = lane.epsilon.map(|epsilon| RaceField::Epsilon.clamp_f32(epsilon));
        let mut nearest = |asked: NonZeroU32, length: u32, what: &str, of: &str| {
            let found = nearest_divisor(asked, length);
            if found != asked {
                changes.push(format!(
                    "in the race, {what} went from {asked} to {found}: {asked} does not divide {length} {of}"
                ));
            }
            found
        };
        let (channels, images) = (self.net.norm_channels(), batch.unwrap_or(self.batch));
        let over = |axes: AxesNorm, nearest: &mut dyn FnMut(NonZeroU32, u32, &str, &str) -> NonZeroU32| {
            let axes =
                if axes.axes.is_empty() { AxesNorm { axes: AxesNorm::over(&[Axis::C]).axes, ..axes } } else { axes };
            let has_channels = axes.axes.contains(Axis::C);
            let groups =
                if has_channels { nearest(axes.groups, channels, "groups", "channels") } else { NonZeroU32::MIN };
            AxesNorm { groups, ..axes }
        };
        let norm = match lane.norm {
            Norm::Group { groups } => Norm::Group { groups: nearest(groups, channels, "groups", "channels") },
            Norm::GhostBatch { size } => Norm::GhostBatch { size: nearest(size, images, "the part", "images") },
            Norm::SyncBatch { devices } => Norm::SyncBatch { devices: nearest(devices, images, "devices", "images") },
            Norm::Axes(axes) => Norm::Axes(over(axes, &mut nearest)),
            Norm::Rms(axes) => Norm::Rms(over(axes, &mut nearest)),
            Norm::None | Norm::Batch | Norm::Layer | Norm::Instance | Norm::BatchInstance | Norm::Switchable => {
                lane.norm
            }
        };
        LaneSetup { norm, batch, rate, epsilon, is_random: lane.is_random }
    }
}

fn is_name(name: &str) -> bool {
    (1..=24).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
