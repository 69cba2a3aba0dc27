//! Draws one chart of a run: a thin training curve with the band of its extremes, a thick test curve, axes with units.
//!
//! Labels are placed here and not by plotters' mesh: in a browser that measures each label in the document, by an inline
//! style that our content policy forbids.

use super::History;
use super::trace::Trace;
use plotters::coord::Shift;
use plotters::coord::ranged1d::Ranged;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Drawing units a CSS pixel. Plotters draws on whole units; a quarter of a pixel is fine enough to look smooth.
pub const UNITS_PER_PIXEL: u32 = 4;

/// The colours of a chart, from the page's tokens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Theme {
    /// Behind the words that stand on lines.
    pub paper: RGBColor,
    /// Words that matter.
    pub ink: RGBColor,
    /// Axes and their words.
    pub quiet: RGBColor,
    /// Grid lines.
    pub hair: RGBColor,
    /// The curves: the colour of the norm's lane.
    pub lane: RGBColor,
}

/// One chart, ready to be drawn.
#[derive(Clone, Debug)]
pub struct Plot<'a> {
    /// What y is, and its unit.
    pub title: &'static str,
    /// What to say while there is no curve.
    pub empty: &'static str,
    /// The values of the training steps.
    pub train: &'a Trace,
    /// (steps done, value) of the judgements.
    pub tests: Vec<(f64, f64)>,
    /// Where something was changed, and what.
    pub changes: Vec<(f64, &'a str)>,
    /// The range of y.
    pub y: (f64, f64),
    /// Digits behind the point of a value.
    pub decimals: usize,
}

/// "#RRGGBB" as a colour.
pub fn parse_color(text: &str) -> Option<RGBColor> {
    let digits = text.trim().strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
    let part = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
    Some(RGBColor(part(0)?, part(2)?, part(4)?))
}

impl<'a> Plot<'a> {
    /// The chart of the losses.
    pub fn loss(history: &'a History) -> Self {
        /// Tops of the axis; above the last one it doubles.
        const TOPS: [f64; 6] = [0.1, 0.25, 0.5, 1.0, 1.5, 2.5];
        let tests: Vec<_> = history.tests.iter().map(|test| (f64::from(test.step), f64::from(test.loss))).collect();
        let greatest = later_values(&history.train_loss, &tests).fold(0.0, f64::max);
        let doubled = || std::iter::successors(Some(5.0), |top| Some(top * 2.0)).find(|&top| top > greatest);
        let top = TOPS.into_iter().find(|&top| top > greatest).or_else(doubled).expect("doubling goes beyond any f32");
        let top = if history.train_loss.is_empty() { TOPS[5] } else { top };
        Self {
            title: "loss, nats",
            empty: "Press Start: every step is drawn here.",
            train: &history.train_loss,
            tests,
            changes: history.changes.iter().map(|change| (f64::from(change.step), &*change.words)).collect(),
            y: (0.0, top),
            decimals: 3,
        }
    }

    /// The chart of the accuracies.
    pub fn accuracy(history: &'a History) -> Self {
        /// Feet of the axis.
        const FEET: [f64; 5] = [0.9, 0.8, 0.6, 0.4, 0.2];
        let tests: Vec<_> = history.tests.iter().map(|test| (f64::from(test.step), f64::from(test.accuracy))).collect();
        let least = later_values(&history.train_accuracy, &tests).fold(1.0, f64::min);
        let foot = FEET.into_iter().find(|&foot| foot < least).unwrap_or(0.0);
        Self {
            title: "accuracy, share classified right",
            empty: "",
            train: &history.train_accuracy,
            tests,
            changes: vec![],
            y: (if history.train_accuracy.is_empty() { 0.0 } else { foot }, 1.0),
            decimals: 3,
        }
    }
}

/// What the axis must hold: the values of the judgements, and the means of the curve but for its first tenth.
fn later_values<'a>(train: &'a Trace, tests: &'a [(f64, f64)]) -> impl Iterator<Item = f64> + 'a {
    let start = train.len() as f64 / 10.0;
    let means = train.buckets().filter(move |(step, _)| *step >= start).filter_map(|(_, bucket)| bucket.mean());
    means.chain(tests.iter().map(|test| test.1)).filter(|value| value.is_finite())
}

/// The chart as an SVG document, for a place of `width`×`height` CSS pixels.
pub fn svg(plot: &Plot<'_>, theme: &Theme, width: u32, height: u32) -> String {
    let mut text = String::new();
    let size = (width * UNITS_PER_PIXEL, height * UNITS_PER_PIXEL);
    let root = SVGBackend::with_string(&mut text, size).into_drawing_area();
    // A string cannot fail to be written, and no colour or text of ours is refused.
    let outcome = draw(plot, theme, f64::from(UNITS_PER_PIXEL), &root).and_then(|()| root.present());
    drop(root);
    outcome.map_or_else(|_| String::new(), |()| text)
}

/// Draws the chart; `scale` is units a CSS pixel.
///
/// # Errors
/// Those of the backend.
pub fn draw<DB: DrawingBackend>(
    plot: &Plot<'_>,
    theme: &Theme,
    scale: f64,
    root: &DrawingArea<DB, Shift>,
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    let px = |pixels: f64| (pixels * scale).round() as i32;
    let last_step = (plot.train.len() as f64).max(plot.tests.last().map_or(0.0, |test| test.0)).max(10.0);
    let mut chart = ChartBuilder::on(root)
        .margin_left(px(36.0))
        .margin_right(px(82.0))
        .margin_top(px(30.0))
        .margin_bottom(px(24.0))
        .build_cartesian_2d(0.0..last_step, plot.y.0..plot.y.1)?;
    let sheet = Sheet { theme, scale, root };
    let place = |step: f64, value: f64| chart.backend_coord(&(step, value));
    sheet.axes(plot, last_step, &place)?;
    if plot.train.is_empty() {
        let (left, top) = place(0.0, plot.y.1);
        let (right, foot) = place(last_step, plot.y.0);
        return sheet.note(plot.empty, ((left + right) / 2, (top + foot) / 2));
    }
    for (step, words) in &plot.changes {
        let (top, foot) = (place(*step, plot.y.1), place(*step, plot.y.0));
        root.draw(&PathElement::new([top, foot], theme.quiet.stroke_width(px(0.75) as u32)))?;
        sheet.text(words, (top.0 + px(4.0), top.1 + px(2.0)), theme.quiet, (HPos::Left, VPos::Top))?;
    }
    sheet.ends(plot, last_step, &place)?;
    if let Some(step) = plot.train.first_lost() {
        let words = format!("not finite from step {step}");
        sheet.text(&words, (place(step as f64, plot.y.1).0, px(30.0)), theme.ink, (HPos::Left, VPos::Top))?;
    }
    for band in band(plot) {
        chart.draw_series([Polygon::new(band, theme.lane.mix(0.1))])?;
    }
    for run in clip(mean_line(plot.train), plot.y) {
        if let [point] = run[..] {
            chart.draw_series([Circle::new(point, px(1.5), theme.lane.filled())])?;
        }
        chart.draw_series(LineSeries::new(run, theme.lane.stroke_width(px(1.0) as u32)))?;
    }
    for run in clip(plot.tests.iter().copied(), plot.y) {
        chart.draw_series(LineSeries::new(run.clone(), theme.lane.stroke_width(px(2.25) as u32)))?;
        chart.draw_series(run.into_iter().map(|test| Circle::new(test, px(3.0), theme.lane.filled())))?;
    }
    Ok(())
}

/// The root area with what all words on it share.
struct Sheet<'a, DB: DrawingBackend> {
    theme: &'a Theme,
    scale: f64,
    root: &'a DrawingArea<DB, Shift>,
}

type Drawn<DB> = Result<(), DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>>;

impl<DB: DrawingBackend> Sheet<'_, DB> {
    /// Grid lines and labels of y, ticks and labels of x, the names of both.
    fn axes(&self, plot: &Plot<'_>, last_step: f64, place: &impl Fn(f64, f64) -> (i32, i32)) -> Drawn<DB> {
        let px = |pixels: f64| self.px(pixels);
        let y_axis = RangedCoordf64::from(plot.y.0..plot.y.1);
        let ticks = y_axis.key_points(5);
        let decimals = tick_decimals(&ticks);
        for value in ticks {
            let (start, end) = (place(0.0, value), place(last_step, value));
            let color = if value == plot.y.0 { self.theme.quiet } else { self.theme.hair };
            // An empty chart has words where its inner lines would be.
            if value == plot.y.0 || !plot.train.is_empty() {
                self.root.draw(&PathElement::new([start, end], color.stroke_width(px(1.0) as u32)))?;
            }
            let label = if decimals == 0 { thousands(value) } else { format!("{value:.decimals$}") };
            self.number(&label, (start.0 - px(7.0), start.1), (HPos::Right, VPos::Center))?;
        }
        let (right, foot) = place(last_step, plot.y.0);
        // A label needs some 70 px of the axis.
        let n_ticks = ((right - place(0.0, plot.y.0).0) / px(70.0)).clamp(2, 7) as usize;
        for step in RangedCoordf64::from(0.0..last_step).key_points(n_ticks) {
            let (x, y) = place(step, plot.y.0);
            self.root
                .draw(&PathElement::new([(x, y), (x, y + px(4.0))], self.theme.quiet.stroke_width(px(1.0) as u32)))?;
            // The name of the axis stands right of its end.
            if x <= right - px(16.0) || step == 0.0 {
                self.number(&thousands(step), (x, y + px(7.0)), (HPos::Center, VPos::Top))?;
            }
        }
        self.text("steps", (right + px(8.0), foot + px(6.0)), self.theme.quiet, (HPos::Left, VPos::Top))?;
        self.text(plot.title, (0, px(4.0)), self.theme.quiet, (HPos::Left, VPos::Top))
    }

    /// The last value of each curve, beside its end.
    fn ends(&self, plot: &Plot<'_>, last_step: f64, place: &impl Fn(f64, f64) -> (i32, i32)) -> Drawn<DB> {
        /// Least distance of two labels, in pixels.
        const APART: f64 = 15.0;
        let clamp = |value: f64| value.clamp(plot.y.0, plot.y.1);
        let train = plot.train.recent_mean().map(|value| (value, place(last_step, clamp(value)), "train"));
        let test = plot.tests.last().filter(|test| test.1.is_finite());
        let test = test.map(|&(_, value)| (value, place(last_step, clamp(value)), "test"));
        let mut labels: Vec<_> = train.into_iter().chain(test).collect();
        if let [a, b] = &mut labels[..] {
            let middle = (a.1.1 + b.1.1) / 2;
            if (a.1.1 - b.1.1).abs() < self.px(APART) {
                let half = if a.1.1 <= b.1.1 { self.px(APART / 2.0) } else { -self.px(APART / 2.0) };
                (a.1.1, b.1.1) = (middle - half, middle + half);
            }
        }
        // Above the name of the axis, which stands below its end.
        let lowest = place(last_step, plot.y.0).1 - self.px(8.0);
        let below = labels.iter().map(|label| label.1.1 - lowest).max().unwrap_or(0).max(0);
        for (value, (x, y), name) in labels {
            let words = format!("{name} {value:.decimals$}", decimals = plot.decimals);
            self.text(&words, (x + self.px(8.0), y - below), self.theme.ink, (HPos::Left, VPos::Center))?;
        }
        Ok(())
    }

    fn number(&self, digits: &str, at: (i32, i32), anchor: (HPos, VPos)) -> Drawn<DB> {
        let font = self.font(FontFamily::Monospace, 12.0, FontStyle::Normal);
        let style = font.into_text_style(self.root).color(&self.theme.quiet);
        self.root.draw_text(digits, &style.pos(Pos::new(anchor.0, anchor.1)), at)
    }

    fn text(&self, words: &str, at: (i32, i32), color: RGBColor, anchor: (HPos, VPos)) -> Drawn<DB> {
        let style = self.font(FontFamily::SansSerif, 13.0, FontStyle::Normal).into_text_style(self.root).color(&color);
        self.root.draw_text(words, &style.pos(Pos::new(anchor.0, anchor.1)), at)
    }

    fn note(&self, words: &str, at: (i32, i32)) -> Drawn<DB> {
        if words.is_empty() {
            return Ok(());
        }
        let style =
            self.font(FontFamily::Serif, 16.0, FontStyle::Italic).into_text_style(self.root).color(&self.theme.quiet);
        self.root.draw_text(words, &style.pos(Pos::new(HPos::Center, VPos::Center)), at)
    }

    fn font(&self, family: FontFamily<'static>, pixels: f64, style: FontStyle) -> FontDesc<'static> {
        /// Plotters' SVG divides sizes by this.
        const SVG_FONT_SCALE: f64 = 1.24;
        FontDesc::new(family, pixels * self.scale * SVG_FONT_SCALE, style)
    }

    fn px(&self, pixels: f64) -> i32 {
        (pixels * self.scale).round() as i32
    }
}

/// The means of the buckets; a bucket without a finite value is a gap.
fn mean_line(train: &Trace) -> impl Iterator<Item = (f64, f64)> + '_ {
    train.buckets().map(|(step, bucket)| (step, bucket.mean().unwrap_or(f64::NAN)))
}

/// From the least to the greatest value of each bucket, cut to the axis, as closed outlines.
fn band(plot: &Plot<'_>) -> Vec<Vec<(f64, f64)>> {
    if plot.train.bucket_len() == 1 {
        return vec![];
    }
    let clamp = |value: f32| f64::from(value).clamp(plot.y.0, plot.y.1);
    let buckets: Vec<_> = plot.train.buckets().collect();
    let runs = buckets.split(|(_, bucket)| bucket.count == 0).filter(|run| run.len() > 1);
    let outline = |run: &[(f64, super::trace::Bucket)]| {
        let upper = run.iter().map(|(step, bucket)| (*step, clamp(bucket.max)));
        let lower = run.iter().rev().map(|(step, bucket)| (*step, clamp(bucket.min)));
        upper.chain(lower).collect()
    };
    runs.map(outline).collect()
}

/// The parts of a line within the range of y, cut where it crosses; values that are not finite part it.
fn clip(line: impl Iterator<Item = (f64, f64)>, (foot, top): (f64, f64)) -> Vec<Vec<(f64, f64)>> {
    let mut runs = vec![vec![]];
    let mut before: Option<(f64, f64)> = None;
    for (step, value) in line {
        let inside = |value: f64| (foot..=top).contains(&value);
        // Where the line from the point before to this one meets the edge that one of the two lies beyond.
        let crossing = |(step0, value0): (f64, f64)| {
            let outer = if inside(value) { value0 } else { value };
            let edge = outer.clamp(foot, top);
            (step0 + (step - step0) * (edge - value0) / (value - value0), edge)
        };
        let run = runs.last_mut().expect("there is always one");
        match before {
            Some(point) if value.is_finite() && inside(point.1) != inside(value) => run.push(crossing(point)),
            Some(_) | None => {}
        }
        if inside(value) {
            run.push((step, value));
        } else if !run.is_empty() {
            runs.push(vec![]);
        }
        before = value.is_finite().then_some((step, value));
    }
    runs.retain(|run| !run.is_empty());
    runs
}

/// As many decimals as tell the ticks apart.
fn tick_decimals(ticks: &[f64]) -> usize {
    let is_exact = |decimals: &usize| {
        let unit = 10_f64.powi(*decimals as i32);
        ticks.iter().all(|tick| ((tick * unit).round() - tick * unit).abs() < 1e-6)
    };
    (0..4).find(is_exact).unwrap_or(4)
}

/// "12 000", by thin spaces.
fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let from_right = digits.len() % 3;
    let grouped = digits.char_indices().map(|(i, digit)| {
        let starts_group = i > 0 && i % 3 == from_right;
        if starts_group { format!("\u{2009}{digit}") } else { digit.to_string() }
    });
    grouped.collect()
}
