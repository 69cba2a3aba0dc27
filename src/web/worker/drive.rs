//! Drives the lanes of one race: trains in slices short enough that a message is answered at once, reports and judges.

use super::Host;
use super::answer::{bad_lane, describe_race};
use super::fetch::Fetcher;
use crate::engine::exec::{DeviceKind, SUBMIT_MILLIS};
use crate::training::data::Dataset;
use crate::training::message::{Course, FromWorker, LaneId, LaneReport, RaceId, ToWorker};
use crate::training::race::lane::{Due, Lane};
use crate::training::race::{Race, RaceError};
use crate::training::train::evaluate::Evaluating;
use crate::training::train::{Evaluation, TrainError};
use futures_channel::oneshot;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use web_sys::console;

/// Messages on their way to the race.
#[derive(Default)]
pub(super) struct Queue {
    messages: RefCell<VecDeque<ToWorker>>,
    is_closed: Cell<bool>,
    waiting: RefCell<Option<oneshot::Sender<()>>>,
}

impl Queue {
    pub(super) fn push(&self, message: ToWorker) {
        self.messages.borrow_mut().push_back(message);
        self.wake();
    }

    pub(super) fn close(&self) {
        self.is_closed.set(true);
        self.wake();
    }

    fn pop(&self) -> Option<ToWorker> {
        self.messages.borrow_mut().pop_front()
    }

    fn wake(&self) {
        if let Some(waiting) = self.waiting.take() {
            // The waiting task is gone: there is nothing to wake.
            let _ = waiting.send(());
        }
    }

    async fn changed(&self) {
        let (sender, receiver) = oneshot::channel();
        *self.waiting.borrow_mut() = Some(sender);
        // A dropped sender means the same: look again.
        let _ = receiver.await;
    }
}

/// Duration of a slice of training on the CPU: a message is answered after at most one.
const CPU_SLICE_MILLIS: f32 = 30.0;

/// How often a running lane reports.
const REPORT_MILLIS: f32 = 100.0;

/// Memory budget of one lane's snapshots, unless two of them need more: twice the tutorial net.
const LANE_BUDGET_BYTES: usize = 24_000_000;

/// A race being driven.
pub(super) struct Driver {
    pub(super) host: Rc<Host>,
    pub(super) id: RaceId,
    course: Course,
    pub(super) race: Race,
    pub(super) tracks: Vec<Track>,
    until_images: u32,
    judging: Option<Judging>,
    was_running: bool,
}

/// What the driver tracks for a lane; in the order of the race's lanes.
pub(super) struct Track {
    pub(super) lane: LaneId,
    /// Steps that have been reported.
    n_reported: usize,
    /// In the time of [`Scope::now`].
    last_report: f64,
    /// Wall time of the steps since the last report.
    millis: f32,
    /// Whether the page knows that the lane has ended.
    pub(super) is_over: bool,
}

/// An evaluation in progress.
struct Judging {
    lane: LaneId,
    due: Due,
    under_way: Evaluating,
    done: Vec<Evaluation>,
    /// Wall time so far.
    millis: f32,
}

/// Drives a race until another replaces it.
pub(super) async fn drive(host: Rc<Host>, id: RaceId, course: Course, fetcher: Rc<Fetcher>, queue: Rc<Queue>) {
    let data = loop {
        if queue.is_closed.get() {
            return;
        }
        match dataset(&course, &fetcher) {
            Some(data) => break data,
            // The fetcher has reported its failure to the page; a new race fetches again.
            None => {
                if fetcher.more().await.is_err() {
                    return;
                }
            }
        }
    };
    let mut driver = Driver {
        host,
        id,
        course,
        race: Race::new(LANE_BUDGET_BYTES),
        tracks: Vec::new(),
        until_images: 0,
        judging: None,
        was_running: false,
    };
    while !queue.is_closed.get() {
        if let Some(message) = queue.pop() {
            driver.handle(message, &data).await;
        } else if !driver.turn(&data).await {
            queue.changed().await;
        }
    }
}

/// The training set, once all of it has arrived; all lanes share it.
fn dataset(course: &Course, fetcher: &Fetcher) -> Option<Rc<Dataset>> {
    let whole = fetcher.whole()?;
    let part = course.train_on.part(&whole).expect("a part of a complete set is complete");
    Some(part.map_or(whole, Rc::new))
}

impl Driver {
    async fn handle(&mut self, message: ToWorker, data: &Dataset) {
        match message {
            // The host handles it itself.
            ToWorker::Open { .. } => {}
            ToWorker::Add { lane, spec, .. } => {
                let made = self.race.add(&lane.to_string(), spec).await;
                self.join(lane, made, data).await;
            }
            ToWorker::Fork { lane, from, step, change, .. } => {
                let Some(from_idx) = self.find(from) else { return };
                let made = self.race.fork(from_idx, step, &lane.to_string(), change).await;
                self.join(lane, made, data).await;
            }
            ToWorker::Restore { lane, bytes, judged, .. } => self.restore(lane, &bytes, judged, data).await,
            ToWorker::Remove { lane, .. } => {
                let Some(lane_idx) = self.find(lane) else { return };
                self.judging.take_if(|judging| judging.lane == lane);
                self.tracks.remove(lane_idx);
                drop(self.race.remove(lane_idx));
            }
            ToWorker::Change { lane, change, .. } => self.change(lane, change).await,
            ToWorker::Train { until_images, .. } => self.until_images = until_images,
            ToWorker::Pause { .. } => self.until_images = 0,
            ToWorker::Step { .. } => self.step(data).await,
            ToWorker::Look { lane, step, norm, shown, .. } => self.look(lane, step, norm, shown, data).await,
            ToWorker::Save { lane, .. } => self.save(lane).await,
        }
    }

    /// Does a slice of the pending work; returns whether there was any.
    async fn turn(&mut self, data: &Dataset) -> bool {
        if let Some(judging) = self.judging.take() {
            self.judge(judging, data).await;
        } else if let Some(judging) = self.due() {
            self.judging = Some(judging);
        } else if self.race.next(self.until_images).is_some() {
            self.train(data).await;
        } else {
            self.stand();
            return false;
        }
        self.breathe().await;
        true
    }

    fn due(&self) -> Option<Judging> {
        let lanes = self.tracks.iter().zip(self.race.lanes());
        let mut due = lanes.filter_map(|(track, lane)| Some((track.lane, lane.is_due(self.course.judge_every)?)));
        due.next().map(|(lane, due)| Judging::new(lane, due, &self.course))
    }

    async fn train(&mut self, data: &Dataset) {
        let lane_idx = self.race.next(self.until_images).expect("there is a lane to train");
        self.was_running = true;
        let is_cpu = self.lane(lane_idx).trainer().device().kind == DeviceKind::Cpu;
        let slice_millis = if is_cpu { CPU_SLICE_MILLIS } else { SUBMIT_MILLIS };
        match self.race.turn(data, slice_millis, self.until_images, self.course.judge_every).await {
            Ok(Some(turn)) => self.tracks[lane_idx].millis += turn.millis,
            Ok(None) => {}
            Err(error) => {
                self.recover(lane_idx, &error);
                return;
            }
        }
        self.after_steps(lane_idx, REPORT_MILLIS);
    }

    async fn step(&mut self, data: &Dataset) {
        self.until_images = 0;
        for lane_idx in 0..self.tracks.len() {
            let start = self.host.scope.now();
            // After a failure of the GPU the CPU does the step.
            while let Err(error) = self.lane(lane_idx).advance(data, 1).await {
                if !self.recover(lane_idx, &error.into()) {
                    break;
                }
            }
            self.tracks[lane_idx].millis += self.millis_since(start);
            self.after_steps(lane_idx, 0.0);
        }
        self.was_running = true;
    }

    /// Reports a lane if the last report is `report_millis` old or the lane has ended.
    fn after_steps(&mut self, lane_idx: usize, report_millis: f32) {
        let is_over = self.race.lanes()[lane_idx].ended().is_some();
        if is_over || self.millis_since(self.tracks[lane_idx].last_report) >= report_millis {
            self.report(lane_idx);
        }
        self.tell_end(lane_idx);
    }

    /// Tells the page, once, that nothing is running any more.
    fn stand(&mut self) {
        if !std::mem::take(&mut self.was_running) {
            return;
        }
        for lane_idx in 0..self.tracks.len() {
            if self.tracks[lane_idx].n_reported < self.race.lanes()[lane_idx].history().steps.len() {
                self.report(lane_idx);
            }
        }
        self.host.post(&FromWorker::Paused { race: self.id });
    }

    /// Evaluates some more images.
    async fn judge(&mut self, mut judging: Judging, data: &Dataset) {
        let Some(lane_idx) = self.tracks.iter().position(|track| track.lane == judging.lane) else { return };
        let start = self.host.scope.now();
        let trainer = self.lane(lane_idx).trainer();
        trainer.queue_evaluation(data, &mut judging.under_way);
        let evaluation = match trainer.finish_evaluation(&mut judging.under_way).await {
            Ok(evaluation) => evaluation,
            Err(error) => {
                // What is due stays due.
                self.recover(lane_idx, &TrainError::Exec(error).into());
                return;
            }
        };
        judging.millis += self.millis_since(start);
        let Some(evaluation) = evaluation else {
            self.judging = Some(judging);
            return;
        };
        judging.done.push(evaluation);
        if judging.done.len() == 1 && self.lane(lane_idx).trainer().judges_twice() {
            judging.under_way = judging.evaluating(Evaluating::by_batch(), &self.course);
            self.judging = Some(judging);
        } else if let Err(error) = self.judged(lane_idx, judging).await {
            self.recover(lane_idx, &error.into());
        }
    }

    async fn judged(&mut self, lane_idx: usize, judging: Judging) -> Result<(), TrainError> {
        let (race, lane) = (self.id, judging.lane);
        self.report(lane_idx);
        let at = self.lane(lane_idx);
        at.take_judgements(&judging.done);
        let norms = at.trainer().norm_weights().await?;
        let is_lowered = judging.due == Due::Epoch && at.end_epoch(judging.done[0].loss);
        self.host.post(&FromWorker::Judged { race, lane, evaluations: judging.done, norms, millis: judging.millis });
        if is_lowered {
            self.mark(lane_idx);
        }
        Ok(())
    }

    /// Reports the last change of a lane.
    pub(super) fn mark(&self, lane_idx: usize) {
        let lane = self.tracks[lane_idx].lane;
        let at = &self.race.lanes()[lane_idx];
        let mark = *at.history().marks.last().expect("a change leaves a mark");
        self.host.post(&FromWorker::Marked { race: self.id, lane, mark, spec: at.spec().clone() });
    }

    /// Recovers from an error if possible, and tells the page either way. Returns whether the lane continues, on the
    /// CPU, so that what failed can be tried again.
    pub(super) fn recover(&mut self, lane_idx: usize, error: &RaceError) -> bool {
        let (race, lane, failure) = (Some(self.id), Some(self.tracks[lane_idx].lane), describe_race(error));
        let RaceError::Train(error) = error else {
            self.host.fail(race, lane, failure);
            return false;
        };
        if !matches!(error, TrainError::Exec(_)) {
            self.lane(lane_idx).end(error.clone());
            self.tell_end(lane_idx);
            return false;
        }
        let at = self.lane(lane_idx);
        at.fall_back();
        let (device, n_steps) = (at.trainer().device(), at.history().steps.len());
        let track = &mut self.tracks[lane_idx];
        track.n_reported = track.n_reported.min(n_steps);
        self.host.post(&FromWorker::Notice { race, lane, failure, device: Some(device) });
        self.report(lane_idx);
        true
    }

    /// Sends the steps since the last report.
    pub(super) fn report(&mut self, lane_idx: usize) {
        let report = self.report_of(lane_idx);
        let (race, lane) = (self.id, self.tracks[lane_idx].lane);
        self.host.post(&FromWorker::Progress { race, lane, report });
    }

    /// The state of a lane with the steps since the last report, which are then reported.
    pub(super) fn report_of(&mut self, lane_idx: usize) -> LaneReport {
        let (track, lane) = (&mut self.tracks[lane_idx], &self.race.lanes()[lane_idx]);
        let history = lane.history();
        let fresh = &history.steps[track.n_reported..];
        let millis_a_step = if fresh.is_empty() { 0.0 } else { track.millis / fresh.len() as f32 };
        let report = LaneReport {
            step: history.earlier_steps + history.steps.len() as u32,
            n_images: history.n_images(),
            epoch: lane.epoch(),
            losses: fresh.iter().map(|step| step.loss).collect(),
            accuracies: fresh.iter().map(|step| step.accuracy).collect(),
            millis_a_step,
            order_hash: format!("{:016x}", lane.order_hash()),
            kept: lane.kept().steps().collect(),
            looks: lane.fronts().steps().collect(),
        };
        (track.n_reported, track.last_report, track.millis) = (history.steps.len(), self.host.scope.now(), 0.0);
        report
    }

    pub(super) fn lane(&mut self, lane_idx: usize) -> &mut Lane {
        self.race.lane_mut(lane_idx).expect("as many tracks as lanes")
    }

    /// The race's lane with this id; if there is none, tells the page.
    pub(super) fn find(&self, lane: LaneId) -> Option<usize> {
        let lane_idx = self.tracks.iter().position(|track| track.lane == lane);
        if lane_idx.is_none() {
            self.host.fail(Some(self.id), Some(lane), bad_lane(lane));
        }
        lane_idx
    }

    fn millis_since(&self, start: f64) -> f32 {
        (self.host.scope.now() - start) as f32
    }

    async fn breathe(&self) {
        if let Err(error) = self.host.scope.breathe().await {
            console::warn_2(&"the worker could not yield:".into(), &error);
        }
    }
}

impl Track {
    pub(super) fn new(lane: LaneId, n_reported: usize, now: f64) -> Self {
        Self { lane, n_reported, last_report: now, millis: 0.0, is_over: false }
    }
}

impl Judging {
    fn new(lane: LaneId, due: Due, course: &Course) -> Self {
        let empty = Self { lane, due, under_way: Evaluating::default(), done: Vec::new(), millis: 0.0 };
        Self { under_way: empty.evaluating(Evaluating::default(), course), ..empty }
    }

    fn evaluating(&self, all: Evaluating, course: &Course) -> Evaluating {
        match self.due {
            Due::Epoch => all,
            Due::Within => all.of_first(course.judge_images),
        }
    }
}
