//! Switchable norm's weights as points of a triangle: a corner for each of instance, layer and batch.

use super::lanes::LaneStyle;
use super::parameters::spaced;
use super::sheet::{Font, Frame, Sheet, Stroke};
use super::weights::Moment;
use super::{Dash, labels};
use crate::norms::number::share;
use plotters::style::text_anchor::{HPos, VPos};

/// Maximum number of points of all trails together.
const MAX_POINTS: usize = 1700;

/// Height of a triangle of side 1.
const HEIGHT: f64 = 0.866_025_403_784_438_6;

/// The corners: instance lower left, layer lower right, batch on top.
struct Triangle {
    left: f64,
    bottom: f64,
    side: f64,
}

impl Triangle {
    /// The position of weights of instance, layer and batch that sum to 1.
    fn at(&self, [_, layer, batch]: [f64; 3]) -> (f64, f64) {
        (self.left + self.side * (layer + batch / 2.0), self.bottom - self.side * HEIGHT * batch)
    }
}

/// One trail: of the means or of the variances of one layer.
struct Trail {
    name: String,
    points: Vec<(f64, f64)>,
    is_mean: bool,
}

/// Draws the trails of all layers, solid for the means and dashed for the variances; the last points are marked.
pub fn draw(sheet: &Sheet<'_>, style: &LaneStyle, moments: &[Moment], (width, height): (f64, f64)) {
    let quiet = sheet.theme.quiet;
    let title = "weights of instance, layer and batch statistics";
    let title = if labels::width_of(title) < width { title } else { "weights" };
    sheet.text(title, (0.0, 4.0), Font::Plain, quiet, (HPos::Left, VPos::Top));
    const ROOM: f64 = 96.0;
    let (top, bottom) = (48.0, height - 26.0);
    let side = ((bottom - top) / HEIGHT).min(width - ROOM - 24.0).max(40.0);
    let triangle = Triangle { left: (width - ROOM - side).max(0.0) / 2.0, bottom, side };
    let trails = trails(&triangle, moments);
    ground(sheet, &triangle);
    let frame = Frame { left: triangle.left, top: top - 10.0, right: triangle.left + side + 8.0, bottom: bottom + 8.0 };
    let ends: Vec<f64> = trails.iter().map(|trail| trail.points[trail.points.len() - 1].1).collect();
    let places = labels::place(&ends, &frame);
    let dash = Dash("5 3".into());
    for (trail, place) in trails.iter().zip(places) {
        let dash = (!trail.is_mean).then_some(&dash);
        let stroke = Stroke { color: style.color, width: 1.5, alpha: 1.0, dash, lane: Some(style.id) };
        sheet.line(&trail.points, &stroke);
        let end = trail.points[trail.points.len() - 1];
        if labels::fit(trails.len(), frame.bottom - frame.top) {
            labels::draw(sheet, frame.right, end, place, &trail.name, &Stroke { alpha: 0.5, ..stroke });
        }
        match trail.is_mean {
            true => sheet.dot(end, 3.5, &stroke),
            false => sheet.ring(end, 3.5, &stroke),
        }
    }
}

/// Draws the sides, the lines at ¼, ½ and ¾, and the names of the corners.
fn ground(sheet: &Sheet<'_>, triangle: &Triangle) {
    let hair = Stroke::plain(sheet.theme.hair, 1.0);
    for part in [0.25, 0.5, 0.75] {
        let rest = 1.0 - part;
        for (a, b) in [
            ([part, rest, 0.0], [part, 0.0, rest]),
            ([rest, part, 0.0], [0.0, part, rest]),
            ([rest, 0.0, part], [0.0, rest, part]),
        ] {
            sheet.line(&[triangle.at(a), triangle.at(b)], &hair);
        }
    }
    let corners = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]].map(|corner| triangle.at(corner));
    let [instance, layer, batch] = corners;
    sheet.line(&[instance, layer, batch, instance], &Stroke::plain(sheet.theme.quiet, 1.0));
    let name = |words, at: (f64, f64), down: f64, side| {
        sheet.text(words, (at.0, at.1 + down), Font::Plain, sheet.theme.ink, (side, VPos::Center));
    };
    name("instance", instance, 14.0, HPos::Left);
    name("layer", layer, 14.0, HPos::Right);
    name("batch", batch, -12.0, HPos::Center);
}

fn trails(triangle: &Triangle, moments: &[Moment]) -> Vec<Trail> {
    let n_layers = moments.last().map_or(0, |last| last.layers.len());
    let shown = spaced(moments, MAX_POINTS / (2 * n_layers.max(1)));
    let trail = |layer: usize, is_mean: bool| {
        let point = |moment: &&Moment| {
            let mix = &moment.layers.get(layer)?.mix;
            let weights = mix.get(if is_mean { 0..3 } else { 3..6 })?;
            let weights = [weights[0], weights[1], weights[2]].map(f64::from);
            weights.iter().all(|weight| weight.is_finite()).then(|| triangle.at(weights))
        };
        let points: Vec<_> = shown.iter().filter_map(point).collect();
        let name = format!("norm {} {}", layer + 1, if is_mean { "μ" } else { "σ²" });
        (!points.is_empty()).then_some(Trail { name, points, is_mean })
    };
    (0..n_layers).flat_map(|layer| [trail(layer, true), trail(layer, false)]).flatten().collect()
}

/// The weights of layer `n` in words.
pub fn describe(n: usize, mix: &[f32]) -> String {
    let of = |weights: Option<&[f32]>| {
        let names = ["instance", "layer", "batch"].into_iter().zip(weights.unwrap_or_default());
        names.map(|(name, &weight)| format!("{name} {}", share(f64::from(weight), 2))).collect::<Vec<_>>().join(", ")
    };
    format!("norm {n} means from {}, variances from {}", of(mix.get(..3)), of(mix.get(3..6)))
}
