//! Changes a setup to the nearest one that can be run, and says what it changed.

use super::field::RaceField;
use super::{LaneSetup, MAX_NAMED, Setup, hash};
use crate::norms::grouping::tiling::{Axes, Axis};
use crate::norms::norm::catalog::Number;
use crate::training::data::TrainOn;
use crate::training::race::MAX_LANES;
use crate::training::train::spec::CLIP_NORMS;

/// The largest number of training images per class.
const MOST_OF_A_CLASS: u32 = 6_000;

impl Setup {
    /// Returns the nearest setup that can be run, and adds what a reader should know to `changes`. A setup that can be run
    /// is unchanged.
    pub fn clamp(mut self, changes: &mut Vec<String>) -> Self {
        self.experiment = self.experiment.filter(|name| is_name(name));
        if let TrainOn::FirstOfEachClass(n) = &mut self.train_on {
            *n = (*n).clamp(1, MOST_OF_A_CLASS);
        }
        self.epochs = RaceField::Epochs.clamp(f64::from(self.epochs)) as u32;
        self.batch = RaceField::Batch.clamp(f64::from(self.batch)) as u32;
        self.rate = RaceField::Rate.clamp_f32(self.rate);
        self.clip_norm =
            self.clip_norm.filter(|norm| *norm > 0.0).map(|norm| norm.clamp(*CLIP_NORMS.start(), *CLIP_NORMS.end()));
        self.epsilon = RaceField::Epsilon.clamp_f32(self.epsilon);
        self.momentum = RaceField::Momentum.clamp_f32(self.momentum);
        let mut lanes: Vec<LaneSetup> = vec![];
        for lane in std::mem::take(&mut self.lanes) {
            let lane = self.clamp_lane(lane, changes);
            let left_out = if lanes.contains(&lane) {
                "there is another like it".to_owned()
            } else if lanes.len() == MAX_NAMED {
                format!("a race has at most {MAX_NAMED} lanes")
            } else {
                lanes.push(lane);
                continue;
            };
            changes.push(format!("in the race, the lane {} was left out: {left_out}", hash::lane(&lane)));
        }
        self.lanes = lanes;
        let asked = RaceField::Seeds.clamp(f64::from(self.seeds)) as u32;
        if asked != self.seeds {
            changes.push(format!("in the race, {} seeds became {asked}: there can be 1, 3 or 5", self.seeds));
        }
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
        let images = batch.unwrap_or(self.batch);
        let mut norm = lane.norm;
        if let Some(axes) = norm.axes_mut().filter(|axes| axes.axes.is_empty()) {
            axes.axes = Axes::new(&[Axis::C]);
        }
        let what = match norm.kind().number() {
            Number::Nothing | Number::Groups | Number::Axes => "groups",
            Number::Part => "the part",
            Number::Devices => "devices",
        };
        let misfit = norm.fit(self.net.norm_channels(), images, ["channel", "image"]);
        changes.extend(misfit.map(|misfit| format!("in the race, {what} {misfit}")));
        let clamped = LaneSetup { norm, batch, rate, epsilon, affine: lane.affine.settled(norm) };
        let expected = if misfit.is_some() { LaneSetup { norm, ..lane } } else { lane };
        if clamped != expected {
            let [was, is] = [&expected, &clamped].map(hash::lane);
            changes.push(format!("in the race, the lane {was} became {is}, the nearest that can run"));
        }
        clamped
    }
}

fn is_name(name: &str) -> bool {
    (1..=24).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
