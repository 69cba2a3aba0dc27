//! The lines of each view of a race.

use super::lanes::{Judgement, LaneStyle, Lanes, Run};
use super::scale::{Axis, median_line, thin};
use super::trace::{Bucket, Trace, coarser};
use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// What a chart draws against time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub enum View {
    /// Test accuracy; before the first judgement, training accuracy.
    Accuracy,
    /// Share of the test images classified right.
    TestAccuracy,
    /// Mean loss on the test images, nats.
    TestLoss,
    /// Share classified right while training, dropout on.
    TrainAccuracy,
    /// Loss while training, dropout on, nats.
    TrainLoss,
}

/// Maximum number of points of all lines of a view; a line gets one more where it crosses the end of an axis, at most half as many again.
const MAX_POINTS: usize = 900;

/// Points of a training curve that shares its chart: more would only show noise.
const MAX_SHARED_POINTS: usize = 64;

/// Minimum number of images per point of a training curve: for one image the accuracy is 0 or 1.
const LEAST_IMAGES: f64 = 16.0;

/// Widths in pixels.
const THICK: f64 = 2.1;
const MIDDLE: f64 = 1.4;
const THIN: f64 = 1.0;

/// A line of a view.
#[derive(Clone, Debug)]
pub struct Line<'a> {
    /// Whose.
    pub style: &'a LaneStyle,
    /// In pixels.
    pub width: f64,
    /// 0 to 1.
    pub alpha: f64,
    /// (images, value)
    pub points: Vec<(f64, f64)>,
}

/// A lane evaluated in two ways.
#[derive(Clone, Debug)]
pub struct TwoAnswers<'a> {
    /// Whose.
    pub style: &'a LaneStyle,
    /// With running averages: (images, value).
    pub running: Vec<(f64, f64)>,
    /// With each batch's own statistics.
    pub by_batch: Vec<(f64, f64)>,
}

/// The end of a line, where its label is.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// Whose.
    pub style: &'a LaneStyle,
    /// In images.
    pub images: f64,
    /// The last value; none if it was never finite.
    pub value: Option<f64>,
    /// The first step whose loss was not finite.
    pub first_lost: Option<u64>,
}

/// The lines of a view, the most important last.
#[derive(Clone, Debug)]
pub struct Curves<'a> {
    /// Never [`View::Accuracy`].
    pub view: View,
    /// In drawing order.
    pub lines: Vec<Line<'a>>,
    /// Minimum and maximum over every few steps, for a training curve with a chart of its own.
    pub band: Vec<Vec<(f64, f64)>>,
    /// Lanes evaluated in two ways.
    pub two_answers: Vec<TwoAnswers<'a>>,
    /// One for each lane that represents itself or its seeds.
    pub heads: Vec<Head<'a>>,
}

impl View {
    /// Resolves [`View::Accuracy`] to the view it currently means.
    pub fn now(self, lanes: &Lanes) -> Self {
        match self {
            Self::Accuracy if lanes.is_judged() || lanes.reached() == 0.0 => Self::TestAccuracy,
            Self::Accuracy => Self::TrainAccuracy,
            Self::TestAccuracy | Self::TestLoss | Self::TrainAccuracy | Self::TrainLoss => self,
        }
    }

    /// Whether it shows evaluations.
    pub fn is_test(self) -> bool {
        matches!(self, Self::Accuracy | Self::TestAccuracy | Self::TestLoss)
    }

    /// Whether larger values are worse.
    pub fn is_loss(self) -> bool {
        matches!(self, Self::TestLoss | Self::TrainLoss)
    }

    /// Returns the name of the quantity shown.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accuracy | Self::TestAccuracy => "test accuracy",
            Self::TestLoss => "test loss",
            Self::TrainAccuracy => "training accuracy",
            Self::TrainLoss => "training loss",
        }
    }

    /// Returns its unit.
    pub fn unit(self) -> &'static str {
        if self.is_loss() { "nats" } else { "share classified right" }
    }

    fn trace(self, run: &Run) -> &Trace {
        if self.is_loss() { &run.loss } else { &run.accuracy }
    }

    fn judged(self, judgement: &Judgement) -> f64 {
        f64::from(if self.is_loss() { judgement.loss } else { judgement.accuracy })
    }

    fn judged_by_batch(self, judgement: &Judgement) -> Option<f64> {
        let (loss, accuracy) = judgement.by_batch?;
        Some(f64::from(if self.is_loss() { loss } else { accuracy }))
    }

    /// The last value of a lane with each batch's own statistics.
    pub fn last_by_batch(self, run: &Run) -> Option<f64> {
        run.judgements.last().filter(|_| self.is_test()).and_then(|last| self.judged_by_batch(last))
    }
}

impl<'a> Curves<'a> {
    /// Computes the lines of a view.
    pub fn of(lanes: &'a Lanes, view: View) -> Self {
        let view = view.now(lanes);
        let groups = lanes.groups();
        let is_twice = |style: &LaneStyle| view.last_by_batch(lanes.run(style.id)).is_some();
        let n_lines = |group: &Vec<&LaneStyle>| {
            let n_drawn = group.len() + usize::from(group.len() > 1);
            n_drawn + if is_twice(group[0]) { 1 } else { 0 }
        };
        let most = MAX_POINTS / groups.iter().map(n_lines).sum::<usize>().max(1);
        let mut curves = Self { view, lines: vec![], band: vec![], two_answers: vec![], heads: vec![] };
        // Later ones are drawn on top: the first lane should be.
        for group in groups.iter().rev() {
            curves.add(lanes, group, most);
        }
        curves.heads.reverse();
        if let ([group], false) = (&groups[..], view.is_test()) {
            let trace = view.trace(lanes.run(group[0].id));
            let is_alone = group.len() == 1 && trace.bucket_len() > 1;
            curves.band = if is_alone { band(trace) } else { vec![] };
        }
        curves
    }

    fn add(&mut self, lanes: &Lanes, group: &[&'a LaneStyle], most: usize) {
        let (view, style) = (self.view, group[0]);
        let line_of = |style: &&LaneStyle| match view.is_test() {
            true => judged(lanes.run(style.id), most, |judgement| Some(view.judged(judgement))),
            false => trained(lanes.run(style.id), view, most.min(MAX_SHARED_POINTS)),
        };
        let lines: Vec<_> = group.iter().map(line_of).collect();
        let by_batch = |style: &&LaneStyle| {
            judged(lanes.run(style.id), most, |judgement| view.judged_by_batch(judgement).filter(|_| view.is_test()))
        };
        let by_batch: Vec<_> = group.iter().map(by_batch).collect();
        let width = if view.is_test() { THICK } else { MIDDLE };
        let middle = |lines: Vec<Vec<(f64, f64)>>| match lines.len() {
            1 => lines.into_iter().next().unwrap_or_default(),
            _ => thin(median_line(&lines), most),
        };
        if group.len() > 1 {
            let single = |(&style, points): (&&'a LaneStyle, &Vec<_>)| Line {
                style,
                width: THIN,
                alpha: 0.5,
                points: points.clone(),
            };
            self.lines.extend(group.iter().zip(&lines).map(single));
        }
        let (running, by_batch) = (middle(lines), middle(by_batch));
        if !by_batch.is_empty() {
            self.lines.push(Line { style, width: THIN, alpha: 1.0, points: by_batch.clone() });
            self.two_answers.push(TwoAnswers { style, running: running.clone(), by_batch });
        }
        let last = running.iter().rev().find(|point| point.1.is_finite());
        self.heads.push(Head {
            style,
            images: last.map_or(lanes.run(style.id).end(), |point| point.0),
            value: last.map(|point| point.1),
            first_lost: lanes.run(style.id).loss.first_lost(),
        });
        self.lines.push(Line { style, width, alpha: 1.0, points: running });
    }

    /// The y axis: covers the lines except their first eighth, while all nets still improve from chance, and `more` values.
    pub fn values(&self, reached: f64, more: impl Iterator<Item = f64>, n_steps: f64) -> Axis {
        /// Above this a net is worse than guessing (ln 10 = 2.30), and its line may leave the chart.
        const TOP_LOSS: f64 = 3.0;
        let later = |point: &&(f64, f64)| point.0 >= reached / 8.0;
        let points: Vec<(f64, f64)> =
            self.lines.iter().flat_map(|line| line.points.iter().filter(later)).copied().collect();
        let all = self.lines.iter().flat_map(|line| &line.points).copied();
        let points = if points.is_empty() { all.collect() } else { points };
        let is_any_good = self.heads.iter().any(|head| head.value.is_some_and(|value| value < TOP_LOSS));
        let top = match (self.view.is_loss(), is_any_good) {
            (false, _) => 1.0,
            (true, true) => TOP_LOSS,
            (true, false) => f64::INFINITY,
        };
        Axis::around(points.into_iter().map(|point| point.1).chain(more), (0.0, top), n_steps)
    }
}

fn judged(run: &Run, most: usize, value: impl Fn(&Judgement) -> Option<f64>) -> Vec<(f64, f64)> {
    let points = run.judgements.iter().filter_map(|judgement| Some((judgement.images, value(judgement)?)));
    thin(points.filter(|point| point.1.is_finite()).collect(), most)
}

/// Means over equal parts of a training curve; a part without a finite value is a gap.
fn trained(run: &Run, view: View, most: usize) -> Vec<(f64, f64)> {
    let trace = view.trace(run);
    let images_a_bucket = trace.end() / trace.buckets().len().max(1) as f64;
    let for_images = (LEAST_IMAGES / images_a_bucket.max(f64::MIN_POSITIVE)).ceil() as usize;
    let n = trace.buckets().len().div_ceil(most.max(1)).max(for_images);
    let mut parts = coarser(trace.buckets(), n);
    // A part that has just begun would make the end of the curve jitter.
    if let ([.., before, last], true) = (&mut parts[..], trace.buckets().len() % n * 2 < n && n > 1) {
        *before = before.merge(*last);
        parts.pop();
    }
    parts.into_iter().map(|part| (part.middle(), part.mean().unwrap_or(f64::NAN))).collect()
}

/// The minimum-to-maximum band over the buckets, as closed outlines.
fn band(trace: &Trace) -> Vec<Vec<(f64, f64)>> {
    let runs = trace.buckets().split(|bucket| bucket.count == 0).filter(|run| run.len() > 1);
    let outline = |run: &[Bucket]| {
        let upper = run.iter().map(|bucket| (bucket.middle(), f64::from(bucket.max)));
        let lower = run.iter().rev().map(|bucket| (bucket.middle(), f64::from(bucket.min)));
        upper.chain(lower).collect()
    };
    runs.map(outline).collect()
}
