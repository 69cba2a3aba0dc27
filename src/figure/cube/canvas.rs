//! The positions of everything on a canvas of a given width: the camera, the picture of the star's column, the pictures
//! of all columns.

use super::camera::{COLUMN_HEIGHT, COS_30, Camera, Point};
use super::layout::{Layout, PULL};
use super::picture::Frame;
use super::unfold::Tiles;
use crate::figure::scene::Scene;

/// Canvases narrower than this, in pixels, are laid out for a phone.
const NARROW: f64 = 560.0;

/// The largest unit, in pixels: that of the cube on a 12-column page.
const MAX_UNIT: f64 = 40.5;

/// The greatest magnification of the camera.
const MAX_ZOOM: f64 = 8.0;

/// A canvas on which a layout is drawn.
#[derive(Clone, Debug)]
pub struct Canvas {
    /// Width in pixels.
    pub width: f64,
    /// Height in pixels; the same for all arrangements of a shape.
    pub height: f64,
    /// Whether names go to the bottom of the canvas.
    pub is_narrow: bool,
    /// How the cube is projected.
    pub camera: Camera,
    /// Position of the star's column as a picture.
    pub picture: Frame,
    /// Positions of all columns as pictures.
    pub tiles: Tiles,
}

impl Canvas {
    /// Makes a canvas for a scene with the columns of `layout`; it magnifies around the column `center`.
    pub fn new(scene: &Scene, layout: &Layout, center: Option<(u32, u32)>, width: f64) -> Self {
        let shown = layout.shown;
        let is_narrow = width < NARROW;
        // Room for the names at the sides, and for a group pulled apart on both of its sides.
        let (sides, ground) = (if is_narrow { 56.0 } else { 190.0 }, f64::from(shown.n + shown.c) + 2.0 * PULL);
        let unit = ((width - sides) / (ground * COS_30)).clamp(1.0, MAX_UNIT);
        let (foot, head, least) = if is_narrow { (56.0, 10.0, 0.0) } else { (28.0, 8.0, 507.0_f64) };
        let cube_height = ((ground + 2.0 * PULL) / 2.0 + COLUMN_HEIGHT) * unit;
        let height = (cube_height + foot + head).max(least);
        let turn = f64::from(scene.turn);
        // Anything that takes more room than the cube at rest is drawn smaller.
        let aside = |unit: f64| {
            let camera = Camera::new(shown.plane_len(), unit, turn, Point { x: 0.0, y: 0.0 });
            let [length_n, length_c] = layout.extent();
            let ([right, n_up], [left, c_up]) = (camera.ground(length_n, 0.0), camera.ground(0.0, length_c));
            (left, right, n_up + c_up + COLUMN_HEIGHT * unit)
        };
        let (left, right, up) = aside(unit);
        let room = if is_narrow { width - 40.0 } else { width - 150.0 };
        let scale = (room / (right - left)).min((height - foot - head) / up).min(1.0);
        let unit = unit * scale;
        let (left, right, _) = aside(unit);
        // The middle of the cube is slightly left of the middle of the canvas, to make room for the names of N.
        let middle = width / 2.0 - if is_narrow { -6.0 } else { 12.0 };
        let origin = Point { x: middle - (left + right) / 2.0, y: height - foot };
        let mut camera = Camera::new(shown.plane_len(), unit, turn, origin);
        let zoom = f64::from(scene.zoom).clamp(1.0, MAX_ZOOM);
        if zoom > 1.0 {
            let (n, c) = center.unwrap_or((0, 0));
            let (near_n, near_c) = layout.corner(n, c);
            let target = camera.project(near_n + 0.5, near_c + 0.5, f64::from(shown.plane_len()) * 0.6);
            let goal = target.towards(Point { x: width / 2.0, y: height / 2.0 }, 1.0 - 1.0 / zoom);
            let [right, down] = scene.pan.map(f64::from);
            let origin = Point {
                x: goal.x + (origin.x - target.x) * zoom + right * width,
                y: goal.y + (origin.y - target.y) * zoom + down * height,
            };
            camera = Camera::new(shown.plane_len(), unit * zoom, turn, origin);
        }
        let tiles = Tiles::new(layout, width, height, if is_narrow { 0.0 } else { 112.0 });
        Self { width, height, is_narrow, camera, picture: Frame::new(is_narrow, shown), tiles }
    }
}
