//! Counts the values that the figure visits, for tests: what a gesture costs must not depend on how long an axis is.
//! Builds for readers count nothing.

#[cfg(debug_assertions)]
thread_local! {
    static VISITED: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// Adds visited values.
#[inline]
pub fn add(n_values: u32) {
    #[cfg(debug_assertions)]
    VISITED.set(VISITED.get() + u64::from(n_values));
    #[cfg(not(debug_assertions))]
    let _ = n_values;
}

/// How many values this thread has visited; builds without debug assertions return 0.
pub fn visited() -> u64 {
    #[cfg(debug_assertions)]
    let visited = VISITED.get();
    #[cfg(not(debug_assertions))]
    let visited = 0;
    visited
}
