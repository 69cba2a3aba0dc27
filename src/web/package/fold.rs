//! [`crate::norm::fold_batch_norm`] for JavaScript.

use super::read::{bad, object, read_epsilon, read_floats, read_whole, read_word};
use crate::norm::fold_batch_norm::{EvaluatedBatchNorm, Formula, fold_batch_norm};
use js_sys::Float32Array;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** A convolution or linear layer, and the batch norm after it as in evaluation. */
export interface BatchNormToFold {
    /** Row-major, one block of weights an output channel. */
    weight: Float32Array;
    outChannels: number;
    /** One an output channel; zeros without it. */
    bias?: Float32Array;
    /** γ, one an output channel. */
    gamma: Float32Array;
    /** β, one an output channel. */
    beta: Float32Array;
    /** The running mean, one an output channel. */
    mean: Float32Array;
    /** The running variance, one an output channel. */
    variance: Float32Array;
    /** Added to the variance; 1e-5 without it. */
    epsilon?: number;
    /** "correct" is γ/√(variance + ε); "as-written" is γ/variance, a mistake in circulation. "correct" without it. */
    formula?: "correct" | "as-written";
}

/** The one layer that does the work of both. */
export interface FoldedBatchNorm {
    weight: Float32Array;
    bias: Float32Array;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// See `BatchNormToFold` in the TypeScript.
    #[wasm_bindgen(typescript_type = "BatchNormToFold")]
    pub type JsBatchNormToFold;
    /// See `FoldedBatchNorm` in the TypeScript.
    #[wasm_bindgen(typescript_type = "FoldedBatchNorm")]
    pub type JsFoldedBatchNorm;
}

/// Weight and bias of the layer that gives what a layer and the batch norm after it give in evaluation.
///
/// weight′ = gain·weight and bias′ = gain·(bias − mean) + β, with gain = γ/√(variance + ε) an output channel. Throws a
/// `BlueCubeError` if lengths do not fit.
#[wasm_bindgen(js_name = foldBatchNorm)]
pub fn fold(layers: JsBatchNormToFold) -> Result<JsFoldedBatchNorm, JsValue> {
    let formula = match read_word(&layers, "formula")?.as_deref() {
        None | Some("correct") => Formula::Correct,
        Some("as-written") => Formula::AsWritten,
        Some(other) => return Err(bad(&format!("formula is {other}, correct or as-written expected"))),
    };
    let needed = |key| read_floats(&layers, key)?.ok_or_else(|| bad(&format!("{key} is missing")));
    let out_channels = read_whole(&layers, "outChannels")? as usize;
    let (weight, bias) = (needed("weight")?, read_floats(&layers, "bias")?);
    let [gamma, beta, mean, variance] = [needed("gamma")?, needed("beta")?, needed("mean")?, needed("variance")?];
    let norm = EvaluatedBatchNorm {
        gamma: &gamma,
        beta: &beta,
        mean: &mean,
        variance: &variance,
        epsilon: read_epsilon(&layers)?,
    };
    let folded = fold_batch_norm(&weight, out_channels, bias.as_deref(), norm, formula);
    let (weight, bias) = folded.map_err(|error| bad(&error.to_string()))?;
    Ok(object(&[("weight", Float32Array::from(&weight[..]).into()), ("bias", Float32Array::from(&bias[..]).into())]))
}
