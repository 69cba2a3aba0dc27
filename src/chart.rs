//! Charts of a training run, drawn by plotters on any of its backends.
//!
//! [`trace`] keeps a curve in bounded memory, [`draw`] draws it. Neither knows the browser; colours come from outside.

pub mod trace;
pub mod draw;

use trace::Trace;

/// What the charts of one run show.
#[derive(Clone, Default, Debug)]
pub struct History {
    /// Loss of each training step, nats.
    pub train_loss: Trace,
    /// Share right in each training step.
    pub train_accuracy: Trace,
    /// Judgements on the test set, in the order of their steps.
    pub tests: Vec<Test>,
    /// Changes made while the run went on.
    pub changes: Vec<Change>,
}

/// A judgement on the test set.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Test {
    /// Steps done before it.
    pub step: u32,
    /// Mean loss, nats.
    pub loss: f32,
    /// Share right.
    pub accuracy: f32,
}

/// A change of settings mid-run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// Steps done before it.
    pub step: u32,
    /// What changed, in a few words.
    pub words: String,
}

impl History {
    /// Adds the steps since the last report. Returns whether `step`, the steps done in all, agrees with what is here.
    pub fn push(&mut self, step: u32, losses: &[f32], accuracies: &[f32]) -> bool {
        losses.iter().for_each(|&loss| self.train_loss.push(loss));
        accuracies.iter().for_each(|&accuracy| self.train_accuracy.push(accuracy));
        self.train_loss.len() == u64::from(step)
    }
}
