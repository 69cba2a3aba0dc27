//! Trains a model on a data set and reports on it.

pub mod evaluate;
mod batch;
mod change;
mod gpu;
pub mod facts;
pub mod look;
mod run;
mod snapshot;
pub mod spec;
mod weights;

pub use change::Change;
pub use look::NormWeights;
pub use run::{Run, RunError, StepReport};
pub use snapshot::{DataPart, Fingerprint, KeptData, Snapshot, SnapshotError, SnapshotFault, State};
pub use spec::RunSpec;

use crate::engine::exec::gpu::trust::Sample;
use crate::engine::exec::{DeviceChoice, DeviceInfo, DeviceKind, ExecError, Executor, Trial};
use crate::engine::plan::parameter::TuningError;
use crate::engine::plan::{Plan, Section, Slot};
use crate::kernel::softmax_loss::StepResult;
use crate::network::layer::NormPort;
use crate::network::model::{ModelError, Ports, RING_LEN};
use crate::network::optimizer::plateau::Plateau;
use crate::training::data::{Batches, Dataset, IMAGE_SIDE};
use batch::Batch;
use gpu::Watch;
use serde::{Deserialize, Serialize};
use snapshot::{NO_BYTES_HASH, fnv1a_on};
use std::pin::Pin;
use std::rc::Rc;
use thiserror::Error;
use tsify::Tsify;
use web_time::Instant;

/// A model's results on the test set, with dropout off and running statistics if the norm keeps them.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Evaluation {
    /// Steps done before it.
    pub step: u32,
    /// Full passes completed before it.
    pub epoch: u32,
    /// Number of images evaluated.
    pub n_images: u32,
    /// Mean cross-entropy, nats.
    pub loss: f32,
    /// Share classified right, 0 to 1.
    pub accuracy: f32,
    /// The batch size, if norms that keep running statistics used the batch's own instead.
    #[serde(default)]
    pub batch_statistics: Option<u32>,
}

/// The largest batch size.
pub const MAX_BATCH: u32 = 512;

/// Images that must have arrived before training starts, if the set has that many.
pub const MIN_POOL: u32 = 1000;

/// Why a run is invalid or has failed.
#[derive(Clone, PartialEq, Debug, Error)]
pub enum TrainError {
    /// The batch is out of its range.
    #[error("batch size {batch} is not between 1 and {MAX_BATCH}")]
    Batch {
        /// The batch asked for.
        batch: u32,
    },
    /// The learning rate is out of its range.
    #[error("learning rate {learning_rate} is not a number above 0")]
    LearningRate {
        /// The learning rate asked for.
        learning_rate: f32,
    },
    /// Another setting is out of its range.
    #[error(transparent)]
    Setting(#[from] TuningError),
    /// γ and β that differ between images, in a run that is to continue with another batch size.
    #[error("the norm has parameters for each of {batch} images: the batch cannot change while they train")]
    FixedBatch {
        /// The batch of the run.
        batch: u32,
    },
    /// The network cannot be planned, for example because of groups that do not divide.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The number of a norm layer that the network does not have.
    #[error("this network has no norm layer {number} to show")]
    NoNorm {
        /// Counted from 1.
        number: usize,
    },
    /// Pixels that are not a whole image.
    #[error(
        "a network sees whole images of {IMAGE_SIDE}×{IMAGE_SIDE} pixels, and {pixels} pixels are not a whole image"
    )]
    NoImage {
        /// Pixels given.
        pixels: usize,
    },
    /// The engine failed.
    #[error(transparent)]
    Exec(#[from] ExecError),
    /// A run that was restored after its training had diverged.
    #[error("after step {step} weights are NaN: training has diverged")]
    NotANumber {
        /// Steps done.
        step: u32,
    },
    /// The loss is no longer a number.
    #[error("the loss at step {step} is {loss}: training has diverged")]
    Diverged {
        /// The first step without a finite loss, counted from 1.
        step: u32,
        /// Its value.
        loss: f32,
    },
}

/// A training run: a model, an engine and a position in the order of images.
///
/// # Examples
/// ```ignore-wasm32
/// use blue_cube::data::Dataset;
/// use blue_cube::exec::DeviceChoice;
/// use blue_cube::norm::Norm;
/// use blue_cube::train::{RunSpec, Trainer};
///
/// // Eight images of 28×28 pixels: four black ones of class 0, four white ones of class 1.
/// let images: Vec<u8> = (0..8 * 784).map(|i| if i < 4 * 784 { 0 } else { 255 }).collect();
/// let data = Dataset::to_train(&images, &[0, 0, 0, 0, 1, 1, 1, 1])?;
/// let spec = RunSpec { norm: Norm::Layer, batch: 8, device: DeviceChoice::Cpu, ..RunSpec::default() };
/// let mut trainer = pollster::block_on(Trainer::new(spec))?;
/// let steps = pollster::block_on(trainer.step(&data, 16))?;
/// assert!(steps[15].loss < steps[0].loss);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Trainer {
    spec: RunSpec,
    executor: Executor,
    plan: Rc<Plan>,
    train: Ports,
    evaluate: Ports,
    by_batch: Option<Ports>,
    norms: Vec<NormPort>,
    batches: Batches,
    plateau: Option<Plateau>,
    order: u64,
    step: u32,
    trial: Option<Trial>,
    gpu_failure: Option<ExecError>,
    /// The last copy of the run's state.
    snapshot: Option<Rc<Snapshot>>,
    /// The copy of the last step that the CPU repeated with the same outcome.
    checked: Option<Rc<Snapshot>>,
    watch: Watch,
    batch: Batch,
}

impl Trainer {
    /// Makes a run at step 0, on the engine that the spec asks for.
    ///
    /// # Errors
    /// [`TrainError`] if the spec is out of range, or the GPU is asked for and not available.
    pub async fn new(spec: RunSpec) -> Result<Self, TrainError> {
        // Boxed, so that the many callers do not have a copy each.
        let made: Pin<Box<dyn Future<Output = _>>> = Box::pin(Self::make(spec));
        made.await
    }

    async fn make(spec: RunSpec) -> Result<Self, TrainError> {
        spec.check()?;
        let planned = spec.plan()?;
        let plan = Rc::new(planned.plan);
        let sample = || spec.sample().unwrap_or_else(|_| Sample { plan: Rc::clone(&plan), inputs: Vec::new() });
        let results = planned.train.results;
        let chosen = Executor::choose(spec.device, Rc::clone(&plan), spec.seed, results, &sample).await?;
        let mut executor = chosen.executor;
        let clock = spec.optimizer.clock(spec.seed, spec.learning_rate);
        executor.write(planned.train.clock, 0, bytemuck::bytes_of(&clock));
        Ok(Self {
            batches: Batches::new(spec.seed),
            plateau: spec.schedule(),
            batch: Batch { indices: vec![0; spec.batch as usize], ..Batch::default() },
            spec,
            executor,
            plan,
            train: planned.train,
            evaluate: planned.evaluate,
            by_batch: planned.by_batch,
            norms: planned.norms,
            order: NO_BYTES_HASH,
            step: 0,
            trial: chosen.trial,
            gpu_failure: chosen.gpu_failure,
            snapshot: None,
            checked: None,
            watch: Watch::default(),
        })
    }

    /// Whether enough of `data` has arrived to train on.
    pub fn can_step(data: &Dataset) -> bool {
        data.n_ready() >= MIN_POOL.min(data.n_train().unwrap_or(MIN_POOL)).max(1)
    }

    /// Trains for `n` steps, at most [`RING_LEN`], and returns their results: [`Trainer::prepare`],
    /// [`Trainer::queue_steps`] and [`Trainer::finish_steps`] in one. Now and then the CPU repeats a GPU's step.
    ///
    /// # Errors
    /// As for [`Trainer::finish_steps`]; and [`ExecError::Wrong`] if the CPU comes to another loss.
    pub async fn step(&mut self, data: &Dataset, n: u32) -> Result<Vec<StepResult>, TrainError> {
        self.prepare().await?;
        let (n, mut results) = (n.clamp(1, RING_LEN), Vec::new());
        if self.is_check_due() {
            // Alone, so that nothing follows it before it is known to be right.
            results = self.train(data, 1).await?;
            self.check(data, results[0])?;
        }
        let n_left = n - results.len() as u32;
        if n_left > 0 {
            results.extend(self.train(data, n_left).await?);
        }
        Ok(results)
    }

    async fn train(&mut self, data: &Dataset, n: u32) -> Result<Vec<StepResult>, TrainError> {
        let start = Instant::now();
        let n = self.queue_steps(data, n);
        let finished = self.finish_steps(n).await;
        self.watch.trained(start);
        match finished {
            Err(diverged @ TrainError::Diverged { .. }) => Err(self.confirm(data, diverged)),
            finished => finished,
        }
    }

    /// Copies the run's state from time to time if the engine could be lost.
    ///
    /// # Errors
    /// [`ExecError`] if the engine failed; see [`Trainer::fall_back`].
    pub async fn prepare(&mut self) -> Result<(), ExecError> {
        if self.executor.device().kind == DeviceKind::Cpu { Ok(()) } else { self.keep_snapshot().await }
    }

    /// Hands `n` steps, at most [`RING_LEN`], to the engine; returns how many. Enough data must have arrived
    /// ([`Trainer::can_step`]).
    pub fn queue_steps(&mut self, data: &Dataset, n: u32) -> u32 {
        let n = n.clamp(1, RING_LEN);
        for step in self.step..self.step + n {
            self.batch.draw(data, &mut self.batches);
            self.order = fnv1a_on(self.order, bytemuck::cast_slice(&self.batch.indices));
            self.batch.write(&mut self.executor, self.train, step);
        }
        self.executor.run(Section::Train, n);
        self.step += n;
        n
    }

    /// Returns the results of the last `n` steps, which were queued together.
    ///
    /// # Errors
    /// [`TrainError::Exec`] if the engine failed; see [`Trainer::fall_back`]. [`TrainError::Diverged`] if a loss is not
    /// finite.
    pub async fn finish_steps(&mut self, n: u32) -> Result<Vec<StepResult>, TrainError> {
        let results = self.results(n).await?;
        match (self.step - n + 1..).zip(&results).find(|(_, result)| !result.loss.is_finite()) {
            None => Ok(results),
            Some((step, result)) => Err(TrainError::Diverged { step, loss: result.loss }),
        }
    }

    /// Returns the results of the last `n` steps, finite or not.
    ///
    /// # Errors
    /// [`ExecError`] if the engine failed.
    pub async fn results(&mut self, n: u32) -> Result<Vec<StepResult>, ExecError> {
        let ring = self.executor.read(&[self.train.results]).await?;
        let ring: &[StepResult] = bytemuck::cast_slice(&ring[0]);
        Ok((self.step - n..self.step).map(|step| ring[(step % RING_LEN) as usize]).collect())
    }

    /// The learning rate in force: a schedule may have lowered the spec's.
    pub fn learning_rate(&self) -> f32 {
        self.plateau.map_or(self.spec.learning_rate, |plateau| plateau.learning_rate)
    }

    /// Continues with another learning rate, from which a schedule lowers it.
    ///
    /// # Errors
    /// [`TrainError::LearningRate`] if it is not above 0.
    pub fn set_learning_rate(&mut self, learning_rate: f32) -> Result<(), TrainError> {
        spec::check_rate(learning_rate)?;
        self.spec.learning_rate = learning_rate;
        self.take_rate(learning_rate);
        Ok(())
    }

    fn take_rate(&mut self, learning_rate: f32) {
        if let Some(plateau) = &mut self.plateau {
            plateau.learning_rate = learning_rate;
        }
        self.write_own_rate();
    }

    fn write_own_rate(&mut self) {
        let (clock, learning_rate) = (self.train.clock, self.learning_rate());
        write_rate(&mut self.executor, clock, learning_rate);
    }

    /// Steps until the current pass over the training set is complete; at least 1.
    pub fn steps_to_epoch_end(&self, data: &Dataset) -> u32 {
        let n_left = data.n_train().unwrap_or(u32::MAX).saturating_sub(self.batches.epoch_images());
        n_left.div_ceil(self.spec.batch).max(1)
    }

    /// Steps done.
    pub fn steps_done(&self) -> u32 {
        self.step
    }

    /// A hash of the indices of all images trained on, in order: two runs that drew the same images in the same order
    /// have the same hash, whatever their batch sizes.
    pub fn order_hash(&self) -> u64 {
        self.order
    }

    /// The run's position in the order of images.
    pub fn batches(&self) -> &Batches {
        &self.batches
    }

    /// The run's settings; a schedule does not change them.
    pub fn spec(&self) -> &RunSpec {
        &self.spec
    }

    /// The number of trainable parameters.
    pub fn n_parameters(&self) -> u32 {
        self.plan.n_parameters()
    }

    /// The engine.
    pub fn device(&self) -> DeviceInfo {
        DeviceInfo { trial: self.trial, ..self.executor.device() }
    }

    /// Makes a run at step 0 on the engine that the spec asks for; on the CPU if that is the GPU and it is not available. The
    /// spec stays as it is, so that the run can go over to the GPU later.
    ///
    /// # Errors
    /// [`TrainError`] if the spec is out of range.
    pub async fn new_on_either(spec: RunSpec) -> Result<Self, TrainError> {
        let device = spec.device;
        match Self::new(spec.clone()).await {
            Err(TrainError::Exec(failure)) => {
                let mut run = Self::new(RunSpec { device: DeviceChoice::Cpu, ..spec }).await?;
                run.spec.device = device;
                Ok(Self { gpu_failure: Some(failure), ..run })
            }
            made => made,
        }
    }

    /// Marks this run as made in place of one on a GPU that has failed.
    pub fn replace_gpu(&mut self, failure: ExecError) {
        self.gpu_failure = Some(failure);
    }

    /// Why the engine is not the GPU, if the GPU was asked for or present and failed at the start; returned only once.
    pub fn take_gpu_failure(&mut self) -> Option<ExecError> {
        self.gpu_failure.take()
    }
}

/// Puts the learning rate in force into a clock.
fn write_rate(executor: &mut Executor, clock: Slot, learning_rate: f32) {
    let word = std::mem::offset_of!(crate::kernel::tick::Clock, learning_rate) as u32 / 4;
    executor.write(clock, word, bytemuck::bytes_of(&learning_rate));
}
