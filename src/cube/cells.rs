//! What each cell in sight shows: its value, and what it has in common with the star.

use super::groups::{Groups, Level, level};
use super::sight::{Sight, Slot};
use super::values::{Poked, Values};
use crate::grouping::tiling::Tiling;
use crate::scene::{Place, Scene, Stage};

/// Tables over the cells in sight, in the order of [`Sight::slots`].
#[derive(Clone, Debug)]
pub struct Cells {
    /// What they are tables of.
    pub sight: Sight,
    /// The value at the scene's stage; the mean of what the cell stands for.
    pub values: Vec<f32>,
    /// The change of y that a poke makes.
    pub deltas: Vec<f32>,
    /// What is painted: the level of the star's groups, or two alternating tints.
    pub levels: Vec<Level>,
    /// Cells of one key are in the same groups as far as the picture tells; edges run where keys differ.
    pub keys: Vec<u32>,
    /// The least and the greatest value.
    pub range: [f32; 2],
}

impl Cells {
    /// The values of the cells of a scene; `range` keeps a scale as it is.
    pub fn new(scene: &Scene, sight: Sight, x: Poked<'_>, values: &Values, range: Option<[f32; 2]>) -> Self {
        let values: Vec<f32> = sight.slots().map(|slot| mean(sight, slot, scene.stage, x, values)).collect();
        let whole = |values: &[f32]| {
            values.iter().fold([f32::INFINITY, f32::NEG_INFINITY], |[min, max], &v| [min.min(v), max.max(v)])
        };
        let range = range.unwrap_or_else(|| whole(&values));
        Self { sight, values, deltas: vec![], levels: vec![], keys: vec![], range }
    }

    /// Works out what the cells have in common with `focus`.
    pub fn relate(&mut self, scene: &Scene, groups: &Groups, focus: Place) {
        let around = groups.around(focus);
        let (levels, keys) = (&mut self.levels, &mut self.keys);
        levels.clear();
        keys.clear();
        for slot in self.sight.slots() {
            let region = self.sight.region(slot);
            let place = self.sight.place(slot);
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

    /// A cell's value, from 0 for the least in sight to 1 for the greatest.
    pub fn tone(&self, slot: Slot) -> f64 {
        let [min, max] = self.range;
        let share = if max > min { (self.value(slot) - min) / (max - min) } else { 0.5 };
        f64::from(share.clamp(0.0, 1.0))
    }

    /// A cell's value.
    pub fn value(&self, slot: Slot) -> f32 {
        self.values[self.sight.index(slot)]
    }

    /// A cell's level.
    pub fn level(&self, slot: Slot) -> Level {
        self.levels[self.sight.index(slot)]
    }

    /// A cell's key.
    pub fn key(&self, slot: Slot) -> u32 {
        self.keys[self.sight.index(slot)]
    }
}

/// The change of y of every cell, from `before` to `after`.
pub fn deltas(sight: Sight, x: Poked<'_>, before: &Values, after: &Values) -> Vec<f32> {
    let whole = Poked { poke: None, ..x };
    let y = |slot, x, values: &Values| mean(sight, slot, Stage::Y, x, values);
    sight.slots().map(|slot| y(slot, x, after) - y(slot, whole, before)).collect()
}

/// The mean of the values that a cell stands for.
fn mean(sight: Sight, slot: Slot, stage: Stage, x: Poked<'_>, values: &Values) -> f32 {
    let region = sight.region(slot);
    let [n, c, h, w] = region.from;
    let index = |h, w| x.tensor.index(Place { n, c, h, w });
    if sight.block == [1, 1] {
        return values.at(stage, index(h, w), x.value(index(h, w)));
    }
    // The mean of what is affine in x is that of the mean x.
    let is_affine = matches!(stage, Stage::XHat | Stage::Y) && values.maps_planes();
    let through = if is_affine { Stage::X } else { stage };
    let mut sum = 0.0;
    for row in h..region.to[2] {
        for index in index(row, w)..index(row, region.to[3] - 1) + 1 {
            sum += values.at(through, index, x.value(index));
        }
    }
    let mean = sum / region.count() as f32;
    if is_affine { values.at(stage, index(h, w), mean) } else { mean }
}

/// Neighbouring boxes of a lattice never have the same of two tints.
fn alternating(tiling: Option<&Tiling>, at: Place) -> Level {
    let Some(tiling) = tiling else { return Level::Rest };
    let place = super::groups::coordinates(at);
    let steps: u32 = (0..4).map(|axis| place[axis] / tiling.spans()[axis]).sum();
    if steps.is_multiple_of(2) { Level::All } else { Level::Some }
}
