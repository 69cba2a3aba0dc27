//! Which part of a tensor is shown: some images and channels starting at the pins, and a grid of blocks for each plane.
//!
//! Statistics are not affected: they are over everything.

use super::groups::Region;
use crate::figure::scene::layout::Layout;
use crate::figure::scene::{Place, Scene};
use crate::norms::grouping::tiling::Axis;
use crate::norms::number::{count, plural};
use crate::norms::shape::Shape;

/// Most images in view.
pub const MAX_IMAGES: u32 = 16;

/// Most channels in view.
pub const MAX_CHANNELS: u32 = 24;

/// Most rows and columns of a plane in view.
pub const MAX_SIDE: u32 = 16;

/// About how many cells are shown at most; small cubes show finer pictures.
const MAX_CELLS: u32 = 9216;

/// Most values that are visited one by one to compute the cells in view.
const MOST_AVERAGED: u32 = 1 << 16;

/// A cell in view: image and channel counted from the first in view, and its position k in the grid, row by row.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Slot {
    pub n: u32,
    pub c: u32,
    pub k: u32,
}

/// The part of a tensor that is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Viewport {
    /// Shape of the tensor.
    pub shape: Shape,
    /// The first image and channel in view.
    pub first: [u32; 2],
    /// Images, channels, rows and columns in view.
    pub shown: Shape,
    /// Rows and columns of values that one cell stands for.
    pub block: [u32; 2],
}

impl Viewport {
    /// Returns what a scene shows.
    pub fn of(scene: &Scene) -> Self {
        let shape = scene.shape;
        let (n, c) = (shape.n.min(MAX_IMAGES), shape.c.min(MAX_CHANNELS));
        let side = (f64::from(MAX_CELLS) / f64::from(n * c)).sqrt() as u32;
        let side = side.clamp(6, MAX_SIDE);
        let block = [shape.h.div_ceil(side), shape.w.div_ceil(side)];
        let shown = Shape { n, c, h: shape.h.div_ceil(block[0]), w: shape.w.div_ceil(block[1]) };
        let first = [scene.pins[0].min(shape.n - n), scene.pins[1].min(shape.c - c)];
        Self { shape, first, shown, block }
    }

    /// Whether every value has a cell of its own.
    pub fn is_whole(&self) -> bool {
        self.shown == self.shape
    }

    /// Most values of a cell that are visited one by one to compute its mean.
    pub fn most_averaged(&self) -> u32 {
        MOST_AVERAGED / self.shown.len()
    }

    /// The values that a cell stands for.
    pub fn region(&self, slot: Slot) -> Region {
        let (row, column) = (slot.k / self.shown.w, slot.k % self.shown.w);
        let Self { shape, first, block, .. } = *self;
        let from = [first[0] + slot.n, first[1] + slot.c, row * block[0], column * block[1]];
        let to = [from[0] + 1, from[1] + 1, (from[2] + block[0]).min(shape.h), (from[3] + block[1]).min(shape.w)];
        Region { from, to }
    }

    /// The first value that a cell stands for.
    pub fn place(&self, slot: Slot) -> Place {
        let [n, c, h, w] = self.region(slot).from;
        Place { n, c, h, w }
    }

    /// The cell that stands for a value, if it is in view.
    pub fn slot(&self, at: Place) -> Option<Slot> {
        let (n, c) = (at.n.checked_sub(self.first[0])?, at.c.checked_sub(self.first[1])?);
        let k = at.h / self.block[0] * self.shown.w + at.w / self.block[1];
        (n < self.shown.n && c < self.shown.c).then_some(Slot { n, c, k })
    }

    /// All cells, row-major.
    pub fn slots(self) -> impl Iterator<Item = Slot> {
        let Shape { n, c, .. } = self.shown;
        (0..n).flat_map(move |n| (0..c).flat_map(move |c| (0..self.shown.plane_len()).map(move |k| Slot { n, c, k })))
    }

    /// Position of a cell in the order of [`Viewport::slots`].
    pub fn index(&self, slot: Slot) -> usize {
        ((slot.n * self.shown.c + slot.c) * self.shown.plane_len() + slot.k) as usize
    }

    /// The pins that bring a place into view, moved no further than needed.
    pub fn pins_for(&self, at: Place) -> [u32; 2] {
        let reach =
            |first: u32, shown: u32, at: u32| if at < first { at } else { first.max((at + 1).saturating_sub(shown)) };
        [reach(self.first[0], self.shown.n, at.n), reach(self.first[1], self.shown.c, at.c)]
    }

    /// What is shown, if not everything: "showing 16 of 64 images, each cell the mean of 19 × 19 values"; `n_averaged` is
    /// how many of them were used.
    pub fn words(&self, n_averaged: u32, layout: Layout) -> Option<String> {
        let mut parts = vec![];
        for axis in [Axis::N, Axis::C] {
            let (shown, all) = (axis.length(self.shown), axis.length(self.shape));
            if shown < all {
                parts.push(format!("{shown} of {}", plural(all, layout.noun(axis))));
            }
        }
        let mut words = (!parts.is_empty()).then(|| format!("showing {}", parts.join(" and ")));
        if self.block != [1, 1] {
            let [rows, columns] = self.block;
            let of = if n_averaged < rows * columns { format!("{n_averaged} of its ") } else { String::new() };
            let block = if layout.has(Axis::H) { format!("{rows} × {columns}") } else { count(columns) };
            let means = format!("each cell the mean of {of}{block} values");
            words = Some(words.map_or(means.clone(), |words| format!("{words}, {means}")));
        }
        words
    }
}
