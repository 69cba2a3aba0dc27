//! Draws a view of a race: the lines of its lanes, their names at their ends, published curves, marks, the gap between two evaluations.

use super::Theme;
use super::axes::{Time, against_time, height_within};
use super::curves::{Curves, Head, TwoAnswers, View};
use super::gap;
use super::labels::{self, width_of};
use super::lanes::{Ghost, LaneStyle, Lanes};
use super::scale::{Axis, order_of, value_at};
use super::sheet::{Font, Frame, Plane, Sheet, Stroke, document};
use super::tell;
use crate::norms::number::share;
use plotters::style::text_anchor::{HPos, VPos};
use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// What to draw.
#[derive(Clone, PartialEq, Debug, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct ChartRequest {
    /// The view.
    pub view: View,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Whether the ends of the lines have names and values; otherwise they are only dots.
    #[serde(default)]
    #[tsify(optional)]
    pub has_labels: bool,
    /// The lane in focus: the others are dimmed.
    #[serde(default)]
    #[tsify(optional)]
    pub focus: Option<u32>,
    /// Text shown while there is no line.
    #[serde(default)]
    #[tsify(optional)]
    pub empty: String,
}

/// A chart and the positions on it, in its pixels.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Chart {
    /// The SVG document.
    pub svg: String,
    /// What it shows; never `accuracy`.
    pub view: View,
    /// x of time 0.
    pub left: f64,
    /// x of the end of time.
    pub right: f64,
    /// y.
    pub top: f64,
    /// y of the base line.
    pub bottom: f64,
    /// Images at the end of time.
    pub end: f64,
    /// The ends of the lines, in the order of the lanes.
    pub ends: Vec<LineEnd>,
    /// One sentence: the lanes with their last values, best first.
    pub description: String,
    /// What the kinds of lines mean.
    pub caption: String,
}

/// The end of a lane's line.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct LineEnd {
    /// The lane.
    pub id: u32,
    /// Pixels.
    pub x: f64,
    /// Pixels.
    pub y: f64,
    /// y of its label; `y` if there are no labels.
    pub label_y: f64,
    /// The last value; none if no value was finite, and the end is then at the base line.
    pub value: Option<f64>,
}

/// Draws it.
pub fn draw(lanes: &Lanes, theme: &Theme, request: &ChartRequest) -> Chart {
    let curves = Curves::of(lanes, request.view);
    let plot = Plot::new(lanes, &curves, request);
    let svg = document(request.width, request.height, theme, |sheet| plot.draw(sheet));
    let Frame { left, top, right, bottom } = plot.frame;
    Chart {
        svg,
        view: curves.view,
        left,
        right,
        top,
        bottom,
        end: plot.time.axis.top,
        ends: plot.labels.iter().map(|label| label.end).collect(),
        description: tell::description(lanes, &curves),
        caption: tell::caption(lanes, &curves),
    }
}

struct Plot<'a> {
    lanes: &'a Lanes,
    curves: &'a Curves<'a>,
    request: &'a ChartRequest,
    frame: Frame,
    time: Time,
    y: Axis,
    labels: Vec<Label<'a>>,
    has_labels: bool,
}

struct Label<'a> {
    style: &'a LaneStyle,
    end: LineEnd,
    words: String,
}

impl<'a> Plot<'a> {
    fn new(lanes: &'a Lanes, curves: &'a Curves<'a>, request: &'a ChartRequest) -> Self {
        let end = lanes.end();
        let ghost_values = lanes.ghosts_of(curves.view).flat_map(|ghost| &ghost.points);
        let ghost_values = ghost_values.filter(|point| point.0 * lanes.epoch_images <= end).map(|point| point.1);
        let heads: Vec<&Head<'_>> =
            curves.heads.iter().filter(|head| head.value.is_some() || head.first_lost.is_some()).collect();
        let has_labels = request.has_labels && labels::fit(heads.len(), height_within(request.height));
        let words = words(curves.view, &heads, has_labels, f64::from(request.width));
        let room = has_labels.then(|| labels::column(&words).max(52.0));
        let (frame, time) = against_time(36.0, (request.width, request.height), end, tell::unit(lanes), room);
        let y = curves.values(lanes.reached(), ghost_values, ((frame.bottom - frame.top) / 45.0).clamp(2.0, 6.0));
        let labels = place(&heads, words, (&frame, &time.axis, &y), has_labels);
        Self { lanes, curves, request, frame, time, y, labels, has_labels }
    }

    fn draw(&self, sheet: &Sheet<'_>) {
        let (frame, view) = (&self.frame, self.curves.view);
        let plane = sheet.plane(frame, &self.time.axis, &self.y);
        let decimals = self.y.decimals(1.0);
        sheet.value_axis(frame, &self.y, &|value| match view.is_loss() {
            true => format!("{value:.decimals$}"),
            false if value == 0.0 => "0".into(),
            false => share(value, decimals.max(2)),
        });
        sheet.time_axis(frame, &self.time);
        let title = format!("{}, {}", view.name(), view.unit());
        let title = if width_of(&title) < f64::from(self.request.width) { &title } else { view.name() };
        sheet.text(title, (0.0, 4.0), Font::Plain, sheet.theme.quiet, (HPos::Left, VPos::Top));
        if view == View::TestAccuracy {
            self.ghosts(sheet, &plane);
        }
        let hatched = self.hatched();
        if let Some(two) = hatched {
            self.hatch(sheet, two);
        }
        for outline in &self.curves.band {
            let cut = outline.iter().map(|&(x, value)| (x, self.y.clamp(value))).collect();
            let stroke = self.stroke(self.curves.heads[0].style, 1.0, 0.16);
            sheet.area(&plane, cut, &stroke);
        }
        for line in &self.curves.lines {
            sheet.curve(&plane, &line.points, &self.stroke(line.style, line.width, line.alpha));
        }
        let mut taken = vec![];
        if let Some(two) = hatched.filter(|two| self.request.focus.is_none_or(|id| id == two.style.id)) {
            taken.extend(self.name_gap(sheet, two));
        }
        taken.extend(self.marks(sheet));
        taken.extend(self.ends(sheet));
        if view == View::TestAccuracy && self.has_labels {
            self.name_ghosts(sheet, taken);
        }
        if self.labels.is_empty() && self.lanes.reached() == 0.0 {
            let place = ((frame.left + frame.right) / 2.0, (frame.top + frame.bottom) / 2.0);
            sheet.text_on_lines(
                &self.request.empty,
                place,
                Font::Plain,
                sheet.theme.quiet,
                (HPos::Center, VPos::Center),
            );
        }
    }

    /// The stroke of a lane's lines; dimmed if another lane is in focus.
    fn stroke(&self, style: &'a LaneStyle, width: f64, alpha: f64) -> Stroke<'a> {
        /// Opacity of a lane that is not in focus: the same as elsewhere on the page.
        const PALE: f64 = 0.35;
        let is_pale = self.request.focus.is_some_and(|id| id != style.id && Some(id) != style.seed_of);
        let alpha = if is_pale { alpha * PALE } else { alpha };
        Stroke { color: style.color, width, alpha, dash: Some(&style.dash), lane: Some(style.id) }
    }

    fn ghosts(&self, sheet: &Sheet<'_>, plane: &Plane<'_>) {
        /// Opacity of a published curve in its lane's colour.
        const FAINT: f64 = 0.6;
        for ghost in self.lanes.ghosts_of(self.curves.view) {
            let Some(style) = self.lanes.styles.iter().find(|style| style.id == ghost.lane) else { continue };
            let points = self.in_time(ghost);
            let stroke = Stroke { dash: None, ..self.stroke(style, 1.0, FAINT) };
            sheet.curve(plane, &points, &stroke);
            for &(x, value) in points.iter().filter(|point| self.y.holds(point.1)) {
                sheet.ring((self.frame.x(&self.time.axis, x), self.frame.y(&self.y, value)), 2.25, &stroke);
            }
        }
    }

    /// A published curve as (images, value), up to the end of the time axis.
    fn in_time(&self, ghost: &Ghost) -> Vec<(f64, f64)> {
        let places = ghost.points.iter().map(|&(epoch, value)| (epoch * self.lanes.epoch_images, value));
        places.filter(|point| point.0 <= self.time.axis.top).collect()
    }

    /// Names published curves and their ends, each at its last ring whose label fits without touching `taken`.
    fn name_ghosts(&self, sheet: &Sheet<'_>, mut taken: Vec<Frame>) {
        /// Pixels from a ring to its words, and how much further away they may be before they seem to belong to another.
        const BESIDE: f64 = 6.0;
        const MOST_AWAY: f64 = 30.0;
        let frame = &self.frame;
        for ghost in self.lanes.ghosts_of(self.curves.view) {
            let is_shown = self.lanes.styles.iter().any(|style| style.id == ghost.lane);
            let points = self.in_time(ghost);
            let Some(&(_, end)) = points.last() else { continue };
            if !is_shown || self.request.focus.is_some_and(|id| id != ghost.lane) {
                continue;
            }
            let words = format!("{} {}", ghost.label, tell::value(self.curves.view, end));
            for &(images, value) in points.iter().rev().filter(|point| self.y.holds(point.1)) {
                let left = frame.x(&self.time.axis, images) - BESIDE - width_of(&words);
                let y = frame.y(&self.y, value) - 2.0 * BESIDE;
                let wanted = labels::room(&words, left.max(frame.left + BESIDE), y);
                let room = labels::free_room(wanted, MOST_AWAY, &taken, frame);
                if let Some(room) = room.filter(|room| room.right <= frame.right) {
                    let place = (room.right, (room.top + room.bottom) / 2.0);
                    sheet.text_on_lines(&words, place, Font::Remark, sheet.theme.quiet, (HPos::Right, VPos::Center));
                    taken.push(room);
                    break;
                }
            }
        }
    }

    /// The lane whose two evaluations are furthest apart, if the gap is visible.
    fn hatched(&self) -> Option<&TwoAnswers<'a>> {
        /// Minimum mean gap of the last two, in pixels; the jump of a single evaluation is not a gap.
        const LEAST: f64 = 8.0;
        let room = |two: &TwoAnswers<'_>| {
            let pixels = |line: &[(f64, f64)]| {
                let inside = line.iter().map(|point| self.frame.y(&self.y, self.y.clamp(point.1)));
                inside.sum::<f64>() / line.len().max(1) as f64
            };
            (pixels(&two.running) - pixels(&two.by_batch)).abs()
        };
        let widest = self.curves.two_answers.iter().max_by(|a, b| room(a).total_cmp(&room(b)));
        widest.filter(|two| room(two) >= LEAST)
    }

    fn pixels(&self, line: &[(f64, f64)]) -> Vec<(f64, f64)> {
        let place =
            |&(x, value): &(f64, f64)| (self.frame.x(&self.time.axis, x), self.frame.y(&self.y, self.y.clamp(value)));
        line.iter().map(place).collect()
    }

    fn hatch(&self, sheet: &Sheet<'_>, two: &TwoAnswers<'a>) {
        /// Pixels between two hatching lines.
        const APART: f64 = 6.0;
        /// More lines than this would look grey.
        const MOST: usize = 280;
        let mut outline = self.pixels(&two.by_batch);
        outline.extend(self.pixels(&two.running).into_iter().rev());
        let doubled = std::iter::successors(Some(APART), |apart| Some(apart * 2.0));
        let chords = doubled.map(|apart| gap::hatch(&outline, apart)).find(|chords| chords.len() <= MOST);
        let stroke = Stroke { dash: None, ..self.stroke(two.style, 1.0, 0.35) };
        chords.into_iter().flatten().for_each(|chord| sheet.line(&chord, &stroke));
    }

    /// Labels the two lines, where there is room; returns the area it takes.
    fn name_gap(&self, sheet: &Sheet<'_>, two: &TwoAnswers<'_>) -> Option<Frame> {
        /// Size of the words in the middle, in pixels.
        const CLAIM_WIDTH: f64 = 190.0;
        let ink = [sheet.theme.quiet, sheet.theme.ink, sheet.theme.quiet];
        let long = ["with each batch's own statistics", "one network, two answers", "with running averages"];
        let short = ["with the batch's own", "one network, two answers", "with running averages"];
        let room = self.frame.right - self.frame.left;
        let names = if width_of(long[0]) < room * 0.8 { long } else { short };
        let width = width_of(names[0]).max(CLAIM_WIDTH);
        let (by_batch, running) = (self.pixels(&two.by_batch), self.pixels(&two.running));
        let range = (self.frame.left, self.frame.right);
        let (x, top, bottom) = gap::widest(&by_batch, &running, width, range)?;
        let middle = (top + bottom) / 2.0;
        // The upper curve has its name above.
        let is_batch_above = value_at(&by_batch, x).is_some_and(|y| y <= middle);
        let (above, below) = if is_batch_above { (names[0], names[2]) } else { (names[2], names[0]) };
        let rows = [
            (-19.0, format!("↑ {above}"), Font::Remark),
            (0.0, names[1].into(), Font::Claim),
            (19.0, format!("↓ {below}"), Font::Remark),
        ];
        for ((down, words, font), color) in rows.into_iter().zip(ink) {
            let needs = if font == Font::Claim { 24.0 } else { 54.0 };
            if bottom - top >= needs {
                sheet.text_on_lines(&words, (x, middle + down), font, color, (HPos::Center, VPos::Center));
            }
        }
        Some(Frame { left: x - width / 2.0, top: middle - 26.0, right: x + width / 2.0, bottom: middle + 26.0 })
    }

    /// Draws hairlines where settings changed, with their words in enough rows to keep them apart; returns the areas of the words.
    fn marks(&self, sheet: &Sheet<'_>) -> Vec<Frame> {
        const N_ROWS: usize = 3;
        const ROW: f64 = 15.0;
        let (mut ends, mut rooms) = ([f64::NEG_INFINITY; N_ROWS], vec![]);
        let marks: Vec<_> = self.lanes.marks.iter().filter(|mark| mark.images <= self.time.axis.top).collect();
        let times: Vec<f64> = marks.iter().map(|mark| mark.images).collect();
        for mark in order_of(&times).into_iter().map(|at| marks[at]) {
            let style = self.lanes.styles.iter().find(|style| Some(style.id) == mark.lane);
            if mark.lane.is_some() && style.is_none() {
                continue;
            }
            let x = self.frame.x(&self.time.axis, mark.images);
            let stroke = Stroke { lane: mark.lane, ..Stroke::plain(sheet.theme.quiet, 0.75) };
            sheet.line(&[(x, self.frame.top), (x, self.frame.bottom)], &stroke);
            let words = style.map_or(mark.words.clone(), |style| format!("{}: {}", style.label, mark.words));
            let is_left = x + 4.0 + width_of(&words) > self.frame.right;
            let start = if is_left { x - 4.0 - width_of(&words) } else { x + 4.0 };
            if let Some(row) = (0..N_ROWS).find(|&row| ends[row] <= start) {
                ends[row] = start + width_of(&words) + 8.0;
                let (place, side) = if is_left { (x - 4.0, HPos::Right) } else { (x + 4.0, HPos::Left) };
                let y = self.frame.top + 1.0 + ROW * row as f64;
                sheet.text_on_lines(&words, (place, y), Font::Remark, sheet.theme.quiet, (side, VPos::Top));
                rooms.push(labels::room(&words, start, y + ROW / 2.0));
            }
        }
        rooms
    }

    /// Draws dots and names at the ends of lines; returns the areas of the names.
    fn ends(&self, sheet: &Sheet<'_>) -> Vec<Frame> {
        // Names are next to the furthest end, which may be far from the end of the time axis.
        let furthest = self.labels.iter().map(|label| label.end.x).fold(self.frame.left, f64::max);
        for label in &self.labels {
            let end = &label.end;
            let stroke = Stroke { dash: None, ..self.stroke(label.style, 1.25, 1.0) };
            if end.value.is_some() {
                sheet.dot((end.x, end.y), 3.0, &stroke);
            }
            if self.has_labels {
                labels::draw(sheet, furthest, (end.x, end.y), end.label_y, &label.words, &stroke);
            }
        }
        let room = |label: &Label<'_>| labels::room(&label.words, furthest + labels::LEADER, label.end.label_y);
        self.labels.iter().map(room).collect()
    }
}

/// The words at the ends of lines: names and values, or only names if the lines would have too little room.
fn words(view: View, heads: &[&Head<'_>], has_labels: bool, width: f64) -> Vec<String> {
    /// Maximum share of the width for labels.
    const MOST: f64 = 0.36;
    let whole = |head: &&Head<'_>| match (head.first_lost, head.value) {
        (None, Some(value)) => format!("{} {}", head.style.label, tell::value(view, value)),
        (Some(_), _) | (_, None) => format!("{} not finite", head.style.label),
    };
    let names = |head: &&Head<'_>| head.style.label.clone();
    let words: Vec<String> = heads.iter().map(whole).collect();
    let is_too_wide = words.iter().any(|words| width_of(words) > width * MOST);
    if is_too_wide || !has_labels { heads.iter().map(names).collect() } else { words }
}

fn place<'a>(
    heads: &[&Head<'a>],
    words: Vec<String>,
    (frame, time, y): (&Frame, &Axis, &Axis),
    has_labels: bool,
) -> Vec<Label<'a>> {
    let value = |head: &Head<'_>| head.value.unwrap_or(y.foot);
    let at: Vec<f64> = heads.iter().map(|head| frame.y(y, y.clamp(value(head)))).collect();
    let label_at = if has_labels { labels::place(&at, frame) } else { at.clone() };
    let ends = heads.iter().zip(at.into_iter().zip(label_at)).map(|(head, (y, label_y))| LineEnd {
        id: head.style.id,
        x: frame.x(time, head.images),
        y,
        label_y,
        value: head.value,
    });
    heads.iter().zip(ends.zip(words)).map(|(head, (end, words))| Label { style: head.style, end, words }).collect()
}
