//! Parts of the page that are closed at first and that a reader has opened: tables, folds, more charts. A link holds them, since
//! they change what the figure, the ledger, the code and the race show. What only helps to look, such as the cell under the pointer,
//! is not among them.

use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// A part of the page that can be opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum Opened {
    /// The cells of the cube as a table.
    Cells,
    /// The ledger's histograms as a table.
    Counts,
    /// The ledger's gradient.
    Gradient,
    /// The ledger's precision lens.
    Lens,
    /// The list of errata.
    Errata,
    /// All four charts of the race instead of one.
    Charts,
    /// The race as a table.
    Rows,
    /// The lanes in the order of their accuracy.
    Sorted,
    /// What the norms learned.
    Learnt,
}

/// Every part that can be opened, by its name in links.
pub const OPENED: [(&str, Opened); 9] = [
    ("cells", Opened::Cells),
    ("counts", Opened::Counts),
    ("gradient", Opened::Gradient),
    ("lens", Opened::Lens),
    ("errata", Opened::Errata),
    ("charts", Opened::Charts),
    ("rows", Opened::Rows),
    ("sorted", Opened::Sorted),
    ("learnt", Opened::Learnt),
];

/// "cells,charts": the parts in the order of [`OPENED`].
pub fn text(opened: &[Opened]) -> String {
    OPENED.iter().filter(|(_, part)| opened.contains(part)).map(|(name, _)| *name).collect::<Vec<_>>().join(",")
}

/// The parts that a text names; `None` if one is unknown.
pub fn read(text: &str) -> Option<Vec<Opened>> {
    let part = |name: &str| OPENED.iter().find(|(known, _)| *known == name).map(|(_, part)| *part);
    text.split(',').filter(|name| !name.is_empty()).map(part).collect()
}
