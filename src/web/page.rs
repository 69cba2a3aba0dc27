//! What the page calls, part by part. Wraps the pure modules and adds nothing to them.

pub mod cube;
pub mod dialect;
pub mod ledger;
pub mod scene;
pub mod shown;

use super::values::{from_js, to_js};
use crate::form;
use wasm_bindgen::prelude::*;

/// Reads the settings form.
#[wasm_bindgen(js_name = readForm, unchecked_return_type = "Reading")]
pub fn read_form(#[wasm_bindgen(unchecked_param_type = "Form")] typed: JsValue) -> Result<JsValue, JsError> {
    to_js(&form::read(&from_js(typed)?))
}
