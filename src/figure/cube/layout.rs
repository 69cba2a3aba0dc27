//! The positions of the columns in view: the star's group slightly apart from the rest, all groups apart when exploded,
//! and the columns carved away to show the star.

use super::groups::Groups;
use super::viewport::{Slot, Viewport};
use crate::figure::scene::Scene;
use crate::norms::shape::Shape;
use std::ops::RangeInclusive;

/// Distance of the star's group from its neighbours, in units.
pub const PULL: f64 = 0.2;

/// Distance between all groups when exploded, in units.
const APART: f64 = 0.62;

/// Gaps narrower than this, in units, are not visible.
const SEEN_GAP: f64 = 0.004;

/// The ground plan of the cube.
#[derive(Clone, PartialEq, Debug)]
pub struct Layout {
    /// Images, channels, rows and columns in view.
    pub shown: Shape,
    /// How far each image's columns are moved along N, in units.
    pub offset_n: Vec<f64>,
    /// How far each channel's columns are moved along C, in units.
    pub offset_c: Vec<f64>,
    /// The block that is revealed by carving away the columns in front of it, if the star would be hidden.
    pub carved_for: Option<Block>,
    /// How far the columns are unfolded into pictures, 0 to 1.
    pub unfolded: f64,
}

/// A rectangle of the ground plan, in columns in view.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Block {
    /// Its images.
    pub n: RangeInclusive<u32>,
    /// Its channels.
    pub c: RangeInclusive<u32>,
}

impl Block {
    /// The columns in view of the rectangle of `spans` images and channels that holds a cell.
    pub fn around(viewport: &Viewport, spans: [u32; 2], slot: Slot) -> Self {
        let [n, c] = [(0, slot.n, viewport.shown.n), (1, slot.c, viewport.shown.c)].map(|(axis, at, shown)| {
            let first = viewport.first[axis];
            let start = (first + at) / spans[axis] * spans[axis];
            start.saturating_sub(first)..=(start + spans[axis] - 1 - first).min(shown - 1)
        });
        Self { n, c }
    }

    /// Whether column (n, c) is in it.
    pub fn contains(&self, n: u32, c: u32) -> bool {
        self.n.contains(&n) && self.c.contains(&c)
    }
}

impl Layout {
    /// Makes the plan for a scene.
    pub fn new(scene: &Scene, groups: &Groups, viewport: &Viewport) -> Self {
        let star = viewport.slot(scene.selected);
        let spans = groups.column_spans(scene.shape);
        let pulled = !scene.all_groups;
        let explode = f64::from(scene.explode).max(if scene.all_groups { PULL / APART } else { 0.0 });
        let offsets = |axis: usize, length, at: Option<u32>| {
            let home = at.filter(|_| pulled).map(|at| (viewport.first[axis] + at) / spans[axis]);
            offsets(length, viewport.first[axis], spans[axis], home, explode)
        };
        let carved_for = star.filter(|_| pulled && !scene.unfolded).and_then(|star| {
            let spans = if groups.tilings().is_empty() { [1, 1] } else { spans };
            let block = Block::around(viewport, spans, star);
            // A cell of the top layer, or on an outer wall, is visible anyway.
            let is_buried = star.n > 0 && star.c > 0 && star.k > 0 && !block.contains(0, 0);
            is_buried.then_some(block)
        });
        Self {
            shown: viewport.shown,
            offset_n: offsets(0, viewport.shown.n, star.map(|star| star.n)),
            offset_c: offsets(1, viewport.shown.c, star.map(|star| star.c)),
            carved_for,
            unfolded: f64::from(u8::from(scene.unfolded)),
        }
    }

    /// The plan between `start` and this one; `progress` from 0 to 1.
    pub fn between(&self, start: &Self, progress: f64) -> Self {
        if start.shown != self.shown {
            return self.clone();
        }
        let mix = |from: f64, to: f64| from + (to - from) * progress;
        let mixed = |from: &[f64], to: &[f64]| from.iter().zip(to).map(|(a, b)| mix(*a, *b)).collect();
        Self {
            offset_n: mixed(&start.offset_n, &self.offset_n),
            offset_c: mixed(&start.offset_c, &self.offset_c),
            unfolded: mix(start.unfolded, self.unfolded),
            ..self.clone()
        }
    }

    /// Whether the columns of two plans are at different places.
    pub fn differs(&self, other: &Self) -> bool {
        self.shown == other.shown
            && ((&self.offset_n, &self.offset_c) != (&other.offset_n, &other.offset_c)
                || self.unfolded != other.unfolded)
    }

    /// The near corner of column (n, c).
    pub fn corner(&self, n: u32, c: u32) -> (f64, f64) {
        (f64::from(n) + self.offset_n[n as usize], f64::from(c) + self.offset_c[c as usize])
    }

    /// Lengths of the ground plan along N and C, in units.
    pub fn extent(&self) -> [f64; 2] {
        let length = |count: u32, offsets: &[f64]| f64::from(count) + offsets.last().copied().unwrap_or(0.0);
        [length(self.shown.n, &self.offset_n), length(self.shown.c, &self.offset_c)]
    }

    /// Whether column (n, c) is omitted because it is in front of the star's group.
    pub fn is_carved(&self, n: u32, c: u32) -> bool {
        self.carved_for
            .as_ref()
            .is_some_and(|block| n <= *block.n.end() && c <= *block.c.end() && !block.contains(n, c))
    }

    /// Whether the face of column (n, c) towards n − 1 is visible: it is outside, or next to a gap or a carved column.
    pub fn shows_left(&self, n: u32, c: u32) -> bool {
        n == 0 || self.parts_n(n) || self.is_carved(n - 1, c)
    }

    /// Whether the face of column (n, c) towards c − 1 is visible.
    pub fn shows_right(&self, n: u32, c: u32) -> bool {
        c == 0 || self.parts_c(c) || self.is_carved(n, c - 1)
    }

    /// Whether there is a gap between images n − 1 and n.
    pub fn parts_n(&self, n: u32) -> bool {
        n > 0 && self.offset_n[n as usize] - self.offset_n[n as usize - 1] > SEEN_GAP
    }

    /// Whether there is a gap between channels c − 1 and c.
    pub fn parts_c(&self, c: u32) -> bool {
        c > 0 && self.offset_c[c as usize] - self.offset_c[c as usize - 1] > SEEN_GAP
    }

    /// All columns, farthest first. Columns with the same n + c never hide one another.
    pub fn painters_order(&self) -> Vec<(u32, u32)> {
        let mut order: Vec<_> = (0..self.shown.n).flat_map(|n| (0..self.shown.c).map(move |c| (n, c))).collect();
        order.sort_by_key(|&(n, c)| std::cmp::Reverse(n + c));
        order
    }
}

/// Offsets along an axis, `length` of it starting at `first`, split into spans: a gap before and after the span `home`,
/// and one between all spans when exploded.
fn offsets(length: u32, first: u32, span: u32, home: Option<u32>, explode: f64) -> Vec<f64> {
    let mut total = 0.0;
    (0..length)
        .map(|i| {
            let at = first + i;
            if i > 0 && at.is_multiple_of(span) {
                let touches = home.is_some_and(|home| at / span == home || at / span - 1 == home);
                total += APART * explode + if touches { PULL * (1.0 - explode) } else { 0.0 };
            }
            total
        })
        .collect()
}
