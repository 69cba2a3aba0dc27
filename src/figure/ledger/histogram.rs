//! Histograms of x, x̂ and y on one axis, and the threads that link a value across the three.
//!
//! Where a norm has one map per plane, the values of a large tensor are counted once, on a fine grid for each plane;
//! after that γ, β and ε only move the grid, and no value is read again. Where a norm cuts planes, or planes are too many
//! for a grid each, every nth value of a large tensor stands for its neighbours. The counts say which of the two was done.

pub mod grid;
mod ticks;

use super::account::{Account, Set};
use crate::figure::cube::values::{Values, odd_step};
use crate::figure::scene::{Place, Scene, Stage};
use crate::norms::grouping::GroupingError;
use grid::{FineGrid, MOST_COUNTED};
use serde::Serialize;
use ticks::{bin_of, round_step, ticks};
use tsify::Tsify;

/// Bars of a histogram.
pub const N_BINS: usize = 34;

/// The stages, in the order of the histograms.
pub const STAGES: [Stage; 3] = [Stage::X, Stage::XHat, Stage::Y];

/// Most values of a group that have a thread each; of a larger group, every nth has one.
const MOST_THREADS: u32 = 120;

/// About how many are counted of those in a larger tensor, and of those in a larger group.
const MOST_SAMPLED: u32 = 1 << 13;

/// Most values that are searched for those in a bar.
const MOST_SEARCHED: usize = 1 << 15;

/// Least half-length of the axis: three standard deviations of x̂.
const LEAST_REACH: f32 = 3.0;

/// Three histograms on one axis.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Histograms {
    /// The ends of the axis.
    pub axis: [f32; 2],
    /// Positions on the axis that are labelled.
    pub ticks: Vec<f32>,
    /// The histograms of x, x̂ and y.
    pub rows: Vec<Counts>,
    /// x, x̂ and y of some values of the group.
    pub threads: Vec<[f32; 3]>,
    /// x, x̂ and y of the value in focus.
    pub star: [f32; 3],
    /// How the values were counted.
    pub counting: Counting,
}

/// How values were counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase", tag = "type")]
pub enum Counting {
    /// One by one.
    Exact,
    /// With a grid of `N_FINE` bins per plane: exact except for the bin at either end of a bar.
    Grid,
    /// Every nth value stands for n.
    Sample {
        /// How many values each one stands for.
        nth: u32,
    },
}

/// One histogram: of all values, and of those in the group.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Values in each bar.
    pub all: Vec<u32>,
    /// How many of them are in the group.
    pub group: Vec<u32>,
    /// Number of all values.
    pub n_all: u32,
    /// Number of values in the group; 0 if nothing shares a mean.
    pub n_group: u32,
    /// The group's mean.
    pub mean: f64,
    /// The group's standard deviation.
    pub deviation: f64,
}

/// An account with the grid of its tensor, kept up to date.
pub struct Counted {
    account: Account,
    grid: Option<FineGrid>,
}

impl Counted {
    /// Counts an account.
    pub fn new(account: Account) -> Self {
        Self { grid: FineGrid::of(&account), account }
    }

    /// Changes to another scene on the same tensor. If the method stays the same, only a poked star is counted again.
    ///
    /// # Errors
    /// As [`Account::renew`].
    pub fn renew(&mut self, scene: Scene) -> Result<(), GroupingError> {
        let is_of_method = self.account.scene().method == scene.method;
        self.account.renew(scene)?;
        match &mut self.grid {
            Some(grid) if is_of_method => grid.renew(&self.account),
            Some(_) | None => self.grid = FineGrid::of(&self.account),
        }
        Ok(())
    }

    /// The account.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Returns its histograms, seen from a place.
    ///
    /// # Errors
    /// [`GroupingError`] if the method does not fit the shape.
    pub fn histograms(&self, at: Place) -> Result<Histograms, GroupingError> {
        Histograms::of(&self.account, self.grid.as_ref(), at)
    }
}

/// Values that are counted together in a pass over a tensor.
struct Sample {
    /// The index of one of them, or of one in their plane.
    index: u32,
    x: f32,
    count: u32,
    is_member: bool,
}

/// Visits every value once, alone or with others.
fn for_each_sample(account: &Account, grid: Option<&FineGrid>, group: Option<&Set>, mut visit: impl FnMut(Sample)) {
    let (shape, x) = (account.scene().shape, account.x());
    let is_in_group = |index: u32| group.is_some_and(|set| set.tiling.tile_of(index) == set.tile_idx);
    if let Some(grid) = grid {
        for plane_idx in 0..grid.n_planes() {
            let index = plane_idx * shape.plane_len();
            let is_member = is_in_group(index);
            grid.visit(account, plane_idx, |x, count| visit(Sample { index, x, count, is_member }));
        }
        return;
    }
    let Counting::Sample { nth } = counting(account, grid) else {
        (0..shape.len())
            .for_each(|index| visit(Sample { index, x: x.value(index), count: 1, is_member: is_in_group(index) }));
        return;
    };
    for index in (0..shape.len()).step_by(nth as usize).filter(|&index| !is_in_group(index)) {
        visit(Sample { index, x: x.value(index), count: nth, is_member: false });
    }
    if let Some(set) = group {
        let len = set.tiling.tile_len();
        let nth = if len > MOST_SAMPLED { odd_step(len, MOST_SAMPLED) } else { 1 };
        for index in (0..len).step_by(nth as usize).map(|member| set.tiling.member(set.tile_idx, member)) {
            visit(Sample { index, x: x.value(index), count: nth, is_member: true });
        }
    }
}

fn counting(account: &Account, grid: Option<&FineGrid>) -> Counting {
    let len = account.scene().shape.len();
    match grid {
        Some(_) => Counting::Grid,
        None if len <= MOST_COUNTED => Counting::Exact,
        None => Counting::Sample { nth: odd_step(len, MOST_SAMPLED) },
    }
}

impl Histograms {
    /// The group is the last of `sets`, the largest.
    fn of(account: &Account, grid: Option<&FineGrid>, at: Place) -> Result<Self, GroupingError> {
        let sets = account.sets(at)?;
        let group = sets.iter().rfind(|set| !set.is_kept);
        let values = account.values();
        let index = account.index(at);
        let x = account.x().value(index);
        let axis = axis(account, grid);
        let shape = account.scene().shape;
        let mut rows: Vec<Counts> = STAGES.iter().map(|_| Counts::empty(shape.len(), group)).collect();
        let mut spread = [Spread::default(); 3];
        for_each_sample(account, grid, group, |sample| {
            let values = values.stages(sample.index, sample.x);
            for ((row, value), spread) in rows.iter_mut().zip(values).zip(&mut spread) {
                if sample.is_member {
                    spread.add(value, sample.count);
                }
                let Some(bin) = bin_of(axis, value) else { continue };
                row.all[bin] += sample.count;
                if sample.is_member {
                    row.group[bin] += sample.count;
                }
            }
        });
        for (row, spread) in rows.iter_mut().zip(spread) {
            (row.mean, row.deviation) = spread.mean_deviation();
        }
        let star = values.stages(index, x);
        let threads = group.map(|set| threads(account, values, set)).unwrap_or_default();
        Ok(Self { axis, ticks: ticks(axis), rows, threads, star, counting: counting(account, grid) })
    }
}

impl Counts {
    fn empty(n_all: u32, group: Option<&Set>) -> Self {
        let n_group = group.map_or(0, |set| set.tiling.tile_len());
        Self { all: vec![0; N_BINS], group: vec![0; N_BINS], n_all, n_group, mean: 0.0, deviation: 0.0 }
    }
}

/// Sums relative to the first value, in f64.
#[derive(Clone, Copy, Default)]
struct Spread {
    count: f64,
    first: f64,
    sum: f64,
    squares: f64,
}

impl Spread {
    fn add(&mut self, value: f32, count: u32) {
        if self.count == 0.0 {
            self.first = f64::from(value);
        }
        let (d, count) = (f64::from(value) - self.first, f64::from(count));
        self.count += count;
        self.sum += d * count;
        self.squares += d * d * count;
    }

    fn mean_deviation(self) -> (f64, f64) {
        if self.count == 0.0 {
            return (0.0, 0.0);
        }
        let mean = self.sum / self.count;
        let variance = self.squares / self.count - mean * mean;
        // A maximum would turn NaN into 0.
        (self.first + mean, if variance < 0.0 { 0.0 } else { variance.sqrt() })
    }
}

/// From the least to the greatest of all x, x̂ and y, in round steps, and at least ±[`LEAST_REACH`].
fn axis(account: &Account, grid: Option<&FineGrid>) -> [f32; 2] {
    let (mut low, mut high) = (-LEAST_REACH, LEAST_REACH);
    let mut reach = |index, x| {
        for value in account.values().stages(index, x).into_iter().filter(|y| y.is_finite()) {
            (low, high) = (low.min(value), high.max(value));
        }
    };
    match grid {
        Some(grid) => grid.visit_ends(account, reach),
        None => for_each_sample(account, grid, None, |sample| reach(sample.index, sample.x)),
    }
    // Beyond this, the length of the axis would overflow.
    let (low, high) = (low.max(-f32::MAX / 4.0), high.min(f32::MAX / 4.0));
    // In steps, so that the axis does not move during most of a drag.
    let step = round_step((high - low) / 6.0) / 2.0;
    [(low / step).floor() * step, (high / step).ceil() * step]
}

fn threads(account: &Account, values: &Values, set: &Set) -> Vec<[f32; 3]> {
    let len = set.tiling.tile_len();
    let members = (0..len).step_by(len.div_ceil(MOST_THREADS) as usize).map(|i| set.tiling.member(set.tile_idx, i));
    let thread = |index| values.stages(index, account.x().value(index));
    members.map(thread).filter(|thread| thread.iter().all(|value| value.is_finite())).collect()
}

/// Returns the places of values within a range of x, x̂ or y: the first `most` of them, first those in the star's
/// group, then others; both are searched for among the first few thousand.
///
/// # Errors
/// [`GroupingError`] if the method does not fit the shape.
pub fn places_within(
    account: &Account,
    at: Place,
    stage: Stage,
    [low, high]: [f32; 2],
    most: usize,
) -> Result<Vec<Place>, GroupingError> {
    let sets = account.sets(at)?;
    let group = sets.iter().rfind(|set| !set.is_kept);
    let shape = account.scene().shape;
    let is_within = |index: &u32| {
        let value = account.values().at(stage, *index, account.x().value(*index));
        value >= low && value < high
    };
    let members = group.into_iter().flat_map(|set| set.tiling.members(set.tile_idx)).take(MOST_SEARCHED);
    let others = (0..shape.len())
        .take(MOST_SEARCHED)
        .filter(|index| group.is_none_or(|set| set.tiling.tile_of(*index) != set.tile_idx));
    let found = members.chain(others).filter(is_within).take(most);
    Ok(found.map(|index| account.place(index)).collect())
}
