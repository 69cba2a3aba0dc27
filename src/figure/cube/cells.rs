//! What each cell in view shows: its value, and what it has in common with the star.

use super::groups::{Groups, Level, level};
use super::pace::{Pace, at_once};
use super::tensor::Tensor;
use super::values::{Poked, Values, odd_step};
use super::viewport::{Slot, Viewport};
use crate::figure::scene::{Place, Scene, Stage};
use crate::norms::grouping::tiling::Tiling;
use std::cell::RefCell;
use std::rc::{Rc, Weak};

/// Most values of a cell whose mean is computed again for a poke; the mean of more is moved.
const MOST_REPEATED: u32 = 4096;

/// Tables over the cells in view, in the order of [`Viewport::slots`].
#[derive(Clone, Debug)]
pub struct Cells {
    /// The cells that the tables cover.
    pub viewport: Viewport,
    /// The value at the scene's stage; the mean over the values that the cell stands for.
    pub values: Vec<f32>,
    /// The change of y caused by a poke.
    pub deltas: Vec<f32>,
    /// The levels to paint: those of the star's groups, or two alternating tints.
    pub levels: Vec<Level>,
    /// Cells with the same key are in the same groups as far as the picture shows; edges run where keys differ.
    pub keys: Vec<u32>,
    /// The least and the greatest value.
    pub range: [f32; 2],
    /// How many of its values a cell is the mean of.
    pub n_averaged: u32,
}

impl Cells {
    /// Computes the values of a scene's cells; `range` keeps an earlier scale.
    pub fn new(scene: &Scene, means: &Means, x: Poked<'_>, values: &Values, range: Option<[f32; 2]>) -> Self {
        let viewport = means.viewport;
        let [rows, columns] = viewport.block;
        let n_values = rows * columns;
        let every = if is_affine(scene.stage, values) { 1 } else { odd_step(n_values, viewport.most_averaged()) };
        let n_averaged = n_values.div_ceil(every);
        let values = means.at(scene.stage, x, values);
        let whole = |values: &[f32]| {
            let finite = values.iter().filter(|v| v.is_finite());
            finite.fold([f32::INFINITY, f32::NEG_INFINITY], |[min, max], &v| [min.min(v), max.max(v)])
        };
        let range = range.unwrap_or_else(|| whole(&values));
        Self { viewport, values, deltas: vec![], levels: vec![], keys: vec![], range, n_averaged }
    }

    /// Computes what the cells have in common with `focus`.
    pub fn relate(&mut self, scene: &Scene, groups: &Groups, focus: Place) {
        let around = groups.around(focus);
        let (levels, keys) = (&mut self.levels, &mut self.keys);
        levels.clear();
        keys.clear();
        for slot in self.viewport.slots() {
            let region = self.viewport.region(slot);
            let place = self.viewport.place(slot);
            let home = groups.home(scene.shape, place);
            if scene.all_groups {
                levels.push(alternating(groups.tilings().last(), place));
                keys.push(home);
                continue;
            }
            let shared = (0..).zip(&around).map(|(i, own)| u32::from(own.and(&region).count() > 0) << i).sum::<u32>();
            levels.push(level(&around, &region));
            keys.push(if shared > 0 { u32::MAX - shared } else { home });
        }
    }

    /// A cell's value, from 0 for the least in view to 1 for the greatest; 0 for NaN.
    pub fn tone(&self, slot: Slot) -> f64 {
        let [min, max] = self.range.map(f64::from);
        let value = f64::from(self.value(slot));
        let share = if max > min { (value - min) / (max - min) } else { 0.5 };
        if value.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) }
    }

    /// A cell's value.
    pub fn value(&self, slot: Slot) -> f32 {
        self.values[self.viewport.index(slot)]
    }

    /// A cell's level.
    pub fn level(&self, slot: Slot) -> Level {
        self.levels[self.viewport.index(slot)]
    }

    /// A cell's key.
    pub fn key(&self, slot: Slot) -> u32 {
        self.keys[self.viewport.index(slot)]
    }
}

/// The mean x of every cell in view, without a poke: the one pass over a large tensor that a poke or a slider does not
/// repeat.
#[derive(Debug)]
pub struct Means {
    /// The cells in view.
    pub viewport: Viewport,
    means: Vec<f32>,
    /// Those of the tensor before the dials, kept for the next turn of a dial.
    _plain: Option<Rc<Self>>,
}

thread_local! {
    /// The means in use, with their tensors.
    static KEPT: RefCell<Vec<(Weak<Tensor>, Weak<Means>)>> = const { RefCell::new(vec![]) };
}

impl Means {
    /// Returns the means of a tensor, computed unless they are in use already.
    pub fn of(viewport: Viewport, tensor: &Rc<Tensor>) -> Rc<Self> {
        at_once(Self::at_pace(viewport, tensor, &Pace::endless()))
    }

    /// Like [`Means::of`], in slices.
    pub async fn at_pace(viewport: Viewport, tensor: &Rc<Tensor>, pace: &Pace) -> Rc<Self> {
        let plain = match tensor.dials() {
            Some(dials) => Some(Self::at_plain(viewport, &dials.plain, None, pace).await),
            None => None,
        };
        Self::at_plain(viewport, tensor, plain, pace).await
    }

    /// Of a tensor, given those of the tensor before its dials, if it has any.
    async fn at_plain(viewport: Viewport, tensor: &Rc<Tensor>, plain: Option<Rc<Self>>, pace: &Pace) -> Rc<Self> {
        let kept = KEPT.with_borrow_mut(|kept| {
            kept.retain(|(_, means)| means.strong_count() > 0);
            let of_tensor = kept.iter().filter(|(of, _)| of.as_ptr() == Rc::as_ptr(tensor));
            of_tensor.filter_map(|(_, means)| means.upgrade()).find(|means| means.viewport == viewport)
        });
        if let Some(kept) = kept {
            return kept;
        }
        let means = match (&plain, tensor.dials()) {
            (Some(plain), Some(dials)) => plain.means.iter().map(|&mean| dials.of(mean)).collect(),
            _ => {
                let mut means = Vec::with_capacity(viewport.shown.len() as usize);
                for slot in viewport.slots() {
                    means.push(mean_at_pace(viewport, slot, tensor, pace).await);
                }
                means
            }
        };
        let made = Rc::new(Self { viewport, means, _plain: plain });
        KEPT.with_borrow_mut(|kept| kept.push((Rc::downgrade(tensor), Rc::downgrade(&made))));
        made
    }

    /// The mean x of every cell.
    pub fn x(&self) -> &[f32] {
        &self.means
    }

    /// Returns the value of every cell at a stage.
    pub fn at(&self, stage: Stage, x: Poked<'_>, values: &Values) -> Vec<f32> {
        // The mean of something affine in x is its value at the mean x.
        let is_affine = is_affine(stage, values);
        let value = |(slot, &kept): (Slot, &f32)| {
            if !is_affine {
                let most = self.viewport.most_averaged();
                return mean(self.viewport, slot, x, most, |index, x| values.at(stage, index, x));
            }
            let region = self.viewport.region(slot);
            let first = x.tensor.index(self.viewport.place(slot));
            let mean = match x.poke.filter(|&(index, _)| region.contains(x.tensor.place(index))) {
                None => kept,
                Some((index, poked)) if region.count() > MOST_REPEATED && kept.is_finite() => {
                    kept + (poked - x.tensor.get(index)) / region.count() as f32
                }
                Some(_) => mean(self.viewport, slot, x, u32::MAX, |_, x| x),
            };
            values.mean_at(stage, first, mean, &region)
        };
        self.viewport.slots().zip(&self.means).map(value).collect()
    }

    /// Returns the change of y of every cell by a poke; `values` and `cells` are those without and with it.
    pub fn deltas(&self, scene: &Scene, x: Poked<'_>, values: [&Values; 2], cells: [&Cells; 2]) -> Vec<f32> {
        let change = |after: &[f32], before: &[f32]| after.iter().zip(before).map(|(a, b)| a - b).collect();
        if scene.stage == Stage::Y {
            return change(&cells[1].values, &cells[0].values);
        }
        let calm = self.at(Stage::Y, Poked { poke: None, ..x }, values[0]);
        change(&self.at(Stage::Y, x, values[1]), &calm)
    }
}

/// The mean x of the values that a cell stands for, in slices.
async fn mean_at_pace(viewport: Viewport, slot: Slot, tensor: &Tensor, pace: &Pace) -> f32 {
    /// Most values between two looks at the pace.
    const PART: u32 = 4096;
    let region = viewport.region(slot);
    let [n, c, h, w] = region.from;
    let (mut sum, mut since) = (0.0_f64, 0);
    for row in h..region.to[2] {
        let first = tensor.index(Place { n, c, h: row, w });
        let end = first + region.to[3] - w;
        for from in (first..end).step_by(PART as usize) {
            let run = tensor.run(from, PART.min(end - from));
            sum = run.iter().fold(sum, |sum, &x| sum + f64::from(x));
            since += run.len() as u32;
            if since >= PART {
                pace.count(since).await;
                since = 0;
            }
        }
    }
    pace.count(since).await;
    (sum / f64::from(region.count())) as f32
}

/// Whether the mean of a stage's values is the stage of their mean x.
fn is_affine(stage: Stage, values: &Values) -> bool {
    stage == Stage::X || values.maps_planes()
}

/// The mean of `value` over the values that a cell stands for, each passed with its index; over every nth of them if they
/// are more than `most`.
fn mean(viewport: Viewport, slot: Slot, x: Poked<'_>, most: u32, value: impl Fn(u32, f32) -> f32) -> f32 {
    let region = viewport.region(slot);
    let [n, c, h, w] = region.from;
    let mut sum = 0.0_f64;
    if region.count() > most {
        let width = region.to[3] - w;
        let places = (0..region.count()).step_by(odd_step(region.count(), most) as usize);
        let count = places.len() as f64;
        for k in places {
            let index = x.tensor.index(Place { n, c, h: h + k / width, w: w + k % width });
            sum += f64::from(value(index, x.value(index)));
        }
        return (sum / count) as f32;
    }
    for row in h..region.to[2] {
        let first = x.tensor.index(Place { n, c, h: row, w });
        for index in first..first + region.to[3] - w {
            sum += f64::from(value(index, x.value(index)));
        }
    }
    (sum / f64::from(region.count())) as f32
}

/// One of two tints; neighbouring boxes of a lattice never have the same one.
fn alternating(tiling: Option<&Tiling>, at: Place) -> Level {
    let Some(tiling) = tiling else { return Level::Rest };
    let place = super::groups::coordinates(at);
    let steps: u32 = (0..4).map(|axis| place[axis] / tiling.spans()[axis]).sum();
    if steps.is_multiple_of(2) { Level::All } else { Level::Some }
}
