//! The order in which training images are drawn. Knows only indices, not images.
//!
//! Until the whole set has arrived, shuffled passes go over what had arrived when each began. After that, the passes
//! are epochs: each draws every image once, and a batch may end one epoch and begin the next, so that no image is
//! dropped.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg32;
use serde::{Deserialize, Serialize};

/// Set in the number of a loading pass, to give it a different stream of random numbers than the epoch with that
/// number.
const LOADING_STREAM: u32 = 1 << 31;

/// Draws batches of training images with a seed.
///
/// The order within an epoch depends only on the seed, the epoch's number and the size of the set.
#[derive(Clone)]
pub struct Batches {
    state: BatchesState,
    /// The pool of the current pass, shuffled; empty between passes.
    order: Vec<u32>,
}

/// What [`Batches`] is made from: the order follows from it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BatchesState {
    /// The seed.
    pub seed: u32,
    /// The current pass, or the next.
    pub pass: Pass,
    /// Images in the current pass; between passes, in the last one.
    pub pool: u32,
    /// Images of the pass already drawn.
    pub drawn: u32,
}

/// One run through the pool.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Pass {
    /// Over what had arrived when it started, numbered from 0.
    Loading(u32),
    /// Over the whole set, numbered from 0.
    Epoch(u32),
}

impl Batches {
    /// The order before anything is drawn.
    pub fn new(seed: u32) -> Self {
        BatchesState { seed, pass: Pass::Loading(0), pool: 0, drawn: 0 }.into()
    }

    /// Total images drawn, if the whole set was there from the start.
    pub fn n_images(&self) -> u32 {
        self.epoch() * self.state.pool + self.epoch_images()
    }

    /// Writes the indices of the next `out.len()` images.
    ///
    /// `n_ready` images have arrived, of `n_total` if that is known. They must include those of earlier calls. A pass
    /// over part of the set ends as soon as the whole set has arrived.
    ///
    /// # Panics
    /// If there are no images to draw from.
    pub fn next_batch(&mut self, n_ready: u32, n_total: Option<u32>, out: &mut [u32]) {
        assert!(n_ready > 0, "no image has arrived to draw from");
        if matches!(self.state.pass, Pass::Loading(_)) && n_total == Some(n_ready) {
            self.begin(Pass::Epoch(0));
        }
        let mut rest = out;
        while !rest.is_empty() {
            if self.order.is_empty() {
                self.shuffle(n_ready);
            }
            let undrawn = &self.order[self.state.drawn as usize..];
            let n = rest.len().min(undrawn.len());
            let (filled, unfilled) = rest.split_at_mut(n);
            filled.copy_from_slice(&undrawn[..n]);
            rest = unfilled;
            self.state.drawn += n as u32;
            if self.state.drawn == self.state.pool {
                self.begin(self.state.pass.next());
            }
        }
    }

    /// Epochs completed: full passes over the whole set.
    pub fn epoch(&self) -> u32 {
        match self.state.pass {
            Pass::Loading(_) => 0,
            Pass::Epoch(number) => number,
        }
    }

    /// Images drawn in the current pass, whether it is an epoch or not; 0 right after the last image of the pass
    /// before.
    pub fn epoch_images(&self) -> u32 {
        self.state.drawn
    }

    /// Images in the current pass; between passes, in the last one; 0 before the first.
    pub fn pool(&self) -> u32 {
        self.state.pool
    }

    /// What a snapshot keeps; `Batches::from` this draws the same images as `self`.
    pub fn state(&self) -> BatchesState {
        self.state
    }

    fn begin(&mut self, pass: Pass) {
        self.state.pass = pass;
        self.state.drawn = 0;
        self.order.clear();
    }

    /// Shuffles the pool of the pass; if the pass is just beginning, the images that have arrived become the pool.
    fn shuffle(&mut self, n_ready: u32) {
        let BatchesState { seed, pass, pool, drawn } = self.state;
        // A snapshot of a pass over more than has arrived cannot be continued: its pass starts again.
        if drawn == 0 || drawn >= pool || pool > n_ready {
            self.state.pool = n_ready;
            self.state.drawn = 0;
        }
        let stream = match pass {
            Pass::Loading(number) => number | LOADING_STREAM,
            Pass::Epoch(number) => number,
        };
        self.order.clear();
        self.order.extend(0..self.state.pool);
        self.order.shuffle(&mut Pcg32::seed_from_u64(u64::from(seed) << 32 | u64::from(stream)));
    }
}

impl From<BatchesState> for Batches {
    fn from(state: BatchesState) -> Self {
        Self { state, order: Vec::new() }
    }
}

impl Pass {
    fn next(self) -> Self {
        match self {
            Self::Loading(number) => Self::Loading(number + 1),
            Self::Epoch(number) => Self::Epoch(number + 1),
        }
    }
}
