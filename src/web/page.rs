//! The functions that the page calls, part by part. They wrap the pure modules and add nothing to them.

pub mod cube;
pub mod dialect;
pub mod ledger;
pub mod preparation;
pub mod scene;
pub mod setup;
pub mod shown;

use super::values::{from_js, to_js};
use wasm_bindgen::prelude::wasm_bindgen;

/// The version of the page, for reports.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
