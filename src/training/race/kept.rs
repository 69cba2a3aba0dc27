//! States of a lane on a doubling schedule: whenever there are too many, every second one is dropped and later ones are
//! kept at twice the distance.

use crate::training::train::State;

/// The kept states of one lane, oldest first. The first is never dropped.
#[derive(Clone)]
pub struct Kept<S> {
    room: Room,
    stride: u32,
    states: Vec<S>,
}

/// The limits on what is kept; two states are kept whatever their size.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Room {
    /// Total bytes.
    pub n_bytes: usize,
    /// Number of states.
    pub n_states: usize,
}

/// States that are never dropped: the first and the last.
const MIN_KEPT: usize = 2;

impl<S: State + Clone> Kept<S> {
    /// No states yet.
    pub fn new(room: Room) -> Self {
        Self { room, stride: 1, states: Vec::new() }
    }

    /// Whether the state at `step` is to be kept.
    pub fn is_due(&self, step: u32) -> bool {
        step.is_multiple_of(self.stride) && self.states.last().is_none_or(|last| last.step() < step)
    }

    /// Steps from `step` to the next state that is due, at least 1.
    pub fn steps_to_due(&self, step: u32) -> u32 {
        self.stride - step % self.stride
    }

    /// Keeps a state that is due, and thins out the others if there are too many.
    pub fn keep(&mut self, state: S) {
        self.states.push(state);
        while self.is_full() && self.states.len() > MIN_KEPT {
            self.stride *= 2;
            let stride = self.stride;
            self.states.retain(|state| state.step().is_multiple_of(stride));
        }
    }

    fn is_full(&self) -> bool {
        self.n_bytes() > self.room.n_bytes || self.states.len() > self.room.n_states
    }

    /// The last state at or before `step`.
    pub fn at_or_before(&self, step: u32) -> Option<&S> {
        self.states.iter().rev().find(|state| state.step() <= step)
    }

    /// The steps kept, in order.
    pub fn steps(&self) -> impl ExactSizeIterator<Item = u32> {
        self.states.iter().map(State::step)
    }

    /// Their total size in bytes.
    pub fn n_bytes(&self) -> usize {
        self.states.iter().map(State::n_bytes).sum()
    }

    /// The states up to `step`, for a lane that forks there.
    pub(super) fn up_to(&self, step: u32) -> Self {
        let states = self.states.iter().filter(|state| state.step() <= step).cloned().collect();
        Self { states, ..*self }
    }
}
