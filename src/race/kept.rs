//! Snapshots of a lane on a doubling schedule: whenever they outgrow their budget, every second one goes and later ones
//! come at twice the distance.

use crate::train::Snapshot;

/// The snapshots of one lane, oldest first. The first stays.
pub struct Kept {
    budget_bytes: usize,
    stride: u32,
    snapshots: Vec<Snapshot>,
}

/// Snapshots that stay whatever the budget: the first and the last.
const MIN_KEPT: usize = 2;

impl Kept {
    /// None yet, and no more than `budget_bytes` ever, save that two are always kept.
    pub fn new(budget_bytes: usize) -> Self {
        Self { budget_bytes, stride: 1, snapshots: Vec::new() }
    }

    /// Whether the state at `step` is to be kept.
    pub fn is_due(&self, step: u32) -> bool {
        step.is_multiple_of(self.stride) && self.snapshots.last().is_none_or(|last| last.step() < step)
    }

    /// Steps from `step` to the next one that is due, at least 1.
    pub fn steps_to_due(&self, step: u32) -> u32 {
        self.stride - step % self.stride
    }

    /// Keeps a snapshot that is due, and thins out the others where there are too many.
    pub fn keep(&mut self, snapshot: Snapshot) {
        self.snapshots.push(snapshot);
        while self.n_bytes() > self.budget_bytes && self.snapshots.len() > MIN_KEPT {
            self.stride *= 2;
            let stride = self.stride;
            self.snapshots.retain(|snapshot| snapshot.step().is_multiple_of(stride));
        }
    }

    /// The last snapshot at or before `step`.
    pub fn at_or_before(&self, step: u32) -> Option<&Snapshot> {
        self.snapshots.iter().rev().find(|snapshot| snapshot.step() <= step)
    }

    /// The steps kept, in order.
    pub fn steps(&self) -> impl ExactSizeIterator<Item = u32> {
        self.snapshots.iter().map(Snapshot::step)
    }

    /// Bytes that the snapshots take.
    pub fn n_bytes(&self) -> usize {
        self.snapshots.iter().map(Snapshot::n_bytes).sum()
    }

    /// Those up to `step`, for a lane that forks there.
    pub(super) fn up_to(&self, step: u32) -> Self {
        let snapshots = self.snapshots.iter().filter(|snapshot| snapshot.step() <= step).cloned().collect();
        Self { budget_bytes: self.budget_bytes, stride: self.stride, snapshots }
    }
}
