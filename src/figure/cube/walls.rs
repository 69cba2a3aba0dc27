//! Words on the cube: the names of the walls of a norm that mixes means, and the numbers of groups when all are shown.

use super::camera::Point;
use super::canvas::Canvas;
use super::columns::View;
use super::groups::{Groups, Region};
use super::marks::{Anchor, Mark};
use super::outline::columns_in_view;
use super::path::Path;
use crate::figure::scene::Place;
use crate::norms::number::plural;

/// Most groups that carry a number.
const MAX_NUMBERS: u32 = 96;

/// Returns the name, weight and count of every wall, with a leader; empty if there is only one mean, or no room.
pub fn walls(view: View<'_>, groups: &Groups, at: Place, canvas: &Canvas) -> Vec<Mark> {
    if groups.tilings().len() < 2 || canvas.is_narrow {
        return vec![];
    }
    let shown = view.layout.shown;
    let height = f64::from(shown.plane_len());
    let shape = view.cells.viewport.shape;
    let mut marks = vec![];
    for (tiling, weight) in groups.tilings().iter().zip(groups.weights()) {
        let region = Region::around(tiling, at);
        let Some((first, last)) = columns_in_view(view, &region) else { continue };
        let [images, channels, ..] = tiling.spans();
        let (name, count) = (wall_name(tiling.spans(), [shape.n, shape.c]), region.count());
        let numbers = (format!(" {weight:.2}"), plural(count, "value"));
        if images == shape.n && shape.n > 1 {
            let wall = view.at(last.0, last.1, height * 0.62, 1., 0.);
            let edge = view.at(shown.n - 1, 0, 0., 1., 0.).x;
            lead(&mut marks, wall, edge, 1.0, (name, numbers));
        } else if channels == shape.c && shape.c > 1 {
            let wall = view.at(first.0, last.1, height * if first.0 > 0 { 0.92 } else { 0.86 }, 0., 1.);
            let edge = view.at(0, shown.c - 1, 0., 0., 1.).x - 12.0;
            // Clear of the picture.
            let wall = Point { y: wall.y.max(132.0), ..wall };
            lead(&mut marks, wall, edge, -1.0, (name, numbers));
        } else {
            let foot = view.at(0, 0, 0., 0., 0.);
            let at = Point { x: foot.x, y: foot.y + 27.0 };
            marks.push(Mark::label(at, Anchor::Middle, name, &format!("{}, {}", numbers.0, numbers.1)));
        }
    }
    marks
}

fn wall_name([images, channels, ..]: [u32; 4], [n, c]: [u32; 2]) -> &'static str {
    if images == n && channels == 1 && n > 1 {
        "batch"
    } else if channels == c && images == 1 && c > 1 {
        "layer"
    } else {
        "instance"
    }
}

fn lead(marks: &mut Vec<Mark>, wall: Point, edge: f64, side: f64, (name, numbers): (&str, (String, String))) {
    let text_x = edge + side * 22.0;
    let p = |x, y| Point { x, y };
    let line = [p(wall.x + side * 3.0, wall.y), p(edge + side * 8.0, wall.y), p(text_x - side * 6.0, wall.y)];
    marks.push(Mark::line("leader", Path::default().polyline(&line).finish()));
    let anchor = if side > 0.0 { Anchor::Start } else { Anchor::End };
    marks.push(Mark::label(p(text_x, wall.y - 2.0), anchor, name, &numbers.0));
    marks.push(Mark::text("cap", p(text_x, wall.y + 15.0), anchor, numbers.1));
}

/// Returns the number of every group in view, on its top.
pub fn group_numbers(view: View<'_>, groups: &Groups) -> Vec<Mark> {
    let Some(tiling) = groups.tilings().last() else { return vec![] };
    let viewport = view.cells.viewport;
    let shape = viewport.shape;
    if tiling.n_tiles() > MAX_NUMBERS || tiling.spans()[2..] != [shape.h, shape.w] {
        return vec![];
    }
    let height = f64::from(view.layout.shown.plane_len());
    let mut marks = vec![];
    for tile_idx in 0..tiling.n_tiles() {
        let index = tiling.member(tile_idx, 0);
        let (plane, c) = (index / shape.plane_len(), shape.c);
        let region = Region::around(tiling, Place { n: plane / c, c: plane % c, h: 0, w: 0 });
        let Some((first, last)) = columns_in_view(view, &region) else { continue };
        let near = view.at(first.0, first.1, height, 0., 0.);
        let far = view.at(last.0, last.1, height, 1., 1.);
        let middle = near.towards(far, 0.5);
        marks.push(Mark::text("group-number", middle, Anchor::Middle, tile_idx));
    }
    marks
}
