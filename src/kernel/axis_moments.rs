//! Moments of every box of values; about 0 if the mean is not subtracted. x: `[N, C, H, W]` → `[n_tiles]` [`Moments`].

use super::Pass;
use super::axes::{AxesParams, RunTiles, for_each_run, sums_and_words};
use crate::norms::moments::Moments;

kernel! {
    axis_moments(AxesParams) uses [lanes, moments, tiling, axes];
    read x: [f32],
    write groups: [Moments];
    scratch
}

/// The largest number of values whose squares are added in f32: after a large square, many small ones are all rounded
/// the same way.
const PART_LEN: usize = 256;

/// A pass in which invocations share a box.
pub fn pass(params: AxesParams, slots: Slots) -> Pass {
    slots.pass(&params, params.box_items())
}

fn twin(params: AxesParams, Bound { x, mut groups, mut scratch }: Bound<'_>) {
    axis_moments(params, &x, &mut groups, &mut scratch);
}

/// The moments of every box, from Σ d and Σ d² in f64 with d = x − p and p a value of the box.
///
/// m2 = Σ d² − (Σ d)²/n. As p is one of the n values, (mean − p)² is at most n variances, so that the difference costs
/// log₁₀ n of the 16 digits that f64 has. About 0, p is 0 and m2 = Σ x².
fn axis_moments(params: AxesParams, x: &[f32], groups: &mut [Moments], scratch: &mut Vec<f32>) {
    let n_tiles = groups.len();
    let (sums, pivots) = sums_and_words(scratch, 2 * n_tiles, n_tiles);
    let (deviations, squares) = sums.split_at_mut(n_tiles);
    let centers = params.centers == 1;
    pivots[..n_tiles].fill(if centers { f32::NAN } else { 0.0 });
    for_each_run(params.tilings(), |run| {
        let (x, tiles) = (run.of(x), run.tiles[0]);
        let to = if tiles.is_one { tiles.first + 1 } else { tiles.first + run.len };
        let pivots = &mut pivots[tiles.first..to];
        if pivots[0].is_nan() {
            pivots.copy_from_slice(&x[..pivots.len()]);
        }
        add(tiles, x, pivots, &mut deviations[tiles.first..to], &mut squares[tiles.first..to]);
    });
    let count = f64::from(params.tiling.tile_len());
    for (i, group) in groups.iter_mut().enumerate() {
        let from_pivot = deviations[i] / count;
        let mean = f64::from(pivots[i]) + from_pivot;
        let moments = |origin: f32, offset, m2: f64| Moments { count: count as f32, origin, offset, m2: m2 as f32 };
        *group = if centers {
            let origin = mean as f32;
            let offset = (mean - f64::from(origin)) as f32;
            moments(origin, offset, (squares[i] - deviations[i] * from_pivot).max(0.0))
        } else {
            moments(0.0, 0.0, squares[i])
        };
    }
}

fn add(tiles: RunTiles, x: &[f32], pivots: &[f32], deviations: &mut [f64], squares: &mut [f64]) {
    if tiles.is_one {
        for part in x.chunks(PART_LEN).map(Moments::of) {
            let count = f64::from(part.count);
            let deviation = f64::from(part.origin) - f64::from(pivots[0]) + f64::from(part.offset);
            deviations[0] += count * deviation;
            squares[0] += f64::from(part.m2) + count * deviation * deviation;
        }
        return;
    }
    for (((deviation, square), pivot), x) in deviations.iter_mut().zip(squares).zip(pivots).zip(x) {
        let d = f64::from(*x) - f64::from(*pivot);
        *deviation += d;
        *square += d * d;
    }
}
