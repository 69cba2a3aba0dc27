//! Evaluates a run's model on the test set, a few images at a time, so that its owner can do other things in between.

use super::{Batch, Evaluation, Trainer};
use crate::engine::exec::ExecError;
use crate::engine::plan::Section;
use crate::kernel::softmax_loss::{StepResult, row_loss};
use crate::network::model::{Ports, RING_LEN};
use crate::network::optimizer::Adam;
use crate::training::data::Dataset;

/// An evaluation in progress.
#[derive(Default)]
pub struct Evaluating {
    n_batches: u32,
    n_done: u32,
    n_queued: u32,
    loss: f64,
    n_right: f64,
    by_batch: bool,
    /// The largest number of test images; all if none is given.
    n_images: Option<u32>,
}

/// Images evaluated at a time: about 20 ms of one thread on the tutorial net.
const IMAGES_A_TIME: u32 = 200;

impl Evaluating {
    /// With the statistics of each batch, if the run has such an evaluation ([`Trainer::judges_twice`]).
    pub fn by_batch() -> Self {
        Self { by_batch: true, ..Self::default() }
    }

    /// On only the first `n_images` test images, in whole batches of an evaluation.
    pub fn of_first(self, n_images: u32) -> Self {
        Self { n_images: Some(n_images), ..self }
    }
}

impl Trainer {
    /// Hands some more test images to the engine. Follow it with [`Trainer::finish_evaluation`].
    pub fn queue_evaluation(&mut self, data: &Dataset, under_way: &mut Evaluating) {
        let test = data.test();
        let (ports, section) = self.judge(under_way);
        let n_at_a_time = (IMAGES_A_TIME / ports.batch).clamp(1, RING_LEN);
        let n_whole = test.n_ready() / ports.batch;
        under_way.n_batches =
            under_way.n_images.map_or(n_whole, |n_images| (n_images / ports.batch).max(1).min(n_whole));
        under_way.n_queued = n_at_a_time.min(under_way.n_batches - under_way.n_done);
        let mut batch = Batch::default();
        self.executor.write(self.evaluate.clock, 0, bytemuck::bytes_of(&Adam::KERAS.clock(0, 0.0)));
        for place in 0..under_way.n_queued {
            let first = (under_way.n_done + place) * ports.batch;
            batch.indices = (first..first + ports.batch).collect();
            batch.gather(|index| (test.image(index), test.label(index)));
            batch.write(&mut self.executor, ports, place);
        }
        self.executor.run(section, under_way.n_queued);
    }

    /// Whether the network has a norm that keeps running statistics, so that it can be evaluated with those or the
    /// batch's own.
    pub fn judges_twice(&self) -> bool {
        self.by_batch.is_some()
    }

    fn judge(&self, under_way: &Evaluating) -> (Ports, Section) {
        match self.by_batch {
            Some(ports) if under_way.by_batch => (ports, Section::EvaluateByBatch),
            Some(_) | None => (self.evaluate, Section::Evaluate),
        }
    }

    /// Collects the results of what was queued; returns the evaluation once all whole batches are done.
    ///
    /// # Errors
    /// [`ExecError`] if the engine failed.
    pub async fn finish_evaluation(&mut self, under_way: &mut Evaluating) -> Result<Option<Evaluation>, ExecError> {
        let (ports, section) = self.judge(under_way);
        let ring = self.executor.read(&[ports.results]).await?;
        for result in &bytemuck::cast_slice::<f32, StepResult>(&ring[0])[..under_way.n_queued as usize] {
            under_way.loss += f64::from(result.loss);
            under_way.n_right += f64::from(result.n_right);
        }
        under_way.n_done += under_way.n_queued;
        if under_way.n_done < under_way.n_batches {
            return Ok(None);
        }
        let n_images = under_way.n_batches * ports.batch;
        Ok(Some(Evaluation {
            step: self.step,
            epoch: self.batches.epoch(),
            n_images,
            loss: (under_way.loss / f64::from(under_way.n_batches.max(1))) as f32,
            accuracy: (under_way.n_right / f64::from(n_images.max(1))) as f32,
            batch_statistics: (section == Section::EvaluateByBatch).then_some(ports.batch),
        }))
    }

    /// Evaluates the model on the whole test set, as far as it has arrived.
    ///
    /// # Errors
    /// [`ExecError`] if the engine failed.
    pub async fn evaluate(&mut self, data: &Dataset) -> Result<Evaluation, ExecError> {
        let mut under_way = Evaluating::default();
        let whole = loop {
            self.queue_evaluation(data, &mut under_way);
            if let Some(evaluation) = self.finish_evaluation(&mut under_way).await? {
                break evaluation;
            }
        };
        let (n_images, n_whole) = (data.test().n_ready(), f64::from(whole.n_images));
        if n_images == whole.n_images {
            return Ok(whole);
        }
        let rest = self.judge_rest(data, whole.n_images).await?;
        let loss = (f64::from(whole.loss) * n_whole + f64::from(rest.loss)) / f64::from(n_images);
        let n_right = f64::from(whole.accuracy) * n_whole + f64::from(rest.n_right);
        Ok(Evaluation { n_images, loss: loss as f32, accuracy: (n_right / f64::from(n_images)) as f32, ..whole })
    }

    /// Evaluates the model on the test set with the statistics of every batch, in batches as large as those of training
    /// but no larger than those of an evaluation; images that do not fill a whole batch are left out. `None` if this
    /// would give the same result.
    ///
    /// # Errors
    /// [`ExecError`] if the engine failed.
    pub async fn evaluate_by_batch(&mut self, data: &Dataset) -> Result<Option<Evaluation>, ExecError> {
        if !self.judges_twice() {
            return Ok(None);
        }
        let mut under_way = Evaluating::by_batch();
        loop {
            self.queue_evaluation(data, &mut under_way);
            let evaluation = self.finish_evaluation(&mut under_way).await?;
            if evaluation.is_some() {
                return Ok(evaluation);
            }
        }
    }

    /// The sums over the images starting at `first`, which are fewer than a batch and are filled up with others.
    async fn judge_rest(&mut self, data: &Dataset, first: u32) -> Result<StepResult, ExecError> {
        let test = data.test();
        let indices = (first..first + self.evaluate.batch).map(|index| index % test.n_ready()).collect();
        let mut batch = Batch { indices, ..Batch::default() };
        batch.gather(|index| (test.image(index), test.label(index)));
        self.executor.write(self.evaluate.clock, 0, bytemuck::bytes_of(&Adam::KERAS.clock(0, 0.0)));
        batch.write(&mut self.executor, self.evaluate, 0);
        self.executor.run(Section::Evaluate, 1);
        let logits = self.executor.read(&[self.evaluate.logits.slot]).await?.remove(0);
        let n_classes = self.evaluate.logits.shape.image_len() as usize;
        let (mut sums, mut dlogits) = (StepResult::default(), vec![0.0; n_classes]);
        for (logits, index) in logits.chunks_exact(n_classes).zip(first..test.n_ready()) {
            let row = row_loss(logits, usize::from(test.label(index)), 1.0, &mut dlogits);
            sums.loss += row.loss;
            sums.n_right += row.n_right;
        }
        Ok(sums)
    }
}
