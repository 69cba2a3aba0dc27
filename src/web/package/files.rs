//! [`crate::files`] for JavaScript: arrays in and out.

use super::read::{bad, bytes, error_with_code, floats, is_given, object, whole, whole_numbers, wrong};
use crate::files::{self, Array, ElementType, npy};
use crate::training::message::FailureCode;
use js_sys::{Array as JsArray, Float32Array};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** An array in a file. */
export interface NamedArray {
    /** Its name in a .npz archive; otherwise the name given for the file. */
    name: string;
    /** The lengths of its axes, outermost first; empty for a single value. */
    shape: number[];
    /** Its values, row-major. */
    data: Float32Array;
    /** The type in the file; f64 and integers of more than 24 bits are rounded to the nearest f32. */
    type: "u8" | "i8" | "i16" | "i32" | "i64" | "f32" | "f64";
}
"#;

#[wasm_bindgen]
extern "C" {
    /// `NamedArray` in TypeScript.
    #[wasm_bindgen(typescript_type = "NamedArray[]")]
    pub type JsNamedArrays;
}

/// Every array in a .npy, .npz or IDX file; .npy and IDX may be gzipped. The first bytes decide, not `name`, which is
/// for messages and for arrays without a name of their own. Arrays of more than `mostValues` values (default
/// 67,108,864) are refused before memory is allocated for them.
///
/// Throws a `BlueCubeError` with the code "data-format" that names the byte if the file has none of these formats or
/// does not follow its format.
#[wasm_bindgen(js_name = readArrays)]
pub fn read_arrays(
    #[wasm_bindgen(js_name = bytes, unchecked_param_type = "Uint8Array")] file: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "string")] name: JsValue,
    #[wasm_bindgen(js_name = mostValues, unchecked_optional_param_type = "number")] most_values: JsValue,
) -> Result<JsNamedArrays, JsValue> {
    let name = if is_given(&name) {
        name.as_string().ok_or_else(|| wrong("name", &name, "a string"))?
    } else {
        "file".to_owned()
    };
    let most = if is_given(&most_values) {
        whole(&most_values).ok_or_else(|| wrong("mostValues", &most_values, "a whole number"))? as usize
    } else {
        files::MAX_VALUES
    };
    let arrays = files::read_within(&name, &bytes(&file, "bytes")?, most);
    let arrays = arrays.map_err(|error| error_with_code(&error.to_string(), FailureCode::DataFormat))?;
    let list = JsArray::new();
    for (name, array) in arrays {
        let shape: JsArray = array.shape().iter().map(|&length| JsValue::from(length as f64)).collect();
        list.push(&object::<JsValue>(&[
            ("name", name.into()),
            ("shape", shape.into()),
            ("type", type_name(array.dtype()).into()),
            ("data", Float32Array::from(array.values()).into()),
        ]));
    }
    Ok(list.unchecked_into())
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

fn type_name(dtype: ElementType) -> &'static str {
    match dtype {
        ElementType::U8 => "u8",
        ElementType::I8 => "i8",
        ElementType::I16 => "i16",
        ElementType::I32 => "i32",
        ElementType::I64 => "i64",
        ElementType::F32 => "f32",
        ElementType::F64 => "f64",
    }
}
