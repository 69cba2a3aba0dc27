//! The blue cube: a tensor drawn as N×C columns of H·W cells, and which of its cells share a mean with the selected one.
//!
//! Everything here is arithmetic and text: what to draw and where ([`figure`]), which cell is under a point ([`pick`]),
//! and where the labels go ([`axes`]). It does not paint and knows nothing of the browser.
//!
//! Uses: norms, kernel::random, engine::plan, network::layer::norm, figure::scene.

pub mod work;
pub mod pace;
pub mod sample;
pub mod tensor;
pub mod shown;
pub mod groups;
pub mod parameters;
pub mod reductions;
pub mod running;
pub mod values;
pub mod dials;
pub mod gradient;
pub mod viewport;
pub mod cells;
pub mod camera;
pub mod layout;
pub mod path;
pub mod unfold;
pub mod columns;
pub mod pick;
pub mod marks;
pub mod axes;
pub mod walls;
pub mod picture;
pub mod outline;
pub mod canvas;
pub mod legend;
pub mod figure;
pub mod display;
pub mod svg;
pub mod table;

/// One value of the tensor. H and W are merged, as in the Group Normalization paper's figure.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Cell {
    /// Its image.
    pub n: u32,
    /// Its channel.
    pub c: u32,
    /// Its position in the plane, row·W + column; 0 is the top of a column.
    pub k: u32,
}
