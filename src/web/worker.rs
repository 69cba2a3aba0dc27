//! The worker's side of the messages: fetches data, drives the lanes of one race, and answers within one slice of time.

mod answer;
mod drive;
mod fetch;
pub mod experiment;
mod scope;

use crate::engine::exec::gpu::device::GpuDevice;
use crate::training::data::DataName;
use crate::training::message::{Failure, FailureCode, FromWorker, LaneId, RaceId, ToWorker};
use drive::Queue;
use fetch::Fetcher;
use scope::Scope;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::console;

/// A training worker, which answers the page's messages.
#[wasm_bindgen]
pub struct WorkerHost {
    host: Rc<Host>,
}

/// State shared by the host's tasks. No borrow of a cell is held across an `await`.
struct Host {
    scope: Scope,
    fetchers: RefCell<HashMap<DataName, Rc<Fetcher>>>,
    race: RefCell<Option<(RaceId, Rc<Queue>)>>,
}

#[wasm_bindgen]
impl WorkerHost {
    /// Creates the host of this worker and tells the page that it is listening.
    ///
    /// # Errors
    /// If the worker has no message channels.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Result<Self, JsError> {
        let host = Host { scope: Scope::new()?, fetchers: RefCell::default(), race: RefCell::default() };
        host.post(&FromWorker::Listening);
        let host = Rc::new(host);
        let posting = Rc::clone(&host);
        GpuDevice::on_late_answer(move || posting.post(&FromWorker::GpuAwake));
        Ok(Self { host })
    }

    /// Handles a message from the page.
    pub fn handle(&self, #[wasm_bindgen(unchecked_param_type = "ToWorker")] message: JsValue) {
        match serde_wasm_bindgen::from_value(message) {
            Ok(message) => self.host.handle(message),
            Err(error) => self.host.fail(None, None, bad_message(&format!("a message could not be read: {error}"))),
        }
    }
}

impl Host {
    fn post(&self, message: &FromWorker) {
        self.post_by(message, |value| self.scope.post(value));
    }

    /// Posts a message with `bytes`, which are handed over rather than copied: a snapshot has some 14 MB.
    fn give(&self, message: &FromWorker) {
        self.post_by(message, |value| self.scope.give(value, "bytes"));
    }

    fn post_by(&self, message: &FromWorker, post: impl Fn(&JsValue) -> Result<(), JsValue>) {
        let posted = serde_wasm_bindgen::to_value(message).map_err(JsValue::from);
        if let Err(error) = posted.and_then(|value| post(&value)) {
            console::error_2(&"a message could not be posted:".into(), &error);
        }
    }

    fn fail(&self, race: Option<RaceId>, lane: Option<LaneId>, failure: Failure) {
        self.post(&FromWorker::Failed { race, lane, failure });
    }

    fn handle(self: &Rc<Self>, message: ToWorker) {
        let race = match message {
            ToWorker::Open { race, course } => {
                let queue = Rc::new(Queue::default());
                if let Some((_, before)) = self.race.borrow_mut().replace((race, Rc::clone(&queue))) {
                    before.close();
                }
                let fetcher = self.fetcher(course.data);
                return spawn_local(drive::drive(Rc::clone(self), race, course, fetcher, queue));
            }
            ToWorker::Add { race, .. }
            | ToWorker::Fork { race, .. }
            | ToWorker::Restore { race, .. }
            | ToWorker::Remove { race, .. }
            | ToWorker::Change { race, .. }
            | ToWorker::Train { race, .. }
            | ToWorker::Pause { race }
            | ToWorker::Step { race }
            | ToWorker::Look { race, .. }
            | ToWorker::Save { race, .. } => race,
        };
        let queue = self.race.borrow().as_ref().filter(|(id, _)| *id == race).map(|(_, queue)| Rc::clone(queue));
        match queue {
            Some(queue) => queue.push(message),
            None => self.fail(Some(race), None, bad_message(&format!("there is no race {race}"))),
        }
    }

    /// The fetcher of a data set, which starts when it is first needed, and again after a failure.
    fn fetcher(self: &Rc<Self>, data: DataName) -> Rc<Fetcher> {
        let known = self.fetchers.borrow().get(&data).filter(|fetcher| !fetcher.has_failed()).map(Rc::clone);
        known.unwrap_or_else(|| {
            let fetcher = Rc::new(Fetcher::new(data));
            self.fetchers.borrow_mut().insert(data, Rc::clone(&fetcher));
            spawn_local(fetch::fetch(Rc::clone(self), Rc::clone(&fetcher)));
            fetcher
        })
    }
}

fn bad_message(message: &str) -> Failure {
    Failure {
        code: FailureCode::BadMessage,
        message: message.to_owned(),
        hint: "Press Reset to start a new race; if that does not help, reload the page.".to_owned(),
    }
}
