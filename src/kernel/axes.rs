//! What the kernels of a norm over any axes share: their parameters, and the walk of their twins over the tensor.
//!
//! The walk goes run by run, in the order of the values, so that no index has to be split up for a single value.

use super::{Items, scratch_of};
use crate::norms::grouping::tiling::Tiling;
use crate::norms::moments::{Moments, sum_by_lanes};
use crate::norms::norm::{AxesRecipe, rstd};
use bytemuck::{Pod, Zeroable};

/// Parameters of all kernels of a norm over any axes.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct AxesParams {
    /// Which values share a mean.
    pub tiling: Tiling,
    /// The spans of the boxes which share γ and β, on the same table.
    pub affine_spans: [u32; 4],
    /// Added to the variance.
    pub epsilon: f32,
    /// 1 if the mean is subtracted, 0 if the moments are those about 0.
    pub centers: u32,
}

impl AxesParams {
    /// The parameters of a norm with this recipe.
    pub fn new(recipe: AxesRecipe, epsilon: f32) -> Self {
        let [tiling, affine] = Tiling::joined([recipe.tiling, recipe.affine]);
        Self { tiling, affine_spans: affine.spans(), epsilon, centers: u32::from(recipe.centers) }
    }

    /// Which values share a mean, and which share γ and β.
    pub fn tilings(self) -> [Tiling; 2] {
        [self.tiling, self.tiling.with_spans(self.affine_spans)]
    }

    /// One item per value.
    pub(super) fn value_items(self) -> Items {
        Items::single(self.tiling.lengths().iter().product())
    }

    /// One item per box of values that share a mean.
    pub(super) fn box_items(self) -> Items {
        Items::shared(self.tiling.n_tiles(), self.tiling.tile_len())
    }

    /// One item per box of values that share γ and β.
    pub(super) fn affine_items(self) -> Items {
        let [_, affine] = self.tilings();
        Items::shared(affine.n_tiles(), affine.tile_len())
    }
}

/// Σ g and Σ g·x̂ of a box, with g = γ·dy.
#[repr(C)]
#[derive(Clone, Copy, Default, PartialEq, Debug, Pod, Zeroable)]
#[expect(missing_docs, reason = "the names say it")]
pub struct AxisSums {
    pub g: f32,
    pub g_xhat: f32,
}

/// The largest number of values in a run: small enough that sums in f32 round little and that the values stay in the
/// cache.
pub(super) const MAX_RUN_LEN: usize = 1024;

/// Consecutive values.
pub(super) struct Run {
    pub(super) start: usize,
    pub(super) len: usize,
    /// Their boxes for the mean, and for γ and β.
    pub(super) tiles: [RunTiles; 2],
}

/// The boxes of the values of a run: a single one, or consecutive ones.
#[derive(Clone, Copy)]
pub(super) struct RunTiles {
    pub(super) first: usize,
    pub(super) is_one: bool,
}

/// Visits all values, run by run.
pub(super) fn for_each_run(tilings: [Tiling; 2], mut visit: impl FnMut(Run)) {
    let [n_len, c_len, h_len, row_len] = tilings[0].lengths();
    let last_spans = tilings.map(|tiling| tiling.spans()[3]);
    // Of two spans, the smaller divides the larger, since both are products of the lengths of the last axes.
    let run_len = last_spans.into_iter().filter(|&span| span > 1).min().unwrap_or(row_len);
    let along = tilings.map(Tiling::tiles_along);
    let mut row_start = 0;
    for n in 0..n_len {
        for c in 0..c_len {
            for h in 0..h_len {
                let firsts = [0, 1].map(|i| tilings[i].tile_at([n, c, h, 0], along[i]));
                for start in (0..row_len).step_by(run_len as usize) {
                    for part in (start..start + run_len).step_by(MAX_RUN_LEN) {
                        let tiles = [0, 1].map(|i| RunTiles {
                            first: (firsts[i] + part / last_spans[i]) as usize,
                            is_one: last_spans[i] > 1,
                        });
                        let len = ((start + run_len - part) as usize).min(MAX_RUN_LEN);
                        visit(Run { start: row_start + part as usize, len, tiles });
                    }
                }
                row_start += row_len as usize;
            }
        }
    }
}

impl Run {
    /// The run's part of a tensor.
    pub(super) fn of<'a, T>(&self, values: &'a [T]) -> &'a [T] {
        &values[self.start..self.start + self.len]
    }

    /// The run's part of a tensor, to write.
    pub(super) fn of_mut<'a, T>(&self, values: &'a mut [T]) -> &'a mut [T] {
        &mut values[self.start..self.start + self.len]
    }
}

impl RunTiles {
    /// Calls `map` with every place of `out`, the value of `values` there, and the entries of its box in the tables.
    #[inline]
    pub(super) fn map(
        self,
        tables: [&[f32]; 3],
        values: &[f32],
        out: &mut [f32],
        map: impl Fn(&mut f32, f32, f32, f32, f32),
    ) {
        if self.is_one {
            let [a, b, c] = tables.map(|table| table[self.first]);
            out.iter_mut().zip(values).for_each(|(out, &value)| map(out, value, a, b, c));
            return;
        }
        let [a, b, c] = tables.map(|table| &table[self.first..self.first + values.len()]);
        for ((((out, &value), &a), &b), &c) in out.iter_mut().zip(values).zip(a).zip(b).zip(c) {
            map(out, value, a, b, c);
        }
    }

    /// g = γ·dy, as long as `dy`.
    pub(super) fn scale(self, gamma: &[f32], dy: &[f32], g: &mut [f32]) {
        self.map([gamma; 3], dy, g, |g, dy, gamma, _, _| *g = gamma * dy);
    }

    /// Adds every value to the sum of its box.
    pub(super) fn add(self, values: &[f32], sums: &mut [f64]) {
        if self.is_one {
            sums[self.first] += f64::from(sum_by_lanes(values, |value| value));
            return;
        }
        for (sum, &value) in sums[self.first..].iter_mut().zip(values) {
            *sum += f64::from(value);
        }
    }
}

/// Origins, offsets and reciprocal deviations of the boxes, each in a table of its own.
pub(super) struct Groups<'a> {
    origins: &'a [f32],
    offsets: &'a [f32],
    pub(super) rstds: &'a [f32],
}

impl<'a> Groups<'a> {
    /// Writes the tables to `memory`, which needs three words per box.
    pub(super) fn new(groups: &[Moments], epsilon: f32, memory: &'a mut [f32]) -> Self {
        let (origins, rest) = memory.split_at_mut(groups.len());
        let (offsets, rstds) = rest.split_at_mut(groups.len());
        for (i, &group) in groups.iter().enumerate() {
            (origins[i], offsets[i], rstds[i]) = (group.origin, group.offset, rstd(group, epsilon));
        }
        Self { origins, offsets, rstds }
    }

    /// x̂ of a run of `x`, as long as `out`.
    pub(super) fn normalize(&self, tiles: RunTiles, x: &[f32], out: &mut [f32]) {
        tiles.map([self.origins, self.offsets, self.rstds], x, out, |out, x, origin, offset, rstd| {
            *out = rstd * ((x - origin) - offset);
        });
    }
}

/// Working memory: `n_sums` sums, which are 0, and `n_words` words.
pub(super) fn sums_and_words(scratch: &mut Vec<f32>, n_sums: usize, n_words: usize) -> (&mut [f64], &mut [f32]) {
    // One word more than the sums need, since they may have to start in the middle of the first two.
    let (sums, words) = scratch_of(scratch, 2 * n_sums + 1 + n_words).split_at_mut(2 * n_sums + 1);
    let sums = &mut bytemuck::pod_align_to_mut::<f32, f64>(sums).1[..n_sums];
    sums.fill(0.0);
    (sums, words)
}
