//! The visible slice as a table: the values of one image, one column per channel, one row per value of the plane.

use super::cells::Cells;
use super::groups::Level;
use super::viewport::Slot;
use crate::figure::scene::Place;
use crate::figure::scene::layout::Layout;
use crate::norms::grouping::tiling::Axis;
use crate::norms::number::fixed;
use serde::Serialize;
use tsify::Tsify;

/// One image of the part in view.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Table {
    /// What it shows: "Image 0: rows are (h, w), columns are channels".
    pub caption: String,
    /// The head of the places: "h, w".
    pub places: String,
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
    /// Its place on the axes that the array has: "1, 2".
    pub place: String,
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
    pub fn new(cells: &Cells, at: Place, layout: Layout) -> Self {
        let viewport = cells.viewport;
        let n = viewport.slot(at).map_or(0, |slot| slot.n);
        let plane: Vec<Axis> = [Axis::H, Axis::W].into_iter().filter(|axis| layout.has(*axis)).collect();
        let row = |k| {
            let first = viewport.place(Slot { n, c: 0, k });
            let cell = |c| {
                let slot = Slot { n, c, k };
                TableCell { value: number(cells.value(slot)), level: cells.level(slot) }
            };
            let place = plane.iter().map(|axis| if *axis == Axis::H { first.h } else { first.w }.to_string());
            TableRow {
                h: first.h,
                w: first.w,
                place: place.collect::<Vec<_>>().join(", "),
                cells: (0..viewport.shown.c).map(cell).collect(),
            }
        };
        let letters: Vec<String> =
            plane.iter().map(|axis| layout.letter(*axis).to_ascii_lowercase().to_string()).collect();
        let rows_are = match letters.as_slice() {
            [] => String::new(),
            [one] => format!("rows are {one}"),
            many => format!("rows are ({})", many.join(", ")),
        };
        let columns_are = if layout.has(Axis::C) { "columns are channels" } else { "" };
        let axes = [rows_are, columns_are.to_owned()].into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>();
        let which = if layout.has(Axis::N) {
            format!("{} {}: ", layout.noun(Axis::N), viewport.first[0] + n)
        } else {
            String::new()
        };
        Self {
            caption: capital(&format!("{which}{}", axes.join(", "))),
            places: letters.join(", "),
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

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
