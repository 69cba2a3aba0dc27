//! The edge to JavaScript: the only module with `#[wasm_bindgen]`.

#[cfg(feature = "bench")]
mod bench;
#[cfg(feature = "charts")]
pub mod charts;
#[cfg(feature = "code")]
pub mod code;
#[cfg(feature = "page")]
pub mod page;
#[cfg(feature = "package")]
pub mod package;
mod types;
#[cfg(any(feature = "charts", feature = "code", feature = "page"))]
mod values;
#[cfg(feature = "worker")]
pub mod worker;

use wasm_bindgen::prelude::*;

/// Sets up panics and logs; runs once when the module is loaded.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
    // A second instance in one thread finds that the logger is set already, which is just as good.
    drop(console_log::init_with_level(log::Level::Warn));
}
