//! What a reader says of the axes of an array: how they are laid out over N, C, H and W, and in which order a framework's call
//! counts them.

use super::Place;
use crate::norms::grouping::tiling::Axis;
use crate::norms::shape::Shape;
use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// The axes of an array in its own order; L is a position in a sequence, and lies along W, with H = 1.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names are the axes")]
pub enum Layout {
    /// Nothing is said: every framework counts the axes in its own order.
    #[default]
    Usual,
    Nchw,
    Nhwc,
    Chw,
    Hwc,
    Nhw,
    Nlc,
    Ncl,
    Nc,
    Cl,
    Hw,
    Nw,
    W,
    C,
}

/// Every layout and its name in links.
pub const LAYOUTS: [(&str, Layout); 14] = [
    ("usual", Layout::Usual),
    ("nchw", Layout::Nchw),
    ("nhwc", Layout::Nhwc),
    ("chw", Layout::Chw),
    ("hwc", Layout::Hwc),
    ("nhw", Layout::Nhw),
    ("nlc", Layout::Nlc),
    ("ncl", Layout::Ncl),
    ("nc", Layout::Nc),
    ("cl", Layout::Cl),
    ("hw", Layout::Hw),
    ("nw", Layout::Nw),
    ("w", Layout::W),
    ("c", Layout::C),
];

/// N×C×H×W.
const CHANNELS_FIRST: [Axis; 4] = [Axis::N, Axis::C, Axis::H, Axis::W];
/// N×H×W×C.
const CHANNELS_LAST: [Axis; 4] = [Axis::N, Axis::H, Axis::W, Axis::C];

impl Layout {
    /// Its name in links.
    pub fn name(self) -> &'static str {
        LAYOUTS.iter().find(|(_, known)| *known == self).map_or("", |(name, _)| name)
    }

    /// The layout with a name.
    pub fn named(name: &str) -> Option<Self> {
        LAYOUTS.iter().find(|(known, _)| *known == name).map(|(_, layout)| *layout)
    }

    /// Its axes as people write them: "N, L, C".
    pub fn letters(self) -> String {
        let name = if self == Self::Usual { Self::Nchw.name() } else { self.name() };
        name.to_ascii_uppercase().chars().map(String::from).collect::<Vec<_>>().join(", ")
    }

    /// The axes of our tensor that a call sees, in the order in which it counts them. Images and planes are seen as a whole
    /// batch, with axes of length 1 for those that the array lacks, and a sequence or a list of channels as a batch of one.
    pub fn order(self, is_channels_last: bool) -> &'static [Axis] {
        match self {
            Self::Nchw => &CHANNELS_FIRST,
            Self::Nhwc => &CHANNELS_LAST,
            Self::Nlc => &[Axis::N, Axis::W, Axis::C],
            Self::Ncl | Self::Cl => &[Axis::N, Axis::C, Axis::W],
            Self::Nc | Self::C => &[Axis::N, Axis::C],
            Self::Usual | Self::Chw | Self::Hwc | Self::Nhw | Self::Hw | Self::Nw | Self::W if is_channels_last => {
                &CHANNELS_LAST
            }
            Self::Usual | Self::Chw | Self::Hwc | Self::Nhw | Self::Hw | Self::Nw | Self::W => &CHANNELS_FIRST,
        }
    }

    /// The letter of one of our axes: W of a sequence is L.
    pub fn letter(self, axis: Axis) -> char {
        if axis == Axis::W && self.has_positions() { 'L' } else { axis.capital() }
    }

    fn has_positions(self) -> bool {
        matches!(self, Self::Nlc | Self::Ncl | Self::Cl)
    }

    /// Whether the array has an axis.
    pub fn has(self, axis: Axis) -> bool {
        let letter = self.letter(axis).to_ascii_lowercase();
        self == Self::Usual || self.name().contains(letter)
    }

    /// The axes that the array has, in our order.
    pub fn axes(self) -> impl Iterator<Item = Axis> + Clone {
        CHANNELS_FIRST.into_iter().filter(move |axis| self.has(*axis))
    }

    /// What one place along an axis is called. Without images there are examples, and a single array is one image or tensor.
    pub fn noun(self, axis: Axis) -> &'static str {
        match axis {
            Axis::N if self.has(Axis::H) => "image",
            Axis::N if self.has(Axis::N) => "example",
            Axis::N => "tensor",
            Axis::C => "channel",
            Axis::H => "row",
            Axis::W if self.has_positions() => "position",
            Axis::W => "column",
        }
    }

    /// What a count along an axis is of; along one that the array lacks there is one place.
    pub fn counted(self, axis: Axis) -> &'static str {
        if self.has(axis) { self.noun(axis) } else { "place" }
    }

    /// What one place of a plane is called: a pixel, a position, a column, or, where planes are single values, a value.
    pub fn spot(self) -> &'static str {
        match (self.has(Axis::H), self.has(Axis::W)) {
            (true, _) => "pixel",
            (false, true) => self.noun(Axis::W),
            (false, false) => "value",
        }
    }

    /// A place in words: "image 0, channel 0, row 1, column 1".
    pub fn place(self, place: Place) -> String {
        self.place_on(&Axis::ALL, place)
    }

    /// A place along some of the axes, in words; empty if the array has none of them.
    pub fn place_on(self, axes: &[Axis], Place { n, c, h, w }: Place) -> String {
        let one = |axis: Axis| {
            let at = match axis {
                Axis::N => n,
                Axis::C => c,
                Axis::H => h,
                Axis::W => w,
            };
            format!("{} {at}", self.noun(axis))
        };
        self.axes().filter(|axis| axes.contains(axis)).map(one).collect::<Vec<_>>().join(", ")
    }

    /// A box in words, from its first values along our axes to those behind its last: "image 0, channels 0 to 2".
    pub fn span(self, from: [u32; 4], to: [u32; 4]) -> String {
        let one = |(axis, (from, to)): (Axis, (u32, u32))| match (self.noun(axis), to - from) {
            (noun, 1) => format!("{noun} {from}"),
            (noun, _) => format!("{noun}s {from} to {}", to - 1),
        };
        let axes = CHANNELS_FIRST.into_iter().zip(from.into_iter().zip(to));
        axes.filter(|(axis, _)| self.has(*axis)).map(one).collect::<Vec<_>>().join(", ")
    }

    /// Whether an array with these axes can be a tensor of this shape: the axes that it lacks have length 1.
    pub fn fits(self, shape: Shape) -> bool {
        CHANNELS_FIRST.into_iter().all(|axis| self.has(axis) || axis.length(shape) == 1)
    }
}
