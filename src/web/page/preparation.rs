//! The preparation of scenes of large tensors, for the page.

use super::from_js;
use crate::figure::preparation::Preparation;
use wasm_bindgen::prelude::*;

/// A scene that is being prepared in slices.
#[wasm_bindgen(js_name = Preparation)]
pub struct PagePreparation(Preparation);

#[wasm_bindgen(js_class = Preparation)]
impl PagePreparation {
    /// Visits about this many values; returns whether the scene can be shown.
    pub fn step(&mut self, n_values: u32) -> bool {
        self.0.step(n_values)
    }

    /// Whether it prepares this scene, too.
    pub fn serves(&self, #[wasm_bindgen(unchecked_param_type = "Scene")] scene: JsValue) -> Result<bool, JsError> {
        Ok(self.0.serves(&from_js(scene)?))
    }

    /// About which part is done, from 0 to 1.
    pub fn share(&self) -> f64 {
        self.0.share()
    }
}

/// Begins to prepare a scene; `undefined` if it can be shown at once.
#[wasm_bindgen]
pub fn prepare(
    #[wasm_bindgen(unchecked_param_type = "Scene")] scene: JsValue,
) -> Result<Option<PagePreparation>, JsError> {
    Ok(Preparation::of(from_js(scene)?).map(PagePreparation))
}
