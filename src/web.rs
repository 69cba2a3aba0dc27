//! The edge to JavaScript: the only module with `#[wasm_bindgen]`.

mod page;
mod worker;
