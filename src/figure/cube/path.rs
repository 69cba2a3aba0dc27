//! Turns points into SVG path text.

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
            write!(self.0, "{command}{} {}", short(point.x), short(point.y)).expect("writing to a string");
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
        let (left, y, width) = (short(center.x - radius), short(center.y), 2.0 * radius);
        write!(self.0, "M{left} {y}a{radius} {radius} 0 1 0 {width} 0a{radius} {radius} 0 1 0 -{width} 0")
            .expect("writing to a string");
        self
    }

    /// A vertical arrow centred on `middle`; a positive length points up.
    pub fn arrow(&mut self, middle: Point, length: f64) -> &mut Self {
        let tip = Point { x: middle.x, y: middle.y - length / 2.0 };
        let tail = Point { x: middle.x, y: middle.y + length / 2.0 };
        let barb = |side: f64| Point { x: tip.x + side * 2.4, y: tip.y + 3.0_f64.copysign(length) };
        self.line(tail, tip).polyline(&[barb(-1.0), tip, barb(1.0)])
    }

    /// A closed line around a rectangle.
    pub fn rectangle(&mut self, left: f64, top: f64, right: f64, foot: f64) -> &mut Self {
        let corner = |x, y| Point { x, y };
        self.polygon(&[corner(left, top), corner(right, top), corner(right, foot), corner(left, foot)])
    }

    /// Whether nothing was drawn yet.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The path data.
    pub fn finish(&mut self) -> String {
        std::mem::take(&mut self.0)
    }
}

/// A number with at most two digits after the point.
pub fn short(value: f64) -> f64 {
    let rounded = (value * 100.0).round() / 100.0;
    // Never −0.
    if rounded == 0.0 { 0.0 } else { rounded }
}

/// The five-pointed star of the selected cell.
pub fn star(center: Point, radius: f64) -> String {
    /// The inner radius at which a star is recognizable at 7 px.
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

/// The midpoint of `a` and `b`.
pub fn midpoint(a: Point, b: Point) -> Point {
    a.towards(b, 0.5)
}
