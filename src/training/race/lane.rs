//! One run of a race with its history.

use super::kept::{Kept, Room};
use crate::kernel::softmax_loss::StepResult;
use crate::network::model::RING_LEN;
use crate::training::data::Dataset;
use crate::training::train::facts::RunFacts;
use crate::training::train::look::{Front, Look};
use crate::training::train::{Change, Evaluation, RunSpec, Snapshot, State as _, TrainError, Trainer};
use serde::{Deserialize, Serialize};
use tsify::Tsify;
use web_time::Instant;

/// A run and its history so far.
pub struct Lane {
    name: String,
    trainer: Trainer,
    history: History,
    kept: Kept<Snapshot>,
    fronts: Kept<Front>,
    ended: Option<TrainError>,
    judged: Judged,
    /// How far it had been evaluated before its history begins.
    judged_earlier: Judged,
    millis_a_step: f32,
}

/// The limits on what is kept to look back at: 64 states, since that many can be distinguished on the time axis.
const FRONTS: Room = Room { n_bytes: 16_000_000, n_states: 64 };

/// How far a lane has been evaluated: its state at the last evaluation.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Judged {
    /// Images that it had seen.
    pub n_images: u32,
    /// Full passes that it had completed.
    pub epochs: u32,
}

/// The history of a lane.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
pub struct History {
    /// Steps before the first of `steps`, in a lane that was restored from a snapshot.
    pub earlier_steps: u32,
    /// Images trained on in them.
    pub earlier_images: u32,
    /// Every step from the first on; in a lane that was restored from a snapshot, from there on.
    pub steps: Vec<LaneStep>,
    /// Evaluations in the order in which they were made.
    pub evaluations: Vec<Evaluation>,
    /// Changes of settings, in order.
    pub marks: Vec<LaneMark>,
}

/// A step done.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct LaneStep {
    /// Mean cross-entropy of its batch in nats, with dropout on.
    pub loss: f32,
    /// Share of its batch classified correctly, 0 to 1.
    pub accuracy: f32,
    /// Images trained on by this step and all before it.
    pub n_images: u32,
}

/// A change of a setting on the time axis.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize, Tsify)]
pub struct LaneMark {
    /// Steps done before it.
    pub step: u32,
    /// What changed.
    pub change: Change,
}

impl History {
    /// Images trained on.
    pub fn n_images(&self) -> u32 {
        self.steps.last().map_or(self.earlier_images, |step| step.n_images)
    }
}

impl History {
    /// The state at the last evaluation; none if there has been none.
    fn judged(&self) -> Option<Judged> {
        let Evaluation { step, epoch, .. } = *self.evaluations.last()?;
        let at = step.checked_sub(self.earlier_steps + 1);
        let n_images = at.map_or(self.earlier_images, |at| self.steps[at as usize].n_images);
        Some(Judged { n_images, epochs: epoch })
    }

    /// Forgets what came after `step`.
    fn go_back(&mut self, step: u32) {
        self.steps.truncate(step.saturating_sub(self.earlier_steps) as usize);
        self.evaluations.retain(|evaluation| evaluation.step <= step);
        self.marks.retain(|mark| mark.step < step);
    }
}

/// Why a lane is due for evaluation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Due {
    /// An epoch is over.
    Epoch,
    /// It has seen enough images since the last evaluation.
    Within,
}

impl Lane {
    /// Makes a lane at step 0; on the CPU if the GPU fails before it has begun.
    pub(super) async fn new(name: String, spec: RunSpec, budget_bytes: usize) -> Result<Self, TrainError> {
        let trainer = Trainer::new_on_either(spec).await?;
        let mut lane = Self::of(name, trainer, History::default(), Judged::default(), budget_bytes);
        lane.keep_safely().await?;
        Ok(lane)
    }

    /// Keeps what is due of its first state, on the CPU if the GPU fails at that.
    async fn keep_safely(&mut self) -> Result<(), TrainError> {
        while let Err(error) = self.keep().await {
            let TrainError::Exec(failure) = error else { return Err(error) };
            self.fall_back();
            self.trainer.replace_gpu(failure);
        }
        Ok(())
    }

    fn of(name: String, trainer: Trainer, history: History, judged_earlier: Judged, budget_bytes: usize) -> Self {
        let judged = history.judged().unwrap_or(judged_earlier);
        Self {
            name,
            trainer,
            history,
            kept: Kept::new(Room { n_bytes: budget_bytes, n_states: usize::MAX }),
            fronts: Kept::new(FRONTS),
            ended: None,
            judged,
            judged_earlier,
            millis_a_step: f32::INFINITY,
        }
    }

    /// Makes a lane that continues from `snapshot`, where it had been evaluated as far as `judged`; on the CPU if the GPU
    /// fails before it has begun.
    pub(super) async fn restore(
        name: String,
        snapshot: Snapshot,
        judged: Judged,
        budget_bytes: usize,
    ) -> Result<Self, TrainError> {
        let from_here = |trainer: &Trainer| {
            let (earlier_steps, earlier_images) = (trainer.steps_done(), trainer.batches().n_images());
            History { earlier_steps, earlier_images, ..History::default() }
        };
        Self::go_on(name, snapshot, from_here, judged, budget_bytes).await
    }

    /// Makes a lane that continues from `snapshot` with its whole history until then; on the CPU if the GPU fails before it
    /// has begun.
    pub(super) async fn resume(
        name: String,
        snapshot: Snapshot,
        history: History,
        budget_bytes: usize,
    ) -> Result<Self, TrainError> {
        Self::go_on(name, snapshot, |_| history, Judged::default(), budget_bytes).await
    }

    async fn go_on(
        name: String,
        snapshot: Snapshot,
        history: impl FnOnce(&Trainer) -> History,
        judged: Judged,
        budget_bytes: usize,
    ) -> Result<Self, TrainError> {
        let trainer = Trainer::new_on_either(snapshot.spec().clone()).await?.resume(snapshot.clone());
        let history = history(&trainer);
        let mut lane = Self::of(name, trainer, history, judged, budget_bytes);
        lane.ended = snapshot.has_nan().then_some(TrainError::NotANumber { step: snapshot.step() });
        lane.kept.keep(snapshot);
        lane.keep_safely().await?;
        Ok(lane)
    }

    /// Makes another lane that continues from a snapshot of this one. It draws the same batches as this one from there
    /// on.
    pub(super) async fn fork(&self, name: String, snapshot: &Snapshot) -> Result<Self, TrainError> {
        let step = snapshot.step();
        let mut history = self.history.clone();
        history.go_back(step);
        let trainer = Trainer::new_on_either(snapshot.spec().clone()).await?.resume(snapshot.clone());
        let (kept, fronts) = (self.kept.up_to(step), self.fronts.up_to(step));
        Ok(Self { kept, fronts, ..Self::of(name, trainer, history, self.judged_earlier, 0) })
    }

    /// Trains for at most `n` steps, fewer if a snapshot is due before; returns how many. None once the lane has
    /// diverged.
    ///
    /// # Errors
    /// [`TrainError`] if the engine failed. Divergence is not an error, but ends the lane.
    pub async fn advance(&mut self, data: &Dataset, n: u32) -> Result<u32, TrainError> {
        if self.ended.is_some() {
            return Ok(0);
        }
        let step = self.trainer.steps_done();
        let n_to_due = self.kept.steps_to_due(step).min(self.fronts.steps_to_due(step));
        let n = n.min(n_to_due).clamp(1, RING_LEN);
        let start = Instant::now();
        match self.trainer.step(data, n).await {
            Ok(results) => {
                self.millis_a_step = 1e3 * start.elapsed().as_secs_f32() / n as f32;
                self.record(&results);
            }
            Err(error @ TrainError::Exec(_)) => return Err(error),
            // Nothing else concerns other lanes.
            Err(error) => {
                // Up to the step that ended it.
                let mut results = self.trainer.results(self.trainer.steps_done() - step).await?;
                results.truncate(results.iter().take_while(|result| result.loss.is_finite()).count());
                self.record(&results);
                self.ended = Some(error);
                return Ok(results.len() as u32);
            }
        }
        self.keep().await?;
        Ok(n)
    }

    /// The number of steps that take about `slice_millis`, but not past the next evaluation, nor past the step after
    /// which it has seen `until_images`; at least 1.
    pub fn steps_to_stop(&self, data: &Dataset, slice_millis: f32, until_images: u32, judge_every: u32) -> u32 {
        let (n_images, batch) = (self.history.n_images(), self.spec().batch);
        let until_judged = if judge_every == 0 { u32::MAX } else { self.judged.n_images.saturating_add(judge_every) };
        let n_left = until_images.min(until_judged).saturating_sub(n_images).div_ceil(batch);
        let n_fitting = (slice_millis / self.millis_a_step) as u32;
        n_left.min(n_fitting).min(self.trainer.steps_to_epoch_end(data)).clamp(1, RING_LEN)
    }

    /// Whether it is due for evaluation before it continues, and if so on all test images: after an epoch, or when it
    /// has seen `judge_every` images since the last (0 for never).
    pub fn is_due(&self, judge_every: u32) -> Option<Due> {
        let seen = self.history.n_images().saturating_sub(self.judged.n_images);
        if self.ended.is_some() {
            None
        } else if self.epoch() > self.judged.epochs {
            Some(Due::Epoch)
        } else {
            (judge_every > 0 && seen >= judge_every).then_some(Due::Within)
        }
    }

    /// Records evaluations made on the trainer, the first of which is with running statistics if there are any.
    pub fn take_judgements(&mut self, evaluations: &[Evaluation]) {
        self.judged = Judged { n_images: self.history.n_images(), epochs: self.epoch() };
        self.history.evaluations.extend(evaluations);
    }

    /// Continues on the CPU after the engine failed; what was trained since the last copy of its state is trained
    /// again.
    pub fn fall_back(&mut self) {
        self.trainer.fall_back();
        self.history.go_back(self.trainer.steps_done());
        self.judged = self.history.judged().unwrap_or(self.judged_earlier);
        self.kept = self.kept.up_to(self.trainer.steps_done());
        self.fronts = self.fronts.up_to(self.trainer.steps_done());
        self.millis_a_step = f32::INFINITY;
    }

    /// Returns what norm layer `norm_idx` sees of `pixels`, and after how many steps: at the last of [`Lane::fronts`]
    /// at or before `step`, or now. A look back has no probabilities, since the layers after the norms are those of
    /// step 0.
    ///
    /// # Errors
    /// As for [`Trainer::look`].
    pub async fn look(&mut self, norm_idx: usize, step: Option<u32>, pixels: &[u8]) -> Result<(u32, Look), TrainError> {
        let now = self.trainer.steps_done();
        let front = step.filter(|&step| step < now).and_then(|step| self.fronts.at_or_before(step));
        match front {
            Some(front) => {
                let look = front.open().await?.look(norm_idx, pixels).await?;
                Ok((front.step(), Look { probabilities: Vec::new(), ..look }))
            }
            None => Ok((now, self.trainer.look(norm_idx, pixels).await?)),
        }
    }

    /// Wall time per step, over the last steps made together; ∞ before the first.
    pub fn millis_a_step(&self) -> f32 {
        self.millis_a_step
    }

    /// Evaluates the lane with running statistics and, if it keeps any, also with the batch's own.
    ///
    /// # Errors
    /// [`TrainError::Exec`] if the engine failed.
    pub async fn evaluate(&mut self, data: &Dataset) -> Result<Evaluation, TrainError> {
        let evaluation = self.trainer.evaluate(data).await?;
        let by_batch = self.trainer.evaluate_by_batch(data).await?;
        self.take_judgements(&[Some(evaluation), by_batch].into_iter().flatten().collect::<Vec<_>>());
        Ok(evaluation)
    }

    /// Continues with another setting, which is marked in the history.
    ///
    /// # Errors
    /// As for [`Trainer::change`]. After a failure of the GPU, [`Lane::fall_back`] and call it again.
    pub async fn change(&mut self, change: Change) -> Result<(), TrainError> {
        self.trainer.change(change).await?;
        self.history.marks.push(LaneMark { step: self.trainer.steps_done(), change });
        Ok(())
    }

    /// Records the test loss after an epoch; if that lowers the learning rate, the change is marked. Returns whether it
    /// did.
    pub fn end_epoch(&mut self, loss: f32) -> bool {
        let lowered = self.trainer.end_epoch(loss);
        if let Some(rate) = lowered {
            self.history.marks.push(LaneMark { step: self.trainer.steps_done(), change: Change::LearningRate(rate) });
        }
        lowered.is_some()
    }

    /// Full passes completed over the training images.
    pub fn epoch(&self) -> u32 {
        self.trainer.batches().epoch()
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its history.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Its snapshots.
    pub fn kept(&self) -> &Kept<Snapshot> {
        &self.kept
    }

    /// The states that can be looked back at.
    pub fn fronts(&self) -> &Kept<Front> {
        &self.fronts
    }

    /// The run.
    pub fn trainer(&mut self) -> &mut Trainer {
        &mut self.trainer
    }

    /// The run's settings in force.
    pub fn spec(&self) -> &RunSpec {
        self.trainer.spec()
    }

    /// What it costs besides time.
    pub fn facts(&self) -> RunFacts {
        self.trainer.facts()
    }

    /// A hash of the first weights of all layers other than norms.
    pub fn start_hash(&self) -> u64 {
        self.trainer.start_hash()
    }

    /// See [`Trainer::order_hash`].
    pub fn order_hash(&self) -> u64 {
        self.trainer.order_hash()
    }

    /// Ends the lane: it trains no more.
    pub fn end(&mut self, why: TrainError) {
        self.ended = Some(why);
    }

    /// Why the lane has ended, if its loss is no longer a number or its trainer refused a step.
    pub fn ended(&self) -> Option<&TrainError> {
        self.ended.as_ref()
    }

    fn record(&mut self, results: &[StepResult]) {
        let batch = self.trainer.spec().batch;
        for &StepResult { loss, n_right } in results {
            let n_images = self.history.n_images() + batch;
            self.history.steps.push(LaneStep { loss, accuracy: n_right / batch as f32, n_images });
        }
    }

    async fn keep(&mut self) -> Result<(), TrainError> {
        if self.kept.is_due(self.trainer.steps_done()) {
            self.kept.keep(self.trainer.snapshot().await?);
        }
        if self.fronts.is_due(self.trainer.steps_done()) {
            self.fronts.keep(self.trainer.front().await?);
        }
        Ok(())
    }
}
