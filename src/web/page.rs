//! What the page calls, part by part. Wraps the pure modules and adds nothing to them.

pub mod charts;
pub mod cube;
pub mod dialect;
pub mod ledger;
pub mod scene;
pub mod setup;
pub mod shown;
pub mod walkthrough;

use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;

fn from_js<T: DeserializeOwned>(value: JsValue) -> Result<T, JsError> {
    Ok(serde_wasm_bindgen::from_value(value)?)
}

fn to_js(value: &impl Serialize) -> Result<JsValue, JsError> {
    Ok(serde_wasm_bindgen::to_value(value)?)
}
