//! The axes around the cube: indices, names with counts, brackets for groups of channels, the (H, W) dimension line.

use super::Cell;
use super::camera::Point;
use super::columns::View;
use super::marks::{Anchor, Mark, plural};
use super::path::{Path, midpoint};

/// Distance of the indices from the edge, in pixels along its outward normal.
const INDEX_OUT: f64 = 13.0;

/// Distance of the brackets from the indices' base line, in pixels.
const BRACKET_OUT: f64 = 23.0;

/// The outward normal of the C edge is (−sin 30°, cos 30°), of the N edge (sin 30°, cos 30°).
const NORMAL: (f64, f64) = (0.5, super::camera::COS_30);

/// All marks of the axes, for the cell in focus. On a narrow plate the names go to the foot of the plate.
pub fn axes(view: View<'_>, at: Cell, narrow_height: Option<f64>, width: f64) -> Vec<Mark> {
    let shape = view.layout.shape;
    let mut marks = vec![];
    let on_c = |c| outwards(midpoint(view.at(0, c, 0., 0., 0.), view.at(0, c, 0., 0., 1.)), -1.0, INDEX_OUT);
    let on_n = |n| outwards(midpoint(view.at(n, 0, 0., 0., 0.), view.at(n, 0, 0., 1., 0.)), 1.0, INDEX_OUT);
    let index =
        |i: u32, selected: u32, at| Mark::text(if i == selected { "idx on" } else { "idx" }, at, Anchor::Middle, i);
    marks.extend((0..shape.c).map(|c| index(c, at.c, on_c(c))));
    marks.extend((0..shape.n).map(|n| index(n, at.n, on_n(n))));
    let has_brackets = brackets(view, at, narrow_height.is_some(), &mut marks);
    let (names_c, names_n) = (format!(" = {}", plural(shape.c, "channel")), format!(" = {}", plural(shape.n, "image")));
    if let Some(height) = narrow_height {
        let y = height - 8.0;
        marks.push(Mark::label(Point { x: 4.0, y }, Anchor::Start, "C", &names_c));
        marks.push(Mark::label(Point { x: width - 4.0, y }, Anchor::End, "N", &names_n));
    } else {
        let (middle_c, middle_n) = (midpoint(on_c(0), on_c(shape.c - 1)), midpoint(on_n(0), on_n(shape.n - 1)));
        let below = if has_brackets { 44.0 } else { 30.0 };
        marks.push(Mark::label(Point { x: middle_c.x - 34.0, y: middle_c.y + below }, Anchor::End, "C", &names_c));
        marks.push(Mark::label(Point { x: middle_n.x + 26.0, y: middle_n.y + 30.0 }, Anchor::Start, "N", &names_n));
    }
    picture_axis(view, narrow_height.is_some(), &mut marks);
    marks
}

/// `point` moved outwards by `distance`; `side` is −1 on the C edge and 1 on the N edge.
fn outwards(point: Point, side: f64, distance: f64) -> Point {
    Point { x: point.x + side * NORMAL.0 * distance, y: point.y + NORMAL.1 * distance }
}

/// A bracket under each group of channels, if channels are grouped. The one in focus is in ink.
fn brackets(view: View<'_>, at: Cell, narrow: bool, marks: &mut Vec<Mark>) -> bool {
    /// How far a bracket stops short of the end of its group, in units.
    const INSET: f64 = 0.08;
    /// Length of its hooks, in pixels.
    const HOOK: f64 = 5.0;
    let shape = view.layout.shape;
    let Some(span) = view.grouping.map(|g| g.channel_span()).filter(|&span| span > 1 && span < shape.c) else {
        return false;
    };
    for group in 0..shape.c / span {
        let first = outwards(view.at(0, group * span, 0., 0., INSET), -1.0, BRACKET_OUT);
        let last = outwards(view.at(0, (group + 1) * span - 1, 0., 0., 1.0 - INSET), -1.0, BRACKET_OUT);
        let hook = |p: Point| outwards(p, -1.0, -HOOK);
        let is_on = group == at.c / span;
        let d = Path::default().polyline(&[hook(first), first, last, hook(last)]).finish();
        marks.push(Mark::line(if is_on { "axis-line on" } else { "axis-line" }, d));
        if !narrow {
            let middle = midpoint(first, last);
            let at = Point { x: middle.x - 8.0, y: middle.y + 14.0 };
            marks.push(Mark::text(if is_on { "cap on" } else { "cap" }, at, Anchor::End, format!("group {group}")));
        }
    }
    true
}

/// A dimension line along the left vertical edge, ticked at every row of the picture.
fn picture_axis(view: View<'_>, narrow: bool, marks: &mut Vec<Mark>) {
    let shape = view.layout.shape;
    let top = view.at(0, shape.c - 1, f64::from(shape.plane_len()), 0., 1.);
    let foot = view.at(0, shape.c - 1, 0., 0., 1.);
    let x = foot.x - if narrow { 7.0 } else { 12.0 };
    let mut path = Path::default();
    path.line(Point { x, y: top.y }, Point { x, y: foot.y });
    for h in 0..=shape.h {
        let y = top.y + (foot.y - top.y) * f64::from(h) / f64::from(shape.h);
        path.line(Point { x: x - 3.0, y }, Point { x: x + 3.0, y });
    }
    marks.push(Mark::line("axis-line", path.finish()));
    let middle = (top.y + foot.y) / 2.0;
    if narrow {
        let words = format!(" = {}×{}", shape.h, shape.w);
        marks.push(Mark::label(Point { x: x - 8.0, y: middle }, Anchor::Middle, "(H, W)", &words).turned(-90));
    } else {
        marks.push(Mark::label(Point { x: x - 10.0, y: middle - 2.0 }, Anchor::End, "(H, W)", ""));
        let words = format!("= {} × {}", shape.h, shape.w);
        marks.push(Mark::label(Point { x: x - 10.0, y: middle + 17.0 }, Anchor::End, "", &words));
    }
}
