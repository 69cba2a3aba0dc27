//! The projection of the cube: orthographic, so picking rays are parallel and depth order is exact.

use serde::Serialize;
use tsify::Tsify;

/// cos 30°: the horizontal share of a ground axis in the isometric pose.
pub const COS_30: f64 = 0.866_025_403_784_438_6;

/// Height of a column in units, whatever H·W is: the proportion in the Group Normalization paper's figure.
pub const COLUMN_HEIGHT: f64 = 6.3;

/// The greatest turn of the camera from the isometric pose, in degrees.
pub const MAX_TURN: f64 = 25.0;

/// √(3/2): in the isometric pose an axis is drawn in its true length.
const SCALE: f64 = 1.224_744_871_391_589;

/// A point of the canvas, in CSS pixels from its upper left corner.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Tsify)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Downwards.
    pub y: f64,
}

impl Point {
    /// The point between this and `other`; `share` from 0 to 1.
    pub fn towards(self, other: Self, share: f64) -> Self {
        Self { x: self.x + (other.x - self.x) * share, y: self.y + (other.y - self.y) * share }
    }
}

/// A camera that looks at the near, lower corner n = 0, c = 0: C runs away to the left, N to the right, z upwards.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Camera {
    /// Where (0, 0, 0) is drawn.
    pub origin: Point,
    /// Pixels per step along N or C in the isometric pose.
    pub unit: f64,
    /// Pixels per cell along z.
    pub row: f64,
    /// Cosine and sine of the azimuth, which is 45° in the isometric pose.
    azimuth: (f64, f64),
}

/// The line of sight through a point of the canvas: (n, c, z) = (near + s·along, rise − s·fall).
///
/// A smaller s is closer to the eye.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Ray {
    /// (n, c) at s = 0.
    pub near: [f64; 2],
    /// How much n and c grow as s grows by one.
    pub along: [f64; 2],
    /// z at s = 0, in cells.
    pub rise: f64,
    /// How much z falls, in cells, as s grows by one.
    pub fall: f64,
}

impl Camera {
    /// Makes a camera for columns of `plane_len` cells, turned by `turn` degrees.
    pub fn new(plane_len: u32, unit: f64, turn: f64, origin: Point) -> Self {
        let azimuth = (45.0 + turn.clamp(-MAX_TURN, MAX_TURN)).to_radians();
        let row = COLUMN_HEIGHT * unit / f64::from(plane_len);
        Self { origin, unit, row, azimuth: (azimuth.cos(), azimuth.sin()) }
    }

    /// Where the point (n, c, z) is drawn; z in cells from the floor.
    ///
    /// With α the azimuth and s = √(3/2): x = s·(n·cos α − c·sin α)·unit,  y = −(n·sin α + c·cos α)·unit/√2 − z·row.
    pub fn project(self, n: f64, c: f64, z: f64) -> Point {
        let [across, up] = self.ground(n, c);
        Point { x: self.origin.x + across, y: self.origin.y - up - z * self.row }
    }

    /// Pixels to the right and upwards from the origin to a point on the ground.
    pub fn ground(self, n: f64, c: f64) -> [f64; 2] {
        let (cos, sin) = self.azimuth;
        [SCALE * (n * cos - c * sin) * self.unit, std::f64::consts::FRAC_1_SQRT_2 * (n * sin + c * cos) * self.unit]
    }

    /// Everything that projects to `point`.
    pub fn ray(self, point: Point) -> Ray {
        let (cos, sin) = self.azimuth;
        let lean = (point.x - self.origin.x) / (SCALE * self.unit);
        Ray {
            near: [lean * cos, -lean * sin],
            along: [std::f64::consts::SQRT_2 * sin, std::f64::consts::SQRT_2 * cos],
            rise: (self.origin.y - point.y) / self.row,
            fall: self.unit / self.row,
        }
    }
}
