//! The catalogue of norms: one row per norm with all that the rest of the program says of it by name.
//!
//! Links, lanes, menus, titles, papers, lane colours, the element's attributes and the page's scripts read from here.
//! How a norm computes is [`super::Norm::recipe`]'s, not the catalogue's. `tests/structure/catalog.rs` writes the rows into
//! `www/ui/lib/catalog.js` and `www/norm-cube.js`, and checks that both are up to date.

use super::{AxesNorm, Norm};
use crate::norms::grouping::tiling::Axis;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;

/// The number that a norm takes beside its name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Number {
    /// None.
    Nothing,
    /// G, the number of groups of channels.
    Groups,
    /// Images per part of the batch.
    Part,
    /// Devices that the batch is spread over.
    Devices,
    /// The axes of the mean, and the number of groups of channels where C is among them.
    Axes,
}

/// What a norm mixes, by weights that are trained.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mixes {
    /// Nothing: it takes the moments of one set of values.
    Nothing,
    /// The results of two norms.
    Results,
    /// The moments of three norms.
    Moments,
}

/// Where a norm is published.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Paper {
    /// Authors, year and title; empty if there is none.
    pub words: &'static str,
    /// Its number on arXiv.
    pub arxiv: &'static str,
}

/// How a norm's lane is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LaneLook {
    /// The custom property of its colour is `--lane-` and this.
    pub color: &'static str,
    /// Its line's dash, `stroke-dasharray` in pixels; empty for a whole line.
    pub dash: &'static str,
}

impl Number {
    /// Its name in a norm's JSON; empty for [`Number::Nothing`].
    pub fn json(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Groups => "groups",
            Self::Part => "size",
            Self::Devices => "devices",
            Self::Axes => "axes",
        }
    }

    /// The axis whose length the count must divide: groups their channels, parts and devices the images.
    pub fn divides(self) -> Option<Axis> {
        match self {
            Self::Nothing => None,
            Self::Groups | Self::Axes => Some(Axis::C),
            Self::Part | Self::Devices => Some(Axis::N),
        }
    }

    /// What the count is called in a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Groups | Self::Axes => "the number of groups",
            Self::Part => "the part of the batch",
            Self::Devices => "the number of devices",
        }
    }
}

const TWO: NonZeroU32 = NonZeroU32::new(2).expect("2 is not 0");

const NO_PAPER: Paper = Paper { words: "", arxiv: "" };

const fn paper(words: &'static str, arxiv: &'static str) -> Paper {
    Paper { words, arxiv }
}

const fn lane(color: &'static str, dash: &'static str) -> LaneLook {
    LaneLook { color, dash }
}

macro_rules! given {
    () => {
        None
    };
    ($value:expr) => {
        Some($value)
    };
}

/// One row makes the variant of [`NormKind`] and one arm of each of its functions. Functions rather than a table of structs:
/// a wasm that never asks for the papers does not hold them. `number: Groups { groups }` also names the field of [`Norm`] that
/// holds the number.
macro_rules! catalog {
    ($($kind:ident {
        json: $json:literal, link: $link:literal, short: $short:literal, name: $name:literal, title: $title:literal,
        first: $first:expr, number: $number:ident $({ $count:ident })? $(($axes:ident))?,
        centers: $centers:literal, keeps_running: $keeps:literal,
        mixes: $mixes:ident, in_row: $in_row:literal,
        lane: $lane:expr, paper: $paper:expr,
        worth: $worth:literal,
    })*) => {
        /// A norm without its numbers.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        #[expect(missing_docs, reason = "they are those of Norm")]
        pub enum NormKind {
            $($kind,)*
        }

        impl NormKind {
            /// Every norm, in the order of menus.
            pub const ALL: [Self; [$(Self::$kind),*].len()] = [$(Self::$kind),*];

            /// Its name in JSON: "batch-instance".
            pub fn json(self) -> &'static str {
                match self { $(Self::$kind => $json,)* }
            }

            /// The start of its text, all of it where it has no number: "gn".
            pub fn link(self) -> &'static str {
                match self { $(Self::$kind => $link,)* }
            }

            /// Its name on a lane: "GN".
            pub fn short(self) -> &'static str {
                match self { $(Self::$kind => $short,)* }
            }

            /// Its name in a sentence: "Group norm".
            pub fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// Its name among norms: "Group".
            pub fn title(self) -> &'static str {
                match self { $(Self::$kind => $title,)* }
            }

            /// The norm with the numbers that it has when it is chosen by name.
            pub fn first(self) -> Norm {
                match self { $(Self::$kind => $first,)* }
            }

            /// The number that it takes.
            pub fn number(self) -> Number {
                match self { $(Self::$kind => Number::$number,)* }
            }

            /// Whether it subtracts a mean; without one it divides by the root of the mean square.
            pub fn centers(self) -> bool {
                match self { $(Self::$kind => $centers,)* }
            }

            /// Whether evaluation takes running statistics instead of the tensor's own.
            pub fn keeps_running(self) -> bool {
                match self { $(Self::$kind => $keeps,)* }
            }

            /// What it mixes.
            pub fn mixes(self) -> Mixes {
                match self { $(Self::$kind => Mixes::$mixes,)* }
            }

            /// Whether the page's method row has a cube of it; the others are in the menu only.
            pub fn is_in_row(self) -> bool {
                match self { $(Self::$kind => $in_row,)* }
            }

            /// How its lane is drawn.
            pub fn lane(self) -> LaneLook {
                match self { $(Self::$kind => $lane,)* }
            }

            /// Where it is published.
            pub fn paper(self) -> Paper {
                match self { $(Self::$kind => $paper,)* }
            }

            /// What it is good for, and where it fails.
            pub fn worth(self) -> &'static str {
                match self { $(Self::$kind => $worth,)* }
            }
        }

        impl Norm {
            /// Its row of the catalogue.
            pub fn kind(self) -> NormKind {
                match self { $(Self::$kind { .. } => NormKind::$kind,)* }
            }

            /// As [`Norm::count`], to be changed.
            pub fn count_mut(&mut self) -> Option<&mut NonZeroU32> {
                match self { $(Self::$kind $({ $count })? $(($axes))? => given!($($count)? $(&mut $axes.groups)?),)* }
            }

            /// As [`Norm::axes`], to be changed.
            pub fn axes_mut(&mut self) -> Option<&mut AxesNorm> {
                match self { $(Self::$kind $({ $count: _ })? $(($axes))? => given!($($axes)?),)* }
            }
        }
    };
}

// Snapshots hold a norm's place in this list: a new norm goes to the end.
catalog! {
    None {
        json: "none", link: "none", short: "none", name: "No norm", title: "No",
        first: Norm::None, number: Nothing, centers: true, keeps_running: false, mixes: Nothing, in_row: false,
        lane: lane("none", "1 4"), paper: NO_PAPER,
        worth: "Nothing is computed, and nothing keeps the scale of deep layers stable. Shallow nets do well without a norm, and so do some deep ones with careful initialization.",
    }
    Batch {
        json: "batch", link: "bn", short: "BN", name: "Batch norm", title: "Batch",
        first: Norm::Batch, number: Nothing, centers: true, keeps_running: true, mixes: Nothing, in_row: true,
        lane: lane("bn", ""), paper: paper("Ioffe, Szegedy 2015, Batch Normalization", "1502.03167"),
        worth: "The strongest with large batches of similar images: batch noise regularizes, and for inference it folds into the convolution before it. With few images per batch its means are poor, and training and evaluation diverge.",
    }
    Layer {
        json: "layer", link: "ln", short: "LN", name: "Layer norm", title: "Layer",
        first: Norm::Layer, number: Nothing, centers: true, keeps_running: false, mixes: Nothing, in_row: true,
        lane: lane("ln", "11 3"), paper: paper("Ba, Kiros, Hinton 2016, Layer Normalization", "1607.06450"),
        worth: "The same at every batch size and in evaluation: the norm of recurrent nets and transformers. On feature maps, strong channels drown out weak ones.",
    }
    Instance {
        json: "instance", link: "in", short: "IN", name: "Instance norm", title: "Instance",
        first: Norm::Instance, number: Nothing, centers: true, keeps_running: false, mixes: Nothing, in_row: true,
        lane: lane("in", "5 3"), paper: paper("Ulyanov, Vedaldi, Lempitsky 2016, Instance Normalization", "1607.08022"),
        worth: "Removes contrast and brightness from each channel, which is good for removing style, as in style transfer. Where a channel’s strength carries information, classification suffers.",
    }
    Group {
        json: "group", link: "gn", short: "GN", name: "Group norm", title: "Group",
        first: Norm::Group { groups: TWO }, number: Groups { groups }, centers: true, keeps_running: false, mixes: Nothing, in_row: true,
        lane: lane("gn", ""), paper: paper("Wu, He 2018, Group Normalization", "1803.08494"),
        worth: "Independent of the batch: it trains equally well with 2 images and with 32. With large batches, batch norm is still slightly better, and G is one more number to choose.",
    }
    BatchInstance {
        json: "batch-instance", link: "bin", short: "BIN", name: "Batch-instance norm", title: "Batch-instance",
        first: Norm::BatchInstance, number: Nothing, centers: true, keeps_running: true, mixes: Results, in_row: true,
        lane: lane("bin", "9 3 2 3"), paper: paper("Nam, Kim 2018, Batch-Instance Normalization", "1805.07925"),
        worth: "Learns for each channel how much style to keep, so it can help where instance norm removes too much. Its batch half needs batches, and running averages in evaluation.",
    }
    Switchable {
        json: "switchable", link: "sn", short: "SN", name: "Switchable norm", title: "Switchable",
        first: Norm::Switchable, number: Nothing, centers: true, keeps_running: true, mixes: Moments, in_row: true,
        lane: lane("sn", "2.5 2.5"), paper: paper("Luo et al. 2019, Differentiable Learning-to-Normalize", "1806.10779"),
        worth: "Learns which moments to trust, and relies less on the batch when batches are small. Three sets of moments cost time, and the batch’s share still needs running averages.",
    }
    Axes {
        json: "axes", link: "axes", short: "over", name: "A norm over axes", title: "A norm over axes",
        first: Norm::Axes(AxesNorm::over(&[Axis::C])), number: Axes(axes), centers: true, keeps_running: false, mixes: Nothing, in_row: false,
        lane: lane("ln", "7 3 2 3"), paper: paper("Ba, Kiros, Hinton 2016, Layer Normalization", "1607.06450"),
        worth: "What library calls compute when given axes: over C alone, each pixel is normalized separately. It is easily mistaken for the figure’s layer norm.",
    }
    Rms {
        json: "rms", link: "rms", short: "RMS", name: "RMS norm", title: "RMS",
        first: Norm::Rms(AxesNorm::over(&[Axis::C, Axis::H, Axis::W])), number: Axes(axes), centers: false, keeps_running: false, mixes: Nothing, in_row: false,
        lane: lane("ln", "2 3"), paper: paper("Zhang, Sennrich 2019, Root Mean Square Layer Normalization", "1910.07467"),
        worth: "Cheaper than layer norm, and as good in large language models. It does not remove an offset.",
    }
    GhostBatch {
        json: "ghost-batch", link: "ghost", short: "ghost", name: "Ghost batch norm", title: "Ghost batch",
        first: Norm::GhostBatch { size: TWO }, number: Part { size }, centers: true, keeps_running: true, mixes: Nothing, in_row: false,
        lane: lane("bn", "9 3"), paper: paper("Hoffer, Hubara, Soudry 2017, Train Longer, Generalize Better", "1705.08741"),
        worth: "Keeps a small batch’s noise when batches are large. Its means are noisier than those of the whole batch.",
    }
    SyncBatch {
        json: "sync-batch", link: "sync", short: "sync", name: "Sync batch norm", title: "Sync batch",
        first: Norm::SyncBatch { devices: TWO }, number: Devices { devices }, centers: true, keeps_running: true, mixes: Nothing, in_row: false,
        lane: lane("bn", "4 3"), paper: paper("Peng et al. 2018, MegDet", "1711.07240"),
        worth: "The same means as batch norm even when each device holds few images. Every layer waits for every device, forward and backward.",
    }
    Layer2d {
        json: "layer2d", link: "ln2d", short: "LN 2d", name: "Per-pixel layer norm", title: "Per-pixel layer",
        first: Norm::Layer2d, number: Nothing, centers: true, keeps_running: false, mixes: Nothing, in_row: false,
        lane: lane("ln", "4 2"), paper: paper("Liu et al. 2022, A ConvNet for the 2020s", "2201.03545"),
        worth: "The norm of ConvNeXt: each pixel separately, so that no position affects another, and the same in evaluation. With few channels, its means cover few values.",
    }
    GroupRms {
        json: "group-rms", link: "grms", short: "GRMS", name: "Group RMS norm", title: "Group RMS",
        first: Norm::GroupRms { groups: TWO }, number: Groups { groups }, centers: false, keeps_running: false, mixes: Nothing, in_row: false,
        lane: lane("gn", "3 2"), paper: paper("Zhang, Sennrich 2019, Root Mean Square Layer Normalization", "1910.07467"),
        worth: "Group norm without its means: cheaper, and just as independent of the batch. It does not remove an offset, and G is one more number to choose.",
    }
}

impl NormKind {
    /// Its name within a sentence: "group norm".
    pub fn lower_name(self) -> String {
        let name = self.name();
        if self == Self::Rms { name.to_owned() } else { name[..1].to_ascii_lowercase() + &name[1..] }
    }
}

impl Norm {
    /// Whether evaluation takes running statistics instead of the tensor's own.
    pub fn keeps_running(self) -> bool {
        self.kind().keeps_running()
    }

    /// What the values of a group share: "mean", or "root" where no mean is subtracted.
    pub fn shared_word(self) -> &'static str {
        if self.kind().centers() { "mean" } else { "root" }
    }

    /// Its count, if it has one: groups, images per part, devices. Of a norm over axes the groups of channels.
    pub fn count(mut self) -> Option<NonZeroU32> {
        self.count_mut().copied()
    }

    /// Its axes, if it names them.
    pub fn axes(mut self) -> Option<AxesNorm> {
        self.axes_mut().copied()
    }
}
