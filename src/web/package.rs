//! The functions of the typed package: [`crate::normalize`] for JavaScript; files, folding and training in modules of their own.

mod files;
mod fold;
mod run;

use crate::exec::{DeviceChoice, DeviceKind};
use crate::message::FailureCode;
use crate::norm::{DEFAULT_EPSILON, Norm};
use crate::normalize::{self, Mixture, NormOptions, NormalizeError, Statistics};
use crate::shape::Shape;
use js_sys::{Float32Array, Object, Reflect, Uint32Array};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** N, C, H, W of a row-major tensor of f32. */
export type Shape = [n: number, c: number, h: number, w: number];

/** An axis of a tensor. */
export type Axis = "n" | "c" | "h" | "w";

/**
 * A normalization. `rho` (one a channel, 0 to 1) and the logits (of instance, layer, batch) are for `normalize` and
 * `normalizeBackward`; a network starts them at 1.
 */
export type Norm =
    | { kind: "none" | "batch" | "layer" | "instance" }
    | { kind: "group", groups: number }
    | { kind: "batch-instance", rho?: Float32Array }
    | { kind: "switchable", meanLogits?: [number, number, number], varianceLogits?: [number, number, number] }
    | { kind: "axes" | "rms", axes: Axis[], groups?: number, affine?: "channel" | "reduced" }
    | { kind: "ghost-batch", size: number }
    | { kind: "sync-batch", devices: number };

/** How to normalize. */
export interface NormOptions {
    /** Which values share a mean. */
    norm: Norm;
    /** Added to the variance before the root; 1e-5 without it. */
    epsilon?: number;
    /** γ, one a channel; ones without it. */
    gamma?: Float32Array;
    /** β, one a channel; zeros without it. */
    beta?: Float32Array;
    /** "eval" makes batch norm take its running statistics; "train" without it. The other norms know no difference. */
    mode?: "train" | "eval";
    /** One a channel; needed by batch norm in "eval". */
    runningMean?: Float32Array;
    /** One a channel, not below 0; needed by batch norm in "eval". */
    runningVariance?: Float32Array;
    /** "gpu" is WebGPU, or an error; "cpu" and "auto" take the CPU, since a single call costs less than moving its tensor. */
    device?: "auto" | "gpu" | "cpu";
}

/** What `normalize` gives. */
export interface NormalizedTensor {
    /** In the shape of x. */
    y: Float32Array;
    /** One mean a group, in group order: image by image, and within an image by channel. */
    mean: Float32Array;
    /** The biased variance of each group. */
    variance: Float32Array;
    device: "gpu" | "cpu";
}

/** What `normalizeBackward` gives. */
export interface NormGradients {
    /** In the shape of x. */
    dx: Float32Array;
    /** One a channel. */
    dgamma: Float32Array;
    /** One a channel. */
    dbeta: Float32Array;
}

/** What `moments` gives, one of each a group. */
export interface GroupMoments {
    mean: Float32Array;
    /** Biased. */
    variance: Float32Array;
    /** Values of the group. */
    count: Uint32Array;
}

/** What the functions reject with or throw: an `Error` with a code that programs can switch on. */
export interface BlueCubeError extends Error {
    code: FailureCode;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// See `NormOptions` in the TypeScript.
    #[wasm_bindgen(typescript_type = "NormOptions")]
    pub type JsNormOptions;
    /// See `Norm` in the TypeScript.
    #[wasm_bindgen(typescript_type = "Norm")]
    pub type JsNorm;
    /// See `Shape` in the TypeScript.
    #[wasm_bindgen(typescript_type = "Shape")]
    pub type JsShape;
    /// See `NormalizedTensor` in the TypeScript.
    #[wasm_bindgen(typescript_type = "NormalizedTensor")]
    pub type JsNormalized;
    /// See `NormGradients` in the TypeScript.
    #[wasm_bindgen(typescript_type = "NormGradients")]
    pub type JsNormGradients;
    /// See `GroupMoments` in the TypeScript.
    #[wasm_bindgen(typescript_type = "GroupMoments")]
    pub type JsGroupMoments;
    /// A norm and an engine.
    #[wasm_bindgen(typescript_type = "{ norm: Norm, device?: \"auto\" | \"gpu\" | \"cpu\" }")]
    pub type JsMomentsOptions;
}

/// y = γ·(x − mean)/√(variance + ε) + β, with a mean and a biased variance a group, γ and β a channel.
///
/// `x` is row-major N×C×H×W. Rejects with a `BlueCubeError` if lengths, groups or numbers do not fit.
#[wasm_bindgen]
pub async fn normalize(x: Vec<f32>, shape: JsShape, options: JsNormOptions) -> Result<JsNormalized, JsValue> {
    let options = Options::read(&options)?;
    let got =
        normalize::normalize(&x, read_shape(&shape)?, &options.borrow()?).await.map_err(|error| thrown(&error))?;
    let device = if got.device == DeviceKind::Cpu { "cpu" } else { "gpu" };
    Ok(object(&[
        ("y", Float32Array::from(&got.y[..]).into()),
        ("mean", Float32Array::from(&got.mean[..]).into()),
        ("variance", Float32Array::from(&got.variance[..]).into()),
        ("device", device.into()),
    ]))
}

/// The gradients of a loss by x, γ and β, given its gradient `dy` by y, through the tensor's own statistics.
///
/// Rejects with a `BlueCubeError` as `normalize` does, and in mode "eval".
#[wasm_bindgen(js_name = normalizeBackward)]
pub async fn normalize_backward(
    x: Vec<f32>,
    dy: Vec<f32>,
    shape: JsShape,
    options: JsNormOptions,
) -> Result<JsNormGradients, JsValue> {
    let options = Options::read(&options)?;
    let got = normalize::normalize_backward(&x, &dy, read_shape(&shape)?, &options.borrow()?).await;
    let got = got.map_err(|error| thrown(&error))?;
    Ok(object(&[
        ("dx", Float32Array::from(&got.dx[..]).into()),
        ("dgamma", Float32Array::from(&got.dgamma[..]).into()),
        ("dbeta", Float32Array::from(&got.dbeta[..]).into()),
    ]))
}

/// Mean, biased variance and number of values of every group, in group order.
///
/// Rejects with a `BlueCubeError` as `normalize` does, and without a norm.
#[wasm_bindgen]
pub async fn moments(x: Vec<f32>, shape: JsShape, options: JsMomentsOptions) -> Result<JsGroupMoments, JsValue> {
    let device = read_device(&options)?;
    let got = normalize::moments(&x, read_shape(&shape)?, read_norm(get(&options, "norm"))?, device).await;
    let got = got.map_err(|error| thrown(&error))?;
    let numbers = |of: &dyn Fn(&crate::moments::Moments) -> f32| got.iter().map(of).collect::<Vec<f32>>();
    let counts: Vec<u32> = got.iter().map(|group| group.count as u32).collect();
    Ok(object(&[
        ("mean", Float32Array::from(&numbers(&|group| group.mean())[..]).into()),
        ("variance", Float32Array::from(&numbers(&|group| group.variance())[..]).into()),
        ("count", Uint32Array::from(&counts[..]).into()),
    ]))
}

/// The index of the group of every value, row-major.
///
/// Throws a `BlueCubeError` if the groups do not divide the channels, or without a norm.
#[wasm_bindgen(js_name = groupMap)]
pub fn group_map(shape: JsShape, norm: JsNorm) -> Result<Vec<u32>, JsValue> {
    normalize::group_map(read_shape(&shape)?, read_norm(norm.into())?).map_err(|error| thrown(&error))
}

/// `NormOptions`, copied out of JavaScript.
struct Options {
    norm: Norm,
    epsilon: f32,
    gamma: Option<Vec<f32>>,
    beta: Option<Vec<f32>>,
    evaluates: bool,
    running_mean: Option<Vec<f32>>,
    running_variance: Option<Vec<f32>>,
    device: DeviceChoice,
}

impl Options {
    fn read(options: &JsValue) -> Result<Self, JsValue> {
        let evaluates = match read_word(options, "mode")?.as_deref() {
            None | Some("train") => false,
            Some("eval") => true,
            Some(other) => return Err(bad(&format!("mode is {other}, train or eval expected"))),
        };
        Ok(Self {
            norm: read_norm(get(options, "norm"))?,
            epsilon: read_epsilon(options)?,
            gamma: read_floats(options, "gamma")?,
            beta: read_floats(options, "beta")?,
            evaluates,
            running_mean: read_floats(options, "runningMean")?,
            running_variance: read_floats(options, "runningVariance")?,
            device: read_device(options)?,
        })
    }

    fn borrow(&self) -> Result<NormOptions<'_>, JsValue> {
        let statistics = match (self.evaluates && self.norm.keeps_running(), &self.running_mean, &self.running_variance)
        {
            (false, _, _) => Statistics::Own,
            (true, Some(mean), Some(variance)) => Statistics::Running { mean, variance },
            (true, _, _) => return Err(bad("batch norm in mode eval needs runningMean and runningVariance")),
        };
        let (gamma, beta) = (self.gamma.as_deref(), self.beta.as_deref());
        Ok(NormOptions {
            norm: self.norm,
            mixture: Mixture::default(),
            epsilon: self.epsilon,
            gamma,
            beta,
            statistics,
            device: self.device,
        })
    }
}

fn get(object: &JsValue, key: &str) -> JsValue {
    Reflect::get(object, &key.into()).unwrap_or_default()
}

fn object<T: JsCast>(entries: &[(&str, JsValue)]) -> T {
    let object = Object::new();
    for (key, value) in entries {
        // Fails for frozen objects only.
        drop(Reflect::set(&object, &(*key).into(), value));
    }
    object.unchecked_into()
}

fn read_norm(norm: JsValue) -> Result<Norm, JsValue> {
    serde_wasm_bindgen::from_value(norm).map_err(|error| bad(&format!("norm cannot be read: {error}")))
}

fn read_shape(shape: &JsValue) -> Result<Shape, JsValue> {
    let axis = |index: u32| {
        let length = Reflect::get_u32(shape, index).unwrap_or_default();
        whole(&length).ok_or_else(|| bad("shape needs four whole numbers: N, C, H, W"))
    };
    Ok(Shape::new(axis(0)?, axis(1)?, axis(2)?, axis(3)?))
}

fn read_epsilon(options: &JsValue) -> Result<f32, JsValue> {
    let epsilon = get(options, "epsilon");
    if epsilon.is_undefined() {
        return Ok(DEFAULT_EPSILON);
    }
    epsilon.as_f64().map(|epsilon| epsilon as f32).ok_or_else(|| bad("epsilon is no number"))
}

fn read_whole(options: &JsValue, key: &str) -> Result<u32, JsValue> {
    whole(&get(options, key)).ok_or_else(|| bad(&format!("{key} is no whole number from 0 to 2³² − 1")))
}

/// A whole number that 32 bits hold.
fn whole(number: &JsValue) -> Option<u32> {
    let whole = |number: &f64| number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(number);
    number.as_f64().filter(whole).map(|number| number as u32)
}

fn read_floats(options: &JsValue, key: &str) -> Result<Option<Vec<f32>>, JsValue> {
    let value = get(options, key);
    if value.is_undefined() {
        return Ok(None);
    }
    let array: Float32Array = value.dyn_into().map_err(|_| bad(&format!("{key} is no Float32Array")))?;
    Ok(Some(array.to_vec()))
}

fn read_word(options: &JsValue, key: &str) -> Result<Option<String>, JsValue> {
    let value = get(options, key);
    if value.is_undefined() {
        Ok(None)
    } else {
        value.as_string().map(Some).ok_or_else(|| bad(&format!("{key} is no string")))
    }
}

fn read_device(options: &JsValue) -> Result<DeviceChoice, JsValue> {
    match read_word(options, "device")?.as_deref() {
        None | Some("auto") => Ok(DeviceChoice::Auto),
        Some("gpu") => Ok(DeviceChoice::Gpu),
        Some("cpu") => Ok(DeviceChoice::Cpu),
        Some(other) => Err(bad(&format!("device is {other}, auto, gpu or cpu expected"))),
    }
}

fn bad(message: &str) -> JsValue {
    error_with_code(message, FailureCode::BadSpec)
}

fn thrown(error: &NormalizeError) -> JsValue {
    let code = match error {
        NormalizeError::Exec(error) => FailureCode::from(error),
        _ => FailureCode::BadSpec,
    };
    error_with_code(&error.to_string(), code)
}

fn error_with_code(message: &str, code: FailureCode) -> JsValue {
    let error = if code == FailureCode::BadSpec {
        js_sys::RangeError::new(message).into()
    } else {
        JsValue::from(js_sys::Error::new(message))
    };
    let code = serde_wasm_bindgen::to_value(&code).unwrap_or_default();
    // Fails for frozen objects only.
    drop(Reflect::set(&error, &"code".into(), &code));
    error
}
