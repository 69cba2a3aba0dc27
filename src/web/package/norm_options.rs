//! Copies `Shape`, `Norm` and `NormOptions` of the TypeScript out of JavaScript.

use super::read::{Fields, bad, error_with_code, floats, is_given, listed, needed, shown, whole, wrong};
use crate::engine::exec::DeviceChoice;
use crate::network::normalize::{Mixture, NormOptions, NormalizeError, Statistics};
use crate::norms::norm::catalog::{Mixes, Number};
use crate::norms::norm::{DEFAULT_EPSILON, Norm, NormTextError};
use crate::norms::shape::Shape;
use crate::training::message::FailureCode;
use js_sys::{Array, Object, Reflect};
use wasm_bindgen::prelude::*;

/// The options of `normalize` and `normalizeBackward`.
pub(super) const OF_NORMALIZE: &[&str] =
    &["norm", "epsilon", "gamma", "beta", "mode", "runningMean", "runningVariance", "device"];

/// The options of `moments`, which ε, γ and β do not change.
pub(super) const OF_MOMENTS: &[&str] = &["norm", "device"];

/// The keys of any kind of norm.
const OF_ANY_NORM: &[&str] =
    &["kind", "groups", "axes", "affine", "size", "devices", "rho", "meanLogits", "varianceLogits"];

/// `NormOptions`, copied out of JavaScript.
pub(super) struct Options {
    pub(super) norm: Norm,
    mixture: Weights,
    epsilon: f32,
    gamma: Option<Vec<f32>>,
    beta: Option<Vec<f32>>,
    /// Used in place of the tensor's own statistics.
    running: Option<Running>,
    device: DeviceChoice,
}

/// Running statistics.
struct Running {
    mean: Vec<f32>,
    variance: Vec<f32>,
}

/// The initial weights of a mixture of norms.
pub(super) struct Weights {
    rho: Option<Vec<f32>>,
    mean_logits: Option<[f32; 3]>,
    variance_logits: Option<[f32; 3]>,
}

impl Options {
    /// `keys` are the options of `function`.
    pub(super) fn read(function: &str, options: &JsValue, keys: &[&str]) -> Result<Self, JsValue> {
        let fields = Fields::of(function, options, keys)?;
        let (norm, mixture) = read_mixture(fields.get("norm")?)?;
        if norm == Norm::None {
            fields.refuse(&["epsilon", "gamma", "beta"], "there is no norm")?;
        }
        Ok(Self {
            norm,
            mixture,
            epsilon: fields.number("epsilon")?.unwrap_or(DEFAULT_EPSILON),
            gamma: fields.floats("gamma")?,
            beta: fields.floats("beta")?,
            running: read_running(&fields, norm)?,
            device: fields.device()?.unwrap_or(DeviceChoice::Auto),
        })
    }

    pub(super) fn borrow(&self) -> NormOptions<'_> {
        NormOptions {
            norm: self.norm,
            mixture: Mixture {
                rho: self.mixture.rho.as_deref(),
                mean_logits: self.mixture.mean_logits,
                variance_logits: self.mixture.variance_logits,
            },
            epsilon: self.epsilon,
            gamma: self.gamma.as_deref(),
            beta: self.beta.as_deref(),
            statistics: match &self.running {
                None => Statistics::Own,
                Some(Running { mean, variance }) => Statistics::Running { mean, variance },
            },
            device: self.device,
        }
    }
}

fn read_running(fields: &Fields, norm: Norm) -> Result<Option<Running>, JsValue> {
    let keys = ["runningMean", "runningVariance"];
    let evaluates = fields.word("mode", &[("train", false), ("eval", true)])?.unwrap_or(false);
    if !norm.keeps_running() {
        return fields.refuse(&keys, "this norm keeps no running statistics").map(|()| None);
    }
    if !evaluates {
        return fields.refuse(&keys, "mode \"train\" uses the statistics of x").map(|()| None);
    }
    match (fields.floats("runningMean")?, fields.floats("runningVariance")?) {
        (Some(mean), Some(variance)) => Ok(Some(Running { mean, variance })),
        _ => Err(bad("this norm needs runningMean and runningVariance in mode \"eval\"")),
    }
}

/// Reads a norm alone. The weights of a mixture are checked; they do not change its groups.
pub(super) fn read_norm(norm: &JsValue) -> Result<Norm, JsValue> {
    read_mixture(Some(norm.clone())).map(|(norm, _)| norm)
}

/// Reads the norm of a network, in which the weights of a mixture start at 1.
pub(super) fn read_trained_norm(norm: Option<JsValue>) -> Result<Norm, JsValue> {
    let (norm, mixture) = read_mixture(norm)?;
    let Weights { rho, mean_logits, variance_logits } = mixture;
    if rho.is_some() || mean_logits.is_some() || variance_logits.is_some() {
        return Err(bad("rho, meanLogits and varianceLogits have no effect: a network learns them, starting at 1"));
    }
    Ok(norm)
}

/// Field by field: serde would read the arrays of a mixture too, and slowly.
fn read_mixture(norm: Option<JsValue>) -> Result<(Norm, Weights), JsValue> {
    let norm = needed(norm.filter(is_given), "norm")?;
    if let Some(text) = norm.as_string() {
        let norm = text.parse().map_err(|error: NormTextError| bad(&error.to_string()))?;
        return Ok((norm, Weights { rho: None, mean_logits: None, variance_logits: None }));
    }
    if !norm.is_object() {
        return Err(bad(&format!(
            "norm is {}, expected a text such as \"bn\" or an object such as {{ kind: \"batch\" }}",
            shown(&norm)
        )));
    }
    let fields = Fields::of("norm", &norm, OF_ANY_NORM)?;
    let wanted = Object::new();
    for key in ["kind", "groups", "axes", "affine", "size", "devices"] {
        if let Some(value) = fields.get(key)? {
            // Serde's message about a value of the wrong type does not say where it is.
            let (read, expected) = match key {
                "kind" | "affine" => (value.is_string().then(|| value.clone()), "a string"),
                "axes" => (listed(&value, key)?.map(|list| list.iter().collect::<Array>().into()), "an array of axes"),
                _ => (whole(&value).map(JsValue::from), "a whole number"),
            };
            let read = read.ok_or_else(|| wrong(key, &value, expected))?;
            // Fails only for frozen objects.
            drop(Reflect::set(&wanted, &key.into(), &read));
        }
    }
    let read: Norm =
        serde_wasm_bindgen::from_value(wanted.into()).map_err(|error| bad(&format!("norm cannot be read: {error}")))?;
    let kind = fields.get("kind")?.and_then(|kind| kind.as_string()).unwrap_or_default();
    let fields = Fields::of(&format!("a norm of kind \"{kind}\""), &norm, &keys_of(read))?;
    let mixture = Weights {
        rho: fields.floats("rho")?,
        mean_logits: read_logits(&fields, "meanLogits")?,
        variance_logits: read_logits(&fields, "varianceLogits")?,
    };
    Ok((read, mixture))
}

/// The keys of a norm of this kind.
fn keys_of(norm: Norm) -> Vec<&'static str> {
    let (number, mut keys) = (norm.kind().number(), vec!["kind"]);
    if number != Number::Nothing {
        keys.push(number.json());
    }
    if number == Number::Axes {
        keys.extend(["groups", "affine"]);
    }
    match norm.kind().mixes() {
        Mixes::Nothing => {}
        Mixes::Results => keys.push("rho"),
        Mixes::Moments => keys.extend(["meanLogits", "varianceLogits"]),
    }
    keys
}

fn read_logits(fields: &Fields, key: &str) -> Result<Option<[f32; 3]>, JsValue> {
    let Some(value) = fields.get(key)? else { return Ok(None) };
    let logits: Option<Vec<f32>> = match listed(&value, key)? {
        Some(list) => list.iter().map(|logit| logit.as_f64().map(|logit| logit as f32)).collect(),
        None => floats(&value, key).ok(),
    };
    let logits = logits.and_then(|logits| <[f32; 3]>::try_from(logits).ok());
    let expected = || bad(&format!("{key} needs three numbers: for instance, layer and batch norm"));
    logits.ok_or_else(expected).map(Some)
}

pub(super) fn read_shape(shape: &JsValue) -> Result<Shape, JsValue> {
    let lengths = listed(shape, "shape")?.and_then(|list| list.iter().map(whole).collect::<Option<Vec<u32>>>());
    match lengths.as_deref() {
        Some(&[n, c, h, w]) => Ok(Shape::new(n, c, h, w)),
        _ => Err(bad("shape needs four whole numbers: N, C, H, W")),
    }
}

pub(super) fn thrown(error: &NormalizeError) -> JsValue {
    let code = match error {
        NormalizeError::Exec(error) => FailureCode::from(error),
        _ => FailureCode::BadSpec,
    };
    error_with_code(&error.to_string(), code)
}
