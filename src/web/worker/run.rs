//! Drives one run: trains in slices short enough that a message is answered at once, reports, and judges every epoch.

use super::Host;
use super::fetch::Fetcher;
use crate::exec::{DeviceChoice, DeviceKind};
use crate::kernel::softmax_loss::StepResult;
use crate::message::{Failure, FailureCode, FromWorker, RunId};
use crate::model::RING_LEN;
use crate::train::evaluate::Evaluating;
use crate::train::{Report, RunSpec, TrainError, Trainer};
use futures_channel::oneshot;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use web_time::Instant;

/// What the page wants of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Wanted {
    #[default]
    Paused,
    Running,
    /// This many steps, then a pause.
    Steps(u32),
}

/// The page's hand on a run.
#[derive(Default)]
pub(super) struct Control {
    wanted: Cell<Wanted>,
    evaluation: Cell<bool>,
    learning_rate: Cell<Option<f32>>,
    is_dropped: Cell<bool>,
    waiting: RefCell<Option<oneshot::Sender<()>>>,
}

impl Control {
    pub(super) fn want(&self, wanted: Wanted) {
        self.wanted.set(wanted);
        self.wake();
    }

    pub(super) fn want_evaluation(&self) {
        self.evaluation.set(true);
        self.wake();
    }

    pub(super) fn want_rate(&self, learning_rate: f32) {
        self.learning_rate.set(Some(learning_rate));
        self.wake();
    }

    pub(super) fn drop_run(&self) {
        self.is_dropped.set(true);
        self.wake();
    }

    fn wake(&self) {
        if let Some(waiting) = self.waiting.take() {
            // Nobody waits any more: nothing to wake.
            let _ = waiting.send(());
        }
    }

    async fn word(&self) {
        let (sender, receiver) = oneshot::channel();
        *self.waiting.borrow_mut() = Some(sender);
        // A dropped sender means the same: look again.
        let _ = receiver.await;
    }
}

/// How long a slice of training takes on the CPU: a pause is answered after that.
const CPU_SLICE_MILLIS: f32 = 30.0;

/// How long a submit takes on the GPU: a longer one janks the page, which draws by the same GPU.
const GPU_SLICE_MILLIS: f32 = 8.0;

/// How often a running run reports.
const REPORT_MILLIS: f32 = 100.0;

/// A run being driven.
struct Driver {
    host: Rc<Host>,
    run: RunId,
    fetcher: Rc<Fetcher>,
    control: Rc<Control>,
    trainer: Trainer,
    /// Results not yet reported.
    results: Vec<StepResult>,
    last_report: Instant,
    was_running: bool,
    millis_a_step: f32,
    epochs_judged: u32,
}

/// Makes a run and drives it until it is dropped.
pub(super) async fn drive(host: Rc<Host>, run: RunId, fetcher: Rc<Fetcher>, spec: RunSpec, control: Rc<Control>) {
    let trainer = match make(spec).await {
        Ok(trainer) => trainer,
        Err(error) => return host.fail(Some(run), describe(&error)),
    };
    if control.is_dropped.get() {
        return;
    }
    let mut driver = Driver {
        host,
        run,
        fetcher,
        control,
        trainer,
        results: Vec::new(),
        last_report: Instant::now(),
        was_running: false,
        millis_a_step: f32::INFINITY,
        epochs_judged: 0,
    };
    driver.announce();
    while !driver.control.is_dropped.get() {
        if let Err(error) = driver.turn().await {
            driver.recover(&error);
        }
    }
}

/// A trainer; on the CPU, where the GPU was asked for and cannot be had.
async fn make(spec: RunSpec) -> Result<Trainer, TrainError> {
    match Trainer::new(spec.clone()).await {
        Err(TrainError::Exec(failure)) => {
            let trainer = Trainer::new(RunSpec { device: DeviceChoice::Cpu, ..spec }).await?;
            Ok(trainer.instead_of_gpu(failure))
        }
        outcome => outcome,
    }
}

impl Driver {
    fn announce(&mut self) {
        let device = self.trainer.device();
        let n_parameters = self.trainer.n_parameters();
        self.host.post(&FromWorker::Ready { run: self.run, device: device.clone(), n_parameters });
        if let Some(failure) = self.trainer.take_gpu_failure() {
            let failure = describe(&TrainError::Exec(failure));
            self.host.post(&FromWorker::Notice { run: Some(self.run), failure, device: Some(device) });
        }
    }

    /// One slice of whatever is wanted.
    async fn turn(&mut self) -> Result<(), TrainError> {
        if let Some(learning_rate) = self.control.learning_rate.take() {
            self.trainer.set_learning_rate(learning_rate)?;
        }
        let owes_epoch = self.trainer.batches().epoch() > self.epochs_judged;
        if (owes_epoch && self.fetcher.dataset.borrow().test().is_complete()) || self.control.evaluation.take() {
            return self.evaluate().await;
        }
        let n_wanted = match self.control.wanted.get() {
            Wanted::Paused | Wanted::Steps(0) => return self.pause().await,
            Wanted::Running => RING_LEN,
            Wanted::Steps(n) => n.min(RING_LEN),
        };
        if !Trainer::can_step(&self.fetcher.dataset.borrow()) {
            if let Err(failure) = self.fetcher.more().await {
                self.host.fail(Some(self.run), failure);
                self.control.want(Wanted::Paused);
            }
            return Ok(());
        }
        self.was_running = true;
        self.train(n_wanted).await
    }

    async fn train(&mut self, n_wanted: u32) -> Result<(), TrainError> {
        self.trainer.prepare().await?;
        let is_cpu = self.trainer.device().kind == DeviceKind::Cpu;
        let slice_millis = if is_cpu { CPU_SLICE_MILLIS } else { GPU_SLICE_MILLIS };
        let n_fitting = (slice_millis / self.millis_a_step) as u32;
        let start = Instant::now();
        let n = {
            let dataset = self.fetcher.dataset.borrow();
            // An epoch is judged at its end, not some steps later.
            let n_wanted = n_wanted.min(self.trainer.steps_to_epoch_end(&dataset));
            self.trainer.queue_steps(&dataset, n_wanted.min(n_fitting.max(1)))
        };
        let results = self.trainer.finish_steps(n).await;
        self.millis_a_step = millis_since(start) / n as f32;
        if let Wanted::Steps(left) = self.control.wanted.get() {
            self.control.wanted.set(Wanted::Steps(left.saturating_sub(n)));
        }
        self.results.extend(results?);
        if millis_since(self.last_report) >= REPORT_MILLIS {
            self.report(false);
        }
        self.breathe().await;
        Ok(())
    }

    async fn pause(&mut self) -> Result<(), TrainError> {
        self.control.wanted.set(Wanted::Paused);
        if std::mem::take(&mut self.was_running) || !self.results.is_empty() {
            self.report(true);
        }
        self.control.word().await;
        self.last_report = Instant::now();
        Ok(())
    }

    async fn evaluate(&mut self) -> Result<(), TrainError> {
        self.epochs_judged = self.trainer.batches().epoch();
        let mut under_way = Evaluating::default();
        while !self.control.is_dropped.get() {
            self.trainer.queue_evaluation(&self.fetcher.dataset.borrow(), &mut under_way);
            if let Some(evaluation) = self.trainer.finish_evaluation(&mut under_way).await? {
                self.host.post(&FromWorker::Evaluated { run: self.run, evaluation });
                break;
            }
            self.breathe().await;
        }
        Ok(())
    }

    async fn breathe(&self) {
        if let Err(error) = self.host.surroundings.breathe().await {
            log::warn!("the worker could not yield: {error:?}");
        }
    }

    fn report(&mut self, paused: bool) {
        let seconds = millis_since(self.last_report) / 1e3;
        let dataset = self.fetcher.dataset.borrow();
        let batches = self.trainer.batches();
        let batch = self.trainer.spec().batch as f32;
        let report = Report {
            step: self.trainer.steps_done(),
            epoch: batches.epoch(),
            epoch_images: batches.epoch_images(),
            pool_images: dataset.n_ready(),
            total_images: dataset.n_train().unwrap_or(0),
            losses: self.results.iter().map(|result| result.loss).collect(),
            accuracies: self.results.iter().map(|result| result.n_right / batch).collect(),
            steps_per_second: self.results.len() as f32 / seconds.max(1e-3),
            paused,
        };
        self.host.post(&FromWorker::Progress { run: self.run, report });
        self.results.clear();
        self.last_report = Instant::now();
    }

    /// Goes on after an error if there is a way, and tells the page either way.
    fn recover(&mut self, error: &TrainError) {
        let failure = describe(error);
        if let TrainError::Exec(_) = error {
            // What was trained since the last snapshot is trained again.
            self.results.clear();
            self.trainer.fall_back();
            self.epochs_judged = self.trainer.batches().epoch();
            self.millis_a_step = f32::INFINITY;
            let device = Some(self.trainer.device());
            self.host.post(&FromWorker::Notice { run: Some(self.run), failure, device });
        } else {
            self.control.want(Wanted::Paused);
            self.host.fail(Some(self.run), failure);
        }
    }
}

fn millis_since(start: Instant) -> f32 {
    1e3 * start.elapsed().as_secs_f32()
}

fn describe(error: &TrainError) -> Failure {
    let (code, hint) = match error {
        TrainError::Batch { .. }
        | TrainError::LearningRate { .. }
        | TrainError::Setting(_)
        | TrainError::FixedBatch { .. }
        | TrainError::Model(_) => (FailureCode::BadSpec, "Change the setting and press Reset."),
        TrainError::Diverged { .. } => (FailureCode::Diverged, "Choose a smaller learning rate and press Reset."),
        TrainError::Exec(error) => match FailureCode::from(error) {
            code @ FailureCode::NoGpu => {
                (code, "The run goes on by the CPU. For the GPU, use a browser that has WebGPU switched on.")
            }
            code => (code, "The run goes on by the CPU; choose the CPU engine to start there at once."),
        },
    };
    Failure { code, message: error.to_string(), hint: hint.to_owned() }
}
