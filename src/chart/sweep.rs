//! Draws test accuracy against batch size, one line per method.
//!
//! Batches shrink to the right, so that the lines diverge where their names are.

use super::labels;
use super::parameters::Drawing;
use super::scale::{Axis, median, order_of, sorted};
use super::sheet::{Font, Frame, Sheet, Stroke, document};
use super::{Color, Dash, Theme};
use crate::norms::number::share;
use plotters::style::text_anchor::{HPos, VPos};
use serde::Deserialize;
use tsify::Tsify;

/// What to draw.
#[derive(Clone, PartialEq, Debug, Deserialize, Tsify)]
pub struct SweepRequest {
    /// The methods.
    pub lines: Vec<SweepLine>,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

/// The results of one method.
#[derive(Clone, PartialEq, Debug, Deserialize, Tsify)]
pub struct SweepLine {
    /// Its name.
    pub label: String,
    /// Its colour, "#RRGGBB".
    #[tsify(type = "string")]
    pub color: Color,
    /// Its dash pattern.
    #[serde(default)]
    #[tsify(type = "string | undefined")]
    pub dash: Dash,
    /// In any order.
    pub points: Vec<SweepPoint>,
}

/// The results at one batch size.
#[derive(Clone, PartialEq, Debug, Deserialize, Tsify)]
pub struct SweepPoint {
    /// Images per batch.
    pub batch: u32,
    /// The last test accuracy (0 to 1) with each seed.
    pub accuracies: Vec<f32>,
}

/// A line: the results of each seed at each batch size, and the medians.
struct Line<'a> {
    line: &'a SweepLine,
    /// (log₂ of batch, median), largest batch first.
    medians: Vec<(f64, f64)>,
    /// (log₂ of batch, value)
    single: Vec<(f64, f64)>,
}

/// Draws it.
pub fn draw(request: &SweepRequest, theme: &Theme) -> Drawing {
    let lines: Vec<Line<'_>> = request.lines.iter().map(line).filter(|line| !line.medians.is_empty()).collect();
    let svg = document(request.width, request.height, theme, |sheet| draw_lines(sheet, &lines, request));
    Drawing { svg, description: describe(&lines) }
}

fn line(line: &SweepLine) -> Line<'_> {
    let points: Vec<&SweepPoint> = line.points.iter().filter(|point| point.batch > 0).collect();
    let shrinking: Vec<f64> = points.iter().map(|point| -f64::from(point.batch)).collect();
    let points: Vec<&SweepPoint> = order_of(&shrinking).into_iter().map(|at| points[at]).collect();
    let place = |point: &SweepPoint| f64::from(point.batch).log2();
    let values = |point: &SweepPoint| -> Vec<f64> {
        point.accuracies.iter().map(|&value| f64::from(value)).filter(|value| value.is_finite()).collect()
    };
    let medians = points.iter().filter_map(|point| Some((place(point), median(values(point))?))).collect();
    let several = points.iter().filter(|point| point.accuracies.len() > 1);
    let single = several.flat_map(|point| values(point).into_iter().map(|value| (place(point), value))).collect();
    Line { line, medians, single }
}

fn draw_lines(sheet: &Sheet<'_>, lines: &[Line<'_>], request: &SweepRequest) {
    let quiet = sheet.theme.quiet;
    sheet.text("test accuracy, by batch size", (0.0, 4.0), Font::Plain, quiet, (HPos::Left, VPos::Top));
    let (width, height) = (f64::from(request.width), f64::from(request.height));
    let last = |line: &Line<'_>| line.medians[line.medians.len() - 1];
    let words: Vec<String> =
        lines.iter().map(|line| format!("{} {}", line.line.label, share(last(line).1, 3))).collect();
    let right = (width - labels::column(&words).max(60.0)).round().max(100.0);
    let frame = Frame { left: 36.0, top: 34.0, right, bottom: height - 28.0 };
    let all = || lines.iter().flat_map(|line| line.medians.iter().chain(&line.single)).copied();
    let n_steps = ((frame.bottom - frame.top) / 45.0).clamp(2.0, 6.0);
    let y = Axis::around(all().map(|point| point.1), (0.0, 1.0), n_steps);
    let ends = all().map(|point| point.0).fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(x), b.max(x)));
    let (least, greatest) = if ends.0 < ends.1 { ends } else { (0.0, 7.0) };
    let mut ticks = sorted(all().map(|point| point.0).collect());
    ticks.dedup();
    let apart = (frame.right - frame.left) / ticks.len().max(1) as f64;
    // The axis runs backwards, and begins 10 pixels before the largest batch, so that its dot is not cut.
    let inset = 10.0 / (frame.right - frame.left);
    let x = Axis { foot: (greatest - inset * least) / (1.0 - inset), top: least, ticks };
    let plane = sheet.plane(&frame, &x, &y);
    let decimals = y.decimals(1.0).max(2);
    sheet.value_axis(&frame, &y, &|value| if value == 0.0 { "0".into() } else { share(value, decimals) });
    sheet.foot_axis(&frame, &x, &|log| {
        // Where ticks are close, every other one has a number; the smallest batch always has.
        let is_told = apart >= 26.0 || x.ticks.iter().position(|&tick| tick == log).is_some_and(|k| k % 2 == 0);
        if is_told { format!("{:.0}", log.exp2()) } else { String::new() }
    });
    let name = (frame.right + 10.0, frame.bottom + 7.0);
    sheet.text("per batch", name, Font::Remark, quiet, (HPos::Left, VPos::Top));
    let pixels = |points: &[(f64, f64)]| -> Vec<(f64, f64)> {
        points.iter().map(|&(log, value)| (frame.x(&x, log), frame.y(&y, value))).collect()
    };
    let heads: Vec<f64> = lines.iter().map(|line| frame.y(&y, last(line).1)).collect();
    let places = labels::place(&heads, &frame);
    for (k, line) in lines.iter().enumerate() {
        let lane = &line.line;
        let stroke = Stroke { color: lane.color, width: 2.1, alpha: 1.0, dash: Some(&lane.dash), lane: None };
        for dot in pixels(&line.single) {
            sheet.dot(dot, 1.75, &Stroke { alpha: 0.55, ..stroke });
        }
        let medians = pixels(&line.medians);
        sheet.curve(&plane, &line.medians, &stroke);
        medians.iter().for_each(|&dot| sheet.dot(dot, 3.0, &stroke));
        if labels::fit(lines.len(), frame.bottom - frame.top) {
            labels::draw(sheet, frame.right, medians[medians.len() - 1], places[k], &words[k], &stroke);
        }
    }
}

fn describe(lines: &[Line<'_>]) -> String {
    let tell = |line: &Line<'_>| {
        let (first, last) = (line.medians[0], line.medians[line.medians.len() - 1]);
        let [from, to] = [first, last].map(|(log, value)| format!("{} at {:.0}", share(value, 3), log.exp2()));
        if line.medians.len() > 1 {
            format!("{} {from}, {to}", line.line.label)
        } else {
            format!("{} {to}", line.line.label)
        }
    };
    let n_seeds =
        lines.iter().flat_map(|line| &line.line.points).map(|point| point.accuracies.len()).max().unwrap_or(0);
    let seeds = if n_seeds > 1 { format!("median of {n_seeds} seeds") } else { "1 seed".into() };
    if lines.is_empty() {
        return "Test accuracy by batch size: nothing yet.".into();
    }
    format!("Test accuracy by batch size ({seeds}): {}.", lines.iter().map(tell).collect::<Vec<_>>().join("; "))
}
