//! Which cell is under a point: the first column that the line of sight enters, and where it enters it.
//!
//! Does not use the drawn polygons: intersecting a ray with boxes is exact and does not depend on what was painted
//! when.

use super::camera::{Camera, Point, Ray};
use super::layout::Layout;
use super::viewport::Slot;

/// The cell whose face is visible at `point`; `None` outside the cube.
pub fn pick(layout: &Layout, camera: Camera, point: Point) -> Option<Slot> {
    let ray = camera.ray(point);
    let columns = (0..layout.shown.n).flat_map(|n| (0..layout.shown.c).map(move |c| (n, c)));
    columns
        .filter(|&(n, c)| !layout.is_carved(n, c))
        .filter_map(|(n, c)| Some((entry(layout, ray, n, c)?, n, c)))
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(s, n, c)| Slot { n, c, k: row_at(layout, ray, s) })
}

/// Where the ray enters the box of column (n, c), if it does.
///
/// Each axis limits s to an interval; the ray is inside where all three overlap.
fn entry(layout: &Layout, ray: Ray, n: u32, c: u32) -> Option<f64> {
    let (near_n, near_c) = layout.corner(n, c);
    let height = f64::from(layout.shown.plane_len());
    let at = |axis: usize, place: f64| (place - ray.near[axis]) / ray.along[axis];
    let from_top = (ray.rise - height) / ray.fall;
    let entry = at(0, near_n).max(at(1, near_c)).max(from_top);
    let exit = at(0, near_n + 1.0).min(at(1, near_c + 1.0)).min(ray.rise / ray.fall);
    (entry < exit).then_some(entry)
}

/// The row of cells that the ray is in at `s`, 0 at the top.
fn row_at(layout: &Layout, ray: Ray, s: f64) -> u32 {
    let height = layout.shown.plane_len();
    let below_top = f64::from(height) - (ray.rise - s * ray.fall);
    // At the very top face, rounding may fall on either side of 0.
    (below_top.floor().max(0.0) as u32).min(height - 1)
}
