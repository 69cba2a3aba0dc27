//! The projection of the cube: true isometric, so that a picking ray has one direction and depth order is exact.

use crate::shape::Shape;
use serde::Serialize;
use tsify::Tsify;

/// cos 30°: the horizontal share of an axis on the ground.
pub const COS_30: f64 = 0.866_025_403_784_438_6;

/// Height of a column in units, whatever H·W is: the proportion of the Group Normalization paper's figure.
pub const COLUMN_HEIGHT: f64 = 6.3;

/// A point of the plate, in CSS pixels from its upper left corner.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Tsify)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Downwards.
    pub y: f64,
}

/// Looks at the near, lower corner n = 0, c = 0: C runs away to the left, N to the right, z upwards.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Camera {
    /// Where (0, 0, 0) is drawn.
    pub origin: Point,
    /// Pixels of one step along N or C.
    pub unit: f64,
    /// Pixels of one cell along z.
    pub row: f64,
}

/// The line of sight behind a point of the plate: (n, c, z) = (s + lean/2, s − lean/2, rise − s·fall).
///
/// A smaller s is nearer to the eye.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Ray {
    /// n − c, the same all along the ray.
    pub lean: f64,
    /// z at s = 0, in cells.
    pub rise: f64,
    /// How much z falls, in cells, as s grows by one.
    pub fall: f64,
}

impl Camera {
    /// A camera for tensors of `shape`.
    pub fn new(shape: Shape, unit: f64, origin: Point) -> Self {
        Self { origin, unit, row: COLUMN_HEIGHT * unit / f64::from(shape.plane_len()) }
    }

    /// Where the point (n, c, z) is drawn; z in cells from the floor.
    ///
    /// x = (n − c)·cos 30°·unit,  y = −(n + c)·unit/2 − z·row, from the origin.
    pub fn project(self, n: f64, c: f64, z: f64) -> Point {
        Point {
            x: self.origin.x + (n - c) * COS_30 * self.unit,
            y: self.origin.y - (n + c) * 0.5 * self.unit - z * self.row,
        }
    }

    /// All that projects to `point`.
    pub fn ray(self, point: Point) -> Ray {
        Ray {
            lean: (point.x - self.origin.x) / (COS_30 * self.unit),
            rise: (self.origin.y - point.y) / self.row,
            fall: self.unit / self.row,
        }
    }
}
