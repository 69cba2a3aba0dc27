//! A lane of an experiment on its own, epoch by epoch, as `cargo xtask experiment` trains it; the page trains its lanes side by
//! side, to the same figures.

use super::claim::Found;
use super::outcome::{self, FigureOutcome};
use super::{ExperimentLane, Figure, FigureAt};
use crate::engine::exec::DeviceChoice;
use crate::training::data::Dataset;
use crate::training::race::lane::{History, Lane};
use crate::training::race::{Race, RaceError};
use crate::training::train::{RunSpec, Snapshot};

/// A lane and its figures so far.
pub struct LaneCourse {
    lane: ExperimentLane,
    race: Race,
    lane_idx: usize,
    learnt: Vec<FigureOutcome>,
}

/// From what a course goes on by the same bits.
pub struct CourseState {
    /// The run.
    pub snapshot: Snapshot,
    /// All that it has done.
    pub history: History,
    /// What its norms had learnt after each epoch.
    pub learnt: Vec<FigureAt>,
}

impl LaneCourse {
    /// The lane at step 0, on the CPU, where one seed always gives the same curve.
    ///
    /// # Errors
    /// [`RaceError`] if its settings are invalid.
    pub async fn new(lane: &ExperimentLane) -> Result<Self, RaceError> {
        let lane = ExperimentLane { spec: Self::spec(lane), ..lane.clone() };
        // No forks here: a lane keeps at least two snapshots.
        let mut race = Race::new(0);
        let lane_idx = race.add(&lane.name, lane.spec.clone()).await?;
        Ok(Self { lane, race, lane_idx, learnt: Vec::new() })
    }

    /// The lane as it was left.
    ///
    /// # Errors
    /// [`RaceError`] if the engine is not available.
    pub async fn resume(lane: &ExperimentLane, state: CourseState) -> Result<Self, RaceError> {
        let lane = ExperimentLane { spec: Self::spec(lane), ..lane.clone() };
        let mut race = Race::new(0);
        let CourseState { snapshot, history, learnt } = state;
        let lane_idx = race.resume(&lane.name, snapshot, history).await?;
        let beside = |FigureAt { epoch, figure, value }| FigureOutcome {
            epoch,
            figure,
            ours: value,
            reported: lane.reported(epoch, figure),
        };
        let learnt = learnt.into_iter().map(beside).collect();
        Ok(Self { lane, race, lane_idx, learnt })
    }

    /// From what it goes on later.
    ///
    /// # Errors
    /// [`RaceError`] if the engine failed.
    pub async fn state(&mut self) -> Result<CourseState, RaceError> {
        let snapshot = self
            .race
            .lane_mut(self.lane_idx)?
            .trainer()
            .snapshot()
            .await
            .map_err(|error| RaceError::Train(error.into()))?;
        let learnt = self.learnt.iter().map(measured).collect();
        Ok(CourseState { snapshot, history: self.lane().history().clone(), learnt })
    }

    /// The settings of a lane's run: on the CPU.
    pub fn spec(lane: &ExperimentLane) -> RunSpec {
        RunSpec { device: DeviceChoice::Cpu, ..lane.spec.clone() }
    }

    /// Epochs done.
    pub fn epoch(&self) -> u32 {
        self.lane().epoch()
    }

    /// Trains for an epoch and evaluates on all test images. Returns false if the lane has ended, as by a loss that is not finite.
    ///
    /// # Errors
    /// [`RaceError`] if the engine failed.
    pub async fn train_epoch(&mut self, data: &Dataset) -> Result<bool, RaceError> {
        let lane = self.race.lane_mut(self.lane_idx)?;
        let mut n_left = lane.trainer().steps_to_epoch_end(data);
        while n_left > 0 && lane.ended().is_none() {
            n_left -= lane.advance(data, n_left).await?;
        }
        if lane.ended().is_some() {
            return Ok(false);
        }
        let judged = lane.evaluate(data).await?;
        lane.end_epoch(judged.loss);
        let of_norms =
            Figure::learnt(&lane.trainer().norm_weights().await.map_err(RaceError::Train)?).collect::<Vec<_>>();
        let epoch = lane.epoch();
        let of_epoch = of_norms.into_iter().map(|(figure, ours)| FigureOutcome {
            epoch,
            figure,
            ours,
            reported: self.lane.reported(epoch, figure),
        });
        self.learnt.extend(of_epoch);
        Ok(true)
    }

    /// The lane in its race, and its history.
    pub fn lane(&self) -> &Lane {
        &self.race.lanes()[self.lane_idx]
    }

    /// The figures of every epoch so far.
    pub fn outcomes(&self, data: &Dataset) -> Vec<FigureOutcome> {
        [self.lane.outcomes(self.lane().history(), data.n_ready()), self.learnt.clone()].concat()
    }

    /// What claims are checked against.
    pub fn found(&self, data: &Dataset) -> Found {
        Found { spec: self.lane.spec.clone(), figures: self.outcomes(data).iter().map(measured).collect() }
    }

    /// What the command prints of the epochs so far, a line each.
    pub fn lines(&self, data: &Dataset) -> Vec<String> {
        let outcomes = self.outcomes(data);
        (1..=self.epoch()).map(|epoch| outcome::line(&self.lane.name, epoch, &outcomes)).collect()
    }

    /// What the command prints after an epoch: the figures and, if the learning rate is no longer that of the start, the rate.
    pub fn line(&self, data: &Dataset) -> String {
        let line = outcome::line(&self.lane.name, self.epoch(), &self.outcomes(data));
        match self.lane().history().marks.last() {
            Some(mark) => format!("{line}; {} from step {}", mark.change.said(), mark.step + 1),
            None => line,
        }
    }
}

fn measured(&FigureOutcome { epoch, figure, ours, .. }: &FigureOutcome) -> FigureAt {
    FigureAt { epoch, figure, value: ours }
}
