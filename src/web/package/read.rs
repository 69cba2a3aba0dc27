//! Reads what JavaScript hands over, and makes what it is thrown.

use crate::exec::DeviceChoice;
use crate::message::FailureCode;
use crate::norm::{DEFAULT_EPSILON, Norm, NormTextError};
use crate::normalize::{Mixture, NormOptions, NormalizeError, Statistics};
use crate::shape::Shape;
use js_sys::{Float32Array, Object, Reflect};
use wasm_bindgen::prelude::*;

/// `NormOptions`, copied out of JavaScript.
pub(super) struct Options {
    pub(super) norm: Norm,
    rho: Option<Vec<f32>>,
    mean_logits: Option<[f32; 3]>,
    variance_logits: Option<[f32; 3]>,
    epsilon: f32,
    gamma: Option<Vec<f32>>,
    beta: Option<Vec<f32>>,
    evaluates: bool,
    running_mean: Option<Vec<f32>>,
    running_variance: Option<Vec<f32>>,
    device: DeviceChoice,
}

impl Options {
    pub(super) fn read(options: &JsValue) -> Result<Self, JsValue> {
        let evaluates = match read_word(options, "mode")?.as_deref() {
            None | Some("train") => false,
            Some("eval") => true,
            Some(other) => return Err(bad(&format!("mode is {other}, train or eval expected"))),
        };
        let norm = get(options, "norm");
        Ok(Self {
            rho: read_floats(&norm, "rho")?,
            mean_logits: read_logits(&norm, "meanLogits")?,
            variance_logits: read_logits(&norm, "varianceLogits")?,
            norm: read_norm(&norm)?,
            epsilon: read_epsilon(options)?,
            gamma: read_floats(options, "gamma")?,
            beta: read_floats(options, "beta")?,
            evaluates,
            running_mean: read_floats(options, "runningMean")?,
            running_variance: read_floats(options, "runningVariance")?,
            device: read_device(options)?,
        })
    }

    pub(super) fn borrow(&self) -> Result<NormOptions<'_>, JsValue> {
        let statistics = match (self.evaluates && self.norm.keeps_running(), &self.running_mean, &self.running_variance)
        {
            (false, _, _) => Statistics::Own,
            (true, Some(mean), Some(variance)) => Statistics::Running { mean, variance },
            (true, _, _) => return Err(bad("this norm needs runningMean and runningVariance in mode eval")),
        };
        let (gamma, beta) = (self.gamma.as_deref(), self.beta.as_deref());
        Ok(NormOptions {
            norm: self.norm,
            mixture: Mixture {
                rho: self.rho.as_deref(),
                mean_logits: self.mean_logits,
                variance_logits: self.variance_logits,
            },
            epsilon: self.epsilon,
            gamma,
            beta,
            statistics,
            device: self.device,
        })
    }
}

pub(super) fn get(object: &JsValue, key: &str) -> JsValue {
    Reflect::get(object, &key.into()).unwrap_or_default()
}

pub(super) fn object<T: JsCast>(entries: &[(&str, JsValue)]) -> T {
    let object = Object::new();
    for (key, value) in entries {
        // Fails for frozen objects only.
        drop(Reflect::set(&object, &(*key).into(), value));
    }
    object.unchecked_into()
}

/// A norm's text, or an object, which is read field by field: serde would read the arrays of a mixture too, and slowly.
pub(super) fn read_norm(norm: &JsValue) -> Result<Norm, JsValue> {
    if let Some(text) = norm.as_string() {
        return text.parse().map_err(|error: NormTextError| bad(&error.to_string()));
    }
    let wanted = Object::new();
    for key in ["kind", "groups", "axes", "affine", "size", "devices"] {
        let value = get(norm, key);
        if !value.is_undefined() {
            // Fails for frozen objects only.
            drop(Reflect::set(&wanted, &key.into(), &value));
        }
    }
    serde_wasm_bindgen::from_value(wanted.into()).map_err(|error| bad(&format!("norm cannot be read: {error}")))
}

pub(super) fn read_logits(norm: &JsValue, key: &str) -> Result<Option<[f32; 3]>, JsValue> {
    let value = get(norm, key);
    if value.is_undefined() {
        return Ok(None);
    }
    let logit = |index| Reflect::get_u32(&value, index).unwrap_or_default().as_f64().map(|logit| logit as f32);
    match (get(&value, "length").as_f64(), logit(0), logit(1), logit(2)) {
        (Some(3.0), Some(instance), Some(layer), Some(batch)) => Ok(Some([instance, layer, batch])),
        _ => Err(bad(&format!("{key} needs three numbers: of instance, layer and batch norm"))),
    }
}

pub(super) fn read_shape(shape: &JsValue) -> Result<Shape, JsValue> {
    let axis = |index: u32| {
        let length = Reflect::get_u32(shape, index).unwrap_or_default();
        whole(&length).ok_or_else(|| bad("shape needs four whole numbers: N, C, H, W"))
    };
    Ok(Shape::new(axis(0)?, axis(1)?, axis(2)?, axis(3)?))
}

pub(super) fn read_epsilon(options: &JsValue) -> Result<f32, JsValue> {
    let epsilon = get(options, "epsilon");
    if epsilon.is_undefined() {
        return Ok(DEFAULT_EPSILON);
    }
    epsilon.as_f64().map(|epsilon| epsilon as f32).ok_or_else(|| bad("epsilon is no number"))
}

pub(super) fn read_whole(options: &JsValue, key: &str) -> Result<u32, JsValue> {
    whole(&get(options, key)).ok_or_else(|| bad(&format!("{key} is no whole number from 0 to 2³² − 1")))
}

/// A whole number that 32 bits hold.
pub(super) fn whole(number: &JsValue) -> Option<u32> {
    let whole = |number: &f64| number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(number);
    number.as_f64().filter(whole).map(|number| number as u32)
}

pub(super) fn read_floats(options: &JsValue, key: &str) -> Result<Option<Vec<f32>>, JsValue> {
    let value = get(options, key);
    if value.is_undefined() {
        return Ok(None);
    }
    let array: Float32Array = value.dyn_into().map_err(|_| bad(&format!("{key} is no Float32Array")))?;
    Ok(Some(array.to_vec()))
}

pub(super) fn read_word(options: &JsValue, key: &str) -> Result<Option<String>, JsValue> {
    let value = get(options, key);
    if value.is_undefined() {
        Ok(None)
    } else {
        value.as_string().map(Some).ok_or_else(|| bad(&format!("{key} is no string")))
    }
}

pub(super) fn read_device(options: &JsValue) -> Result<DeviceChoice, JsValue> {
    match read_word(options, "device")?.as_deref() {
        None | Some("auto") => Ok(DeviceChoice::Auto),
        Some("gpu") => Ok(DeviceChoice::Gpu),
        Some("cpu") => Ok(DeviceChoice::Cpu),
        Some(other) => Err(bad(&format!("device is {other}, auto, gpu or cpu expected"))),
    }
}

pub(super) fn bad(message: &str) -> JsValue {
    error_with_code(message, FailureCode::BadSpec)
}

pub(super) fn thrown(error: &NormalizeError) -> JsValue {
    let code = match error {
        NormalizeError::Exec(error) => FailureCode::from(error),
        _ => FailureCode::BadSpec,
    };
    error_with_code(&error.to_string(), code)
}

pub(super) fn error_with_code(message: &str, code: FailureCode) -> JsValue {
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
