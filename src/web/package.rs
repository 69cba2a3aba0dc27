//! The functions of the typed package: [`crate::network::normalize`] for JavaScript; files, folding and training have modules of
//! their own.

pub mod files;
pub mod fold;
mod gain_options;
pub mod network;
mod norm_options;
mod read;
mod run_options;
pub mod run;

use crate::engine::exec::DeviceKind;
use crate::network::normalize;
use crate::norms::norm::Norm;
use crate::norms::shape::Shape;
use js_sys::{Float32Array, Promise, Uint32Array};
use norm_options::{OF_MOMENTS, OF_NORMALIZE, Options, read_norm, read_shape, thrown};
use read::{floats, object};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** N, C, H, W of a row-major tensor of f32. */
export type Shape = [n: number, c: number, h: number, w: number];

/** How to normalize. An option that is unknown or has no effect in a call is an error that names it. */
export interface NormOptions {
    /** Which values share a mean: an object, or the text of links, such as "bn", "gn8" or "axes-chw". */
    norm: Norm | string;
    /** Added to the variance before the square root; default 1e-5. */
    epsilon?: number;
    /** γ, one value per channel, or for "axes" and "rms" one per position along the axes, row-major; default ones. */
    gamma?: Float32Array;
    /** β, as long as γ; default zeros. */
    beta?: Float32Array;
    /** "eval" makes batch norm and its relatives use running statistics; default "train". No difference for other norms. */
    mode?: "train" | "eval";
    /** One per channel; needed in "eval" by batch, ghost-batch, sync-batch, batch-instance and switchable norm, otherwise refused. */
    runningMean?: Float32Array;
    /** One per channel, not below 0; needed whenever `runningMean` is. */
    runningVariance?: Float32Array;
    /** "gpu" is WebGPU, or an error; "cpu" and "auto" use the CPU, since a single call costs less than moving its tensor to the GPU. */
    device?: "auto" | "gpu" | "cpu";
}

/** The result of `normalize`. */
export interface NormalizedTensor {
    /** In the shape of x. */
    y: Float32Array;
    /**
     * One mean per group, in group order: image by image, within an image by channel, row and column. For batch-instance
     * and switchable norm one per plane, mixed as the norm mixes them; for "rms" zeros.
     */
    mean: Float32Array;
    /** The biased variance of each group; for "rms" the mean square. */
    variance: Float32Array;
    device: "gpu" | "cpu";
}

/** The result of `normalizeBackward`. */
export interface NormGradients {
    /** In the shape of x. */
    dx: Float32Array;
    /** In the shape of γ. */
    dgamma: Float32Array;
    /** In the shape of β. */
    dbeta: Float32Array;
    /** For batch-instance norm, one per channel. */
    drho?: Float32Array;
    /** For switchable norm: with respect to the logits of instance, layer and batch norm. */
    dmeanLogits?: Float32Array;
    dvarianceLogits?: Float32Array;
}

/** The result of `moments`, one entry per group. */
export interface GroupMoments {
    mean: Float32Array;
    /** Biased. */
    variance: Float32Array;
    /** Number of values in the group. */
    count: Uint32Array;
}

/** What the functions throw or reject with: an `Error` with a code that programs can switch on. */
export interface BlueCubeError extends Error {
    code: FailureCode;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// `NormOptions` in TypeScript.
    #[wasm_bindgen(typescript_type = "NormOptions")]
    pub type JsNormOptions;
    /// See `Norm` in the TypeScript.
    #[wasm_bindgen(typescript_type = "Norm | string")]
    pub type JsNorm;
    /// `Shape` in TypeScript.
    #[wasm_bindgen(typescript_type = "Shape")]
    pub type JsShape;
    /// A norm and an engine.
    #[wasm_bindgen(typescript_type = "{ norm: Norm | string, device?: \"auto\" | \"gpu\" | \"cpu\" }")]
    pub type JsMomentsOptions;
}

/// y = γ·(x − mean)/√(variance + ε) + β, with one mean and one biased variance per group, and one γ and one β per
/// channel.
///
/// `x` is row-major N×C×H×W. Rejects with a `BlueCubeError` if lengths, groups or numbers do not fit, or an option is
/// unknown or has no effect.
#[wasm_bindgen(unchecked_return_type = "Promise<NormalizedTensor>")]
pub fn normalize(
    #[wasm_bindgen(unchecked_param_type = "Float32Array")] x: JsValue,
    shape: JsShape,
    options: JsNormOptions,
) -> Promise {
    let call = Call::read("normalize", &x, &shape, &options, OF_NORMALIZE);
    future_to_promise(async move {
        let Call { x, shape, options } = call?;
        let got = normalize::normalize(&x, shape, &options.borrow()).await.map_err(|error| thrown(&error))?;
        let device = if got.device == DeviceKind::Cpu { "cpu" } else { "gpu" };
        Ok(object(&[
            ("y", Float32Array::from(&got.y[..]).into()),
            ("mean", Float32Array::from(&got.mean[..]).into()),
            ("variance", Float32Array::from(&got.variance[..]).into()),
            ("device", device.into()),
        ]))
    })
}

/// The gradients of a loss with respect to x and the parameters, given its gradient `dy` with respect to y. Running
/// statistics are constants.
///
/// Rejects with a `BlueCubeError` like `normalize`, and if there is no norm.
#[wasm_bindgen(js_name = normalizeBackward, unchecked_return_type = "Promise<NormGradients>")]
pub fn normalize_backward(
    #[wasm_bindgen(unchecked_param_type = "Float32Array")] x: JsValue,
    #[wasm_bindgen(unchecked_param_type = "Float32Array")] dy: JsValue,
    shape: JsShape,
    options: JsNormOptions,
) -> Promise {
    let call = Call::read("normalizeBackward", &x, &shape, &options, OF_NORMALIZE);
    let dy = floats(&dy, "dy");
    future_to_promise(async move {
        let Call { x, shape, options } = call?;
        let got = normalize::normalize_backward(&x, &dy?, shape, &options.borrow()).await;
        let got = got.map_err(|error| thrown(&error))?;
        let array = |values: &[f32]| JsValue::from(Float32Array::from(values));
        let mut entries = vec![("dx", array(&got.dx)), ("dgamma", array(&got.dgamma)), ("dbeta", array(&got.dbeta))];
        match options.norm {
            Norm::BatchInstance => entries.push(("drho", array(&got.dmixture))),
            Norm::Switchable => {
                let (means, variances) = got.dmixture.split_at(got.dmixture.len() / 2);
                entries.extend([("dmeanLogits", array(means)), ("dvarianceLogits", array(variances))]);
            }
            _ => {}
        }
        Ok(object(&entries))
    })
}

/// Mean, biased variance and number of values of every group, in group order.
///
/// Rejects with a `BlueCubeError` like `normalize`, and if there is no norm.
#[wasm_bindgen(unchecked_return_type = "Promise<GroupMoments>")]
pub fn moments(
    #[wasm_bindgen(unchecked_param_type = "Float32Array")] x: JsValue,
    shape: JsShape,
    options: JsMomentsOptions,
) -> Promise {
    let call = Call::read("moments", &x, &shape, &options, OF_MOMENTS);
    future_to_promise(async move {
        let Call { x, shape, options } = call?;
        let got = normalize::moments(&x, shape, &options.borrow()).await.map_err(|error| thrown(&error))?;
        let numbers = |of: &dyn Fn(&crate::norms::moments::Moments) -> f32| got.iter().map(of).collect::<Vec<f32>>();
        let counts: Vec<u32> = got.iter().map(|group| group.count as u32).collect();
        Ok(object(&[
            ("mean", Float32Array::from(&numbers(&|group| group.mean())[..]).into()),
            ("variance", Float32Array::from(&numbers(&|group| group.variance())[..]).into()),
            ("count", Uint32Array::from(&counts[..]).into()),
        ]))
    })
}

/// The index of the group of every value, row-major.
///
/// Throws a `BlueCubeError` if the groups do not divide the channels, or if there is no norm.
#[wasm_bindgen(js_name = groupMap)]
pub fn group_map(shape: JsShape, norm: JsNorm) -> Result<Vec<u32>, JsValue> {
    normalize::group_map(read_shape(&shape)?, read_norm(&norm)?).map_err(|error| thrown(&error))
}

/// The arguments of a call on a tensor. Copied before the first `await`, so that the caller may change them after the
/// call.
struct Call {
    x: Vec<f32>,
    shape: Shape,
    options: Options,
}

impl Call {
    fn read(function: &str, x: &JsValue, shape: &JsValue, options: &JsValue, keys: &[&str]) -> Result<Self, JsValue> {
        Ok(Self { x: floats(x, "x")?, shape: read_shape(shape)?, options: Options::read(function, options, keys)? })
    }
}
