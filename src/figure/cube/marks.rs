//! The lines and words drawn over and around the columns, as a list that needs no knowledge to paint.

use super::camera::Point;
use serde::Serialize;
use tsify::Tsify;

/// One line or one text. Classes name its look; the style sheet has the colours and widths.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Mark {
    /// A path.
    Line {
        /// Its look.
        class: String,
        /// Path data.
        d: String,
    },
    /// A line of text.
    Text {
        /// Its look.
        class: String,
        /// The position of its anchor.
        at: Point,
        /// Which part of the text is at the anchor.
        anchor: Anchor,
        /// Degrees by which it is turned about `at`.
        turn: i32,
        /// Its words.
        runs: Vec<TextRun>,
    },
}

/// Words of one weight.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Tsify)]
pub struct TextRun {
    /// The words.
    pub text: String,
    /// Whether they are bold, as the letters of axes are.
    pub strong: bool,
}

/// The part of a text that is at its anchor.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum Anchor {
    /// Its left end.
    Start,
    /// Its middle.
    Middle,
    /// Its right end.
    End,
}

impl Mark {
    /// A path.
    pub fn line(class: &str, d: String) -> Self {
        Self::Line { class: class.into(), d }
    }

    /// Plain words.
    pub fn text(class: &str, at: Point, anchor: Anchor, words: impl ToString) -> Self {
        let runs = vec![TextRun { text: words.to_string(), strong: false }];
        Self::Text { class: class.into(), at, anchor, turn: 0, runs }
    }

    /// Bold words, then plain ones.
    pub fn label(at: Point, anchor: Anchor, strong: &str, plain: &str) -> Self {
        let run = |text: &str, strong| TextRun { text: text.into(), strong };
        Self::Text { class: "ax".into(), at, anchor, turn: 0, runs: vec![run(strong, true), run(plain, false)] }
    }

    /// The same mark turned; lines are not turned.
    pub fn turned(self, degrees: i32) -> Self {
        match self {
            Self::Text { class, at, anchor, runs, .. } => Self::Text { class, at, anchor, turn: degrees, runs },
            Self::Line { .. } => self,
        }
    }
}
