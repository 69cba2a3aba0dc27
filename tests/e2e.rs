//! The page in a headless Chromium, through `WebDriver`. `cargo xtask test-e2e` builds the page, serves it, starts
//! chromedriver and runs this.
#![cfg(not(target_arch = "wasm32"))]

#[path = "e2e/axe.rs"]
mod axe;
#[path = "e2e/budgets.rs"]
mod budgets;
#[path = "e2e/call.rs"]
mod call;
#[path = "e2e/code.rs"]
mod code;
#[path = "e2e/controls.rs"]
mod controls;
#[path = "e2e/controls_show.rs"]
mod controls_show;
#[path = "e2e/cube.rs"]
mod cube;
#[path = "e2e/embed.rs"]
mod embed;
#[path = "e2e/everyone.rs"]
mod everyone;
#[path = "e2e/experiments.rs"]
mod experiments;
#[path = "e2e/export.rs"]
mod export;
#[path = "e2e/faults.rs"]
mod faults;
#[path = "e2e/form.rs"]
mod form;
#[path = "e2e/hand.rs"]
mod hand;
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
#[path = "e2e/race_show.rs"]
mod race_show;
#[path = "e2e/session.rs"]
mod session;
#[path = "e2e/tasks.rs"]
mod tasks;
#[path = "e2e/tensor.rs"]
mod tensor;
#[path = "e2e/touch.rs"]
mod touch;
#[path = "e2e/training.rs"]
mod training;
#[path = "e2e/words.rs"]
mod words;
