//! The "type the call" part: reads a call and writes the scene's.

use super::{from_js, to_js};
use crate::figure::dialect::{self, Around, Call};
use crate::figure::scene::Scene;
use serde::Serialize;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

/// A call that was read, or what is wrong with it.
#[derive(Serialize, Tsify)]
struct CallReading {
    call: Option<Call>,
    slip: Option<Slip>,
}

/// What is wrong with a call.
#[derive(Serialize, Tsify)]
struct Slip {
    /// Number of characters before the place, as JavaScript counts them.
    column: usize,
    message: String,
    hint: String,
}

/// Reads a call of a norm layer for the tensor of a scene.
#[wasm_bindgen(js_name = readCall, unchecked_return_type = "CallReading")]
pub fn read_call(
    text: &str,
    #[wasm_bindgen(unchecked_param_type = "Scene")] scene: JsValue,
) -> Result<JsValue, JsError> {
    to_js(&match dialect::read(text, Around::of(&from_js::<Scene>(scene)?)) {
        Ok(call) => CallReading { call: Some(call), slip: None },
        Err(error) => {
            let column = text[..error.at].encode_utf16().count();
            CallReading { call: None, slip: Some(Slip { column, message: error.message, hint: error.hint }) }
        }
    })
}

/// The scene's method as a call in its dialect, or a comment if the dialect has none.
#[wasm_bindgen(js_name = writeCall)]
pub fn write_call(#[wasm_bindgen(unchecked_param_type = "Scene")] scene: JsValue) -> Result<String, JsError> {
    let scene: Scene = from_js(scene)?;
    Ok(dialect::write(&scene, scene.dialect))
}
