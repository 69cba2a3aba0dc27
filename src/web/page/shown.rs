//! The tensor that the page shows: adding one, and facts about it.

use super::{from_js, to_js};
use crate::figure::cube::dials;
use crate::figure::cube::shown;
use crate::figure::cube::tensor::Tensor;
use crate::figure::scene::Scene;
use crate::figure::scene::clamp::MAX_VALUES;
use crate::figure::scene::layout::Layout;
use crate::figure::sentence;
use crate::norms::shape::Shape;
use crate::training::message::SeenLayer;
use serde::Serialize;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

/// Facts about the tensor.
#[derive(Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct ShownTensor {
    /// The least and the greatest finite value, before the dials.
    range: [f32; 2],
    /// How many values are infinite or NaN.
    n_odd: u32,
    /// The place of the first of them in words.
    first_odd: Option<String>,
}

/// Most values that the page holds.
#[wasm_bindgen(js_name = mostValues)]
pub fn most_values() -> u32 {
    MAX_VALUES
}

/// Keeps a tensor, row-major N×C×H×W, for scenes that name it; returns its name. If the name is taken, it replaces that
/// tensor, or, with `is_new`, gets a name of its own. `before` is the scene that it is shown after, `layer` the norm
/// layer of a lane whose input it is, `layout` how the axes of its file were read.
#[wasm_bindgen(js_name = giveTensor)]
pub fn give_tensor(
    name: &str,
    shape: &[u32],
    values: Vec<f32>,
    is_new: bool,
    #[wasm_bindgen(unchecked_param_type = "Scene")] before: JsValue,
    #[wasm_bindgen(unchecked_param_type = "SeenLayer | undefined")] layer: JsValue,
    #[wasm_bindgen(unchecked_param_type = "Layout | undefined")] layout: JsValue,
) -> Result<String, JsError> {
    let shape = <[u32; 4]>::try_from(shape).ok().map(|[n, c, h, w]| Shape { n, c, h, w });
    let len = shape.and_then(Shape::checked_len).filter(|&len| (1..=MAX_VALUES).contains(&len));
    match shape.filter(|_| len.map(|len| len as usize) == Some(values.len())) {
        Some(shape) => {
            let tensor = Tensor::of(shape, values);
            if let Some(refusal) = tensor.refusal() {
                return Err(JsError::new(&format!("“{name}” {refusal}")));
            }
            let layer: Option<SeenLayer> = from_js(layer)?;
            let tensor = match layer.and_then(|layer| layer.learned(shape)) {
                Some(layer) => tensor.into_layer(layer),
                None => tensor,
            };
            let layout: Option<Layout> = from_js(layout)?;
            Ok(shown::give(name, layout.unwrap_or_default(), tensor, is_new, &from_js(before)?))
        }
        None => Err(JsError::new(&format!(
            "{} values do not match the shape N, C, H, W, or are more than {MAX_VALUES}",
            values.len()
        ))),
    }
}

/// The scene with the sample back, in its former shape.
#[wasm_bindgen(js_name = backToSample, unchecked_return_type = "Scene")]
pub fn back_to_sample(#[wasm_bindgen(unchecked_param_type = "Scene")] scene: JsValue) -> Result<JsValue, JsError> {
    to_js(&shown::back_to_sample(&from_js(scene)?))
}

/// Facts about a scene's tensor.
#[wasm_bindgen(js_name = shownTensor, unchecked_return_type = "ShownTensor")]
pub fn shown_tensor(#[wasm_bindgen(unchecked_param_type = "Scene")] scene: JsValue) -> Result<JsValue, JsError> {
    let scene: Scene = from_js(scene)?;
    let tensor = shown::plain(&scene);
    let odd = tensor.odd();
    to_js(&ShownTensor {
        range: tensor.range(),
        n_odd: odd.map_or(0, |odd| odd.count),
        first_odd: odd.map(|odd| scene.layout.place(tensor.place(odd.first))),
    })
}

/// What the dials did: "Instance norm’s x̂ moved by at most 0.0000".
#[wasm_bindgen(js_name = dialWords)]
pub fn dial_words(#[wasm_bindgen(unchecked_param_type = "Scene")] scene: JsValue) -> Result<String, JsError> {
    let scene: Scene = from_js(scene)?;
    let moved = dials::hats_moved(&scene)?;
    Ok(format!("{}’s x̂ moved by at most {moved:.4}", sentence::name(scene.method)))
}
