//! A lane of an experiment on its own, epoch by epoch, as `cargo xtask experiment` trains it; the page trains its lanes side by
//! side, to the same figures.

use super::claim::Found;
use super::outcome::{self, FigureOutcome};
use super::{ExperimentLane, Figure, FigureAt};
use crate::engine::exec::DeviceChoice;
use crate::training::data::Dataset;
use crate::training::race::lane::Lane;
use crate::training::race::{Race, RaceError};
use crate::training::train::RunSpec;

/// A lane and its figures so far.
pub struct LaneCourse {
    lane: ExperimentLane,
    race: Race,
    lane_idx: usize,
    learnt: Vec<FigureOutcome>,
    epoch: u32,
}

impl LaneCourse {
    /// The lane at step 0, on the CPU, where one seed always gives the same curve.
    ///
    /// # Errors
    /// [`RaceError`] if its settings are invalid.
    pub async fn new(lane: &ExperimentLane) -> Result<Self, RaceError> {
        let spec = RunSpec { device: DeviceChoice::Cpu, ..lane.spec.clone() };
        let lane = ExperimentLane { spec, ..lane.clone() };
        // No forks here: a lane keeps at least two snapshots.
        let mut race = Race::new(0);
        let lane_idx = race.add(&lane.name, lane.spec.clone()).await?;
        Ok(Self { lane, race, lane_idx, learnt: Vec::new(), epoch: 0 })
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
        self.epoch += 1;
        let of_norms =
            Figure::learnt(&lane.trainer().norm_weights().await.map_err(RaceError::Train)?).collect::<Vec<_>>();
        let epoch = self.epoch;
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
        let measured =
            |outcome: FigureOutcome| FigureAt { epoch: outcome.epoch, figure: outcome.figure, value: outcome.ours };
        Found { spec: self.lane.spec.clone(), figures: self.outcomes(data).into_iter().map(measured).collect() }
    }

    /// What the command prints after an epoch: the figures and, if the learning rate is no longer that of the start, the rate.
    pub fn line(&self, data: &Dataset) -> String {
        let line = outcome::line(&self.lane.name, self.epoch, &self.outcomes(data));
        match self.lane().history().marks.last() {
            Some(mark) => format!("{line}; {} from step {}", mark.change.said(), mark.step + 1),
            None => line,
        }
    }
}
