//! The tensor at a line, as a small cube: whole, cut into groups, or reduced to one mean per group.
//!
//! Between two lines the picture moves in a straight line, so going back is the exact inverse of going forward.

use super::{CHANNELS_A_GROUP, GROUPS, ROOT_LINE, SHAPE, Topic};
use crate::figure::scene::Place;
use serde::Serialize;
use std::fmt::Write;
use tsify::Tsify;

/// Images drawn, out of 64.
pub const N_IMAGES: u32 = 4;

/// Rows in which a column of 12,544 values is drawn.
const N_ROWS: f64 = 4.0;

/// Pixels per step along N or C, and per row.
const UNIT: f64 = 5.6;

const COS_30: f64 = 0.866_025_403_784_438_6;

/// Gap between groups along C and N when they are apart, in steps.
const GAP: f64 = 0.7;

/// Room for the letters around the cube, in pixels.
const MARGIN: f64 = 18.0;

/// The picture at a line or between two.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Picture {
    /// Left, top, width and height, the same for all lines.
    pub view_box: [f64; 4],
    /// What to paint, farthest first.
    pub faces: Vec<Face>,
    /// The axes, with their letters.
    pub axes: Vec<AxisMark>,
}

/// A side of a column.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
pub struct Face {
    /// Its corners, as an SVG polygon.
    pub points: String,
    /// The lines between its rows, as an SVG `d`.
    pub joints: String,
    /// Which side it is.
    pub side: Side,
    /// Whether its column shares a mean with the place in focus.
    pub member: bool,
    /// Its image.
    pub n: u32,
    /// Its channel.
    pub c: u32,
}

/// The visible sides of a column.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Tsify)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Side {
    Left,
    Right,
    Top,
}

/// A line along an axis and its letter.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
pub struct AxisMark {
    /// What it names.
    pub topics: Vec<Topic>,
    /// The line, as an SVG `d`.
    pub d: String,
    /// Its letters.
    pub text: &'static str,
    /// Horizontal position of the letters: the middle of their base line.
    pub x: f64,
    /// Vertical position of their base line.
    pub y: f64,
}

/// The pose of the columns.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Pose {
    /// Gap between groups of channels.
    gap_c: f64,
    /// Gap between images.
    gap_n: f64,
    /// Width of a channel: 1, or a quarter where the four channels of a group are one mean.
    width: f64,
    /// Height of a column, in rows.
    height: f64,
}

const WHOLE: Pose = Pose { gap_c: 0.0, gap_n: 0.0, width: 1.0, height: N_ROWS };
const CUT: Pose = Pose { gap_c: GAP, ..WHOLE };
const MEANS: Pose = Pose { gap_n: 0.5 * GAP, gap_c: GAP, width: 1.0 / CHANNELS_A_GROUP as f64, height: 1.0 };

impl Pose {
    fn at(line: u32) -> Self {
        match line {
            5 => MEANS,
            4 | ROOT_LINE => CUT,
            _ => WHOLE,
        }
    }

    fn between(from: Self, to: Self, progress: f64) -> Self {
        let mix = |a: f64, b: f64| a + (b - a) * progress;
        Self {
            gap_c: mix(from.gap_c, to.gap_c),
            gap_n: mix(from.gap_n, to.gap_n),
            width: mix(from.width, to.width),
            height: mix(from.height, to.height),
        }
    }

    fn is_cut(self) -> bool {
        self.gap_c > 0.0
    }

    /// Where image `n` begins along N.
    fn along_n(self, n: u32) -> f64 {
        f64::from(n) * (1.0 + self.gap_n)
    }

    /// Where channel `c` begins along C.
    fn along_c(self, c: u32) -> f64 {
        let (group, place) = (c / CHANNELS_A_GROUP, c % CHANNELS_A_GROUP);
        // Whatever is narrower than its group is centred in it.
        let span = f64::from(CHANNELS_A_GROUP);
        f64::from(group) * (span + self.gap_c) + (1.0 - self.width) * span / 2.0 + f64::from(place) * self.width
    }

    fn end_n(self) -> f64 {
        self.along_n(N_IMAGES - 1) + 1.0
    }

    fn end_c(self) -> f64 {
        f64::from(SHAPE.c) + f64::from(GROUPS - 1) * self.gap_c
    }
}

/// Returns the picture between two lines, `progress` from 0 to 1, with the group of `focus` in blue.
pub fn picture(from: u32, to: u32, progress: f64, focus: Place) -> Picture {
    let pose = Pose::between(Pose::at(from), Pose::at(to), progress.clamp(0.0, 1.0));
    let focused = (focus.n.min(N_IMAGES - 1), focus.c.min(SHAPE.c - 1) / CHANNELS_A_GROUP);
    let mut faces = Vec::new();
    let mut columns: Vec<(u32, u32)> = (0..N_IMAGES).flat_map(|n| (0..SHAPE.c).map(move |c| (n, c))).collect();
    columns.sort_by_key(|(n, c)| std::cmp::Reverse(n + c));
    for (n, c) in columns {
        let member = pose.is_cut() && (n, c / CHANNELS_A_GROUP) == focused;
        let mut face = |side, corners: [[f64; 3]; 4]| {
            let joints = if side == Side::Top { String::new() } else { joints(corners) };
            faces.push(Face { points: points(corners), joints, side, member, n, c });
        };
        let (a, b, height) = (pose.along_n(n), pose.along_c(c), pose.height);
        let (a_end, b_end) = (a + 1.0, b + pose.width);
        face(Side::Top, [[a, b, height], [a_end, b, height], [a_end, b_end, height], [a, b_end, height]]);
        if n == 0 || pose.gap_n > 0.0 {
            face(Side::Left, [[a, b, 0.0], [a, b_end, 0.0], [a, b_end, height], [a, b, height]]);
        }
        if c == 0 || (pose.is_cut() && c.is_multiple_of(CHANNELS_A_GROUP)) {
            face(Side::Right, [[a, b, 0.0], [a_end, b, 0.0], [a_end, b, height], [a, b, height]]);
        }
    }
    Picture { view_box: view_box(), faces, axes: axes(pose) }
}

/// Large enough for the pose that reaches farthest.
fn view_box() -> [f64; 4] {
    let widest = Pose { gap_n: GAP, ..CUT };
    let (left, right) = (widest.end_c() * COS_30 * UNIT, widest.end_n() * COS_30 * UNIT);
    let top = ((CUT.end_n() + CUT.end_c()) / 2.0 + N_ROWS) * UNIT;
    // "H·W" is on the left.
    [-left - 2.0 * MARGIN, -top - 2.0, left + right + 3.0 * MARGIN, top + MARGIN]
}

/// Projects a point given in steps along N, steps along C, and rows up. The near corner is image 0, channel 0; N runs
/// right, C left.
fn on_screen([a, b, z]: [f64; 3]) -> [f64; 2] {
    [(a - b) * COS_30 * UNIT, -((a + b) / 2.0 + z) * UNIT]
}

fn points(corners: [[f64; 3]; 4]) -> String {
    corners.map(on_screen).map(|[x, y]| format!("{x:.1},{y:.1}")).join(" ")
}

/// Lines across a wall, one row apart; its first two corners are its foot.
fn joints([left, right, _, top]: [[f64; 3]; 4]) -> String {
    let mut d = String::new();
    let mut z = 1.0;
    while z < top[2] - 0.01 {
        let [[x1, y1], [x2, y2]] = [left, right].map(|[a, b, _]| on_screen([a, b, z]));
        let _ = write!(d, "M{x1:.1} {y1:.1}L{x2:.1} {y2:.1}");
        z += 1.0;
    }
    d
}

fn axes(pose: Pose) -> Vec<AxisMark> {
    /// Distance below the edge that a line belongs to, in pixels.
    const BELOW: f64 = 4.0;
    let line = |ends: [[f64; 3]; 2]| {
        let [[x1, y1], [x2, y2]] = ends.map(on_screen);
        format!("M{x1:.1} {:.1}L{x2:.1} {:.1}", y1 + BELOW, y2 + BELOW)
    };
    let middle = |[[x1, y1], [x2, y2]]: [[f64; 2]; 2], dx: f64| ((x1 + x2) / 2.0 + dx, (y1 + y2) / 2.0 + 15.0);
    let ends_n = [[0.0, 0.0, 0.0], [pose.end_n(), 0.0, 0.0]];
    let ends_c = [[0.0, 0.0, 0.0], [0.0, pose.end_c(), 0.0]];
    let (x, y) = middle(ends_n.map(on_screen), 7.0);
    let mut marks = vec![AxisMark { topics: vec![Topic::N], d: line(ends_n), text: "N", x, y }];
    let (x, y) = middle(ends_c.map(on_screen), -8.0);
    if pose.is_cut() {
        let group = |group: u32| {
            let start = f64::from(group) * (f64::from(CHANNELS_A_GROUP) + pose.gap_c);
            line([[0.0, start, 0.0], [0.0, start + f64::from(CHANNELS_A_GROUP), 0.0]])
        };
        let d = (0..GROUPS).map(group).collect();
        marks.push(AxisMark { topics: vec![Topic::G, Topic::ChannelsOfGroup, Topic::C], d, text: "G", x, y });
    } else {
        marks.push(AxisMark { topics: vec![Topic::C, Topic::G], d: line(ends_c), text: "C", x, y });
    }
    if pose.height > 1.0 {
        let [[x, foot], [_, head]] = [0.0, pose.height].map(|z| on_screen([0.0, pose.end_c(), z]));
        let (x, y) = (x - BELOW, (foot + head) / 2.0 + 4.0);
        let d = format!("M{x:.1} {foot:.1}V{head:.1}");
        marks.push(AxisMark { topics: vec![Topic::H, Topic::W], d, text: "H·W", x: x - 3.0, y });
    }
    marks
}
