//! Which cell is under a point: the first column that the line of sight enters, and where it enters it.
//!
//! Not by the drawn polygons: a ray against boxes is exact and does not depend on what was painted when.

use super::Cell;
use super::camera::{Camera, Point, Ray};
use super::layout::Layout;

/// The cell whose face is seen at `point`; `None` beside the cube.
pub fn pick(layout: &Layout, camera: Camera, point: Point) -> Option<Cell> {
    let ray = camera.ray(point);
    let columns = (0..layout.shape.n).flat_map(|n| (0..layout.shape.c).map(move |c| (n, c)));
    columns
        .filter(|&(n, c)| !layout.is_carved(n, c))
        .filter_map(|(n, c)| Some((entry(layout, ray, n, c)?, n, c)))
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(s, n, c)| Cell { n, c, k: row_at(layout, ray, s) })
}

/// Where the ray enters the box of column (n, c), if it does.
///
/// Each axis bounds s to an interval; the ray is inside where all three overlap.
fn entry(layout: &Layout, ray: Ray, n: u32, c: u32) -> Option<f64> {
    let (near_n, near_c) = layout.corner(n, c);
    let height = f64::from(layout.shape.plane_len());
    let (from_n, from_c) = (near_n - ray.lean / 2.0, near_c + ray.lean / 2.0);
    let from_top = (ray.rise - height) / ray.fall;
    let entry = from_n.max(from_c).max(from_top);
    let exit = (from_n + 1.0).min(from_c + 1.0).min(ray.rise / ray.fall);
    (entry < exit).then_some(entry)
}

/// The row of cells that the ray is in at `s`, 0 at the top.
fn row_at(layout: &Layout, ray: Ray, s: f64) -> u32 {
    let height = layout.shape.plane_len();
    let below_top = f64::from(height) - (ray.rise - s * ray.fall);
    // On the very top face rounding may fall to either side of 0.
    (below_top.floor().max(0.0) as u32).min(height - 1)
}
