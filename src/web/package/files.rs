//! [`crate::files`] for JavaScript: arrays in and out.

use super::read::{Fields, bad, bytes, error_with_code, floats, is_given, object, whole, whole_numbers, wrong};
use crate::files::{self, Array, Format, Limits, MAX_VALUES, Member, Part, npy};
use crate::training::message::FailureCode;
use js_sys::{Array as JsArray, Float32Array};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** An array in a file. */
export interface NamedArray {
    /** Its name in a .npz archive or a safetensors file; otherwise the name given for the file. */
    name: string;
    /** The lengths of its axes, outermost first; empty for a single value. */
    shape: number[];
    /** Its values, row-major; true is 1, false 0. */
    data: Float32Array;
    /** The type in the file; f64 and integers of more than 24 bits are rounded to the nearest f32. */
    type: "bool" | "u8" | "i8" | "u16" | "i16" | "u32" | "i32" | "u64" | "i64" | "f16" | "bf16" | "f32" | "f64"
        | "f8e4m3" | "f8e5m2" | "f8e4m3fnuz" | "f8e5m2fnuz" | "f8e8m0";
    /** How many values are not exactly those in the file, if any. */
    rounded?: number;
    /** How many of them are infinite, but finite in the file, if any. */
    overflowed?: number;
    /** Which items along the first axis these are, if the file has more: `shape[0]` items from `from`, of `of`. */
    part?: { from: number; of: number };
}

/** Everything in a file. */
export interface ArrayFile {
    /** The arrays that can be read, with the format of each; "png" is an image of 16 bits: channels, rows, columns. */
    arrays: (NamedArray & { format: "npy" | "idx" | "safetensors" | "png" })[];
    /** What cannot be read, and why; its names and those of `arrays` are in the order of the file. */
    unread: { name: string; reason: string; /** Where it would stand among `arrays`. */ at: number }[];
}

/** How `readArrayFile` reads. */
export interface ReadOptions {
    /** For messages and for arrays without a name of their own; default "file". */
    name?: string;
    /** The most values of an array; default 67,108,864. No memory is allocated for more. */
    mostValues?: number;
    /**
     * Reads a part of arrays with more values: as many items as fit, from this one along the first axis, or the last ones if fewer
     * follow. By default such arrays are in `unread`.
     */
    partFrom?: number;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// `NamedArray` in TypeScript.
    #[wasm_bindgen(typescript_type = "NamedArray[]")]
    pub type JsNamedArrays;
    /// `ArrayFile` in TypeScript.
    #[wasm_bindgen(typescript_type = "ArrayFile")]
    pub type JsArrayFile;
    /// `ReadOptions` in TypeScript.
    #[wasm_bindgen(typescript_type = "ReadOptions | undefined")]
    pub type JsReadOptions;
}

/// Every array in a .npy, .npz, safetensors, IDX or 16-bit PNG file, which may be gzipped. The first bytes decide, not `name`,
/// which is for messages and for arrays without a name of their own. Arrays of more than `mostValues` values (default
/// 67,108,864) are refused before memory is allocated for them.
///
/// Members of an archive that cannot be read are left out: `readArrayFile` reports them.
///
/// Throws a `BlueCubeError` with the code "data-format" that says what the file is, or names the byte that is wrong, if no
/// array can be read.
#[wasm_bindgen(js_name = readArrays)]
pub fn read_arrays(
    #[wasm_bindgen(js_name = bytes, unchecked_param_type = "Uint8Array")] file: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "string")] name: JsValue,
    #[wasm_bindgen(js_name = mostValues, unchecked_optional_param_type = "number")] most_values: JsValue,
) -> Result<JsNamedArrays, JsValue> {
    let limits = Limits { most_values: most(&most_values)?, part_from: None };
    let list = JsArray::new();
    for member in read(&file, &name, limits)? {
        if let Ok(array) = member.array {
            list.push(&named(&member.name, &array, &[]));
        }
    }
    Ok(list.unchecked_into())
}

/// As `readArrays`, but with the members that cannot be read and the reason, and with a part of arrays that are too large.
///
/// Throws like `readArrays`.
#[wasm_bindgen(js_name = readArrayFile)]
pub fn read_array_file(
    #[wasm_bindgen(js_name = bytes, unchecked_param_type = "Uint8Array")] file: JsValue,
    options: JsReadOptions,
) -> Result<JsArrayFile, JsValue> {
    let options = Fields::of("readArrayFile", &options, &["name", "mostValues", "partFrom"])?;
    let value = |key| Ok::<JsValue, JsValue>(options.get(key)?.unwrap_or_default());
    let part_from = options.whole("partFrom")?.map(|from| from as usize);
    let limits = Limits { most_values: most(&value("mostValues")?)?, part_from };
    let (arrays, unread) = (JsArray::new(), JsArray::new());
    for Member { name, format, array } in read(&file, &value("name")?, limits)? {
        let format = match format {
            Format::Npy => "npy",
            Format::Idx => "idx",
            Format::Safetensors => "safetensors",
            Format::Png => "png",
        };
        match array {
            Ok(array) => arrays.push(&named(&name, &array, &[("format", format.into())])),
            Err(error) => {
                let entries =
                    [("name", name.into()), ("reason", error.reason().into()), ("at", arrays.length().into())];
                unread.push(&object::<JsValue>(&entries))
            }
        };
    }
    Ok(object(&[("arrays", arrays.into()), ("unread", unread.into())]))
}

fn read(file: &JsValue, name: &JsValue, limits: Limits) -> Result<Vec<Member>, JsValue> {
    let name = if is_given(name) {
        name.as_string().ok_or_else(|| wrong("name", name, "a string"))?
    } else {
        "file".to_owned()
    };
    let members = files::read(&name, &bytes(file, "bytes")?, limits);
    members.map_err(|error| error_with_code(&error.to_string(), FailureCode::DataFormat))
}

fn most(most_values: &JsValue) -> Result<usize, JsValue> {
    if !is_given(most_values) {
        return Ok(MAX_VALUES);
    }
    Ok(whole(most_values).ok_or_else(|| wrong("mostValues", most_values, "a whole number"))? as usize)
}

/// The array in the form of `NamedArray`, with more entries.
fn named(name: &str, array: &Array, more: &[(&str, JsValue)]) -> JsValue {
    let shape: JsArray = array.shape().iter().map(|&length| JsValue::from(length as f64)).collect();
    let mut entries = vec![
        ("name", name.into()),
        ("shape", shape.into()),
        ("type", array.dtype().name().into()),
        ("data", Float32Array::from(array.values()).into()),
    ];
    let counts = [("rounded", array.n_rounded()), ("overflowed", array.n_overflowed())];
    entries.extend(counts.into_iter().filter(|&(_, count)| count > 0).map(|(key, count)| (key, count.into())));
    if let Some(Part { from, of }) = array.part() {
        entries.push(("part", object(&[("from", from.into()), ("of", of.into())])));
    }
    entries.extend_from_slice(more);
    object(&entries)
}

/// The bytes of a .npy file with these values as little-endian f32 in C order.
///
/// Throws a `BlueCubeError` if the number of values does not match the shape.
#[wasm_bindgen(js_name = writeNpy)]
pub fn write_npy(
    #[wasm_bindgen(unchecked_param_type = "Float32Array")] data: JsValue,
    #[wasm_bindgen(unchecked_param_type = "number[]")] shape: JsValue,
) -> Result<Vec<u8>, JsValue> {
    let shape = whole_numbers(&shape, "shape")?.into_iter().map(|length| length as usize).collect();
    let array = Array::new(shape, floats(&data, "data")?).map_err(|error| bad(&error.to_string()))?;
    Ok(npy::write(&array))
}
