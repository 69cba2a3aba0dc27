//! Points to SVG path text.

use super::camera::Point;
use std::fmt::Write;

/// Path data under construction.
#[derive(Default)]
pub struct Path(String);

impl Path {
    /// A line from `a` to `b`.
    pub fn line(&mut self, a: Point, b: Point) -> &mut Self {
        self.polyline(&[a, b])
    }

    /// A line through all `points`.
    pub fn polyline(&mut self, points: &[Point]) -> &mut Self {
        for (i, point) in points.iter().enumerate() {
            let command = if i == 0 { 'M' } else { 'L' };
            write!(self.0, "{command}{:.2} {:.2}", point.x, point.y).expect("writing to a string");
        }
        self
    }

    /// A closed line through all `points`.
    pub fn polygon(&mut self, points: &[Point]) -> &mut Self {
        self.polyline(points).0.push('Z');
        self
    }

    /// A circle.
    pub fn circle(&mut self, center: Point, radius: f64) -> &mut Self {
        let (left, y, width) = (center.x - radius, center.y, 2.0 * radius);
        write!(self.0, "M{left:.2} {y:.2}a{radius} {radius} 0 1 0 {width} 0a{radius} {radius} 0 1 0 -{width} 0")
            .expect("writing to a string");
        self
    }

    /// The path data.
    pub fn finish(&mut self) -> String {
        std::mem::take(&mut self.0)
    }
}

/// The `points` attribute of a polygon.
pub fn points_attribute(points: &[Point]) -> String {
    points.iter().map(|p| format!("{:.2},{:.2}", p.x, p.y)).collect::<Vec<_>>().join(" ")
}

/// The five-pointed star of the selected cell.
pub fn star(center: Point, radius: f64) -> String {
    /// The inner radius that reads as a star at 7 px.
    const INNER: f64 = 0.42;
    let points: Vec<_> = (0..10)
        .map(|i| {
            let angle = std::f64::consts::PI * (f64::from(i) / 5.0 - 0.5);
            let radius = if i % 2 == 0 { radius } else { radius * INNER };
            Point { x: center.x + radius * angle.cos(), y: center.y + radius * angle.sin() }
        })
        .collect();
    Path::default().polygon(&points).finish()
}

/// The point in the middle of `a` and `b`.
pub fn midpoint(a: Point, b: Point) -> Point {
    Point { x: (a.x + b.x) / 2.0, y: (a.y + b.y) / 2.0 }
}
