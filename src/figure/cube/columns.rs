//! The columns of the cube as quads and lines, farthest first: faces, joints between rows, edges of groups.

use super::camera::{Camera, Point};
use super::cells::Cells;
use super::groups::Level;
use super::layout::Layout;
use super::path::midpoint;
use super::unfold::Tiles;
use super::viewport::Slot;

/// The visible parts of one column (n, c), or of a picture.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Column {
    /// The visible faces of its cells; none for a carved column.
    pub quads: Vec<Quad>,
    /// Whether its cells are large enough for joints between them.
    pub seams: bool,
    /// The wider joints after each row h of the picture.
    pub joints: Vec<[Point; 2]>,
    /// Edges of groups other than the star's.
    pub edges: Vec<[Point; 2]>,
    /// Edges of the star's groups.
    pub member_edges: Vec<[Point; 2]>,
    /// The centres of faces with a negative value.
    pub dots: Vec<Point>,
}

/// One visible face of a cell.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Quad {
    /// Its cell.
    pub slot: Slot,
    /// The direction that it faces.
    pub side: Side,
    /// Its cell's level.
    pub level: Level,
    /// Its cell's value, 0 to 1.
    pub tone: f64,
    /// Its corners.
    pub corners: [Point; 4],
}

/// The direction that a face looks in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Side {
    /// Towards n − 1.
    Left,
    /// Towards c − 1.
    Right,
    /// Upwards.
    Top,
    /// Towards the viewer: a cell of a picture.
    Flat,
}

/// Cells with sides shorter than this, in pixels, have no joints.
const LEAST_SEAM: f64 = 5.0;

/// Cells with sides shorter than this, in pixels, have no dots.
const LEAST_DOT: f64 = 7.0;

/// What to draw: the ground plan, the view, the cells.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The places of the columns.
    pub layout: &'a Layout,
    /// Their projection.
    pub camera: Camera,
    /// Their places when unfolded.
    pub tiles: &'a Tiles,
    /// What the cells show.
    pub cells: &'a Cells,
}

impl View<'_> {
    /// Returns all columns in painter's order.
    pub fn columns(self) -> Vec<Column> {
        self.layout.painters_order().into_iter().map(|(n, c)| self.column(n, c)).collect()
    }

    /// The point (dn, dc) units away from the near corner of column (n, c), at height z.
    pub fn at(self, n: u32, c: u32, z: f64, dn: f64, dc: f64) -> Point {
        let (near_n, near_c) = self.layout.corner(n, c);
        self.camera.project(near_n + dn, near_c + dc, z)
    }

    /// The corners of a face; k is counted from the top.
    pub fn face(self, slot: Slot, side: Side) -> [Point; 4] {
        let top = f64::from(self.layout.shown.plane_len() - slot.k);
        let p = |z, dn, dc| self.at(slot.n, slot.c, z, dn, dc);
        let folded = match side {
            Side::Left | Side::Flat => [p(top, 0., 0.), p(top, 0., 1.), p(top - 1., 0., 1.), p(top - 1., 0., 0.)],
            Side::Right => [p(top, 0., 0.), p(top, 1., 0.), p(top - 1., 1., 0.), p(top - 1., 0., 0.)],
            Side::Top => [p(top, 0., 0.), p(top, 1., 0.), p(top, 1., 1.), p(top, 0., 1.)],
        };
        let open = self.layout.unfolded;
        if open == 0.0 {
            return folded;
        }
        let flat = self.tiles.face(slot, side);
        std::array::from_fn(|i| folded[i].towards(flat[i], open))
    }

    /// The visible sides of column (n, c).
    pub fn sides(self, n: u32, c: u32) -> impl Iterator<Item = Side> {
        let open = self.layout.unfolded;
        let seen = !self.layout.is_carved(n, c) || open > 0.0;
        let left = seen && (open > 0.0 || self.layout.shows_left(n, c));
        let right = seen && (open > 0.0 || self.layout.shows_right(n, c));
        let folded = [left.then_some(Side::Left), right.then_some(Side::Right), seen.then_some(Side::Top)];
        let sides = if open == 1.0 { [Some(Side::Flat), None, None] } else { folded };
        sides.into_iter().flatten()
    }

    fn column(self, n: u32, c: u32) -> Column {
        let shown = self.layout.shown;
        let is_flat = self.layout.unfolded == 1.0;
        let side_len = if is_flat { self.tiles.pixel } else { self.camera.row };
        let mut column = Column { seams: side_len >= LEAST_SEAM, ..Column::default() };
        for side in self.sides(n, c) {
            let rows = if side == Side::Top { 1 } else { shown.plane_len() };
            for k in 0..rows {
                let slot = Slot { n, c, k };
                let quad = self.quad(slot, side);
                if side_len >= LEAST_DOT && self.cells.value(slot) < 0.0 {
                    column.dots.push(midpoint(quad.corners[0], quad.corners[2]));
                }
                column.quads.push(quad);
            }
        }
        if is_flat {
            self.flat_edges(n, c, &mut column);
        } else if self.layout.unfolded == 0.0 {
            self.joints(n, c, &mut column);
            self.edges(n, c, &mut column);
        }
        column
    }

    fn quad(self, slot: Slot, side: Side) -> Quad {
        let (level, tone) = (self.cells.level(slot), self.cells.tone(slot));
        Quad { slot, side, level, tone, corners: self.face(slot, side) }
    }

    /// Adds the joints between the rows of the H×W picture, wider than those between cells.
    fn joints(self, n: u32, c: u32, column: &mut Column) {
        let shown = self.layout.shown;
        if self.camera.row * f64::from(shown.w) < LEAST_SEAM {
            return;
        }
        for h in 1..shown.h {
            let z = f64::from(shown.plane_len() - h * shown.w);
            for side in self.sides(n, c) {
                match side {
                    Side::Left => column.joints.push([self.at(n, c, z, 0., 0.), self.at(n, c, z, 0., 1.)]),
                    Side::Right => column.joints.push([self.at(n, c, z, 0., 0.), self.at(n, c, z, 1., 0.)]),
                    Side::Top | Side::Flat => {}
                }
            }
        }
    }

    /// Adds the visible edges of column (n, c) where its groups end.
    fn edges(self, n: u32, c: u32, column: &mut Column) {
        let height = f64::from(self.layout.shown.plane_len());
        let p = move |z, dn, dc| self.at(n, c, z, dn, dc);
        for side in self.sides(n, c) {
            match side {
                Side::Left => {
                    self.uprights(n, c, [0, 1], [0., 1.], column);
                    self.uprights(n, c, [0, -1], [0., 0.], column);
                    self.levels(n, c, [0., 1.], column);
                }
                Side::Right => {
                    self.uprights(n, c, [1, 0], [1., 0.], column);
                    self.uprights(n, c, [-1, 0], [0., 0.], column);
                    self.levels(n, c, [1., 0.], column);
                }
                Side::Top => {
                    let around = [([-1, 0], [0., 0., 0., 1.]), ([0, -1], [0., 0., 1., 0.])];
                    let behind = [([1, 0], [1., 0., 1., 1.]), ([0, 1], [0., 1., 1., 1.])];
                    let slot = Slot { n, c, k: 0 };
                    for (step, [n0, c0, n1, c1]) in around.into_iter().chain(behind) {
                        if self.ends(slot, step) {
                            self.edge(slot, column, [p(height, n0, c0), p(height, n1, c1)]);
                        }
                    }
                }
                Side::Flat => {}
            }
        }
    }

    /// Adds vertical edges at a corner of column (n, c), towards a neighbour: one for every run of rows where a group
    /// ends.
    fn uprights(self, n: u32, c: u32, step: [i32; 2], corner: [f64; 2], column: &mut Column) {
        let rows = self.layout.shown.plane_len();
        let state = |k| {
            let slot = Slot { n, c, k };
            self.ends(slot, step).then(|| self.cells.level(slot) > Level::Rest)
        };
        let z = |k: u32| self.at(n, c, f64::from(rows - k), corner[0], corner[1]);
        let mut start = 0;
        for k in 1..=rows {
            let run = state(start);
            if k < rows && state(k) == run {
                continue;
            }
            if run.is_some() {
                self.edge(Slot { n, c, k: start }, column, [z(start), z(k)]);
            }
            start = k;
        }
    }

    /// Adds horizontal edges of a side face: at the floor, and between rows of different groups.
    fn levels(self, n: u32, c: u32, far: [f64; 2], column: &mut Column) {
        let rows = self.layout.shown.plane_len();
        for k in 0..rows {
            let slot = Slot { n, c, k };
            let is_last = k + 1 == rows;
            let below = Slot { n, c, k: k + 1 };
            if is_last || self.cells.key(slot) != self.cells.key(below) {
                let z = f64::from(rows - k - 1);
                // An edge between a member and another belongs to the member.
                let owner = if !is_last && self.cells.level(below) > self.cells.level(slot) { below } else { slot };
                self.edge(owner, column, [self.at(n, c, z, 0., 0.), self.at(n, c, z, far[0], far[1])]);
            }
        }
    }

    /// Adds the outline of a picture, and the edges between cells in different groups.
    fn flat_edges(self, n: u32, c: u32, column: &mut Column) {
        let shown = self.layout.shown;
        for k in 0..shown.plane_len() {
            let slot = Slot { n, c, k };
            let [top_right, top_left, left, right] = self.tiles.square(slot);
            let (row, col) = (k / shown.w, k % shown.w);
            let differs = |k: u32| self.cells.key(Slot { n, c, k }) != self.cells.key(slot);
            let lines = [
                (row == 0 || differs(k - shown.w), [top_left, top_right]),
                (row + 1 == shown.h || differs(k + shown.w), [left, right]),
                (col == 0 || differs(k - 1), [top_left, left]),
                (col + 1 == shown.w || differs(k + 1), [top_right, right]),
            ];
            for (_, line) in lines.into_iter().filter(|line| line.0) {
                self.edge(slot, column, line);
            }
        }
    }

    fn edge(self, slot: Slot, column: &mut Column, line: [Point; 2]) {
        let is_member = self.cells.level(slot) > Level::Rest;
        if is_member { &mut column.member_edges } else { &mut column.edges }.push(line);
    }

    /// Whether a cell's neighbour in a direction along N or C is missing, apart, or in other groups.
    fn ends(self, slot: Slot, [step_n, step_c]: [i32; 2]) -> bool {
        let shown = self.layout.shown;
        let Slot { n, c, k } = slot;
        let (Some(other_n), Some(other_c)) = (n.checked_add_signed(step_n), c.checked_add_signed(step_c)) else {
            return true;
        };
        if other_n >= shown.n || other_c >= shown.c || self.layout.is_carved(other_n, other_c) {
            return true;
        }
        let parted = match step_n {
            0 => self.layout.parts_c(c.max(other_c)),
            _ => self.layout.parts_n(n.max(other_n)),
        };
        parted || self.cells.key(slot) != self.cells.key(Slot { n: other_n, c: other_c, k })
    }
}
