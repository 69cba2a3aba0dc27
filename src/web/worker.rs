//! The worker's side of the messages: fetches data, drives one run, and answers within one step.

mod fetch;
mod run;

use crate::data::Dataset;
use crate::message::{DataName, Failure, FailureCode, FromWorker, RunId, ToWorker};
use fetch::Fetcher;
use run::{Control, Wanted};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

#[wasm_bindgen(typescript_custom_section)]
const SURROUNDINGS: &str = r#"
/** What a `WorkerHost` needs of the worker it lives in. */
export interface WorkerSurroundings {
    /** Sends a message to the page. */
    post(message: FromWorker): void;
    /** Resolves after the worker has seen to its other tasks. */
    breathe(): Promise<void>;
    /** Fetches a file, unpacks it and hands it over piece by piece. */
    streamFile(url: string, to: { onBytes(nCompressed: number): void, onChunk(bytes: Uint8Array): void }): Promise<void>;
    /** Bytes that files take in transfer, added up; 0 if unknown. */
    fileSizes(urls: string[]): Promise<number>;
    /** The address of a file of a data set. */
    dataUrl(data: DataName, file: string): string;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// See `WorkerSurroundings` in the TypeScript.
    #[wasm_bindgen(typescript_type = "WorkerSurroundings")]
    pub type Surroundings;

    #[wasm_bindgen(method)]
    fn post(this: &Surroundings, message: JsValue);

    #[wasm_bindgen(method, catch)]
    async fn breathe(this: &Surroundings) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch, js_name = streamFile)]
    async fn stream_file(this: &Surroundings, url: &str, to: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch, js_name = fileSizes)]
    async fn file_sizes(this: &Surroundings, urls: Vec<String>) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, js_name = dataUrl)]
    fn data_url(this: &Surroundings, data: JsValue, file: &str) -> String;
}

/// Lives in the training worker and answers the page's messages.
#[wasm_bindgen]
pub struct WorkerHost {
    host: Rc<Host>,
}

/// What the host's tasks share. No borrow of a cell is held across an `await`.
struct Host {
    surroundings: Surroundings,
    fetchers: RefCell<HashMap<DataName, Rc<Fetcher>>>,
    run: RefCell<Option<(RunId, Rc<Control>)>>,
}

#[wasm_bindgen]
impl WorkerHost {
    /// A host in these surroundings. Tells the page that it listens.
    #[wasm_bindgen(constructor)]
    pub fn new(surroundings: Surroundings) -> Self {
        let host = Host { surroundings, fetchers: RefCell::default(), run: RefCell::default() };
        host.post(&FromWorker::Listening);
        Self { host: Rc::new(host) }
    }

    /// Takes in a message of the page.
    pub fn handle(&self, #[wasm_bindgen(unchecked_param_type = "ToWorker")] message: JsValue) {
        match serde_wasm_bindgen::from_value(message) {
            Ok(message) => self.host.handle(message),
            Err(error) => self.host.fail(None, bad_message(&format!("a message could not be read: {error}"))),
        }
    }
}

impl Host {
    fn post(&self, message: &FromWorker) {
        match serde_wasm_bindgen::to_value(message) {
            Ok(value) => self.surroundings.post(value),
            Err(error) => log::error!("a message could not be written: {error}"),
        }
    }

    fn fail(&self, run: Option<RunId>, failure: Failure) {
        self.post(&FromWorker::Failed { run, failure });
    }

    fn handle(self: &Rc<Self>, message: ToWorker) {
        match message {
            ToWorker::Load { data } => drop(self.fetcher(data)),
            ToWorker::Create { run, data, spec } => {
                self.drop_run();
                let control = Rc::new(Control::default());
                *self.run.borrow_mut() = Some((run, Rc::clone(&control)));
                spawn_local(run::drive(Rc::clone(self), run, self.fetcher(data), spec, control));
            }
            ToWorker::Resume { run } => self.control(run, |control| control.want(Wanted::Running)),
            ToWorker::Pause { run } => self.control(run, |control| control.want(Wanted::Paused)),
            ToWorker::Step { run, n } => self.control(run, |control| control.want(Wanted::Steps(n))),
            ToWorker::Evaluate { run } => self.control(run, Control::want_evaluation),
            ToWorker::SetLearningRate { run, learning_rate } => {
                self.control(run, |control| control.want_rate(learning_rate));
            }
            ToWorker::Drop { run } => {
                self.control(run, |_| ());
                if self.run.borrow().as_ref().is_some_and(|(id, _)| *id == run) {
                    self.drop_run();
                }
            }
        }
    }

    fn control(&self, run: RunId, act: impl FnOnce(&Control)) {
        let control = self.run.borrow().as_ref().filter(|(id, _)| *id == run).map(|(_, control)| Rc::clone(control));
        match control {
            Some(control) => act(&control),
            None => self.fail(Some(run), bad_message(&format!("there is no run {run}"))),
        }
    }

    fn drop_run(&self) {
        if let Some((_, control)) = self.run.borrow_mut().take() {
            control.drop_run();
        }
    }

    /// The fetcher of a data set, which starts to fetch when it is first asked for, and again after a failure.
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
        hint: "Press Reset to make a new run; if that does not help, reload the page.".to_owned(),
    }
}

/// A data set as it arrives.
type SharedDataset = RefCell<Dataset>;
