//! A published walkthrough of group norm as eight lines that run: the code of each line, the tensor after it with its
//! statistics, and a small picture. It can be shown as published, without a square root, or corrected.
//!
//! Does not paint and knows nothing of the browser. The tensor of 64×16×112×112 values is never held as a whole: it is
//! drawn, normalized and measured image by image ([`measure::Walk`]).
//!
//! Uses: norms, kernel, figure::scene.

use crate::norms::shape::Shape;
use serde::Serialize;
use tsify::Tsify;

pub mod lines;
pub mod measure;
pub mod picture;
pub mod print;

/// The walkthrough's tensor: images of 112×112 with 16 channels, somewhere inside a network.
pub const SHAPE: Shape = Shape { n: 64, c: 16, h: 112, w: 112 };

/// Its number of groups, G.
pub const GROUPS: u32 = 4;

/// Channels per group, C/G.
pub const CHANNELS_A_GROUP: u32 = SHAPE.c / GROUPS;

/// Number of lines; they are numbered from 1.
pub const N_LINES: u32 = 8;

/// The first line that the missing root affects.
pub const ROOT_LINE: u32 = 6;

/// What a word, a token or a mark names: everything with the same topic lights up together.
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
