//! The axes of a chart: grid lines, ticks, numbers, and the name of the unit of time.

use super::labels::width_of;
use super::scale::{Axis, thousands};
use super::sheet::{Font, Frame, Sheet, Stroke};
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged};
use plotters::style::text_anchor::{HPos, VPos};
use std::ops::Range;

/// Pixels from the frame to the name of an axis, and from the last number to it.
const BESIDE: f64 = 8.0;
const AFTER: f64 = 6.0;

/// Positions on plotters' planes use our axes, as those in a [`Frame`] do.
impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, &value: &f64, (from, to): (i32, i32)) -> i32 {
        from + (self.part(value) * f64::from(to - from)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.clone()
    }

    fn range(&self) -> Range<f64> {
        self.foot..self.top
    }
}

/// A time axis.
#[derive(Clone, PartialEq, Debug)]
pub struct Time {
    /// In images.
    pub axis: Axis,
    /// Images per unit, and the unit's name.
    unit: (f64, &'static str),
    /// Whether the name is to the right of the axis; otherwise it is above its end.
    is_named_beside: bool,
}

impl Time {
    fn words(&self, tick: f64) -> String {
        let (unit, decimals) = (self.unit.0, self.axis.decimals(self.unit.0));
        if decimals == 0 || tick == 0.0 { thousands(tick / unit) } else { format!("{:.decimals$}", tick / unit) }
    }

    /// Right end of the number at the last tick.
    fn last_number(&self, frame: &Frame) -> f64 {
        /// Width of a digit in pixels.
        const DIGIT: f64 = 7.25;
        let last = self.axis.ticks.last().copied().unwrap_or(0.0);
        frame.x(&self.axis, last) + DIGIT * self.words(last).chars().count() as f64 / 2.0
    }

    /// Left end of a name to the right of the axis.
    fn name(&self, frame: &Frame) -> f64 {
        (frame.right + BESIDE).max(self.last_number(frame) + AFTER)
    }

    /// Right end of the axis labels.
    fn reach(&self, frame: &Frame) -> f64 {
        match self.is_named_beside {
            true => self.name(frame) + width_of(self.unit.1),
            false => self.last_number(frame),
        }
    }
}

/// Pixels above and below the frame of a chart against time.
const HEAD: f64 = 34.0;
const FOOT: f64 = 28.0;

/// Height of the frame of a chart against time.
pub fn height_within(height: u32) -> f64 {
    f64::from(height) - HEAD - FOOT
}

/// The frame of a chart from time 0 to `end` images, and its time in `unit`s. `room` pixels to the right of the frame are
/// reserved for the names of its lines; if 0, the name of the unit is inside the frame. The frame is narrower if the last
/// number and the name of the unit need more room.
pub fn against_time(
    left: f64,
    (width, height): (u32, u32),
    end: f64,
    unit: (f64, &'static str),
    room: Option<f64>,
) -> (Frame, Time) {
    let (width, height) = (f64::from(width), f64::from(height));
    let up_to = |right: f64| {
        let frame = Frame { left, top: HEAD, right: right.max(80.0), bottom: height - FOOT };
        // The number at a tick needs about 60 pixels.
        let axis = Axis::from_zero(end, ((frame.right - left) / 60.0).clamp(2.0, 13.0), unit.0);
        (frame, Time { axis, unit, is_named_beside: room.is_some() })
    };
    let (frame, time) = up_to((width - room.unwrap_or(12.0)).round());
    let over = time.reach(&frame) - width;
    if over > 0.0 { up_to((frame.right - over).floor()) } else { (frame, time) }
}

impl Sheet<'_> {
    /// Draws the grid lines and numbers of y.
    pub fn value_axis(&self, frame: &Frame, y: &Axis, label: &dyn Fn(f64) -> String) {
        for &value in &y.ticks {
            let at = frame.y(y, value);
            if value > y.foot {
                self.line(&[(frame.left, at), (frame.right, at)], &Stroke::plain(self.theme.hair, 1.0));
            }
            let place = (frame.left - 7.0, at);
            self.text(&label(value), place, Font::Number, self.theme.quiet, (HPos::Right, VPos::Center));
        }
    }

    /// Draws the base line with its ticks and numbers.
    pub fn foot_axis(&self, frame: &Frame, x: &Axis, label: &dyn Fn(f64) -> String) {
        let line = Stroke::plain(self.theme.quiet, 1.0);
        self.line(&[(frame.left, frame.bottom), (frame.right, frame.bottom)], &line);
        for &tick in &x.ticks {
            let at = frame.x(x, tick);
            self.line(&[(at, frame.bottom), (at, frame.bottom + 4.0)], &line);
            let place = (at, frame.bottom + 8.0);
            self.text(&label(tick), place, Font::Number, self.theme.quiet, (HPos::Center, VPos::Top));
        }
    }

    /// Draws the base line with time ticks, and the name of the unit.
    pub fn time_axis(&self, frame: &Frame, time: &Time) {
        self.foot_axis(frame, &time.axis, &|tick| time.words(tick));
        let (place, anchor) = match time.is_named_beside {
            true => ((time.name(frame), frame.bottom + 7.0), (HPos::Left, VPos::Top)),
            false => ((frame.right, frame.bottom - 5.0), (HPos::Right, VPos::Bottom)),
        };
        self.text_on_lines(time.unit.1, place, Font::Remark, self.theme.quiet, anchor);
    }
}
