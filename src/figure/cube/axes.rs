//! The axes around the cube: indices, names with counts, brackets for groups of channels and images, the (H, W)
//! dimension line, and torn edges where an axis continues out of view.

use super::camera::Point;
use super::canvas::Canvas;
use super::columns::View;
use super::marks::{Anchor, Mark};
use super::path::{Path, midpoint};
use crate::figure::scene::Place;
use crate::figure::scene::layout::Layout;
use crate::norms::grouping::tiling::Axis as Named;
use crate::norms::number::plural;
use crate::norms::shape::Shape;

/// Distance of the indices from the edge, in pixels along its outward normal.
const INDEX_OUT: f64 = 13.0;

/// Distance of the brackets from the baseline of the indices, in pixels.
const BRACKET_OUT: f64 = 23.0;

/// Least distance between two indices, in pixels.
const INDEX_STEP: f64 = 16.0;

/// Least distance of a name's baseline from the bottom of the canvas, in pixels.
const NAME_FOOT: f64 = 8.0;

/// One of the two horizontal axes.
#[derive(Clone, Copy)]
struct Axis<'a> {
    view: View<'a>,
    is_n: bool,
}

/// Returns all axis marks of the folded cube for the place in focus; `spans` are the images and channels of a group.
pub fn axes(view: View<'_>, at: Place, spans: [u32; 2], layout: Layout, canvas: &Canvas) -> Vec<Mark> {
    let shape = view.cells.viewport.shape;
    let mut marks = vec![];
    let [on_n, on_c] = [true, false].map(|is_n| Axis { view, is_n });
    if layout.has(Named::C) {
        on_c.indices(at.c, &mut marks);
    }
    if layout.has(Named::N) {
        on_n.indices(at.n, &mut marks);
    }
    let has_brackets = on_c.brackets(at.c, spans[1], canvas.is_narrow, &mut marks);
    if spans[0] > 1 && spans[0] < shape.n {
        on_n.brackets(at.n, spans[0], true, &mut marks);
    }
    let names = Names { layout, shape };
    if canvas.is_narrow {
        let y = canvas.height - NAME_FOOT;
        marks.extend(names.label(Named::C, Point { x: 4.0, y }, Anchor::Start));
        marks.extend(names.label(Named::N, Point { x: canvas.width - 4.0, y }, Anchor::End));
    } else {
        let (c, n) = (on_c.middle(), on_n.middle());
        // Clear of the groups' names, which many short brackets bring nearer to the middle.
        let many = has_brackets && view.layout.shown.c > 2 * spans[1];
        let (aside, below) = if many {
            (62.0, 56.0)
        } else if has_brackets {
            (34.0, 44.0)
        } else {
            (34.0, 30.0)
        };
        // A short axis ends near the bottom of the canvas.
        let [c_y, n_y] = [c.y + below, n.y + 30.0].map(|y| y.min(canvas.height - NAME_FOOT));
        marks.extend(names.label(Named::C, Point { x: c.x - aside, y: c_y }, Anchor::End));
        marks.extend(names.label(Named::N, Point { x: n.x + 26.0, y: n_y }, Anchor::Start));
    }
    picture_axis(view, layout, canvas.is_narrow, &mut marks);
    on_c.torn(&mut marks);
    on_n.torn(&mut marks);
    marks
}

/// Returns the indices of images and channels next to the unfolded pictures.
pub fn unfolded(view: View<'_>, at: Place, layout: Layout) -> Vec<Mark> {
    let viewport = view.cells.viewport;
    let mut marks = vec![];
    let class = |on| if on { "idx on" } else { "idx" };
    for c in 0..if layout.has(Named::C) { viewport.shown.c } else { 0 } {
        let channel = viewport.first[1] + c;
        marks.push(Mark::text(class(channel == at.c), view.tiles.heads(0, c)[0], Anchor::Middle, channel));
    }
    for n in 0..if layout.has(Named::N) { viewport.shown.n } else { 0 } {
        let image = viewport.first[0] + n;
        marks.push(Mark::text(class(image == at.n), view.tiles.heads(n, 0)[1], Anchor::End, image));
    }
    let [across, down] = [view.tiles.heads(0, 0)[0], view.tiles.heads(0, 0)[1]];
    let names = Names { layout, shape: viewport.shape };
    marks.extend(names.label(Named::C, Point { x: across.x - 6.0, y: across.y - 14.0 }, Anchor::Start));
    let side = Point { x: down.x - 14.0, y: down.y + 20.0 };
    marks.extend(names.label(Named::N, side, Anchor::End).map(|mark| mark.turned(-90)));
    marks
}

/// The names of the axes that the array is said to have.
struct Names {
    layout: Layout,
    shape: Shape,
}

impl Names {
    /// "N = 4 images"; none of an axis that the array lacks.
    fn label(&self, axis: Named, at: Point, anchor: Anchor) -> Option<Mark> {
        let count = plural(axis.length(self.shape), self.layout.noun(axis));
        let letter = self.layout.letter(axis).to_string();
        self.layout.has(axis).then(|| Mark::label(at, anchor, &letter, &format!(" = {count}")))
    }

    /// The places of a plane: "(H, W)" and "4 × 4", or "L" and "5".
    fn plane(&self) -> Option<(String, String)> {
        let axes: Vec<Named> = [Named::H, Named::W].into_iter().filter(|axis| self.layout.has(*axis)).collect();
        let letters: Vec<String> = axes.iter().map(|axis| self.layout.letter(*axis).to_string()).collect();
        let lengths: Vec<String> = axes.iter().map(|axis| axis.length(self.shape).to_string()).collect();
        let name = if axes.len() == 1 { letters.concat() } else { format!("({})", letters.join(", ")) };
        (!axes.is_empty()).then(|| (name, lengths.join(" × ")))
    }
}

impl Axis<'_> {
    fn shown(self) -> u32 {
        if self.is_n { self.view.layout.shown.n } else { self.view.layout.shown.c }
    }

    fn first(self) -> u32 {
        self.view.cells.viewport.first[usize::from(!self.is_n)]
    }

    /// A point of the front edge on the ground, `share` of a step after the start of step i.
    fn edge(self, i: u32, share: f64) -> Point {
        if self.is_n { self.view.at(i, 0, 0., share, 0.) } else { self.view.at(0, i, 0., 0., share) }
    }

    /// `point` moved outwards.
    fn outwards(self, point: Point, distance: f64) -> Point {
        let [x, y] = self.view.camera.ground(f64::from(u8::from(self.is_n)), f64::from(u8::from(!self.is_n)));
        let length = x.hypot(y);
        // The normal of (x, −y) that points down.
        let side = if self.is_n { 1.0 } else { -1.0 };
        Point { x: point.x + side * y / length * distance, y: point.y + side * x / length * distance }
    }

    fn index_place(self, i: u32) -> Point {
        self.outwards(midpoint(self.edge(i, 0.0), self.edge(i, 1.0)), INDEX_OUT)
    }

    fn middle(self) -> Point {
        midpoint(self.index_place(0), self.index_place(self.shown() - 1))
    }

    fn indices(self, selected: u32, marks: &mut Vec<Mark>) {
        let (a, b) = (self.edge(0, 0.0), self.edge(0, 1.0));
        let step = (INDEX_STEP / (b.x - a.x).hypot(b.y - a.y)).ceil() as u32;
        for i in 0..self.shown() {
            let index = self.first() + i;
            let is_on = index == selected;
            if is_on || i.is_multiple_of(step) && (index.abs_diff(selected) >= step || step == 1) {
                let class = if is_on { "idx on" } else { "idx" };
                marks.push(Mark::text(class, self.index_place(i), Anchor::Middle, index));
            }
        }
    }

    /// Adds a bracket under each group in view, if the axis is split into groups. The one in focus is in ink.
    fn brackets(self, at: u32, span: u32, bare: bool, marks: &mut Vec<Mark>) -> bool {
        /// Distance of a bracket's end from the end of its group, in units.
        const INSET: f64 = 0.08;
        /// Length of its hooks, in pixels.
        const HOOK: f64 = 5.0;
        let length = if self.is_n { self.view.cells.viewport.shape.n } else { self.view.cells.viewport.shape.c };
        if span <= 1 || span >= length {
            return false;
        }
        let (first, shown) = (self.first(), self.shown());
        for group in first / span..(first + shown).div_ceil(span) {
            let start = (group * span).saturating_sub(first);
            let last = ((group + 1) * span - 1 - first).min(shown - 1);
            let from = self.outwards(self.edge(start, INSET), BRACKET_OUT);
            let to = self.outwards(self.edge(last, 1.0 - INSET), BRACKET_OUT);
            let hook = |p: Point| self.outwards(p, -HOOK);
            let is_on = group == at / span;
            let d = Path::default().polyline(&[hook(from), from, to, hook(to)]).finish();
            marks.push(Mark::line(if is_on { "axis-line on" } else { "axis-line" }, d));
            let has_room = (to.x - from.x).hypot(to.y - from.y) > 64.0;
            if !bare && (has_room || is_on) {
                let middle = midpoint(from, to);
                let at = Point { x: middle.x - 8.0, y: middle.y + 14.0 };
                marks.push(Mark::text(if is_on { "cap on" } else { "cap" }, at, Anchor::End, format!("group {group}")));
            }
        }
        true
    }

    /// Adds a torn edge where the axis continues, with how much of it is left.
    fn torn(self, marks: &mut Vec<Mark>) {
        let viewport = self.view.cells.viewport;
        let (shown, first) = (self.shown(), self.first());
        let length = if self.is_n { viewport.shape.n } else { viewport.shape.c };
        let more = length - first - shown;
        if more == 0 {
            return;
        }
        let height = f64::from(self.view.layout.shown.plane_len());
        let far = |z| {
            let last = shown - 1;
            if self.is_n { self.view.at(last, 0, z, 1., 0.) } else { self.view.at(0, last, z, 0., 1.) }
        };
        let back = if self.is_n {
            self.view.at(shown - 1, self.view.layout.shown.c - 1, height, 1., 1.)
        } else {
            self.view.at(self.view.layout.shown.n - 1, shown - 1, height, 1., 1.)
        };
        let d = [zigzag(far(0.0), far(height)), zigzag(far(height), back)].concat();
        marks.push(Mark::line("tear-halo", d.clone()));
        marks.push(Mark::line("tear", d));
        let side = if self.is_n { 1.0 } else { -1.0 };
        let foot = far(0.0);
        let at = Point { x: foot.x + side * 16.0, y: foot.y + 2.0 };
        let anchor = if self.is_n { Anchor::Start } else { Anchor::End };
        marks.push(Mark::text("cap on", at, anchor, format!("… {more} more")));
    }
}

/// A zigzag line.
fn zigzag(from: Point, to: Point) -> String {
    /// Length and depth of a tooth, in pixels.
    const TOOTH: (f64, f64) = (9.0, 3.0);
    let length = (to.x - from.x).hypot(to.y - from.y);
    let teeth = (length / TOOTH.0).round().max(1.0) as u32;
    let (nx, ny) = ((to.y - from.y) / length * TOOTH.1, (from.x - to.x) / length * TOOTH.1);
    let points: Vec<_> = (0..=2 * teeth)
        .map(|i| {
            let p = from.towards(to, f64::from(i) / f64::from(2 * teeth));
            let out = if i % 2 == 1 { 1.0 } else { -1.0 };
            Point { x: p.x + nx * out, y: p.y + ny * out }
        })
        .collect();
    Path::default().polyline(&points).finish()
}

/// Room for the name of (H, W) to the left of its line, in pixels.
const ROOM: f64 = 84.0;

/// Adds a dimension line along the left vertical edge, with a tick at every row of the picture.
fn picture_axis(view: View<'_>, layout: Layout, narrow: bool, marks: &mut Vec<Mark>) {
    let (shown, shape) = (view.layout.shown, view.cells.viewport.shape);
    let Some((name, lengths)) = (Names { layout, shape }).plane() else { return };
    let top = view.at(0, shown.c - 1, f64::from(shown.plane_len()), 0., 1.);
    let foot = view.at(0, shown.c - 1, 0., 0., 1.);
    let x = foot.x - if narrow { 7.0 } else { 12.0 };
    let mut path = Path::default();
    path.line(Point { x, y: top.y }, Point { x, y: foot.y });
    for h in 0..=shown.h {
        let y = top.y + (foot.y - top.y) * f64::from(h) / f64::from(shown.h);
        path.line(Point { x: x - 3.0, y }, Point { x: x + 3.0, y });
    }
    marks.push(Mark::line("axis-line", path.finish()));
    let middle = (top.y + foot.y) / 2.0;
    if narrow || x < ROOM {
        let words = format!(" = {}", lengths.replace(" × ", "×"));
        marks.push(Mark::label(Point { x: x - 8.0, y: middle }, Anchor::Middle, &name, &words).turned(-90));
    } else {
        marks.push(Mark::label(Point { x: x - 10.0, y: middle - 2.0 }, Anchor::End, &name, ""));
        let words = format!("= {lengths}");
        marks.push(Mark::label(Point { x: x - 10.0, y: middle + 17.0 }, Anchor::End, "", &words));
    }
}
