//! A published walkthrough of group norm as eight lines that run: what each line says, what the tensor is after it and
//! its statistics, and a small picture of it. As it was published, without a square root, and corrected.
//!
//! Neither paints nor knows the browser. The tensor of 64×16×112×112 values is never held as a whole: it is drawn,
//! normalized and measured image by image ([`measure::Walk`]).
//!
//! Uses: norms, kernel, figure::scene.

use crate::norms::shape::Shape;
use serde::Serialize;
use tsify::Tsify;

pub mod lines;
pub mod measure;
pub mod picture;
pub mod print;

/// The walkthrough's tensor: images of 112×112 with 16 channels, somewhere inside of a network.
pub const SHAPE: Shape = Shape { n: 64, c: 16, h: 112, w: 112 };

/// Its number of groups, G.
pub const GROUPS: u32 = 4;

/// Channels a group, C/G.
pub const CHANNELS_A_GROUP: u32 = SHAPE.c / GROUPS;

/// How many lines there are; they are numbered from 1.
pub const N_LINES: u32 = 8;

/// The first line that the missing root touches.
pub const ROOT_LINE: u32 = 6;

/// What a word, a token or a mark names: whatever names the same is lit together.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Tsify)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names are those of the axes and statistics")]
pub enum Topic {
    N,
    C,
    H,
    W,
    G,
    ChannelsOfGroup,
    Mean,
    Variance,
    Epsilon,
    Gamma,
    Beta,
}
