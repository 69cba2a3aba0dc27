//! What a reader says of the axes of an array: how they are laid out over N, C, H and W, and in which order a framework's call
//! counts them.

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

    /// Whether the array has no images, but sequences or lists of values.
    pub fn is_flat(self) -> bool {
        self.has_positions() || matches!(self, Self::Nc | Self::C)
    }

    fn has_positions(self) -> bool {
        matches!(self, Self::Nlc | Self::Ncl | Self::Cl)
    }

    /// Whether an array with these axes can be a tensor of this shape: the axes that it lacks have length 1.
    pub fn fits(self, shape: Shape) -> bool {
        let has = |axis: Axis| match self {
            Self::Usual => true,
            _ => self.name().chars().any(|letter| letter.to_ascii_uppercase() == self.letter(axis)),
        };
        CHANNELS_FIRST.into_iter().all(|axis| has(axis) || axis.length(shape) == 1)
    }
}
