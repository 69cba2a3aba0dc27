//! In a browser's worker: every kernel on the browser's own WebGPU, whose compiler of WGSL is neither naga nor another
//! browser's, against the twin and the oracle. `tests/engine/twins.rs` has the comparison.
#![cfg(target_arch = "wasm32")]
#![allow(dead_code, reason = "the oracle also has what other tests compare")]
#![allow(clippy::unwrap_used, reason = "a test may panic; clippy allows it only in functions marked as tests")]

#[path = "engine/boxes/mod.rs"]
mod boxes;
#[path = "engine/cases/mod.rs"]
mod cases;
mod common;
#[path = "engine/oracle/mod.rs"]
mod oracle;
#[path = "engine/twins.rs"]
mod twins;

use common::assert_no_failures;
use common::gpu::Gpu;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen_test]
async fn every_shader_is_the_oracle_and_the_twin() {
    let gpu = Gpu::new().await.expect("the browser offers WebGPU");
    assert_no_failures("shaders against oracle and twins", &twins::shader_differences(&gpu).await);
}
