//! The hatched gap between two curves of one network.

use super::scale::{order_of, value_at};

/// The parts of parallel lines, rising to the right at 45° and `apart` pixels from one another, that lie within an
/// outline. Positions are in pixels.
pub fn hatch(outline: &[(f64, f64)], apart: f64) -> Vec<[(f64, f64); 2]> {
    // On each line x + y is constant; from one to the next it grows by this much.
    let stride = apart * std::f64::consts::SQRT_2;
    let (low, high) = outline
        .iter()
        .map(|point| point.0 + point.1)
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), sum| (low.min(sum), high.max(sum)));
    if low >= high || !(high - low).is_finite() {
        return vec![];
    }
    let sums = (0..).map(|n| ((low / stride).ceil() + f64::from(n)) * stride).take_while(|&sum| sum < high);
    sums.flat_map(|sum| chords(outline, sum)).collect()
}

/// Where the line x + y = `sum` is inside an outline, by the even–odd rule.
fn chords(outline: &[(f64, f64)], sum: f64) -> Vec<[(f64, f64); 2]> {
    let next = outline.iter().cycle().skip(1);
    let crossings: Vec<(f64, f64)> = outline
        .iter()
        .zip(next)
        .filter_map(|(a, b)| {
            let (before, after) = (a.0 + a.1 - sum, b.0 + b.1 - sum);
            let share = before / (before - after);
            // One end of an edge counts as beyond the line if it lies on it, so that an outline is crossed an even number of times.
            ((before < 0.0) != (after < 0.0)).then_some((a.0 + (b.0 - a.0) * share, a.1 + (b.1 - a.1) * share))
        })
        .collect();
    let places: Vec<f64> = crossings.iter().map(|point| point.0).collect();
    let order = order_of(&places);
    /// Shorter segments would look like dots.
    const SHORTEST: f64 = 1.5;
    let chords = order.chunks_exact(2).map(|pair| [crossings[pair[0]], crossings[pair[1]]]);
    chords.filter(|[a, b]| b.0 - a.0 >= SHORTEST).collect()
}

/// Finds where two lines (x to the right, y down) leave most room between them for words `width` wide, within `range` of x:
/// the middle of the words, and the upper and lower y of the room.
pub fn widest(a: &[(f64, f64)], b: &[(f64, f64)], width: f64, range: (f64, f64)) -> Option<(f64, f64, f64)> {
    /// Positions that are tried, and samples of each line per position.
    const N_PLACES: usize = 40;
    const N_LOOKS: usize = 24;
    let part = |k: usize, n: usize| k as f64 / n as f64;
    let room = |x: f64| {
        let looks = (0..=N_LOOKS).map(|k| {
            let at = x + width * (part(k, N_LOOKS) - 0.5);
            Some((value_at(a, at)?, value_at(b, at)?))
        });
        let looks: Vec<(f64, f64)> = looks.collect::<Option<_>>()?;
        let top = looks.iter().map(|(a, b)| a.min(*b)).fold(f64::NEG_INFINITY, f64::max);
        let bottom = looks.iter().map(|(a, b)| a.max(*b)).fold(f64::INFINITY, f64::min);
        Some((x, top, bottom))
    };
    let (left, right) = (range.0 + width / 2.0, range.1 - width / 2.0);
    let places = (0..=N_PLACES).filter(|_| left <= right).map(|k| left + (right - left) * part(k, N_PLACES));
    places.filter_map(room).max_by(|a, b| (a.2 - a.1).total_cmp(&(b.2 - b.1)))
}
