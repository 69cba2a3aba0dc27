//! The race's setup and its numbers, for the page.

use super::{from_js, to_js};
use crate::figure::scene::Scene;
use crate::network::layer::norm::gain::Gain;
use crate::network::layer::norm::rules::AffineRules;
use crate::training::setup::field::RaceField;
use wasm_bindgen::prelude::*;

/// The runs of the scene's race.
#[wasm_bindgen(js_name = raceRuns, unchecked_return_type = "RaceRuns")]
pub fn race_runs(#[wasm_bindgen(unchecked_param_type = "Scene")] scene: JsValue) -> Result<JsValue, JsError> {
    to_js(&from_js::<Scene>(scene)?.race.runs())
}

/// The lane that trains the scene's layer. Throws a sentence if there is none.
#[wasm_bindgen(js_name = sceneLane, unchecked_return_type = "SceneLane")]
pub fn scene_lane(#[wasm_bindgen(unchecked_param_type = "Scene")] scene: JsValue) -> Result<JsValue, JsError> {
    to_js(&from_js::<Scene>(scene)?.lane().map_err(|message| JsError::new(&message))?)
}

/// What a lane says of γ and β, from a text of each. Throws a sentence that says what is wrong.
#[wasm_bindgen(js_name = affineOf)]
pub fn affine_of(gamma: &str, beta: &str) -> Result<String, JsError> {
    let read =
        |letter: &str, text: &str| text.parse::<Gain>().map_err(|error| JsError::new(&format!("{letter}: {error}")));
    Ok(AffineRules { gamma: read("γ", gamma)?, beta: read("β", beta)? }.to_string())
}

/// The range of a number of the race.
#[wasm_bindgen(js_name = raceRange, unchecked_return_type = "RaceRange")]
pub fn race_range(#[wasm_bindgen(unchecked_param_type = "RaceField")] field: JsValue) -> Result<JsValue, JsError> {
    to_js(&from_js::<RaceField>(field)?.range())
}

/// A number of the race some steps further.
#[wasm_bindgen(js_name = stepRace)]
pub fn step_race(
    #[wasm_bindgen(unchecked_param_type = "RaceField")] field: JsValue,
    value: f64,
    steps: i32,
) -> Result<f64, JsError> {
    Ok(from_js::<RaceField>(field)?.stepped(value, steps))
}

/// A number of the race twice as large, or half.
#[wasm_bindgen(js_name = scaleRace)]
pub fn scale_race(
    #[wasm_bindgen(unchecked_param_type = "RaceField")] field: JsValue,
    value: f64,
    up: bool,
) -> Result<f64, JsError> {
    Ok(from_js::<RaceField>(field)?.scaled(value, up))
}

/// A number of the race as typed. Throws a sentence that says what would be right.
#[wasm_bindgen(js_name = readRace)]
pub fn read_race(
    #[wasm_bindgen(unchecked_param_type = "RaceField")] field: JsValue,
    typed: &str,
) -> Result<f64, JsError> {
    from_js::<RaceField>(field)?.read(typed).map_err(|message| JsError::new(&message))
}
