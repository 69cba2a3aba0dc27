//! Bars and round numbers on an axis.

use super::N_BINS;

/// The bar of a value on an axis.
pub(super) fn bin_of([low, high]: [f32; 2], value: f32) -> Option<usize> {
    let place = (value - low) * (N_BINS as f32 / (high - low));
    // What is infinite or NaN is in no bar.
    (value.is_finite() && place >= 0.0).then(|| (place as usize).min(N_BINS - 1))
}

/// About six positions at round numbers.
pub(super) fn ticks([low, high]: [f32; 2]) -> Vec<f32> {
    let step = round_step((high - low) / 7.0);
    let first = (low / step).ceil() as i32;
    (first..).map(|k| k as f32 * step).take_while(|&tick| tick <= high).collect()
}

/// The least of 1, 2, 5, 10, … that is not below `least`.
pub(super) fn round_step(least: f32) -> f32 {
    let power = libm::powf(10.0, least.log10().floor());
    [1.0, 2.0, 5.0].map(|factor| factor * power).into_iter().find(|&step| step >= least).unwrap_or(10.0 * power)
}
