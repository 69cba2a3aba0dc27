//! Draws what the norm layers of a lane learned: γ and β as one band per layer, ρ as one strip per channel.

use super::axes::{Time, against_time};
use super::lanes::{LaneStyle, Lanes};
use super::scale::Axis;
use super::sheet::{Font, Frame, Sheet, Stroke, document};
use super::weights::{Moment, Parameter, Spread};
use super::{Color, Dash, Theme, labels, tell, triangle};
use crate::norms::number::fixed;
use plotters::style::text_anchor::{HPos, VPos};
use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// Which parameter of which lane to draw.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Tsify)]
pub struct ParametersRequest {
    /// The lane.
    pub id: u32,
    /// The parameter.
    pub parameter: Parameter,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

/// A drawing and its description.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
pub struct Drawing {
    /// The SVG document.
    pub svg: String,
    /// What it shows, in one sentence.
    pub description: String,
}

/// Draws it.
pub fn draw(lanes: &Lanes, theme: &Theme, request: &ParametersRequest) -> Drawing {
    let moments = lanes.run(request.id).weights.moments();
    let style = lanes.styles.iter().find(|style| style.id == request.id);
    let is_there = |moment: &Moment| moment.layers.iter().any(|layer| !request.parameter.of(layer).is_empty());
    let (Some(style), Some(last), true) = (style, moments.last(), moments.iter().any(is_there)) else {
        let svg = document(request.width, request.height, theme, |_| ());
        return Drawing { svg, description: format!("No {} yet.", request.parameter.letter()) };
    };
    let svg = document(request.width, request.height, theme, |sheet| match request.parameter {
        Parameter::Gamma | Parameter::Beta => bands(sheet, lanes, style, moments, request),
        Parameter::Rho => strips(sheet, lanes, style, moments, request),
        Parameter::Mix => triangle::draw(sheet, style, moments, (f64::from(request.width), f64::from(request.height))),
    });
    let time = tell::time(lanes, last.images);
    Drawing { svg, description: format!("{} after {time}: {}.", style.label, describe(request.parameter, last)) }
}

fn describe(parameter: Parameter, last: &Moment) -> String {
    let layers = last.layers.iter().zip(1..).filter_map(|(layer, n)| {
        let values = parameter.of(layer);
        let spread = Spread::of(values)?;
        Some(match parameter {
            Parameter::Gamma | Parameter::Beta | Parameter::Rho => {
                let [min, mean, max] = [spread.min, spread.mean, spread.max].map(|value| fixed(value, 2));
                format!("norm {n} {} from {min} to {max}, mean {mean}", parameter.letter())
            }
            Parameter::Mix => triangle::describe(n, values),
        })
    });
    layers.collect::<Vec<_>>().join("; ")
}

/// The dash pattern of layer `at`, since a lane has one colour for all layers.
pub fn dash_of(at: usize) -> Dash {
    const DASHES: [&str; 4] = ["", "7 3", "2 3", "9 3 2 3"];
    Dash(DASHES[at % DASHES.len()].into())
}

/// Maximum number of points of all lines and outlines together, and the minimum that a line keeps.
const MAX_POINTS: usize = 1800;

fn bands(sheet: &Sheet<'_>, lanes: &Lanes, style: &LaneStyle, moments: &[Moment], request: &ParametersRequest) {
    let n_layers = moments.iter().map(|moment| moment.layers.len()).max().unwrap_or(0);
    let n_each = (MAX_POINTS / (3 * n_layers.max(1))).max(8);
    let shown = spaced(moments, n_each);
    let spreads = |at: usize| -> Vec<(f64, Spread)> {
        let of = |moment: &&Moment| Some((moment.images, Spread::of(request.parameter.of(moment.layers.get(at)?))?));
        shown.iter().filter_map(of).collect()
    };
    let layers: Vec<(usize, Vec<(f64, Spread)>)> =
        (0..n_layers).map(|at| (at, spreads(at))).filter(|(_, spreads)| !spreads.is_empty()).collect();
    let words: Vec<String> = layers
        .iter()
        .map(|(at, spreads)| format!("norm {} {}", at + 1, fixed(spreads[spreads.len() - 1].1.mean, 2)))
        .collect();
    let (frame, time) = frame(36.0, lanes, moments, request, labels::column(&words).max(56.0));
    let all = layers.iter().flat_map(|(_, spreads)| spreads).flat_map(|(_, spread)| [spread.min, spread.max]);
    let y = Axis::around(all, (f64::NEG_INFINITY, f64::INFINITY), ((frame.bottom - frame.top) / 45.0).clamp(2.0, 6.0));
    let decimals = y.decimals(1.0).max(1);
    let plane = sheet.plane(&frame, &time.axis, &y);
    sheet.value_axis(&frame, &y, &|value| fixed(value, decimals));
    sheet.time_axis(&frame, &time);
    let title = format!("{} of each norm layer: minimum, mean, maximum", request.parameter.letter());
    sheet.text(&title, (0.0, 4.0), Font::Plain, sheet.theme.quiet, (HPos::Left, VPos::Top));
    let ends: Vec<f64> = layers.iter().map(|(_, spreads)| frame.y(&y, spreads[spreads.len() - 1].1.mean)).collect();
    let places = labels::place(&ends, &frame);
    for (k, (at, spreads)) in layers.iter().enumerate() {
        let dash = dash_of(*at);
        let line = Stroke { color: style.color, width: 1.75, alpha: 1.0, dash: Some(&dash), lane: Some(style.id) };
        let upper = spreads.iter().map(|(x, spread)| (*x, spread.max));
        let lower = spreads.iter().rev().map(|(x, spread)| (*x, spread.min));
        sheet.area(&plane, upper.chain(lower).collect(), &Stroke { alpha: 0.14, ..line });
        let means: Vec<_> = spreads.iter().map(|(x, spread)| (*x, spread.mean)).collect();
        sheet.curve(&plane, &means, &line);
        let end = (frame.x(&time.axis, spreads[spreads.len() - 1].0), ends[k]);
        labels::draw(sheet, frame.right, end, places[k], &words[k], &line);
    }
}

/// The frame of the drawing, and its time axis.
fn frame(left: f64, lanes: &Lanes, moments: &[Moment], request: &ParametersRequest, room: f64) -> (Frame, Time) {
    let end = moments.last().map_or(1.0, |moment| moment.images).max(1.0);
    against_time(left, (request.width, request.height), end, tell::unit(lanes), Some(room))
}

/// Picks at most `most` of them, evenly, including the first and the last.
pub fn spaced(moments: &[Moment], most: usize) -> Vec<&Moment> {
    let stride = moments.len().saturating_sub(1).div_ceil(most.saturating_sub(1).max(1)).max(1);
    let before_last = moments.len().saturating_sub(1);
    moments[..before_last].iter().step_by(stride).chain(moments.last()).collect()
}

/// The rows of one layer: which, from which row on, and how many.
struct Rows {
    layer: usize,
    first: usize,
    len: usize,
}

/// Number of shades of ρ from 0 to 1.
const N_SHADES: f64 = 15.0;

/// Maximum rows of a picture of ρ; with more channels, neighbours share one.
const MAX_ROWS: usize = 150;

/// Maximum rectangles of a picture of ρ.
const MAX_BLOCKS: usize = 1900;

fn strips(sheet: &Sheet<'_>, lanes: &Lanes, style: &LaneStyle, moments: &[Moment], request: &ParametersRequest) {
    let channels = |layer: usize| moments.last().map_or(0, |last| last.layers[layer].rho.len());
    let n_layers = moments.last().map_or(0, |last| last.layers.len());
    let n_channels: usize = (0..n_layers).map(channels).sum();
    let merged = n_channels.div_ceil(MAX_ROWS).max(1);
    let mut rows: Vec<Rows> = vec![];
    for layer in (0..n_layers).filter(|&layer| channels(layer) > 0) {
        let first = rows.last().map_or(0, |rows| rows.first + rows.len);
        rows.push(Rows { layer, first, len: channels(layer).div_ceil(merged) });
    }
    let n_rows = rows.last().map_or(0, |rows| rows.first + rows.len);
    let (frame, time) = frame(54.0, lanes, moments, request, 56.0);
    let each = if merged > 1 { format!("each {merged} channels") } else { "each channel".into() };
    let title = format!("ρ of {each}: 0 instance, 1 batch");
    sheet.text(&title, (0.0, 4.0), Font::Plain, sheet.theme.quiet, (HPos::Left, VPos::Top));
    let shade = |rho: f64| sheet.theme.hair.towards(style.color, rho);
    scale(sheet, &frame, shade);
    /// Gap between two layers, in pixels.
    const GAP: f64 = 5.0;
    let height = (frame.bottom - frame.top - 4.0 - GAP * (rows.len() - 1) as f64) / n_rows as f64;
    let shown = spaced(moments, (MAX_BLOCKS / n_rows.max(1)).max(2));
    for (block, rows) in rows.iter().enumerate() {
        let top = frame.top + rows.first as f64 * height + GAP * block as f64;
        let middle = top + rows.len as f64 * height / 2.0;
        let name = (frame.left - 7.0, middle);
        let words = format!("norm {}", rows.layer + 1);
        sheet.text(&words, name, Font::Remark, sheet.theme.quiet, (HPos::Right, VPos::Center));
        for row in 0..rows.len {
            let value = |moment: &Moment| {
                let rho = moment.layers.get(rows.layer).map_or(&[][..], |layer| &layer.rho);
                let part = rho.chunks(merged).nth(row).and_then(Spread::of);
                part.map(|spread| (spread.mean.clamp(0.0, 1.0) * N_SHADES).round())
            };
            let y = top + row as f64 * height;
            for (from, to, step) in steady(&shown, value) {
                let (left, right) = (frame.x(&time.axis, from), frame.x(&time.axis, to));
                // Overlaps the next row by a quarter of a pixel, so that no paper shows through.
                let place = Frame { left, top: y, right, bottom: y + height + 0.25 };
                sheet.block(&place, shade(step / N_SHADES));
            }
        }
    }
    sheet.time_axis(&frame, &time);
}

/// Draws the key of the shades, to the right of the frame.
fn scale(sheet: &Sheet<'_>, frame: &Frame, shade: impl Fn(f64) -> Color) {
    const N_STEPS: usize = 5;
    const SIDE: f64 = 14.0;
    for step in 0..=N_STEPS {
        let rho = 1.0 - step as f64 / N_STEPS as f64;
        let (left, top) = (frame.right + 14.0, frame.top + SIDE * step as f64);
        sheet.block(&Frame { left, top, right: left + SIDE, bottom: top + SIDE + 0.25 }, shade(rho));
        if step == 0 || step == N_STEPS {
            let words = if step == 0 { "1" } else { "0" };
            let place = (left + SIDE + 5.0, top + SIDE / 2.0);
            sheet.text(words, place, Font::Number, sheet.theme.quiet, (HPos::Left, VPos::Center));
        }
    }
}

/// Intervals in which a value stays the same: from, to, value. A moment's value holds since the moment before it.
fn steady(moments: &[&Moment], value: impl Fn(&Moment) -> Option<f64>) -> Vec<(f64, f64, f64)> {
    let mut stretches: Vec<(f64, f64, f64)> = vec![];
    let mut before = 0.0;
    for moment in moments {
        match (value(moment), stretches.last_mut()) {
            (Some(value), Some(last)) if last.2 == value && last.1 == before => last.1 = moment.images,
            (Some(value), _) => stretches.push((before, moment.images, value)),
            (None, _) => {}
        }
        before = moment.images;
    }
    stretches
}
