//! Histograms of x, x̂ and y on one axis, and the threads that link a value across the three.
//!
//! Where a norm has one map per plane, the values of a large tensor are counted once, on a fine grid for each plane;
//! after that γ, β and ε only move the grid, and no value is read again. Where a norm cuts planes, or planes are too many
//! for a grid each, every nth value of a large tensor stands for its neighbours. The counts say which of the two was done.

mod ticks;

use super::account::{Account, Set};
use crate::figure::cube::values::{Values, odd_step};
use crate::figure::scene::{Place, Scene, Stage};
use crate::norms::grouping::GroupingError;
use serde::Serialize;
use ticks::{bin_of, round_step, ticks};
use tsify::Tsify;

/// Bars of a histogram.
pub const N_BINS: usize = 34;

/// The stages, in the order of the histograms.
pub const STAGES: [Stage; 3] = [Stage::X, Stage::XHat, Stage::Y];

/// Most values of a group that have a thread each; of a larger group, every nth has one.
const MOST_THREADS: u32 = 120;

/// Most values that are counted one by one.
const MOST_COUNTED: u32 = 1 << 16;

/// About how many are counted of those in a larger tensor, and of those in a larger group.
const MOST_SAMPLED: u32 = 1 << 13;

/// Most values that are searched for those in a bar.
const MOST_SEARCHED: usize = 1 << 15;

/// Most bins of all fine grids together, which are visited whenever another value comes into focus.
const MOST_FINE: u32 = 1 << 18;

/// Bins of the fine grid of each plane.
const N_FINE: usize = 256;

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

/// The distribution of the values in each plane of a large tensor.
struct FineGrid {
    planes: Vec<FinePlane>,
}

struct FinePlane {
    start: f32,
    step: f32,
    counts: Vec<u32>,
    /// Values that are infinite or NaN, and in no bin.
    n_odd: u32,
    /// The star's x, if a poke took it out of its bin.
    poked: Option<f32>,
}

impl FineGrid {
    /// The grid of an account's tensor, if it is large, its norm has one map per plane, and planes are not too many.
    fn of(account: &Account) -> Option<Self> {
        let shape = account.scene().shape;
        if shape.len() <= MOST_COUNTED || shape.n_planes() > MOST_FINE / N_FINE as u32 || cuts_planes(account) {
            return None;
        }
        let planes = (0..shape.n_planes()).map(|plane_idx| FinePlane::of(account.tensor().plane(plane_idx)));
        let mut grid = Self { planes: planes.collect() };
        grid.move_poke(None, account);
        Some(grid)
    }

    /// Puts the value of an earlier poke back into its bin, and takes out the one that is poked now.
    fn move_poke(&mut self, before: Option<u32>, account: &Account) {
        let (values, plane_len) = (account.tensor().values(), account.scene().shape.plane_len());
        if let Some(index) = before {
            let plane = &mut self.planes[(index / plane_len) as usize];
            *plane.count_of(values[index as usize]) += 1;
            plane.poked = None;
        }
        if let Some((index, poked)) = account.x().poke {
            let plane = &mut self.planes[(index / plane_len) as usize];
            *plane.count_of(values[index as usize]) -= 1;
            plane.poked = Some(poked);
        }
    }
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
        let poked_before = self.account.x().poke.map(|(index, _)| index);
        self.account.renew(scene)?;
        match &mut self.grid {
            Some(grid) if is_of_method => grid.move_poke(poked_before, &self.account),
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

impl FinePlane {
    fn of(values: &[f32]) -> Self {
        let finite = || values.iter().filter(|x| x.is_finite());
        let (start, end) = finite().fold((f32::INFINITY, f32::NEG_INFINITY), |(a, b), &x| (a.min(x), b.max(x)));
        let step = (end - start) / N_FINE as f32;
        let mut plane = Self { start, step, counts: vec![0; N_FINE], n_odd: 0, poked: None };
        for &x in values {
            *plane.count_of(x) += 1;
        }
        plane
    }

    /// The count of the bin that holds a value.
    fn count_of(&mut self, x: f32) -> &mut u32 {
        if !x.is_finite() {
            return &mut self.n_odd;
        }
        let per_value = if self.step > 0.0 { 1.0 / self.step } else { 0.0 };
        &mut self.counts[(((x - self.start) * per_value) as usize).min(N_FINE - 1)]
    }
}

/// Whether values in one plane may have different maps.
fn cuts_planes(account: &Account) -> bool {
    crate::figure::cube::values::box_recipe(account.scene()).is_ok_and(|boxes| boxes.is_some())
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
        for (plane_idx, plane) in (0..).zip(&grid.planes) {
            let index = plane_idx * shape.plane_len();
            let is_member = is_in_group(index);
            for (i, &count) in plane.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
                visit(Sample { index, x: plane.start + (i as f32 + 0.5) * plane.step, count, is_member });
            }
            if let Some(x) = plane.poked {
                visit(Sample { index, x, count: 1, is_member });
            }
            if plane.n_odd > 0 {
                visit(Sample { index, x: f32::NAN, count: plane.n_odd, is_member });
            }
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
        // An affine map has its extremes where x has.
        Some(grid) => {
            for (plane_idx, plane) in (0..).zip(&grid.planes) {
                let index = plane_idx * account.scene().shape.plane_len();
                reach(index, plane.start);
                reach(index, plane.start + plane.step * N_FINE as f32);
                if let Some(x) = plane.poked {
                    reach(index, x);
                }
            }
        }
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
