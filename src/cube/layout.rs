//! Where the columns stand: the selected group a little apart from the rest, and what is carved away to show it.

use super::Cell;
use crate::grouping::Grouping;
use crate::shape::Shape;
use std::ops::RangeInclusive;

/// How far the selected group stands from its neighbours, in units.
pub const PULL: f64 = 0.2;

/// Gaps narrower than this, in units, are not seen into.
const SEEN_GAP: f64 = 0.004;

/// The ground plan of the cube.
#[derive(Clone, PartialEq, Debug)]
pub struct Layout {
    /// N×C columns of H·W cells.
    pub shape: Shape,
    /// How far each image's columns are moved along N, in units.
    pub offset_n: Vec<f64>,
    /// How far each channel's columns are moved along C, in units.
    pub offset_c: Vec<f64>,
    /// The block that is shown by carving away what stands before it, if the selected cell would be buried.
    pub carved_for: Option<Block>,
}

/// The columns of one group: a rectangle of the ground plan.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Block {
    /// Its images.
    pub n: RangeInclusive<u32>,
    /// Its channels.
    pub c: RangeInclusive<u32>,
}

impl Block {
    /// The columns which share a mean with `cell`; its own column alone without a grouping.
    pub fn around(grouping: Option<Grouping>, cell: Cell) -> Self {
        let span = |length: u32, at: u32| at / length * length..=at / length * length + length - 1;
        let (batch_span, channel_span) = grouping.map_or((1, 1), |g| (g.batch_span(), g.channel_span()));
        Self { n: span(batch_span, cell.n), c: span(channel_span, cell.c) }
    }

    /// Whether column (n, c) is in it.
    pub fn contains(&self, n: u32, c: u32) -> bool {
        self.n.contains(&n) && self.c.contains(&c)
    }

    fn holds_near_corner(&self) -> bool {
        self.contains(0, 0)
    }
}

impl Layout {
    /// The plan for a selected cell: its group pulled apart, and shown.
    pub fn new(shape: Shape, grouping: Option<Grouping>, selected: Cell) -> Self {
        let (batch_span, channel_span) = grouping.map_or((shape.n, shape.c), |g| (g.batch_span(), g.channel_span()));
        let block = Block::around(grouping, selected);
        // A cell of the top layer, or on an outer wall, is in sight anyway.
        let is_buried = selected.n > 0 && selected.c > 0 && selected.k > 0 && !block.holds_near_corner();
        Self {
            shape,
            offset_n: offsets(shape.n, batch_span, selected.n),
            offset_c: offsets(shape.c, channel_span, selected.c),
            carved_for: is_buried.then_some(block),
        }
    }

    /// The offsets on the way from `start` to this plan; `progress` from 0 to 1.
    pub fn between(&self, start: &Self, progress: f64) -> Self {
        let mix = |from: &[f64], to: &[f64]| from.iter().zip(to).map(|(a, b)| a + (b - a) * progress).collect();
        Self {
            offset_n: mix(&start.offset_n, &self.offset_n),
            offset_c: mix(&start.offset_c, &self.offset_c),
            ..self.clone()
        }
    }

    /// The near corner of column (n, c).
    pub fn corner(&self, n: u32, c: u32) -> (f64, f64) {
        (f64::from(n) + self.offset_n[n as usize], f64::from(c) + self.offset_c[c as usize])
    }

    /// Whether column (n, c) is left out because it stands before the selected group.
    pub fn is_carved(&self, n: u32, c: u32) -> bool {
        self.carved_for
            .as_ref()
            .is_some_and(|block| n <= *block.n.end() && c <= *block.c.end() && !block.contains(n, c))
    }

    /// Whether the face of column (n, c) towards n − 1 can be seen: it is outside, beside a gap or beside a carved column.
    pub fn shows_left(&self, n: u32, c: u32) -> bool {
        n == 0 || self.parts_n(n) || self.is_carved(n - 1, c)
    }

    /// Whether the face of column (n, c) towards c − 1 can be seen.
    pub fn shows_right(&self, n: u32, c: u32) -> bool {
        c == 0 || self.parts_c(c) || self.is_carved(n, c - 1)
    }

    /// Whether there is a gap between images n − 1 and n.
    pub fn parts_n(&self, n: u32) -> bool {
        self.offset_n[n as usize] - self.offset_n[n as usize - 1] > SEEN_GAP
    }

    /// Whether there is a gap between channels c − 1 and c.
    pub fn parts_c(&self, c: u32) -> bool {
        self.offset_c[c as usize] - self.offset_c[c as usize - 1] > SEEN_GAP
    }

    /// All columns, the farthest first. Columns of one n + c never hide one another.
    pub fn painters_order(&self) -> Vec<(u32, u32)> {
        let mut order: Vec<_> = (0..self.shape.n).flat_map(|n| (0..self.shape.c).map(move |c| (n, c))).collect();
        order.sort_by_key(|&(n, c)| std::cmp::Reverse(n + c));
        order
    }
}

/// Offsets along an axis of `length` cut into spans, with a gap before and behind the span that holds `selected`.
fn offsets(length: u32, span: u32, selected: u32) -> Vec<f64> {
    let home = selected / span;
    let mut total = 0.0;
    (0..length)
        .map(|i| {
            if i > 0 && i % span == 0 && (i / span == home || i / span - 1 == home) {
                total += PULL;
            }
            total
        })
        .collect()
}
