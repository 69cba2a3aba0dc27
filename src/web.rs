//! The edge to JavaScript: the only module with `#[wasm_bindgen]`.

pub mod page;
mod worker;
