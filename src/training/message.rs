//! What the page and its training workers say to each other: one enum each way, and nothing else passes between them.
//!
//! A [`Course`] is shared by all lanes of a race, and every lane lives in one worker. Every message about a race carries its
//! id; the receiver drops those of a race it no longer follows. The images to train on never travel this way: a worker fetches
//! its own.

mod bytes;
mod course;
mod failure;
mod seen_layer;

pub use course::{Course, Shown};
pub use failure::{Failure, FailureCode};
pub use seen_layer::SeenLayer;

use crate::engine::exec::DeviceInfo;
use crate::training::data::DataName;
use crate::training::race::lane::LaneMark;
use crate::training::train::facts::RunFacts;
use crate::training::train::look::NormWeights;
use crate::training::train::{Change, Evaluation, RunSpec};
use serde::{Deserialize, Serialize};
use tsify::{Tsify, declare};

/// Names a race; the page counts up. A new one takes the place of the one before.
#[declare]
pub type RaceId = u32;

/// Names a lane among all of a race, whichever worker has it; the page counts up.
#[declare]
pub type LaneId = u32;

/// From the page to a worker: `{ step: { race: 1 } }`. Named by its one key rather than by a `type` field, since
/// reading those takes a third of the wasm's serde. Lanes take what concerns them in the order in which it comes.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ToWorker {
    /// Fetch this data set, if it is not here yet.
    Load {
        /// Which.
        data: DataName,
    },
    /// Forget all lanes, and start a race without any. It stands.
    Open {
        /// The id of the new race.
        race: RaceId,
        /// What its lanes learn, and how they are judged.
        course: Course,
    },
    /// Make a lane at step 0.
    Add {
        /// Which race.
        race: RaceId,
        /// The id of the new lane.
        lane: LaneId,
        /// What decides it.
        spec: RunSpec,
    },
    /// Make a lane that goes on from another's last snapshot at or before a step.
    Fork {
        /// Which race.
        race: RaceId,
        /// The id of the new lane.
        lane: LaneId,
        /// The lane that it forks from; of this worker.
        from: LaneId,
        /// Steps done there.
        step: u32,
        /// In what it differs.
        change: Option<Change>,
    },
    /// Make a lane of the bytes of [`FromWorker::Saved`].
    Restore {
        /// Which race.
        race: RaceId,
        /// The id of the new lane.
        lane: LaneId,
        /// A snapshot.
        #[serde(with = "bytes")]
        #[tsify(type = "Uint8Array")]
        bytes: Vec<u8>,
    },
    /// Forget a lane and free what it holds.
    Remove {
        /// Which race.
        race: RaceId,
        /// Which lane.
        lane: LaneId,
    },
    /// Let a lane go on with another setting.
    Change {
        /// Which race.
        race: RaceId,
        /// Which lane.
        lane: LaneId,
        /// What and to which value.
        change: Change,
    },
    /// Train until every lane has seen so many images, the one behind first.
    Train {
        /// Which race.
        race: RaceId,
        /// The goal, in images of every lane. One that lies behind is a pause.
        until_images: u32,
    },
    /// Stop after the slice under way.
    Pause {
        /// Which race.
        race: RaceId,
    },
    /// Do one step of every lane, then pause.
    Step {
        /// Which race.
        race: RaceId,
    },
    /// Judge a lane on all test images now.
    Judge {
        /// Which race.
        race: RaceId,
        /// Which lane.
        lane: LaneId,
    },
    /// Send what a norm layer of a lane sees; answered by [`FromWorker::Seen`].
    Look {
        /// Which race.
        race: RaceId,
        /// Which lane.
        lane: LaneId,
        /// As it was at the last of [`LaneReport::looks`] at or before so many steps; now if none is given. The probabilities are
        /// of now only.
        step: Option<u32>,
        /// Which of its norm layers (or of the places for one), from 0.
        norm: u32,
        /// What it is shown.
        shown: Shown,
    },
    /// Send a lane as bytes that outlast the page; answered by [`FromWorker::Saved`].
    Save {
        /// Which race.
        race: RaceId,
        /// Which lane.
        lane: LaneId,
    },
}

/// A state of a lane, and what happened since the last. Whoever knows of steps beyond `step − losses.length` forgets them: the
/// engine was lost, and they are trained again.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct LaneReport {
    /// Steps done in all.
    pub step: u32,
    /// Images trained on in all.
    pub n_images: u32,
    /// Full passes done over the images to train on.
    pub epoch: u32,
    /// Mean cross-entropy (nats) of each step since the last report, dropout on.
    pub losses: Vec<f32>,
    /// Share of images classified right in each of those steps, 0 to 1.
    pub accuracies: Vec<f32>,
    /// Milliseconds of wall time a step took, over the time since the last report; 0 if there was none.
    pub millis_a_step: f32,
    /// A hash of the images trained on in their order, as 16 hexadecimal digits.
    pub order_hash: String,
    /// The steps of its snapshots, from which it can be forked.
    pub kept: Vec<u32>,
    /// The steps that one can look back at.
    pub looks: Vec<u32>,
}

/// From a worker to the page.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, Tsify)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum FromWorker {
    /// The worker's wasm stands and listens.
    Listening,
    /// A file of a data set is arriving.
    Loading {
        /// Which data set.
        data: DataName,
        /// The file's name.
        file: String,
        /// Bytes so far over all files of the set, as transferred (gzipped).
        received_bytes: u32,
        /// Bytes of all files of the set, as transferred.
        total_bytes: u32,
        /// Training images complete so far.
        images: u32,
    },
    /// A data set is here as a whole.
    Loaded {
        /// Which.
        data: DataName,
        /// Images to train on.
        train_images: u32,
        /// Images to judge on.
        test_images: u32,
    },
    /// A lane stands.
    Ready {
        /// Which race.
        race: RaceId,
        /// Which lane.
        lane: LaneId,
        /// The engine it got.
        device: DeviceInfo,
        /// The run, with the settings in force.
        spec: RunSpec,
        /// What it costs beside its time.
        facts: RunFacts,
        /// A hash of the first weights of all layers that are no norms, as 16 hexadecimal digits.
        start_hash: String,
        /// N (1), C, H and W of what its norm layers see (or the places for one) of one image.
        norms: Vec<[u32; 4]>,
        /// Images of a full pass.
        epoch_images: u32,
        /// Its state; without the steps that it has behind it where it was forked or restored.
        report: LaneReport,
    },
    /// A lane went on.
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
    /// A lane was judged on test images.
    Judged {
        /// Which race.
        race: RaceId,
        /// Which lane.
        lane: LaneId,
        /// By running statistics where it keeps such, and then by the batch's own as well.
        evaluations: Vec<Evaluation>,
        /// The parameters of its norms at that time.
        norms: Vec<NormWeights>,
        /// Wall time that it took, in milliseconds.
        millis: f32,
    },
    /// A setting of a lane was changed, by the page or by itself.
    Marked {
        /// Which race.
        race: RaceId,
        /// Which lane.
        lane: LaneId,
        /// What, and where on the axis of time.
        mark: LaneMark,
        /// What decides the lane from here on; what a schedule does is no change of it.
        spec: RunSpec,
    },
    /// A lane's loss is no longer a number: it stays where it is.
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
        /// Steps done when it saw this.
        step: u32,
        /// N, C, H and W of `x` and `y`.
        shape: [u32; 4],
        /// What goes in, as little-endian f32 values.
        #[serde(with = "bytes")]
        #[tsify(type = "Uint8Array")]
        x: Vec<u8>,
        /// What comes out in evaluation, as little-endian f32 values; `x` itself if there is no norm.
        #[serde(with = "bytes")]
        #[tsify(type = "Uint8Array")]
        y: Vec<u8>,
        /// For each image the probability of each class; empty of a look back.
        probabilities: Vec<f32>,
        /// The layer's parameters and running statistics, by which `y` came of `x`.
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
    /// Something went wrong and the worker found a way on by itself, such as from the GPU to the CPU.
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
    /// Something went wrong and the user must act.
    Failed {
        /// Which race, if it was about one.
        race: Option<RaceId>,
        /// Which lane, if it was about one: it could not be made, or stands.
        lane: Option<LaneId>,
        /// What happened.
        failure: Failure,
    },
}
