//! Runs side by side: the same first weights, the same images in the same order, and one engine shared in turn.
//!
//! A [`Race`] holds lanes and steps the one that is furthest behind, for a slice of time; its owner evaluates, draws
//! and waits between slices. [`experiment`] holds the sources' experiments and what they reported.

pub mod kept;
pub mod lane;
pub mod experiment;

use crate::network::model::zoo::ModelKind;
use crate::training::data::Dataset;
use crate::training::train::{Change, RunSpec, Snapshot, TrainError};
use lane::{History, Judged, Lane};
use thiserror::Error;
use web_time::Instant;

/// The largest number of lanes that run side by side: eight norms with three seeds each. Each needs about 20 to 40 MB.
pub const MAX_LANES: usize = 24;

/// Lanes, and whose turn it is.
pub struct Race {
    lanes: Vec<Lane>,
    lane_budget_bytes: usize,
}

/// What was done in a slice of time.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Turn {
    /// Which lane was stepped.
    pub lane_idx: usize,
    /// How many steps it did.
    pub n_steps: u32,
    /// How long that took.
    pub millis: f32,
}

/// Why a race cannot do what was asked.
#[derive(Clone, PartialEq, Debug, Error)]
pub enum RaceError {
    /// More lanes than there is room for.
    #[error("a race has at most {MAX_LANES} lanes")]
    Full,
    /// No such lane.
    #[error("there is no lane {lane_idx}: there are {n_lanes}")]
    NoLane {
        /// Which, from 0.
        lane_idx: usize,
        /// How many there are.
        n_lanes: usize,
    },
    /// A bug of ours: lanes with the same network and seed that start from different weights.
    #[error("{name} starts from {found:016x}, the other lanes from {expected:016x}")]
    Starts {
        /// The name of the lane that differs.
        name: String,
        /// The hash of its weights.
        found: u64,
        /// The hash of the others' weights.
        expected: u64,
    },
    /// See [`TrainError`].
    #[error(transparent)]
    Train(#[from] TrainError),
}

impl Race {
    /// Makes a race without lanes. The snapshots of each lane will occupy at most `lane_budget_bytes`, or be two.
    pub fn new(lane_budget_bytes: usize) -> Self {
        Self { lanes: Vec::new(), lane_budget_bytes }
    }

    /// Adds a lane at step 0; it catches up with the others before they continue.
    ///
    /// # Errors
    /// [`RaceError`] if there is no room or the spec cannot be run.
    pub async fn add(&mut self, name: &str, spec: RunSpec) -> Result<usize, RaceError> {
        self.check_room()?;
        let lane = Lane::new(name.to_owned(), spec, self.lane_budget_bytes).await?;
        let key = |lane: &Lane| -> (ModelKind, u32) { (lane.spec().model, lane.spec().seed) };
        if let Some(other) = self.lanes.iter().find(|other| key(other) == key(&lane)) {
            let (found, expected) = (lane.start_hash(), other.start_hash());
            if found != expected {
                return Err(RaceError::Starts { name: name.to_owned(), found, expected });
            }
        }
        self.lanes.push(lane);
        Ok(self.lanes.len() - 1)
    }

    /// Adds a lane that continues from another's last snapshot at or before `step`, with another setting from there.
    /// Both draw the same images from then on.
    ///
    /// # Errors
    /// [`RaceError`] if there is no room or no such lane, or the change does not fit.
    pub async fn fork(
        &mut self,
        lane_idx: usize,
        step: u32,
        name: &str,
        change: Option<Change>,
    ) -> Result<usize, RaceError> {
        self.check_room()?;
        let lane = self.lane(lane_idx)?;
        let snapshot = lane.kept().at_or_before(step).expect("step 0 is always kept");
        let mut fork = lane.fork(name.to_owned(), snapshot).await?;
        if let Some(change) = change
            && let Err(error) = fork.change(change).await
        {
            let TrainError::Exec(_) = error else { return Err(error.into()) };
            fork.fall_back();
            fork.change(change).await?;
        }
        self.lanes.push(fork);
        Ok(self.lanes.len() - 1)
    }

    /// Removes a lane; those after it move up.
    ///
    /// # Errors
    /// [`RaceError::NoLane`] if there is no lane with this index.
    pub fn remove(&mut self, lane_idx: usize) -> Result<(), RaceError> {
        self.lane(lane_idx)?;
        self.lanes.remove(lane_idx);
        Ok(())
    }

    /// Adds a lane that continues from `snapshot`, where it had been evaluated as far as `judged`.
    ///
    /// # Errors
    /// [`RaceError`] if there is no room or the engine is not available.
    pub async fn restore(&mut self, name: &str, snapshot: Snapshot, judged: Judged) -> Result<usize, RaceError> {
        self.check_room()?;
        self.lanes.push(Lane::restore(name.to_owned(), snapshot, judged, self.lane_budget_bytes).await?);
        Ok(self.lanes.len() - 1)
    }

    /// Adds a lane that continues from `snapshot` with its whole history until then.
    ///
    /// # Errors
    /// [`RaceError`] if there is no room or the engine is not available.
    pub async fn resume(&mut self, name: &str, snapshot: Snapshot, history: History) -> Result<usize, RaceError> {
        self.check_room()?;
        self.lanes.push(Lane::resume(name.to_owned(), snapshot, history, self.lane_budget_bytes).await?);
        Ok(self.lanes.len() - 1)
    }

    /// The lane whose turn it is: among those that have not diverged and have seen fewer than `until_images` images,
    /// the one that has seen the fewest, and the first of equals.
    pub fn next(&self, until_images: u32) -> Option<usize> {
        let n_images = |lane: &Lane| lane.history().n_images();
        let goes_on = |lane: &Lane| lane.ended().is_none() && n_images(lane) < until_images;
        let running = self.lanes.iter().enumerate().filter(|(_, lane)| goes_on(lane));
        running.min_by_key(|(_, lane)| n_images(lane)).map(|(lane_idx, _)| lane_idx)
    }

    /// Steps the lane whose turn it is for about `slice_millis`, but not past its next evaluation ([`Lane::is_due`]).
    /// `None` if there is nothing to do.
    ///
    /// # Errors
    /// [`RaceError::Train`] if the engine failed.
    pub async fn turn(
        &mut self,
        data: &Dataset,
        slice_millis: f32,
        until_images: u32,
        judge_every: u32,
    ) -> Result<Option<Turn>, RaceError> {
        let Some(lane_idx) = self.next(until_images) else { return Ok(None) };
        let start = Instant::now();
        let millis = || 1e3 * start.elapsed().as_secs_f32();
        let lane = &mut self.lanes[lane_idx];
        let mut n_steps = 0;
        loop {
            let rest = slice_millis - millis();
            let n = lane.steps_to_stop(data, rest.max(0.0), until_images, judge_every);
            n_steps += lane.advance(data, n).await?;
            let is_there = lane.history().n_images() >= until_images || lane.is_due(judge_every).is_some();
            if millis() >= slice_millis || is_there || lane.ended().is_some() {
                break;
            }
        }
        Ok(Some(Turn { lane_idx, n_steps, millis: millis() }))
    }

    /// Trains every lane that has not diverged for one step.
    ///
    /// # Errors
    /// [`RaceError::Train`] if the engine failed.
    pub async fn step(&mut self, data: &Dataset) -> Result<(), RaceError> {
        for lane in &mut self.lanes {
            lane.advance(data, 1).await?;
        }
        Ok(())
    }

    /// Whether all lanes with the same seed that have seen equally many images have seen the same ones in the same
    /// order.
    pub fn orders_agree(&self) -> bool {
        let key = |lane: &Lane| (lane.spec().seed, lane.history().n_images());
        let agree = |a: &Lane, b: &Lane| key(a) != key(b) || a.order_hash() == b.order_hash();
        self.lanes.iter().enumerate().all(|(at, a)| self.lanes[..at].iter().all(|b| agree(a, b)))
    }

    /// The lanes, in the order in which they were added.
    pub fn lanes(&self) -> &[Lane] {
        &self.lanes
    }

    /// Returns a lane, for evaluating or changing it.
    ///
    /// # Errors
    /// [`RaceError::NoLane`] if there is no lane with this index.
    pub fn lane_mut(&mut self, lane_idx: usize) -> Result<&mut Lane, RaceError> {
        let n_lanes = self.lanes.len();
        self.lanes.get_mut(lane_idx).ok_or(RaceError::NoLane { lane_idx, n_lanes })
    }

    fn lane(&self, lane_idx: usize) -> Result<&Lane, RaceError> {
        let n_lanes = self.lanes.len();
        self.lanes.get(lane_idx).ok_or(RaceError::NoLane { lane_idx, n_lanes })
    }

    fn check_room(&self) -> Result<(), RaceError> {
        if self.lanes.len() < MAX_LANES { Ok(()) } else { Err(RaceError::Full) }
    }
}
