//! Names at the ends of lines: a column to the right of the frame, connected to the ends by leader lines.

use super::scale::keep_apart;
use super::sheet::{Font, Frame, Sheet, Stroke};
use plotters::style::text_anchor::{HPos, VPos};

/// Pixels between the baselines of two labels.
const APART: f64 = 15.0;

/// Below this, labels would overlap.
const LEAST_APART: f64 = 12.5;

/// From the frame to the words.
pub const LEADER: f64 = 15.0;

/// Height of a line of words.
const LINE: f64 = 14.0;

/// Estimates the width of words at 13 pixels in one of the wider fonts, since they cannot be measured here.
pub fn width_of(words: &str) -> f64 {
    let width = |letter: char| match letter {
        'i' | 'j' | 'l' | 'f' | 't' | 'r' | '.' | ',' | ' ' | ':' | '\'' => 4.9,
        'm' | 'w' | 'M' | 'W' => 12.2,
        'A'..='Z' => 9.5,
        _ => 8.1,
    };
    words.chars().map(width).sum()
}

/// Width of the column.
pub fn column<'a>(words: impl IntoIterator<Item = &'a String>) -> f64 {
    words.into_iter().map(|words| width_of(words)).fold(0.0, f64::max) + LEADER + 3.0
}

/// Whether this many labels fit below one another.
pub fn fit(n_labels: usize, height: f64) -> bool {
    n_labels as f64 * LEAST_APART <= height
}

/// Places the labels of ends at these `y`.
pub fn place(wanted: &[f64], frame: &Frame) -> Vec<f64> {
    // The name of the axis is below the lowest.
    keep_apart(wanted, APART, (frame.top, frame.bottom - 5.0))
}

/// The rectangle of words that are centred on `y` and begin at `left`.
pub fn room(words: &str, left: f64, y: f64) -> Frame {
    Frame { left, top: y - LINE / 2.0, right: left + width_of(words), bottom: y + LINE / 2.0 }
}

/// Finds the rectangle nearest to `wanted`, at most `most` pixels above or below it, that is inside `frame` and free of `taken`.
pub fn free_room(wanted: Frame, most: f64, taken: &[Frame], frame: &Frame) -> Option<Frame> {
    /// Pixels between two positions that are tried.
    const STEP: f64 = 2.0;
    let mut down = 0.0_f64;
    while down.abs() <= most {
        let room = Frame { top: wanted.top + down, bottom: wanted.bottom + down, ..wanted };
        let is_within = room.top >= frame.top && room.bottom <= frame.bottom;
        if is_within && !taken.iter().any(|other| room.meets(other)) {
            return Some(room);
        }
        down = if down < 0.0 { -down } else { -down - STEP };
    }
    None
}

/// Draws the label of an end and its leader; the column begins to the right of `right`.
pub fn draw(sheet: &Sheet<'_>, right: f64, end: (f64, f64), label_y: f64, words: &str, stroke: &Stroke<'_>) {
    let leader = [(end.0 + 4.0, end.1), (right.max(end.0) + 4.0, end.1), (right + LEADER - 3.0, label_y)];
    sheet.line(&leader, &Stroke { dash: None, width: 1.25, ..*stroke });
    sheet.text_on_lines(words, (right + LEADER, label_y), Font::Plain, sheet.theme.ink, (HPos::Left, VPos::Center));
}
