//! The outlines of single cells and of blocks of columns: the star's ring, hidden edges, and cells highlighted by
//! another part of the page.

use super::camera::Point;
use super::columns::{Side, View};
use super::groups::Region;
use super::layout::Block;
use super::marks::Mark;
use super::path::{Path, midpoint, star};
use super::viewport::Slot;

/// The ring around a cell, and its star.
pub fn selection(view: View<'_>, slot: Slot) -> Vec<Mark> {
    let (outline, anchor, is_seen) = outline(view, slot);
    let d = Path::default().polygon(&outline).finish();
    let side = if view.layout.unfolded > 0.5 { view.tiles.pixel } else { view.camera.row };
    let radius = (side * 0.4).clamp(4.0, 7.0);
    vec![
        Mark::line("ring-halo", d.clone()),
        Mark::line(if is_seen { "ring" } else { "ring buried" }, d),
        Mark::line("star", star(anchor, radius)),
    ]
}

/// The faces of a cell that nothing hides when the cube is folded and not carved in front of them: left, right, top.
///
/// Faces seen through a gap are mostly hidden by the column in front of them, and count as hidden.
pub fn open_faces(view: View<'_>, slot: Slot) -> [bool; 3] {
    let (n, c, layout) = (slot.n, slot.c, view.layout);
    let left = n == 0 || layout.is_carved(n - 1, c);
    let right = c == 0 || layout.is_carved(n, c - 1);
    let is_there = !layout.is_carved(n, c);
    [left && is_there, right && is_there, slot.k == 0 && is_there]
}

/// The outline of the visible part of a cell, a point of it that nothing hides, and whether any of it is visible.
fn outline(view: View<'_>, slot: Slot) -> (Vec<Point>, Point, bool) {
    if view.layout.unfolded > 0.0 {
        let face = view.face(slot, Side::Flat);
        return (face.to_vec(), midpoint(face[0], face[2]), true);
    }
    let (n, c) = (slot.n, slot.c);
    let [left, right, above] = open_faces(view, slot);
    let is_seen = left || right || above;
    let left = left || !is_seen;
    let top = f64::from(view.layout.shown.plane_len() - slot.k);
    let upper = |dn, dc| view.at(n, c, top, dn, dc);
    let lower = |dn, dc| view.at(n, c, top - 1.0, dn, dc);
    // Once around: over the top from left to right, then back along the bottom.
    let corners = [
        (left || above, upper(0., 1.)),
        (above, upper(1., 1.)),
        (!above, upper(0., 0.)),
        (right || above, upper(1., 0.)),
        (right, lower(1., 0.)),
        (above && !right, upper(0., 0.)),
        (left || right, lower(0., 0.)),
        (above && right && !left, upper(0., 0.)),
        (left, lower(0., 1.)),
    ];
    let points = corners.into_iter().filter(|corner| corner.0).map(|corner| corner.1).collect();
    let side = if left {
        Side::Left
    } else if right {
        Side::Right
    } else {
        Side::Top
    };
    let face = view.face(slot, side);
    (points, midpoint(face[0], face[2]), is_seen)
}

/// Hidden outlines are dashed, as in an engineering drawing: those of the groups in focus, and those of the carved
/// part.
pub fn hidden_lines(view: View<'_>, around_focus: &[Region]) -> Vec<Mark> {
    let mut marks = vec![];
    if view.layout.unfolded > 0.0 {
        return marks;
    }
    let carved = &view.layout.carved_for;
    for region in around_focus {
        let Some((first, last)) = columns_in_view(view, region) else { continue };
        if first != (0, 0) && (carved.is_none() || around_focus.len() > 1) {
            marks.push(Mark::line("ghost", box_outline(view, first, last, true)));
        }
    }
    if let Some(Block { n, c }) = carved {
        // The dashed box stops where the block begins, if the block reaches the front.
        let last_n = if *c.start() == 0 { n.start().saturating_sub(1) } else { *n.end() };
        let last_c = if *n.start() == 0 { c.start().saturating_sub(1) } else { *c.end() };
        marks.push(Mark::line("ghost out", box_outline(view, (0, 0), (last_n, last_c), false)));
    }
    marks
}

/// The first and last column in view of a box of values.
pub fn columns_in_view(view: View<'_>, region: &Region) -> Option<((u32, u32), (u32, u32))> {
    let viewport = view.cells.viewport;
    let [n, c] = [(0, viewport.shown.n), (1, viewport.shown.c)].map(|(axis, shown)| {
        let first = viewport.first[axis];
        let last = region.to[axis].saturating_sub(first).min(shown).checked_sub(1)?;
        let start = region.from[axis].saturating_sub(first);
        (start <= last).then_some((start, last))
    });
    let ((first_n, last_n), (first_c, last_c)) = (n?, c?);
    Some(((first_n, first_c), (last_n, last_c)))
}

fn box_outline(view: View<'_>, first: (u32, u32), last: (u32, u32), with_top: bool) -> String {
    let height = f64::from(view.layout.shown.plane_len());
    let corner = |z, to_n, to_c| {
        let (n, c) = (if to_n { last.0 } else { first.0 }, if to_c { last.1 } else { first.1 });
        view.at(n, c, z, f64::from(u8::from(to_n)), f64::from(u8::from(to_c)))
    };
    let wall = |to_n, to_c| {
        [corner(0., false, false), corner(0., to_n, to_c), corner(height, to_n, to_c), corner(height, false, false)]
    };
    let mut path = Path::default();
    if with_top {
        let tops = [(false, false), (true, false), (true, true), (false, true)];
        path.polygon(&tops.map(|(to_n, to_c)| corner(height, to_n, to_c)));
    }
    path.polygon(&wall(true, false)).polygon(&wall(false, true)).finish()
}

/// The visible faces of the cells that hold values of some boxes.
pub fn lit(view: View<'_>, boxes: &[Region]) -> Option<Mark> {
    if boxes.is_empty() {
        return None;
    }
    let mut path = Path::default();
    for slot in view.cells.viewport.slots() {
        let region = view.cells.viewport.region(slot);
        if boxes.iter().any(|own| own.and(&region).count() > 0) {
            for side in visible_sides(view, slot) {
                path.polygon(&view.face(slot, side));
            }
        }
    }
    Some(Mark::line("lit", path.finish()))
}

/// An arrow in every visible cell of the group that a poke affects: up or down by the change of y.
pub fn quiver(view: View<'_>, star: Slot) -> Vec<Mark> {
    /// Pixels per unit of change of y; the shortest and the longest arrow.
    const LENGTH: (f64, [f64; 2]) = (26.0, [6.0, 13.0]);
    let cells = view.cells;
    let mut path = Path::default();
    for (slot, &delta) in cells.viewport.slots().zip(&cells.deltas) {
        if delta.abs() <= super::values::MOVED || slot == star {
            continue;
        }
        for side in visible_sides(view, slot).filter(|side| *side != Side::Top) {
            let face = view.face(slot, side);
            let [least, most] = LENGTH.1;
            let length = (f64::from(delta).abs() * LENGTH.0).clamp(least, most).copysign(f64::from(delta));
            path.arrow(midpoint(face[0], face[2]), length);
        }
    }
    if path.is_empty() {
        return vec![];
    }
    let d = path.finish();
    vec![Mark::line("quiver-halo", d.clone()), Mark::line("quiver", d)]
}

fn visible_sides(view: View<'_>, slot: Slot) -> impl Iterator<Item = Side> {
    let flat = view.layout.unfolded > 0.0;
    let [left, right, top] = open_faces(view, slot).map(|open| open && !flat);
    [(flat, Side::Flat), (left, Side::Left), (right, Side::Right), (top, Side::Top)]
        .into_iter()
        .filter(|side| side.0)
        .map(|side| side.1)
}
