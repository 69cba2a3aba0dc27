//! The messages between the page and its training workers: one enum each way, and nothing else passes between them.
//!
//! A [`Course`] is shared by all lanes of a race, and every lane lives in one worker. Every message about a race
//! carries its id; the receiver drops messages of a race that it no longer follows. Training images never travel this
//! way: each worker fetches its own.

mod bytes;
mod course;
mod failure;
mod seen_layer;

pub use course::{Course, Shown};
pub use failure::{Failure, FailureCode};
pub use seen_layer::SeenLayer;

use crate::engine::exec::DeviceInfo;
use crate::training::data::DataName;
use crate::training::race::lane::{Judged, LaneMark};
use crate::training::train::facts::RunFacts;
use crate::training::train::look::NormWeights;
use crate::training::train::{Change, Evaluation, RunSpec};
use serde::{Deserialize, Serialize};
use tsify::{Tsify, declare};

/// Identifies a race; the page counts up. A new race replaces the one before.
#[declare]
pub type RaceId = u32;

/// Identifies a lane among all lanes of a race, in whichever worker it lives; the page counts up.
#[declare]
pub type LaneId = u32;

/// From the page to a worker: `{ step: { race: 1 } }`. Each message is named by its only key rather than by a `type`
/// field, since reading those would take a third of the wasm's serde code. Messages about a lane apply in the order in
/// which they arrive.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ToWorker {
    /// Forget all lanes, and open a race without any, on a data set that is fetched unless it is already here. It does not train yet.
    Open {
        /// The id of the new race.
        race: RaceId,
        /// What its lanes learn, and how they are evaluated.
        course: Course,
    },
    /// Add a lane at step 0.
    Add {
        /// Which race.
        race: RaceId,
        /// The id of the new lane.
        lane: LaneId,
        /// Its settings.
        spec: RunSpec,
    },
    /// Add a lane that continues from another's last snapshot at or before a step.
    Fork {
        /// Which race.
        race: RaceId,
        /// The id of the new lane.
        lane: LaneId,
        /// The lane to fork, which must be in this worker.
        from: LaneId,
        /// Steps done in that lane.
        step: u32,
        /// How it differs.
        change: Option<Change>,
    },
    /// Add a lane from the bytes of [`FromWorker::Saved`].
    Restore {
        /// Which race.
        race: RaceId,
        /// The id of the new lane.
        lane: LaneId,
        /// A snapshot.
        #[serde(with = "bytes")]
        #[tsify(type = "Uint8Array")]
        bytes: Vec<u8>,
        /// How far it had been evaluated by then.
        judged: Judged,
    },
    /// Remove a lane and free its memory.
    Remove {
        /// Which race.
        race: RaceId,
        /// Which lane.
        lane: LaneId,
    },
    /// Continue a lane with another setting.
    Change {
        /// Which race.
        race: RaceId,
        /// Which lane.
        lane: LaneId,
        /// Which setting, and its new value.
        change: Change,
    },
    /// Train until every lane has seen this many images, always stepping the lane furthest behind.
    Train {
        /// Which race.
        race: RaceId,
        /// The goal, in images per lane. A goal already reached pauses.
        until_images: u32,
    },
    /// Stop after the current slice.
    Pause {
        /// Which race.
        race: RaceId,
    },
    /// Train every lane for one step, then pause.
    Step {
        /// Which race.
        race: RaceId,
    },
    /// Send what a norm layer of a lane sees; the answer is [`FromWorker::Seen`].
    Look {
        /// Which race.
        race: RaceId,
        /// Which lane.
        lane: LaneId,
        /// As the lane was at the last of [`LaneReport::looks`] at or before this many steps; now if none is given.
        /// Probabilities are sent only for now.
        step: Option<u32>,
        /// Which of its norm layers (or of the places for one), counted from 0.
        norm: u32,
        /// The images to show it.
        shown: Shown,
    },
    /// Send a lane as bytes that outlast the page; the answer is [`FromWorker::Saved`].
    Save {
        /// Which race.
        race: RaceId,
        /// Which lane.
        lane: LaneId,
    },
}

/// The state of a lane, and what has happened since the last report. The receiver forgets steps that it knows beyond
/// `step − losses.length`: the engine was lost, and they are being trained again.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct LaneReport {
    /// Total steps done.
    pub step: u32,
    /// Total images trained on.
    pub n_images: u32,
    /// Full passes completed over the training images.
    pub epoch: u32,
    /// Mean cross-entropy (nats) of each step since the last report, with dropout on.
    pub losses: Vec<f32>,
    /// Share of images classified right in each of those steps, 0 to 1.
    pub accuracies: Vec<f32>,
    /// Milliseconds of wall time per step, over the time since the last report; 0 if there was no step.
    pub millis_a_step: f32,
    /// A hash of the training images in the order drawn, as 16 hexadecimal digits.
    pub order_hash: String,
    /// The steps of its snapshots, from which it can be forked.
    pub kept: Vec<u32>,
    /// The steps at which the lane can be looked at again.
    pub looks: Vec<u32>,
}

/// From a worker to the page.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, Tsify)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum FromWorker {
    /// The worker's wasm is loaded and listening.
    Listening,
    /// A file of a data set is arriving.
    Loading {
        /// Which data set.
        data: DataName,
        /// The file's name.
        file: String,
        /// Bytes received so far over all files of the set, as transferred (gzipped).
        received_bytes: u32,
        /// Bytes of all files of the set, as transferred.
        total_bytes: u32,
        /// Training images complete so far.
        images: u32,
    },
    /// A data set has arrived completely.
    Loaded {
        /// Which.
        data: DataName,
        /// Number of training images.
        train_images: u32,
        /// Number of test images.
        test_images: u32,
    },
    /// A GPU that was given up because it was silent has answered after all: lanes that are made from now on may use it.
    GpuAwake,
    /// A lane is ready.
    Ready {
        /// Which race.
        race: RaceId,
        /// Which lane.
        lane: LaneId,
        /// The engine it got.
        device: DeviceInfo,
        /// Its settings, including those that changed since it started.
        spec: Box<RunSpec>,
        /// What it costs besides time.
        facts: RunFacts,
        /// A hash of the first weights of all layers other than norms, as 16 hexadecimal digits.
        start_hash: String,
        /// N (1), C, H and W of what its norm layers (or the places for one) see of one image.
        norms: Vec<[u32; 4]>,
        /// Images per full pass.
        epoch_images: u32,
        /// Its state, without the steps before the point where it was forked or restored.
        report: LaneReport,
    },
    /// A lane has made progress.
    Progress {
        /// Which race.
        race: RaceId,
        /// Which lane.
        lane: LaneId,
        /// Its state.
        report: LaneReport,
    },
    /// Every lane of this worker has reached the goal, or was paused.
    Paused {
        /// Which race.
        race: RaceId,
    },
    /// A lane was evaluated on test images.
    Judged {
        /// Which race.
        race: RaceId,
        /// Which lane.
        lane: LaneId,
        /// With running statistics if it keeps them, and then also with the batch's own.
        evaluations: Vec<Evaluation>,
        /// The parameters of its norms at that time.
        norms: Vec<NormWeights>,
        /// Wall time taken, in milliseconds.
        millis: f32,
    },
    /// A setting of a lane was changed, by the page or by a schedule.
    Marked {
        /// Which race.
        race: RaceId,
        /// Which lane.
        lane: LaneId,
        /// Which setting, and when.
        mark: LaneMark,
        /// The lane's settings from here on; a schedule does not change them.
        spec: RunSpec,
    },
    /// A lane has ended, usually since its loss is no longer a number; the others go on.
    Diverged {
        /// Which race.
        race: RaceId,
        /// Which lane.
        lane: LaneId,
        /// What happened.
        failure: Failure,
    },
    /// What a norm layer of a lane sees.
    Seen {
        /// Which race.
        race: RaceId,
        /// Which lane.
        lane: LaneId,
        /// Which of its norm layers.
        norm: u32,
        /// Steps done at that time.
        step: u32,
        /// N, C, H and W of `x` and `y`.
        shape: [u32; 4],
        /// The input, as little-endian f32 values.
        #[serde(with = "bytes")]
        #[tsify(type = "Uint8Array")]
        x: Vec<u8>,
        /// The output in evaluation mode, as little-endian f32 values; `x` itself if there is no norm.
        #[serde(with = "bytes")]
        #[tsify(type = "Uint8Array")]
        y: Vec<u8>,
        /// For each image the probability of each class; empty for a look back.
        probabilities: Vec<f32>,
        /// The layer's parameters and the running statistics with which `y` was computed from `x`.
        layer: SeenLayer,
    },
    /// A lane as bytes.
    Saved {
        /// Which race.
        race: RaceId,
        /// Which lane.
        lane: LaneId,
        /// For [`ToWorker::Restore`].
        #[serde(with = "bytes")]
        #[tsify(type = "Uint8Array")]
        bytes: Vec<u8>,
    },
    /// Something went wrong, and the worker carried on in another way, such as on the CPU instead of the GPU.
    Notice {
        /// Which race, if it was about one.
        race: Option<RaceId>,
        /// Which lane, if it was about one.
        lane: Option<LaneId>,
        /// What happened.
        failure: Failure,
        /// The engine now in use, if it changed.
        device: Option<DeviceInfo>,
    },
    /// Something went wrong, and the user must act.
    Failed {
        /// Which race, if it was about one.
        race: Option<RaceId>,
        /// Which lane, if it was about one: it could not be made, or has stopped.
        lane: Option<LaneId>,
        /// What happened.
        failure: Failure,
    },
}
