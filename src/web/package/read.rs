//! Reads what JavaScript passes in, and makes the errors that it gets back.
//!
//! No value is trusted: anything that has the wrong type, an unknown name or no effect is an error with a code that
//! names it. Every access to an object may run the caller's code, which may throw: what it throws becomes such an error
//! too. A call that could throw past this module without one is not made. Norms and their options are read in `norm_options`.

use crate::engine::exec::DeviceChoice;
use crate::training::message::FailureCode;
use js_sys::{Array, Float32Array, Function, Object, Reflect, Symbol, Uint8Array};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// Throws for a proxy that was revoked.
    #[wasm_bindgen(catch, js_namespace = Array, js_name = isArray)]
    fn is_array(value: &JsValue) -> Result<bool, JsValue>;
}

/// Most values that a list may have: the axes of an array in a file.
const MOST_LISTED: u32 = crate::files::MAX_AXES as u32;

/// What other libraries call our options, in lower case and without underscores.
const SYNONYMS: [(&str, &str); 16] = [
    ("eps", "epsilon"),
    ("weight", "gamma"),
    ("scale", "gamma"),
    ("bias", "beta"),
    ("shift", "beta"),
    ("lr", "learningRate"),
    ("stepsize", "learningRate"),
    ("batchsize", "batch"),
    ("training", "mode"),
    ("var", "variance"),
    ("runningvar", "runningVariance"),
    ("runningvar", "variance"),
    ("runningmean", "mean"),
    ("runningvariance", "variance"),
    ("numgroups", "groups"),
    ("axis", "axes"),
];

/// The named values that a function accepts. `null` and `undefined` count as absent.
pub(super) struct Fields(JsValue);

impl Fields {
    /// The fields of `value`, which may be undefined or null if all are optional; `keys` are all names that `owner`
    /// reads.
    pub(super) fn of(owner: &str, value: &JsValue, keys: &[&str]) -> Result<Self, JsValue> {
        if !is_given(value) {
            return Ok(Self(Object::new().into()));
        }
        if !value.is_object() {
            return Err(bad(&format!("{owner} got {}, expected an object of options", shown(value))));
        }
        let own = Reflect::own_keys(value).map_err(|cause| unreadable(owner, &cause))?;
        for key in own.iter().filter_map(|key| key.as_string()).filter(|key| !keys.contains(&&**key)) {
            if !property(value, &key)?.is_undefined() {
                return Err(bad(&unknown(owner, &key, keys)));
            }
        }
        Ok(Self(value.clone()))
    }

    pub(super) fn get(&self, key: &str) -> Result<Option<JsValue>, JsValue> {
        Ok(Some(property(&self.0, key)?).filter(is_given))
    }

    pub(super) fn floats(&self, key: &str) -> Result<Option<Vec<f32>>, JsValue> {
        self.get(key)?.map(|value| floats(&value, key)).transpose()
    }

    pub(super) fn bytes(&self, key: &str) -> Result<Option<Vec<u8>>, JsValue> {
        self.get(key)?.map(|value| bytes(&value, key)).transpose()
    }

    pub(super) fn number(&self, key: &str) -> Result<Option<f32>, JsValue> {
        let number = |value: JsValue| value.as_f64().ok_or_else(|| wrong(key, &value, "a number"));
        Ok(self.get(key)?.map(number).transpose()?.map(|number| number as f32))
    }

    pub(super) fn whole(&self, key: &str) -> Result<Option<u32>, JsValue> {
        let read = |value: JsValue| whole(&value).ok_or_else(|| wrong(key, &value, "a whole number from 0 to 2³² − 1"));
        self.get(key)?.map(read).transpose()
    }

    pub(super) fn flag(&self, key: &str) -> Result<Option<bool>, JsValue> {
        self.get(key)?.map(|value| value.as_bool().ok_or_else(|| wrong(key, &value, "true or false"))).transpose()
    }

    /// Reads one of some words and returns what it stands for.
    pub(super) fn word<T: Copy>(&self, key: &str, words: &[(&str, T)]) -> Result<Option<T>, JsValue> {
        self.get(key)?.map(|value| word(&value, key, words)).transpose()
    }

    pub(super) fn device(&self) -> Result<Option<DeviceChoice>, JsValue> {
        self.word("device", &[("auto", DeviceChoice::Auto), ("gpu", DeviceChoice::Gpu), ("cpu", DeviceChoice::Cpu)])
    }

    /// Refuses options that have no effect in this call.
    pub(super) fn refuse(&self, keys: &[&str], why: &str) -> Result<(), JsValue> {
        for key in keys {
            if self.get(key)?.is_some() {
                return Err(bad(&format!("{key} has no effect: {why}")));
            }
        }
        Ok(())
    }
}

/// Whether an argument is given: `null` and `undefined` count as absent.
pub(super) fn is_given(value: &JsValue) -> bool {
    !value.is_undefined() && !value.is_null()
}

/// Returns `value`, or an error that names it.
pub(super) fn needed<T>(value: Option<T>, name: &str) -> Result<T, JsValue> {
    value.ok_or_else(|| bad(&format!("{name} is missing")))
}

/// The values of a `Float32Array`, copied.
pub(super) fn floats(value: &JsValue, name: &str) -> Result<Vec<f32>, JsValue> {
    let copy: Float32Array = copied(value, "Float32Array", name)?.unchecked_into();
    let mut values = zeros(copy.length(), name)?;
    copy.copy_to(&mut values);
    Ok(values)
}

/// The values of a `Uint8Array`, copied.
pub(super) fn bytes(value: &JsValue, name: &str) -> Result<Vec<u8>, JsValue> {
    let copy: Uint8Array = copied(value, "Uint8Array", name)?.unchecked_into();
    let mut values = zeros(copy.length(), name)?;
    copy.copy_to(&mut values);
    Ok(values)
}

/// A typed array of this kind and realm with the values of one from anywhere: what a caller's class may have made of
/// `length` and the like does not count, only the values. An array whose buffer was transferred is an error.
fn copied(value: &JsValue, kind: &str, name: &str) -> Result<JsValue, JsValue> {
    if kind_of_view(value).as_deref() != Some(kind) {
        return Err(wrong(name, value, &format!("a {kind}")));
    }
    let class = Reflect::get(&js_sys::global(), &kind.into())?;
    Reflect::construct(class.unchecked_ref::<Function>(), &Array::of1(value)).map_err(|cause| unreadable(name, &cause))
}

fn zeros<T: Clone + Default>(len: u32, name: &str) -> Result<Vec<T>, JsValue> {
    let mut values = vec![];
    let room = values.try_reserve_exact(len as usize);
    room.map_err(|_| bad(&format!("{name} has {len} values, for which there is no memory")))?;
    values.resize(len as usize, T::default());
    Ok(values)
}

/// The values of an array, as they are; `None` if it is none, or has very many.
pub(super) fn listed(value: &JsValue, name: &str) -> Result<Option<Vec<JsValue>>, JsValue> {
    if !is_array(value).map_err(|cause| unreadable(name, &cause))? {
        return Ok(None);
    }
    let length = whole(&property(value, "length")?).filter(|&length| length <= MOST_LISTED);
    let at = |index| Reflect::get_u32(value, index).map_err(|cause| unreadable(name, &cause));
    length.map(|length| (0..length).map(at).collect()).transpose()
}

/// The whole numbers of an array.
pub(super) fn whole_numbers(value: &JsValue, name: &str) -> Result<Vec<u32>, JsValue> {
    let numbers = listed(value, name)?.and_then(|list| list.iter().map(whole).collect());
    numbers.ok_or_else(|| bad(&format!("{name} needs an array of whole numbers")))
}

/// A property of an object.
fn property(object: &JsValue, key: &str) -> Result<JsValue, JsValue> {
    Reflect::get(object, &key.into()).map_err(|cause| unreadable(key, &cause))
}

/// The error for a value whose own code threw when it was read.
fn unreadable(name: &str, cause: &JsValue) -> JsValue {
    let message = Reflect::get(cause, &"message".into()).ok().and_then(|message| message.as_string());
    let told = cause.as_string().or(message).unwrap_or_else(|| "it throws".to_owned());
    bad(&format!("{name} cannot be read: {told}"))
}

/// A whole number that fits in 32 bits.
pub(super) fn whole(number: &JsValue) -> Option<u32> {
    let whole = |number: &f64| number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(number);
    number.as_f64().filter(whole).map(|number| number as u32)
}

/// Reads one of some words and returns what it stands for.
pub(super) fn word<T: Copy>(value: &JsValue, name: &str, words: &[(&str, T)]) -> Result<T, JsValue> {
    let found = value.as_string();
    if let Some(&(_, meaning)) = words.iter().find(|(word, _)| found.as_deref() == Some(word)) {
        return Ok(meaning);
    }
    let expected = words.iter().map(|&(word, _)| word).collect::<Vec<&str>>().join(" or ");
    Err(bad(&format!("{name} is {}, expected {expected}", found.unwrap_or_else(|| shown(value)))))
}

pub(super) fn object<T: JsCast>(entries: &[(&str, JsValue)]) -> T {
    let object = Object::new();
    for (key, value) in entries {
        // Fails only for frozen objects.
        drop(Reflect::set(&object, &(*key).into(), value));
    }
    object.unchecked_into()
}

/// How a message names a value of the wrong type.
pub(super) fn shown(value: &JsValue) -> String {
    if let Some(number) = value.as_f64() {
        return number.to_string();
    }
    if value.is_null() || value.is_undefined() {
        return if value.is_null() { "null" } else { "undefined" }.to_owned();
    }
    match tag(value) {
        Some(tag) => format!("of type {tag}"),
        None if is_array(value) == Ok(true) => "an array".to_owned(),
        None => format!("of type {}", value.js_typeof().as_string().unwrap_or_default()),
    }
}

/// The error for an argument or option of the wrong type.
pub(super) fn wrong(name: &str, value: &JsValue, expected: &str) -> JsValue {
    bad(&format!("{name} is {}, expected {expected}", shown(value)))
}

pub(super) fn bad(message: &str) -> JsValue {
    error_with_code(message, FailureCode::BadSpec)
}

pub(super) fn error_with_code(message: &str, code: FailureCode) -> JsValue {
    let error = if code == FailureCode::BadSpec {
        js_sys::RangeError::new(message).into()
    } else {
        JsValue::from(js_sys::Error::new(message))
    };
    let code = serde_wasm_bindgen::to_value(&code).unwrap_or_default();
    // Fails only for frozen objects.
    drop(Reflect::set(&error, &"code".into(), &code));
    error
}

fn unknown(owner: &str, key: &str, keys: &[&str]) -> String {
    let plain = |key: &str| key.replace('_', "").to_ascii_lowercase();
    let given = plain(key);
    let synonyms = SYNONYMS.iter().filter(|(synonym, _)| *synonym == given).map(|&(_, ours)| ours);
    let ours = keys.iter().copied().find(|ours| plain(ours) == given);
    match ours.into_iter().chain(synonyms).find(|ours| keys.contains(ours)) {
        Some(ours) => format!("{owner} has no option \"{key}\": did you mean \"{ours}\"?"),
        None => format!("{owner} has no option \"{key}\": its options are {}", keys.join(", ")),
    }
}

/// The kind of a typed array, from this page's realm or another: `instanceof` would know only this one, and an object
/// may say of itself what it likes. `None` for anything else.
fn kind_of_view(value: &JsValue) -> Option<String> {
    let arrays = Object::get_prototype_of(&Object::get_prototype_of(&Uint8Array::new_with_length(0)));
    let tag = Object::get_own_property_descriptor(&arrays, &Symbol::to_string_tag().into());
    let getter: Function = Reflect::get(&tag, &"get".into()).ok()?.dyn_into().ok()?;
    getter.call0(value).ok()?.as_string()
}

/// The type that an object says it has; `None` for a plain object or a non-object.
fn tag(value: &JsValue) -> Option<String> {
    Reflect::get(value, &Symbol::to_string_tag()).ok()?.as_string()
}
