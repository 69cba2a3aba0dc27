//! The selected column unglued: the H×W picture that it really is, with a leader to the column.

use super::Cell;
use super::camera::{COS_30, Point};
use super::columns::View;
use super::marks::{Anchor, Mark, Run};
use super::path::{Path, star};
use super::tensor::Tensor;
use serde::Serialize;
use tsify::Tsify;

/// A cell of the picture.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Tsify)]
pub struct Pixel {
    /// Which cell.
    pub cell: Cell,
    /// Left edge, in pixels.
    pub x: f64,
    /// Upper edge, in pixels.
    pub y: f64,
    /// Its value, from 0 for the least of the tensor to 1 for the greatest.
    pub tone: f64,
}

/// Where the picture is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Frame {
    /// Its upper left corner.
    pub corner: Point,
    /// Pixels of one value.
    pub pixel: f64,
}

/// Width of the leader's clearance from the picture, in pixels.
const CLEAR: f64 = 5.0;

impl Frame {
    /// The picture's place on a plate.
    pub fn new(narrow: bool) -> Self {
        if narrow {
            Self { corner: Point { x: 2.0, y: 20.0 }, pixel: 11.0 }
        } else {
            Self { corner: Point { x: 0.0, y: 24.0 }, pixel: 17.0 }
        }
    }

    /// Its H·W cells.
    pub fn pixels(self, view: View<'_>, tensor: &Tensor, at: Cell) -> Vec<Pixel> {
        let shape = view.layout.shape;
        (0..shape.plane_len())
            .map(|k| {
                let Point { x, y } = self.place(shape.w, k);
                Pixel { cell: Cell { k, ..at }, x, y, tone: tone(tensor, Cell { k, ..at }) }
            })
            .collect()
    }

    /// The cell of the picture at `point`, of the column that it shows.
    pub fn pick(self, view: View<'_>, at: Cell, point: Point) -> Option<Cell> {
        let shape = view.layout.shape;
        let (column, row) = ((point.x - self.corner.x) / self.pixel, (point.y - self.corner.y) / self.pixel);
        let is_inside = (0.0..f64::from(shape.w)).contains(&column) && (0.0..f64::from(shape.h)).contains(&row);
        is_inside.then(|| Cell { k: row as u32 * shape.w + column as u32, ..at })
    }

    /// Its frame, caption, the ring and star of the selected cell, and the leader along the C axis to the column.
    pub fn marks(self, view: View<'_>, at: Cell, narrow: bool) -> Vec<Mark> {
        let shape = view.layout.shape;
        let Point { x, y } = self.corner;
        let (right, foot) = (x + self.pixel * f64::from(shape.w), y + self.pixel * f64::from(shape.h));
        let class = if view.is_member(at.n, at.c) { "edge in-group" } else { "edge" };
        let mut marks = self.leader(view, at, right, foot);
        marks.push(Mark::line(class, rectangle(x, y, right, foot)));
        let place = self.place(shape.w, at.k);
        let ring = rectangle(place.x, place.y, place.x + self.pixel, place.y + self.pixel);
        marks.push(Mark::line("ring-halo thin", ring.clone()));
        marks.push(Mark::line("ring thin", ring));
        let middle = Point { x: place.x + self.pixel / 2.0, y: place.y + self.pixel / 2.0 + 0.4 };
        marks.push(Mark::line("star thin", star(middle, self.pixel * 0.3)));
        let mut runs = vec![Run { text: "H × W".into(), strong: true }];
        if !narrow {
            runs.push(Run { text: format!(" of image {}, channel {}", at.n, at.c), strong: false });
        }
        marks.push(Mark::Text {
            class: "cap".into(),
            at: Point { x, y: y - 9.0 },
            anchor: Anchor::Start,
            turn: 0,
            runs,
        });
        marks
    }

    fn leader(self, view: View<'_>, at: Cell, right: f64, foot: f64) -> Vec<Mark> {
        /// tan 30°: the slope of the C axis, so that leader and axis are one line.
        const SLOPE: f64 = 0.5 / COS_30;
        let shape = view.layout.shape;
        let height = f64::from(shape.plane_len());
        let top = view.at(at.n, at.c, height, 0.5, 0.5);
        let off = view.at(at.n, shape.c - 1, height, 0.5, 1.3);
        let start = if off.x > right + CLEAR {
            let y = off.y - (off.x - right - CLEAR) * SLOPE;
            Point { x: right + CLEAR, y: y.clamp(self.corner.y + CLEAR, foot - CLEAR) }
        } else {
            Point { x: off.x.max(self.corner.x), y: foot + CLEAR }
        };
        vec![
            Mark::line("leader", Path::default().polyline(&[start, off, top]).finish()),
            Mark::line("knob", Path::default().circle(top, 2.4).finish()),
        ]
    }

    fn place(self, columns: u32, k: u32) -> Point {
        Point {
            x: self.corner.x + f64::from(k % columns) * self.pixel,
            y: self.corner.y + f64::from(k / columns) * self.pixel,
        }
    }
}

fn rectangle(left: f64, top: f64, right: f64, foot: f64) -> String {
    let corner = |x, y| Point { x, y };
    Path::default().polygon(&[corner(left, top), corner(right, top), corner(right, foot), corner(left, foot)]).finish()
}

/// A value, 0 for the least of all and 1 for the greatest.
pub(super) fn tone(tensor: &Tensor, at: Cell) -> f64 {
    let [min, max] = tensor.range();
    if min == max { 0.5 } else { f64::from((tensor.at(at) - min) / (max - min)) }
}
