//! A race's answers besides training: new lanes, looks and snapshots.

use super::bad_message;
use super::drive::{Driver, Track};
use crate::training::data::Dataset;
use crate::training::message::{Failure, FailureCode, FromWorker, LaneId, SeenLayer, Shown};
use crate::training::race::RaceError;
use crate::training::race::lane::Judged;
use crate::training::train::look::Look;
use crate::training::train::{Change, Snapshot, TrainError};

impl Driver {
    /// Adds a lane that was made, or reports why it could not be.
    pub(super) async fn join(&mut self, lane: LaneId, made: Result<usize, RaceError>, data: &Dataset) {
        let lane_idx = match made {
            Ok(lane_idx) => lane_idx,
            Err(error) => return self.host.fail(Some(self.id), Some(lane), describe_race(&error)),
        };
        let n_steps = self.race.lanes()[lane_idx].history().steps.len();
        self.tracks.push(Track::new(lane, n_steps, self.host.scope.now()));
        let report = self.report_of(lane_idx);
        let race = self.id;
        let at = self.lane(lane_idx);
        let (spec, facts, start_hash) = (at.spec().clone(), at.facts(), format!("{:016x}", at.start_hash()));
        let trainer = at.trainer();
        let device = trainer.device();
        let norms = trainer.norm_shapes().map(|shape| [shape.n, shape.c, shape.h, shape.w]).collect();
        let failure = trainer.take_gpu_failure();
        let epoch_images = data.n_ready();
        let message = FromWorker::Ready {
            race,
            lane,
            device: device.clone(),
            spec: Box::new(spec),
            facts,
            start_hash,
            norms,
            epoch_images,
            report,
        };
        self.host.post(&message);
        self.tell_end(lane_idx);
        if let Some(failure) = failure {
            let failure = describe(&TrainError::Exec(failure));
            self.host.post(&FromWorker::Notice { race: Some(race), lane: Some(lane), failure, device: Some(device) });
        }
    }

    /// Tells the page, once, if a lane has ended; the others go on.
    pub(super) fn tell_end(&mut self, lane_idx: usize) {
        let Some(error) = self.race.lanes()[lane_idx].ended() else { return };
        let track = &mut self.tracks[lane_idx];
        if !std::mem::replace(&mut track.is_over, true) {
            let (race, lane, failure) = (self.id, track.lane, describe(error));
            self.host.post(&FromWorker::Diverged { race, lane, failure });
        }
    }

    pub(super) async fn restore(&mut self, lane: LaneId, bytes: &[u8], judged: Judged, data: &Dataset) {
        match Snapshot::from_bytes(bytes) {
            Ok((snapshot, _)) => {
                let made = self.race.restore(&lane.to_string(), snapshot, judged).await;
                self.join(lane, made, data).await;
            }
            Err(error) => {
                let message = format!("the saved lane cannot be read: {error}");
                self.host.fail(Some(self.id), Some(lane), bad_message(&message));
            }
        }
    }

    pub(super) async fn change(&mut self, lane: LaneId, change: Change) {
        let Some(lane_idx) = self.find(lane) else { return };
        loop {
            match self.lane(lane_idx).change(change).await {
                Ok(()) => return self.mark(lane_idx),
                Err(error @ TrainError::Exec(_)) => {
                    self.recover(lane_idx, &error.into());
                }
                Err(error) => return self.host.fail(Some(self.id), Some(lane), describe(&error)),
            }
        }
    }

    pub(super) async fn look(&mut self, lane: LaneId, step: Option<u32>, norm: u32, shown: Shown, data: &Dataset) {
        let Some(lane_idx) = self.find(lane) else { return };
        loop {
            let at = self.lane(lane_idx);
            let pixels = shown.pixels(data.test(), at.trainer().look_len());
            match at.look(norm as usize, step, pixels).await {
                Ok((step, look)) => {
                    let Look { shape, x, y, probabilities, layer } = look;
                    let layer = SeenLayer::of(&layer);
                    let (race, shape) = (self.id, [shape.n, shape.c, shape.h, shape.w]);
                    let [x, y] = [x, y].map(|values| bytemuck::cast_slice(&values).to_vec());
                    let seen = FromWorker::Seen { race, lane, norm, step, shape, x, y, probabilities, layer };
                    return self.host.post(&seen);
                }
                Err(error @ TrainError::Exec(_)) => {
                    self.recover(lane_idx, &error.into());
                }
                Err(error) => return self.host.fail(Some(self.id), Some(lane), describe(&error)),
            }
        }
    }

    pub(super) async fn save(&mut self, lane: LaneId) {
        let Some(lane_idx) = self.find(lane) else { return };
        let snapshot = loop {
            match self.lane(lane_idx).trainer().snapshot().await {
                Ok(snapshot) => break snapshot,
                Err(error) => {
                    self.recover(lane_idx, &TrainError::Exec(error).into());
                }
            }
        };
        // So that the page's history ends at the snapshot.
        self.report(lane_idx);
        let bytes = snapshot.to_unsealed_bytes();
        self.host.give(&FromWorker::Saved { race: self.id, lane, bytes });
    }
}

pub(super) fn bad_lane(lane: LaneId) -> Failure {
    bad_message(&format!("there is no lane {lane}"))
}

/// What went wrong with a race, and what to do about it.
pub(super) fn describe_race(error: &RaceError) -> Failure {
    match error {
        RaceError::Train(error) => describe(error),
        RaceError::Full | RaceError::NoLane { .. } | RaceError::Starts { .. } => bad_message(&error.to_string()),
    }
}

/// What went wrong with a lane, and what to do about it.
pub(super) fn describe(error: &TrainError) -> Failure {
    let (code, hint) = match error {
        TrainError::Batch { .. }
        | TrainError::LearningRate { .. }
        | TrainError::Setting(_)
        | TrainError::FixedBatch { .. }
        | TrainError::Model(_) => (FailureCode::BadSpec, "Change the setting and restart the lane."),
        TrainError::NoNorm { .. } | TrainError::NoImage { .. } => {
            (FailureCode::BadMessage, "Choose another layer or lane, or draw a picture.")
        }
        TrainError::Diverged { .. } | TrainError::NotANumber { .. } => (
            FailureCode::Diverged,
            "Only this lane has stopped. Clip the gradients, choose a smaller learning rate, or fork it from an earlier step.",
        ),
        TrainError::Exec(error) => match FailureCode::from(error) {
            code @ FailureCode::NoGpu => {
                (code, "The lane continues on the CPU. For the GPU, use a browser with WebGPU enabled.")
            }
            code @ FailureCode::GpuWrong => (
                code,
                "Nothing is lost: the lane continues on the CPU, from the last state that the CPU has checked. The GPU \
                 is left alone until the page is loaded again.",
            ),
            code @ FailureCode::GpuSilent => (
                code,
                "Nothing is lost: the lane continues on the CPU and repeats at most 50 steps. If the GPU answers later, \
                 it is offered again.",
            ),
            code => (code, "Nothing is lost: the lane continues on the CPU and repeats at most 50 steps."),
        },
    };
    Failure { code, message: error.to_string(), hint: hint.to_owned() }
}
