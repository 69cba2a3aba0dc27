//! What the colours mean, with counts over the whole tensor.

use super::cells::Cells;
use super::groups::{Groups, Level, counts};
use super::values::Moved;
use crate::figure::scene::{Scene, Stage};
use serde::Serialize;
use tsify::Tsify;

/// The legend of a drawing.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Legend {
    /// One row per colour.
    pub rows: Vec<LegendRow>,
    /// How many values are in all of the star's means, in some, and in none.
    pub counts: [u32; 3],
    /// Which part of the tensor is shown, if not all of it.
    pub showing: Option<String>,
    /// What a poke does: how many values of y change.
    pub poke: Option<PokeCount>,
}

/// What a colour means.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
pub struct LegendRow {
    /// The colour.
    pub level: Level,
    /// How many values have it; `None` where a count says nothing.
    pub count: Option<u32>,
    /// What they have in common.
    pub words: String,
}

/// How many values of y a poke changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct PokeCount {
    /// By more than [`super::values::MOVED`].
    pub moved: u32,
    /// All others.
    pub still: u32,
    /// Whether both were estimated from a part of the values.
    pub is_estimate: bool,
}

impl Legend {
    /// Makes the legend of a scene.
    pub fn new(scene: &Scene, groups: &Groups, cells: &Cells, moved: Option<Moved>) -> Self {
        let [rest, some, all] = counts(scene.shape, &groups.around(scene.selected));
        let row = |level, count, words: &str| LegendRow { level, count: Some(count), words: words.into() };
        let several = groups.tilings().len() > 1;
        let is_rms = groups.norm().is_some_and(|norm| !norm.kind().centers());
        let (own, shared) = match (is_rms, scene.uncentred) {
            (true, _) => ("groups, each with its own root mean square,", "share ★’s root mean square"),
            (_, true) => ("groups, each with its own deviation,", "share ★’s deviation"),
            (false, false) => ("groups, each with its own mean,", "share ★’s mean and variance"),
        };
        let rows = if scene.all_groups
            && let Some(tiling) = groups.tilings().last()
        {
            vec![
                row(Level::All, tiling.n_tiles(), own),
                LegendRow { level: Level::Some, count: None, words: "in two alternating tints".into() },
            ]
        } else if groups.tilings().is_empty() {
            let words = if groups.takes_running() {
                "share no mean with ★: its own was kept from training"
            } else {
                "share no mean with ★: none is computed"
            };
            vec![row(Level::Rest, rest, words)]
        } else if several {
            let both = if groups.tilings().len() == 2 { "both" } else { "all" };
            vec![
                row(Level::All, all, &format!("in {both} of ★’s means")),
                row(Level::Some, some, "in one of them"),
                row(Level::Rest, rest, "in none"),
            ]
        } else {
            vec![row(Level::All, all, shared), row(Level::Rest, rest, "do not")]
        };
        let rows = rows.into_iter().filter(|row| row.count != Some(0)).collect();
        let poke = moved.map(|Moved { count, is_estimate }| PokeCount {
            moved: count,
            still: scene.shape.len() - count,
            is_estimate,
        });
        Self { rows, counts: [all, some, rest], showing: cells.viewport.words(cells.n_averaged, scene.layout), poke }
    }
}

/// The name of a stage.
pub fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::X => "x",
        Stage::XHat => "x̂",
        Stage::Y => "y",
        Stage::Gradient => "∂y★/∂x",
    }
}
