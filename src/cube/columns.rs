//! The columns of the cube as polygons and lines, the farthest first: faces, joints between rows, edges of groups.

use super::camera::{Camera, Point};
use super::layout::{Block, Layout};
use super::path::{Path, midpoint, points_attribute};
use super::tensor::Tensor;
use crate::grouping::Grouping;
use serde::Serialize;
use tsify::Tsify;

/// One column (n, c) and what is seen of it.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
pub struct Column {
    /// Its image.
    pub n: u32,
    /// Its channel.
    pub c: u32,
    /// Whether it shares mean and variance with the cell in focus.
    pub member: bool,
    /// The faces of its cells that can be seen; none of a carved column.
    pub faces: Vec<Face>,
    /// Path: the wider joints after each row h of the picture.
    pub joints: String,
    /// Path: the edges where a group ends.
    pub edges: String,
    /// Path: a dot in every face of a negative value.
    pub dots: String,
}

/// One visible face of a cell.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
pub struct Face {
    /// Which way it looks.
    pub side: Side,
    /// Its cell's place in the plane.
    pub k: u32,
    /// Its cell's value, from 0 for the least of the tensor to 1 for the greatest.
    pub tone: f64,
    /// The corners, as the `points` attribute of a polygon.
    pub points: String,
}

/// Which way a face looks.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// Towards n − 1.
    Left,
    /// Towards c − 1.
    Right,
    /// Upwards.
    Top,
}

/// What is drawn: the plan, the view, the groups.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// Where the columns stand.
    pub layout: &'a Layout,
    /// How they are projected.
    pub camera: Camera,
    /// Which columns share a mean; `None` if none do.
    pub grouping: Option<Grouping>,
    /// The group in focus.
    pub focus: &'a Block,
}

impl View<'_> {
    /// All columns in painter's order.
    pub fn columns(self, tensor: &Tensor) -> Vec<Column> {
        self.layout.painters_order().into_iter().map(|(n, c)| self.column(tensor, n, c)).collect()
    }

    /// The point (dn, dc) of a unit away from the near corner of column (n, c), at height z.
    pub fn at(self, n: u32, c: u32, z: f64, dn: f64, dc: f64) -> Point {
        let (near_n, near_c) = self.layout.corner(n, c);
        self.camera.project(near_n + dn, near_c + dc, z)
    }

    /// The corners of a face of cell k of column (n, c), row `k` counted from the top.
    pub fn face(self, n: u32, c: u32, k: u32, side: Side) -> [Point; 4] {
        let top = f64::from(self.layout.shape.plane_len() - k);
        let p = |z, dn, dc| self.at(n, c, z, dn, dc);
        match side {
            Side::Left => [p(top, 0., 0.), p(top, 0., 1.), p(top - 1., 0., 1.), p(top - 1., 0., 0.)],
            Side::Right => [p(top, 0., 0.), p(top, 1., 0.), p(top - 1., 1., 0.), p(top - 1., 0., 0.)],
            Side::Top => [p(top, 0., 0.), p(top, 1., 0.), p(top, 1., 1.), p(top, 0., 1.)],
        }
    }

    /// The sides of column (n, c) that can be seen.
    pub fn sides(self, n: u32, c: u32) -> impl Iterator<Item = Side> {
        let seen = !self.layout.is_carved(n, c);
        let left = (seen && self.layout.shows_left(n, c)).then_some(Side::Left);
        let right = (seen && self.layout.shows_right(n, c)).then_some(Side::Right);
        [left, right, seen.then_some(Side::Top)].into_iter().flatten()
    }

    /// Whether column (n, c) shares a mean with the cell in focus.
    pub fn is_member(self, n: u32, c: u32) -> bool {
        self.grouping.is_some() && self.focus.contains(n, c)
    }

    fn column(self, tensor: &Tensor, n: u32, c: u32) -> Column {
        let shape = self.layout.shape;
        let mut faces = vec![];
        let (mut dots, radius) = (Path::default(), (self.camera.row * 0.1).clamp(0.9, 1.6));
        for side in self.sides(n, c) {
            let rows = if side == Side::Top { 1 } else { shape.plane_len() };
            for k in 0..rows {
                let corners = self.face(n, c, k, side);
                faces.push(Face {
                    side,
                    k,
                    tone: super::picture::tone(tensor, super::Cell { n, c, k }),
                    points: points_attribute(&corners),
                });
                if tensor.value(n, c, k) < 0.0 {
                    dots.circle(midpoint(corners[0], corners[2]), radius);
                }
            }
        }
        Column {
            n,
            c,
            member: self.is_member(n, c),
            faces,
            joints: self.joints(n, c),
            edges: self.edges(n, c),
            dots: dots.finish(),
        }
    }

    /// The joints between the rows of the H×W picture, wider than those between cells.
    fn joints(self, n: u32, c: u32) -> String {
        let shape = self.layout.shape;
        let mut path = Path::default();
        for h in 1..shape.h {
            let z = f64::from(shape.plane_len() - h * shape.w);
            for side in self.sides(n, c) {
                match side {
                    Side::Left => path.line(self.at(n, c, z, 0., 0.), self.at(n, c, z, 0., 1.)),
                    Side::Right => path.line(self.at(n, c, z, 0., 0.), self.at(n, c, z, 1., 0.)),
                    Side::Top => &mut path,
                };
            }
        }
        path.finish()
    }

    /// The edges of column (n, c) where its group ends, those that can be seen.
    fn edges(self, n: u32, c: u32) -> String {
        let mut path = Path::default();
        let height = f64::from(self.layout.shape.plane_len());
        let p = |z, dn, dc| self.at(n, c, z, dn, dc);
        let [near_n, far_n] = [-1, 1].map(|step| self.ends(n, c, step, 0));
        let [near_c, far_c] = [-1, 1].map(|step| self.ends(n, c, 0, step));
        for side in self.sides(n, c) {
            let lines = match side {
                Side::Left => [
                    (true, p(0., 0., 0.), p(0., 0., 1.)),
                    (far_c, p(0., 0., 1.), p(height, 0., 1.)),
                    (near_c, p(0., 0., 0.), p(height, 0., 0.)),
                    (near_n, p(height, 0., 0.), p(height, 0., 1.)),
                ],
                Side::Right => [
                    (true, p(0., 0., 0.), p(0., 1., 0.)),
                    (far_n, p(0., 1., 0.), p(height, 1., 0.)),
                    (near_n, p(0., 0., 0.), p(height, 0., 0.)),
                    (near_c, p(height, 0., 0.), p(height, 1., 0.)),
                ],
                Side::Top => [
                    (near_n, p(height, 0., 0.), p(height, 0., 1.)),
                    (near_c, p(height, 0., 0.), p(height, 1., 0.)),
                    (far_n, p(height, 1., 0.), p(height, 1., 1.)),
                    (far_c, p(height, 0., 1.), p(height, 1., 1.)),
                ],
            };
            for (_, a, b) in lines.into_iter().filter(|line| line.0) {
                path.line(a, b);
            }
        }
        path.finish()
    }

    /// Whether the neighbour of column (n, c) in a direction is not there, apart, or in another group.
    fn ends(self, n: u32, c: u32, step_n: i32, step_c: i32) -> bool {
        let shape = self.layout.shape;
        let (Some(other_n), Some(other_c)) = (n.checked_add_signed(step_n), c.checked_add_signed(step_c)) else {
            return true;
        };
        if other_n >= shape.n || other_c >= shape.c || self.layout.is_carved(other_n, other_c) {
            return true;
        }
        let parted = match step_n {
            0 => self.layout.parts_c(c.max(other_c)),
            _ => self.layout.parts_n(n.max(other_n)),
        };
        let group = |n, c| self.grouping.map(|grouping| grouping.group_of(n * shape.c + c));
        parted || group(n, c) != group(other_n, other_c)
    }
}
