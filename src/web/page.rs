//! What the page calls, part by part. Wraps the pure modules and adds nothing to them.

pub mod charts;
pub mod cube;
pub mod dialect;
pub mod ledger;
pub mod scene;
pub mod shown;
pub mod walkthrough;

use crate::form;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;

/// Reads the settings form.
#[wasm_bindgen(js_name = readForm, unchecked_return_type = "Reading")]
pub fn read_form(#[wasm_bindgen(unchecked_param_type = "Form")] typed: JsValue) -> Result<JsValue, JsError> {
    to_js(&form::read(&from_js(typed)?))
}

fn from_js<T: DeserializeOwned>(value: JsValue) -> Result<T, JsError> {
    Ok(serde_wasm_bindgen::from_value(value)?)
}

fn to_js(value: &impl Serialize) -> Result<JsValue, JsError> {
    Ok(serde_wasm_bindgen::to_value(value)?)
}
