//! What protects a run on a GPU: the test before its first step, copies of its state, steps that the CPU repeats, and the
//! way over to the CPU.

use super::snapshot::NO_BYTES_HASH;
use super::{Batch, RunSpec, State as _, TrainError, Trainer, write_rate};
use crate::engine::exec::cpu::CpuExecutor;
use crate::engine::exec::gpu::trust::Sample;
use crate::engine::exec::{ExecError, Executor};
use crate::engine::plan::Section;
use crate::kernel::softmax_loss::StepResult;
use crate::network::model::{ModelError, PlannedModel, RING_LEN};
use crate::training::data::{Batches, Dataset, IMAGE_LEN, N_CLASSES};
use std::rc::Rc;
use web_time::Instant;

/// The largest number of steps that losing the GPU may cost: copies of the run's state are made more often. A step that is
/// repeated after a copy, and is wrong, costs no more.
const SNAPSHOT_STEPS: u32 = 50;

/// The share of the time spent training that the CPU may spend on repeating steps.
const CHECK_SHARE: f32 = 0.02;

/// The largest number of steps from one repeated step to the next, even if that costs more: where a step on the CPU takes
/// as long as ten on the GPU, it costs just that share.
const CHECK_STEPS: u32 = 500;

/// By how much a step's loss may differ from the CPU's, as a share of the largest output of the network, which bounds the
/// effect of rounding on a softmax. Our tests hold the outputs of a step to 1e-5; a GPU that fails is off by far more.
const TOLERANCE: f32 = 1e-3;

/// Outputs from here on may be infinite on one engine and just finite on the other.
const LARGE_OUTPUT: f32 = 1e6;

/// The images of a sample are dark: four of their pixels, taken as one float, are less than 1.
const DARK: u32 = 64;

/// When the CPU repeats a step, and what that costs.
#[derive(Default)]
pub(super) struct Watch {
    /// Wall time of all steps.
    trained_millis: f32,
    /// That of the repeated ones, except for the first, which belongs to the test at the start.
    repeated_millis: f32,
    /// That of the last repeated one; none before the first.
    last_millis: Option<f32>,
    /// The first step that is repeated whatever it costs.
    next: u32,
}

impl Watch {
    pub(super) fn trained(&mut self, start: Instant) {
        self.trained_millis += millis_since(start);
    }

    fn repeated(&mut self, step: u32, start: Instant) {
        let millis = millis_since(start);
        if self.last_millis.replace(millis).is_some() {
            self.repeated_millis += millis;
        }
        self.next = step + CHECK_STEPS;
    }

    fn is_due(&self, step: u32) -> bool {
        let is_cheap = |millis| self.repeated_millis + millis <= CHECK_SHARE * self.trained_millis;
        step >= self.next || self.last_millis.is_some_and(is_cheap)
    }
}

fn millis_since(start: Instant) -> f32 {
    1e3 * start.elapsed().as_secs_f32()
}

/// A repeated step.
struct Repeated {
    loss: f32,
    largest_output: f32,
}

impl RunSpec {
    /// A small run of the same kernels: what a GPU is tested with.
    ///
    /// # Errors
    /// None for a spec that can be run.
    pub fn sample(&self) -> Result<Sample, ModelError> {
        let network = self.network();
        // More than one image, so that what reduces a batch has something to reduce.
        let batch = 2_u32.next_multiple_of(network.smallest_batch());
        let PlannedModel { plan, train, evaluate, by_batch, norms: _ } =
            network.plan_for(self.optimizer, self.clip_norm, batch, batch)?;
        let clock = self.optimizer.clock(self.seed, self.learning_rate);
        let mut inputs = vec![(train.clock, bytemuck::pod_collect_to_vec(&[clock]))];
        for ports in [Some(train), Some(evaluate), by_batch].into_iter().flatten() {
            let n_pixels = ports.batch * IMAGE_LEN as u32;
            let pixels: Vec<u8> =
                (0..n_pixels).map(|at| ((at.wrapping_mul(2_654_435_761) >> 24) % DARK) as u8).collect();
            let labels: Vec<u32> = (0..ports.batch).map(|image| image % u32::from(N_CLASSES)).collect();
            inputs.push((ports.images, bytemuck::pod_collect_to_vec(&pixels)));
            inputs.push((ports.labels, bytemuck::pod_collect_to_vec(&labels)));
        }
        Ok(Sample { plan: Rc::new(plan), inputs })
    }
}

impl Trainer {
    pub(super) async fn keep_snapshot(&mut self) -> Result<(), ExecError> {
        // The copy must be made before the slice that could exceed the limit.
        if self.snapshot.as_ref().is_some_and(|kept| self.step + RING_LEN < kept.step() + SNAPSHOT_STEPS) {
            return Ok(());
        }
        self.snapshot = Some(Rc::new(self.snapshot().await?));
        Ok(())
    }

    /// Continues on the CPU after the GPU failed: from the last copy of the state or, if the GPU computes nonsense, from
    /// the last one that the CPU has checked.
    pub fn fall_back(&mut self) {
        if self.executor.is_wrong() {
            self.snapshot = self.checked.take();
        }
        let learning_rate = self.learning_rate();
        let mut executor = Executor::Cpu(CpuExecutor::new(Rc::clone(&self.plan), self.spec.seed));
        let clock = self.spec.optimizer.clock(self.spec.seed, self.spec.learning_rate);
        executor.write(self.train.clock, 0, bytemuck::bytes_of(&clock));
        (self.step, self.batches) = (0, Batches::new(self.spec.seed));
        self.plateau = self.spec.schedule();
        self.order = NO_BYTES_HASH;
        self.executor = executor;
        self.trial = None;
        self.checked = None;
        if let Some(snapshot) = self.snapshot.take() {
            self.take_up(&snapshot);
        }
        self.take_rate(learning_rate);
    }

    /// Gives up the GPU, if that is the engine, as if the system had taken it away: for tests of what happens then.
    pub fn lose_gpu(&self) {
        if let Executor::Gpu(gpu) = &self.executor {
            gpu.gpu_device().destroy();
        }
    }

    /// Makes what is read next from the GPU wrong: for tests of what happens then.
    pub fn spoil_gpu(&self) {
        if let Executor::Gpu(gpu) = &self.executor {
            gpu.gpu_device().spoil();
        }
    }

    /// Whether the CPU is to repeat the next step, which starts from the last copy of the run's state.
    pub(super) fn is_check_due(&self) -> bool {
        let is_at_copy = self.snapshot.as_ref().is_some_and(|kept| kept.step() == self.step);
        matches!(self.executor, Executor::Gpu(_)) && is_at_copy && self.watch.is_due(self.step)
    }

    /// The share of the time spent training that the CPU has spent on repeating steps, except for the first.
    pub fn check_share(&self) -> f32 {
        self.watch.repeated_millis / self.watch.trained_millis
    }

    /// Compares the first step after the last copy with the CPU's.
    ///
    /// # Errors
    /// [`ExecError::Wrong`] if they differ.
    pub(super) fn check(&mut self, data: &Dataset, first: StepResult) -> Result<(), ExecError> {
        let Some(copy) = self.snapshot.clone() else { return Ok(()) };
        let (step, start) = (copy.step() + 1, Instant::now());
        let Some(Repeated { loss, largest_output }) = self.repeat(data, 1).pop() else { return Ok(()) };
        let is_apart = (first.loss - loss).abs() > TOLERANCE * largest_output.max(1.0);
        let is_endless = first.loss.is_finite() != loss.is_finite() && largest_output < LARGE_OUTPUT;
        if is_apart || is_endless {
            return Err(self.distrust(step, first.loss, loss));
        }
        self.checked = Some(copy);
        self.watch.repeated(step - 1, start);
        Ok(())
    }

    /// Has the CPU repeat what led to a loss that is no number.
    ///
    /// # Errors
    /// `diverged` if the CPU's loss is none either, then or soon after; otherwise [`ExecError::Wrong`].
    pub(super) fn confirm(&mut self, data: &Dataset, diverged: TrainError) -> TrainError {
        let (TrainError::Diverged { step, loss }, Some(copy)) = (&diverged, &self.snapshot) else { return diverged };
        // Rounding decides which of a few steps overflows first.
        let n_steps = step - copy.step();
        let repeated = self.repeat(data, n_steps + RING_LEN);
        match repeated.get(n_steps as usize - 1) {
            Some(at) if repeated.iter().all(|step| step.loss.is_finite()) => {
                self.distrust(*step, *loss, at.loss).into()
            }
            _ => diverged,
        }
    }

    fn distrust(&mut self, step: u32, gpu: f32, cpu: f32) -> ExecError {
        self.executor.wrong(format!("as the loss of step {step}"), gpu, cpu)
    }

    /// Has the CPU do `n_steps` from the last copy, as far as their losses are numbers.
    fn repeat(&self, data: &Dataset, n_steps: u32) -> Vec<Repeated> {
        let Some(copy) = &self.snapshot else { return Vec::new() };
        let mut cpu = Executor::Cpu(CpuExecutor::new(Rc::clone(&self.plan), self.spec.seed));
        copy.write(&self.plan, &mut cpu);
        write_rate(&mut cpu, self.train.clock, self.learning_rate());
        let mut batches = Batches::from(copy.batches());
        let mut batch = Batch { indices: vec![0; self.spec.batch as usize], ..Batch::default() };
        let mut repeated = Vec::new();
        for step in copy.step()..copy.step() + n_steps {
            batch.draw(data, &mut batches);
            batch.write(&mut cpu, self.train, step);
            cpu.run(Section::Train, 1);
            let Executor::Cpu(done) = &cpu else { break };
            let results = done.read(self.train.results);
            let StepResult { loss, .. } = bytemuck::cast_slice(&results)[(step % RING_LEN) as usize];
            let largest = |largest: f32, output: &f32| largest.max(output.abs());
            let largest_output = done.read(self.train.logits.slot).iter().fold(0.0, largest);
            repeated.push(Repeated { loss, largest_output });
            if !loss.is_finite() {
                break;
            }
        }
        repeated
    }
}
