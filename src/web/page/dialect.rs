//! Layer calls, for the page.

use super::{from_js, to_js};
use crate::dialect::{self, Made, Slip};
use crate::scene::Scene;
use serde::Serialize;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

/// A call read: what it makes, or why it makes nothing.
#[derive(Serialize, Tsify)]
pub struct CallReading {
    made: Option<Made>,
    slip: Option<Slip>,
}

/// Reads a call for the scene's tensor.
#[wasm_bindgen(js_name = readCall, unchecked_return_type = "CallReading")]
pub fn read_call(
    text: &str,
    #[wasm_bindgen(unchecked_param_type = "Scene")] scene: JsValue,
) -> Result<JsValue, JsError> {
    let read = dialect::read(text, from_js::<Scene>(scene)?.shape);
    let slip = read.as_ref().err().cloned();
    to_js(&CallReading { made: read.ok(), slip })
}

/// The scene's norm as a call of a dialect; nothing if it has no layer for it.
#[wasm_bindgen(js_name = writeCall)]
pub fn write_call(
    #[wasm_bindgen(unchecked_param_type = "Scene")] scene: JsValue,
    #[wasm_bindgen(unchecked_param_type = "Dialect")] dialect: JsValue,
) -> Result<Option<String>, JsError> {
    Ok(dialect::write(&from_js(scene)?, from_js(dialect)?))
}
