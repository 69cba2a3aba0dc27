//! [`crate::norms::norm::fold_batch_norm`] for JavaScript.

use super::read::{Fields, bad, needed, object};
use crate::norms::norm::DEFAULT_EPSILON;
use crate::norms::norm::fold_batch_norm::{EvaluatedBatchNorm, Formula, fold_batch_norm};
use js_sys::Float32Array;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** A convolution or linear layer, and the batch norm after it, in evaluation mode. */
export interface BatchNormToFold {
    /** Row-major, one block of weights per output channel. */
    weight: Float32Array;
    outChannels: number;
    /** One per output channel; default zeros. */
    bias?: Float32Array;
    /** γ, one per output channel; default ones. */
    gamma?: Float32Array;
    /** β, one per output channel; default zeros. */
    beta?: Float32Array;
    /** The running mean, one per output channel. */
    mean: Float32Array;
    /** The running variance, one per output channel; not below 0. */
    variance: Float32Array;
    /** Added to the variance, not below 0; default 1e-5. */
    epsilon?: number;
    /** "correct" is γ/√(variance + ε); "as-written" is γ/variance, a common mistake. Default "correct". */
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
    /// `BatchNormToFold` in TypeScript.
    #[wasm_bindgen(typescript_type = "BatchNormToFold")]
    pub type JsBatchNormToFold;
    /// `FoldedBatchNorm` in TypeScript.
    #[wasm_bindgen(typescript_type = "FoldedBatchNorm")]
    pub type JsFoldedBatchNorm;
}

/// The keys of `BatchNormToFold`.
const KEYS: &[&str] = &["weight", "outChannels", "bias", "gamma", "beta", "mean", "variance", "epsilon", "formula"];

/// Weight and bias of a layer that is equivalent to a layer followed by batch norm in evaluation mode.
///
/// weight′ = gain·weight and bias′ = gain·(bias − mean) + β, with gain = γ/√(variance + ε) per output channel. Throws a
/// `BlueCubeError` if lengths do not fit, a variance is below 0, or an option is unknown.
#[wasm_bindgen(js_name = foldBatchNorm)]
pub fn fold(layers: JsBatchNormToFold) -> Result<JsFoldedBatchNorm, JsValue> {
    let fields = Fields::of("foldBatchNorm", &layers, KEYS)?;
    let table = |key| fields.floats(key).and_then(|table| needed(table, key));
    let out_channels = needed(fields.whole("outChannels")?, "outChannels")? as usize;
    let (weight, bias, gamma) = (table("weight")?, fields.floats("bias")?, fields.floats("gamma")?);
    // A layer without γ or β has 1 and 0 there.
    let n_channels = out_channels.min(weight.len());
    let gamma = gamma.unwrap_or_else(|| vec![1.0; n_channels]);
    let beta = fields.floats("beta")?.unwrap_or_else(|| vec![0.0; n_channels]);
    let [mean, variance] = [table("mean")?, table("variance")?];
    let formulas = [("correct", Formula::Correct), ("as-written", Formula::AsWritten)];
    let formula = fields.word("formula", &formulas)?.unwrap_or_default();
    let epsilon = fields.number("epsilon")?.unwrap_or(DEFAULT_EPSILON);
    let norm = EvaluatedBatchNorm { gamma: &gamma, beta: &beta, mean: &mean, variance: &variance, epsilon };
    let folded = fold_batch_norm(&weight, out_channels, bias.as_deref(), norm, formula);
    let (weight, bias) = folded.map_err(|error| bad(&error.to_string()))?;
    Ok(object(&[("weight", Float32Array::from(&weight[..]).into()), ("bias", Float32Array::from(&bias[..]).into())]))
}
