//! Long computations in slices. What visits every value of a large tensor says so as it goes and rests when its slice is
//! used up, so that the page can answer in between; tests, and whoever has a small tensor, run the same code at once.

use super::work;
use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// How many values a computation may still visit before it rests, and how many it has visited.
#[derive(Debug, Default)]
pub struct Pace {
    left: Cell<u64>,
    visited: Cell<u64>,
}

impl Pace {
    /// One that never rests.
    pub fn endless() -> Self {
        Self { left: Cell::new(u64::MAX), ..Self::default() }
    }

    /// Allows another slice of `n_values`.
    pub fn allow(&self, n_values: u32) {
        self.left.set(n_values.into());
    }

    /// How many values have been visited so far.
    pub fn visited(&self) -> u64 {
        self.visited.get()
    }

    /// Counts values that have just been visited; at the end of a slice, waits for the next.
    pub async fn count(&self, n_values: u32) {
        work::add(n_values);
        let n_values = u64::from(n_values);
        self.visited.set(self.visited.get() + n_values);
        self.left.set(self.left.get().saturating_sub(n_values));
        poll_fn(|_| if self.left.get() > 0 { Poll::Ready(()) } else { Poll::Pending }).await;
    }
}

/// Runs a computation whose pace is endless.
///
/// # Panics
/// If its pace is not endless.
pub fn at_once<T>(work: impl Future<Output = T>) -> T {
    match pin!(work).as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => unreachable!("an endless pace never rests"),
    }
}
