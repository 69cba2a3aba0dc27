//! The column in focus, unfolded into the H×W picture that it is, with a leader line to the column.

use super::camera::{COS_30, Point};
use super::columns::{Column, Quad, Side, View};
use super::groups::Level;
use super::marks::{Anchor, Mark, TextRun};
use super::path::{Path, midpoint, star};
use super::viewport::Slot;
use crate::figure::scene::layout::Layout;
use crate::norms::grouping::tiling::Axis;
use crate::norms::shape::Shape;

/// Where the picture is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Frame {
    /// Its upper left corner.
    pub corner: Point,
    /// Pixels per cell.
    pub pixel: f64,
}

/// Clearance between the leader and the picture, in pixels.
const CLEAR: f64 = 5.0;

impl Frame {
    /// The picture's position on a canvas.
    pub fn new(narrow: bool, shown: Shape) -> Self {
        let longest = f64::from(shown.h.max(shown.w));
        if narrow {
            Self { corner: Point { x: 2.0, y: 20.0 }, pixel: (48.0 / longest).min(11.0) }
        } else {
            Self { corner: Point { x: 0.0, y: 24.0 }, pixel: (96.0 / longest).min(17.0) }
        }
    }

    /// Its cells and its outline, as a column.
    pub fn column(self, view: View<'_>, at: Slot) -> Column {
        let shown = view.layout.shown;
        let quads = (0..shown.plane_len()).map(|k| {
            let slot = Slot { k, ..at };
            let (level, tone) = (view.cells.level(slot), view.cells.tone(slot));
            Quad { slot, side: Side::Flat, level, tone, corners: self.square(shown.w, k) }
        });
        let quads: Vec<_> = quads.collect();
        let [right, foot] = self.far_corner(shown);
        let p = |x, y| Point { x, y };
        let corners = [self.corner, p(right, self.corner.y), p(right, foot), p(self.corner.x, foot)];
        let outline = (0..4).map(|i| [corners[i], corners[(i + 1) % 4]]).collect();
        let is_member = quads.iter().any(|quad| quad.level > Level::Rest);
        let (member_edges, edges) = if is_member { (outline, vec![]) } else { (vec![], outline) };
        Column { seams: self.pixel >= 4.0, quads, edges, member_edges, ..Column::default() }
    }

    /// The cell of the picture at `point`, in the column that it shows.
    pub fn pick(self, shown: Shape, at: Slot, point: Point) -> Option<Slot> {
        let (column, row) = ((point.x - self.corner.x) / self.pixel, (point.y - self.corner.y) / self.pixel);
        let is_inside = (0.0..f64::from(shown.w)).contains(&column) && (0.0..f64::from(shown.h)).contains(&row);
        is_inside.then(|| Slot { k: row as u32 * shown.w + column as u32, ..at })
    }

    /// Its caption, the ring and star of the cell in focus, and the leader along the C axis to the column.
    pub fn marks(self, view: View<'_>, at: Slot, layout: Layout, narrow: bool) -> Vec<Mark> {
        let shown = view.layout.shown;
        let [right, foot] = self.far_corner(shown);
        let mut marks = self.leader(view, at, right, foot);
        let square = self.square(shown.w, at.k);
        let ring = Path::default().polygon(&square).finish();
        marks.push(Mark::line("ring-halo thin", ring.clone()));
        marks.push(Mark::line("ring thin", ring));
        if self.pixel >= 8.0 {
            let middle = midpoint(square[0], square[2]);
            marks.push(Mark::line("star thin", star(Point { y: middle.y + 0.4, ..middle }, self.pixel * 0.3)));
        }
        let letters = [Axis::H, Axis::W].into_iter().filter(|axis| layout.has(*axis));
        let letters: Vec<String> = letters.map(|axis| layout.letter(axis).to_string()).collect();
        let mut runs = vec![TextRun { text: letters.join(" × "), strong: true }];
        if !narrow {
            let plane = layout.place_on(&[Axis::N, Axis::C], view.cells.viewport.place(at));
            // Of an array that is one plane, or of values without planes, nothing more is to be said, or only which it is.
            let of = if letters.is_empty() || plane.is_empty() { "" } else { " of " };
            runs.push(TextRun { text: format!("{of}{plane}"), strong: false });
        }
        let Point { x, y } = self.corner;
        let at = Point { x, y: y - 9.0 };
        marks.push(Mark::Text { class: "cap".into(), at, anchor: Anchor::Start, turn: 0, runs });
        marks
    }

    fn leader(self, view: View<'_>, at: Slot, right: f64, foot: f64) -> Vec<Mark> {
        /// tan 30°: the slope of the C axis in the isometric pose, so that leader and axis are in one line.
        const SLOPE: f64 = 0.5 / COS_30;
        let shown = view.layout.shown;
        let height = f64::from(shown.plane_len());
        let top = view.at(at.n, at.c, height, 0.5, 0.5);
        let off = view.at(at.n, shown.c - 1, height, 0.5, 1.3);
        let start = if off.x > right + CLEAR {
            let y = off.y - (off.x - right - CLEAR) * SLOPE;
            // A picture of one row may be lower than both clearances together: then there is only one place next to it.
            let clear = CLEAR.min((foot - self.corner.y) / 2.0);
            Point { x: right + CLEAR, y: y.clamp(self.corner.y + clear, foot - clear) }
        } else {
            Point { x: off.x.max(self.corner.x), y: foot + CLEAR }
        };
        vec![
            Mark::line("leader", Path::default().polyline(&[start, off, top]).finish()),
            Mark::line("knob", Path::default().circle(top, 2.4).finish()),
        ]
    }

    fn far_corner(self, shown: Shape) -> [f64; 2] {
        let Point { x, y } = self.corner;
        [x + self.pixel * f64::from(shown.w), y + self.pixel * f64::from(shown.h)]
    }

    fn square(self, columns: u32, k: u32) -> [Point; 4] {
        let x = self.corner.x + f64::from(k % columns) * self.pixel;
        let y = self.corner.y + f64::from(k / columns) * self.pixel;
        let p = |dx: f64, dy: f64| Point { x: x + dx * self.pixel, y: y + dy * self.pixel };
        [p(1., 0.), p(0., 0.), p(0., 1.), p(1., 1.)]
    }
}
