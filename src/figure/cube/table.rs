//! The visible slice as a table: the values of one image, one column per channel, one row per value of the plane.

use super::cells::Cells;
use super::groups::Level;
use super::viewport::Slot;
use crate::figure::scene::Place;
use crate::norms::number::fixed;
use serde::Serialize;
use tsify::Tsify;

/// One image of the part in view.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Table {
    /// The image.
    pub image: u32,
    /// The channel of each column.
    pub channels: Vec<u32>,
    /// One row per cell of the plane.
    pub rows: Vec<TableRow>,
}

/// The cells at one position of the plane.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
pub struct TableRow {
    /// Row of the first value.
    pub h: u32,
    /// Column of the first value.
    pub w: u32,
    /// One cell per channel.
    pub cells: Vec<TableCell>,
}

/// A cell.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
pub struct TableCell {
    /// Its value, as text.
    pub value: String,
    /// What it has in common with the star.
    pub level: Level,
}

impl Table {
    /// Makes the table of the image of `at`, or of the first one in view.
    pub fn new(cells: &Cells, at: Place) -> Self {
        let viewport = cells.viewport;
        let n = viewport.slot(at).map_or(0, |slot| slot.n);
        let row = |k| {
            let first = viewport.place(Slot { n, c: 0, k });
            let cell = |c| {
                let slot = Slot { n, c, k };
                TableCell { value: number(cells.value(slot)), level: cells.level(slot) }
            };
            TableRow { h: first.h, w: first.w, cells: (0..viewport.shown.c).map(cell).collect() }
        };
        Self {
            image: viewport.first[0] + n,
            channels: (0..viewport.shown.c).map(|c| viewport.first[1] + c).collect(),
            rows: (0..viewport.shown.plane_len()).map(row).collect(),
        }
    }
}

/// Three digits after the point, with a real minus sign.
pub fn number(value: f32) -> String {
    fixed(f64::from(value), 3)
}
