//! The scene, its sentence and its numbers, for the page.

use super::{from_js, to_js};
use crate::figure::cube::shown;
use crate::figure::preset;
use crate::figure::scene::clamp::Clamped;
use crate::figure::scene::field::SceneField;
use crate::figure::scene::{Method, Scene, hash};
use crate::figure::sentence;
use wasm_bindgen::prelude::*;

/// The scene that the page starts with.
#[wasm_bindgen(js_name = firstScene, unchecked_return_type = "Scene")]
pub fn first_scene() -> Result<JsValue, JsError> {
    to_js(&Scene::default())
}

/// The nearest scene that can be shown, and what had to change.
#[wasm_bindgen(js_name = clampScene, unchecked_return_type = "Clamped")]
pub fn clamp_scene(#[wasm_bindgen(unchecked_param_type = "Scene")] scene: JsValue) -> Result<JsValue, JsError> {
    to_js(&shown::settle(from_js(scene)?))
}

/// The scene of a link's fragment, and what could not be shown as the link says.
#[wasm_bindgen(js_name = readHash, unchecked_return_type = "Clamped")]
pub fn read_hash(fragment: &str) -> Result<JsValue, JsError> {
    let Clamped { scene, mut changes } = preset::read(fragment);
    let settled = shown::settle(scene);
    changes.extend(settled.changes);
    to_js(&Clamped { scene: settled.scene, changes })
}

/// The fragment of a scene, without `#`; empty for the first scene.
#[wasm_bindgen(js_name = writeHash)]
pub fn write_hash(#[wasm_bindgen(unchecked_param_type = "Scene")] scene: JsValue) -> Result<String, JsError> {
    Ok(hash::write(&from_js(scene)?))
}

/// The presets, in the order of the menu.
#[wasm_bindgen(unchecked_return_type = "PresetWords[]")]
pub fn presets() -> Result<JsValue, JsError> {
    to_js(&preset::ALL.map(preset::words))
}

/// What the engine finds for a preset.
#[wasm_bindgen(js_name = presetFinds)]
pub fn preset_finds(id: &str) -> Option<String> {
    preset::ALL.into_iter().find(|preset| preset.id() == id).map(preset::finds)
}

/// The sentence, in pieces.
#[wasm_bindgen(js_name = sentenceOf, unchecked_return_type = "Piece[]")]
pub fn sentence_of(#[wasm_bindgen(unchecked_param_type = "Scene")] scene: JsValue) -> Result<JsValue, JsError> {
    to_js(&sentence::sentence(&from_js(scene)?))
}

/// The sentence as one text.
#[wasm_bindgen(js_name = spokenOf)]
pub fn spoken_of(#[wasm_bindgen(unchecked_param_type = "Scene")] scene: JsValue) -> Result<String, JsError> {
    Ok(sentence::spoken(&from_js(scene)?))
}

/// "8 means of 48".
#[wasm_bindgen]
pub fn means(#[wasm_bindgen(unchecked_param_type = "Scene")] scene: JsValue) -> Result<String, JsError> {
    Ok(sentence::means(&from_js(scene)?))
}

/// The name of the reader's own tile; nothing if it has no name or the method is a different one.
#[wasm_bindgen(js_name = tileName)]
pub fn tile_name(#[wasm_bindgen(unchecked_param_type = "Scene")] scene: JsValue) -> Result<Option<String>, JsError> {
    let scene: Scene = from_js(scene)?;
    Ok(match scene.method {
        Method::Own(own) => sentence::name_of(own, scene.shape, scene.layout),
        Method::Norm(_) => None,
    })
}

/// The value and range of a number in the sentence.
#[wasm_bindgen(js_name = fieldRange, unchecked_return_type = "FieldRange")]
pub fn field_range(
    #[wasm_bindgen(unchecked_param_type = "Scene")] scene: JsValue,
    #[wasm_bindgen(unchecked_param_type = "SceneField")] field: JsValue,
) -> Result<JsValue, JsError> {
    to_js(&from_js::<SceneField>(field)?.range(&from_js(scene)?))
}

/// The scene with a number some steps further.
#[wasm_bindgen(js_name = stepField, unchecked_return_type = "Scene")]
pub fn step_field(
    #[wasm_bindgen(unchecked_param_type = "Scene")] scene: JsValue,
    #[wasm_bindgen(unchecked_param_type = "SceneField")] field: JsValue,
    steps: i32,
) -> Result<JsValue, JsError> {
    let (scene, field) = (from_js::<Scene>(scene)?, from_js::<SceneField>(field)?);
    to_js(&field.write(&scene, field.stepped(&scene, steps)))
}

/// The scene with a number twice as large, or half.
#[wasm_bindgen(js_name = scaleField, unchecked_return_type = "Scene")]
pub fn scale_field(
    #[wasm_bindgen(unchecked_param_type = "Scene")] scene: JsValue,
    #[wasm_bindgen(unchecked_param_type = "SceneField")] field: JsValue,
    up: bool,
) -> Result<JsValue, JsError> {
    let (scene, field) = (from_js::<Scene>(scene)?, from_js::<SceneField>(field)?);
    to_js(&field.write(&scene, field.scaled(&scene, up)))
}

/// The scene with a number as typed. Throws a sentence that says what would be right.
#[wasm_bindgen(js_name = typeField, unchecked_return_type = "Scene")]
pub fn type_field(
    #[wasm_bindgen(unchecked_param_type = "Scene")] scene: JsValue,
    #[wasm_bindgen(unchecked_param_type = "SceneField")] field: JsValue,
    typed: &str,
) -> Result<JsValue, JsError> {
    let (scene, field) = (from_js::<Scene>(scene)?, from_js::<SceneField>(field)?);
    let value = field.read(&scene, typed).map_err(|message| JsError::new(&message))?;
    to_js(&field.write(&scene, value))
}
