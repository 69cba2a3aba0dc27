//! The unfolded cube: every column opened into the H×W picture that it is, images down, channels across.

use super::camera::Point;
use super::columns::Side;
use super::layout::Layout;
use super::viewport::Slot;

/// The positions of the pictures.
#[derive(Clone, PartialEq, Debug)]
pub struct Tiles {
    /// Pixels per cell.
    pub pixel: f64,
    columns: u32,
    left: Vec<f64>,
    top: Vec<f64>,
}

/// Room for the numbers and names of images and channels, in pixels.
pub const MARGIN: f64 = 40.0;

/// The widest cell, in pixels.
const MAX_PIXEL: f64 = 22.0;

impl Tiles {
    /// Arranges pictures on a canvas `width` wide and `height` high; `head` pixels stay free at the top.
    pub fn new(layout: &Layout, width: f64, height: f64, head: f64) -> Self {
        let shown = layout.shown;
        let crowd = f64::from(shown.n.max(shown.c));
        let (gap, group_gap) = if crowd > 8.0 { (2.0, 2.0) } else { (8.0, 6.0) };
        let gaps = |length: u32, parts: &dyn Fn(u32) -> bool| -> Vec<f64> {
            let mut total = 0.0;
            (0..length)
                .map(|i| {
                    if i > 0 {
                        total += gap + if parts(i) { group_gap } else { 0.0 };
                    }
                    total
                })
                .collect()
        };
        let (across, down) = (gaps(shown.c, &|c| layout.parts_c(c)), gaps(shown.n, &|n| layout.parts_n(n)));
        let last = |gaps: &[f64]| gaps.last().copied().unwrap_or(0.0);
        let fit = |room: f64, gaps: &[f64], count: u32, side: u32| (room - last(gaps)) / f64::from(count * side);
        let pixel = fit(width - MARGIN - 8.0, &across, shown.c, shown.w)
            .min(fit(height - head - MARGIN - 8.0, &down, shown.n, shown.h))
            .clamp(0.5, MAX_PIXEL);
        let place = |gaps: Vec<f64>, from: f64, side: u32| {
            (0_u32..).zip(gaps).map(|(i, gap)| from + gap + f64::from(i * side) * pixel).collect::<Vec<_>>()
        };
        let used = last(&across) + f64::from(shown.c * shown.w) * pixel;
        let start = MARGIN + ((width - MARGIN - used) / 2.0 - 4.0).max(0.0);
        let (left, top) = (place(across, start, shown.w), place(down, head + MARGIN, shown.h));
        Self { pixel, columns: shown.w, left, top }
    }

    /// A cell's square: upper right, upper left, lower left, lower right.
    pub fn square(&self, slot: Slot) -> [Point; 4] {
        let x = self.left[slot.c as usize] + f64::from(slot.k % self.columns) * self.pixel;
        let y = self.top[slot.n as usize] + f64::from(slot.k / self.columns) * self.pixel;
        let p = |dx: f64, dy: f64| Point { x: x + dx * self.pixel, y: y + dy * self.pixel };
        [p(1., 0.), p(0., 0.), p(0., 1.), p(1., 1.)]
    }

    /// What a face of a cell turns into: the left one the left half of the square, the right one the right half, the
    /// top one a line.
    pub fn face(&self, slot: Slot, side: Side) -> [Point; 4] {
        let [upper_right, upper_left, lower_left, lower_right] = self.square(slot);
        let (upper, lower) = (upper_left.towards(upper_right, 0.5), lower_left.towards(lower_right, 0.5));
        match side {
            Side::Left => [upper, upper_left, lower_left, lower],
            Side::Right => [upper, upper_right, lower_right, lower],
            Side::Top => [upper, upper_right, upper, upper_left],
            Side::Flat => [upper_right, upper_left, lower_left, lower_right],
        }
    }

    /// The middle above channel c, and the one left of image n.
    pub fn heads(&self, n: u32, c: u32) -> [Point; 2] {
        let slot = Slot { n, c, k: 0 };
        let [upper_right, upper_left, ..] = self.square(slot);
        let width = f64::from(self.columns) * self.pixel;
        [
            Point { x: upper_left.x + width / 2.0, y: self.top[0] - 12.0 },
            Point { x: self.left[0] - 12.0, y: upper_right.y + self.pixel / 2.0 + 4.0 },
        ]
    }

    /// The cell at `point`.
    pub fn pick(&self, layout: &Layout, point: Point) -> Option<Slot> {
        let shown = layout.shown;
        let along = |starts: &[f64], at: f64, side: u32| {
            let i = starts.iter().rposition(|start| *start <= at)?;
            let cell = ((at - starts[i]) / self.pixel) as u32;
            (cell < side).then_some((i as u32, cell))
        };
        let (c, column) = along(&self.left, point.x, shown.w)?;
        let (n, row) = along(&self.top, point.y, shown.h)?;
        Some(Slot { n, c, k: row * shown.w + column })
    }
}
