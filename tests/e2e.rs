//! The page in a headless Chromium, through `WebDriver`. `cargo xtask test-e2e` builds the page, serves it, starts
//! chromedriver and runs this.
#![cfg(not(target_arch = "wasm32"))]

#[path = "e2e/call.rs"]
mod call;
#[path = "e2e/code.rs"]
mod code;
#[path = "e2e/cube.rs"]
mod cube;
#[path = "e2e/faults.rs"]
mod faults;
#[path = "e2e/form.rs"]
mod form;
#[path = "e2e/history.rs"]
mod history;
#[path = "e2e/lanes.rs"]
mod lanes;
#[path = "e2e/loading.rs"]
mod loading;
#[path = "e2e/package.rs"]
mod package;
#[path = "e2e/page.rs"]
mod page;
#[path = "e2e/race.rs"]
mod race;
#[path = "e2e/session.rs"]
mod session;
#[path = "e2e/tensor.rs"]
mod tensor;
#[path = "e2e/training.rs"]
mod training;
