//! A printout as a picture: a histogram from −7 to 7 with the mean and one standard deviation to either side.

use super::measure::{Measured, N_BINS, RANGE};
use serde::Serialize;
use std::fmt::Write;
use tsify::Tsify;

/// Width of the picture, in its own units.
pub const WIDTH: f32 = 360.0;

/// Height of the picture.
pub const HEIGHT: f32 = 60.0;

/// Position of the axis.
const GROUND: f32 = 46.0;

/// Room above the highest bar.
const HEAD: f32 = 6.0;

/// The paths of a printout, as SVG `d`.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
pub struct Print {
    /// The bars. Their heights are roots of the density: otherwise the wide histogram would look flat next to the
    /// narrow one.
    pub bars: String,
    /// The axis with ticks at −6, −3, 0, 3 and 6.
    pub axis: String,
    /// The mean and one standard deviation to either side.
    pub spread: String,
}

/// Draws a tensor's statistics.
pub fn print(measured: &Measured) -> Print {
    let statistics = measured.statistics;
    let (from, mean, to) = (statistics.mean - statistics.std, statistics.mean, statistics.mean + statistics.std);
    let ticks = [from, mean, to].map(|value| format!("M{:.1} {}v6", across(value), GROUND + 5.0)).concat();
    let middle = format!("M{:.1} {}H{:.1}", across(from), GROUND + 8.0, across(to));
    Print { bars: bars(&measured.bins), axis: axis(), spread: middle + &ticks }
}

fn across(value: f32) -> f32 {
    (value + RANGE) / (2.0 * RANGE) * WIDTH
}

fn axis() -> String {
    let ticks = [-6.0, -3.0, 0.0, 3.0, 6.0].map(|value| format!("M{:.1} {GROUND}v3", across(value))).concat();
    format!("M0 {GROUND}H{WIDTH}{ticks}")
}

fn bars(bins: &[u32]) -> String {
    /// Gap next to each bar, out of its room.
    const JOINT: f32 = 0.6;
    let total = bins.iter().sum::<u32>().max(1) as f32;
    let width = WIDTH / N_BINS as f32;
    let mut d = String::new();
    for (i, &count) in bins.iter().enumerate().filter(|(_, count)| **count > 0) {
        // A density of 1 reaches the top.
        let density = count as f32 / total * N_BINS as f32 / (2.0 * RANGE);
        let height = density.sqrt().min(1.0) * (GROUND - HEAD);
        let _ = write!(d, "M{:.1} {GROUND}v-{height:.1}h{:.1}v{height:.1}z", i as f32 * width, width - JOINT);
    }
    d
}
