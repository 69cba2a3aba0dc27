//! Softmax cross-entropy: the gradient of the mean loss, the loss itself and the number of rows classified correctly.

use super::tick::Clock;
use super::{Items, Pass};
use bytemuck::{Pod, Zeroable};

/// Parameters of the table of logits and of the rings.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[expect(missing_docs, reason = "the names say it")]
pub struct SoftmaxLossParams {
    pub rows: u32,
    pub classes: u32,
    pub ring_len: u32,
}

/// What a step leaves in the ring of results.
#[repr(C)]
#[derive(Clone, Copy, Default, PartialEq, Debug, Pod, Zeroable)]
pub struct StepResult {
    /// Mean cross-entropy, nats.
    pub loss: f32,
    /// Rows classified correctly.
    pub n_right: f32,
}

kernel! {
    softmax_loss(SoftmaxLossParams) uses [lanes, clock];
    read logits: [f32],
    read labels: [u32],
    read clock: [Clock],
    write dlogits: [f32],
    write results: [StepResult],
}

/// A pass in which invocations share the whole table: three loops over the classes of every row.
pub fn pass(params: SoftmaxLossParams, slots: Slots) -> Pass {
    slots.pass(&params, Items::shared(1, 3 * params.rows * params.classes))
}

fn twin(params: SoftmaxLossParams, Bound { logits, labels, clock, mut dlogits, mut results }: Bound<'_>) {
    let slot = (clock[0].step % params.ring_len) as usize;
    let (rows, classes) = (params.rows as usize, params.classes as usize);
    let labels = &labels[slot * rows..(slot + 1) * rows];
    let mut sums = StepResult::default();
    let tables = logits.chunks_exact(classes).zip(dlogits.chunks_exact_mut(classes));
    for ((logits, dlogits), &label) in tables.zip(labels) {
        let result = row_loss(logits, label as usize, rows as f32, dlogits);
        sums.loss += result.loss;
        sums.n_right += result.n_right;
    }
    results[slot] = StepResult { loss: sums.loss / rows as f32, ..sums };
}

/// The result of one row, and its gradient: dlogits = (softmax(logits) − one-hot(label))/rows;
/// loss = −ln softmax(logits)\[label\].
pub fn row_loss(logits: &[f32], label: usize, rows: f32, dlogits: &mut [f32]) -> StepResult {
    let best = (0..logits.len()).fold(0, |best, k| if logits[k] > logits[best] { k } else { best });
    // Subtracting the largest logit keeps exp within range.
    let largest = logits[best];
    let mut total = 0.0;
    for (dlogit, logit) in dlogits.iter_mut().zip(logits) {
        *dlogit = libm::expf(logit - largest);
        total += *dlogit;
    }
    for (k, dlogit) in dlogits.iter_mut().enumerate() {
        *dlogit = (*dlogit / total - f32::from(u8::from(k == label))) / rows;
    }
    StepResult { loss: libm::logf(total) - (logits[label] - largest), n_right: f32::from(u8::from(best == label)) }
}
