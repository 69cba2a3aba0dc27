//! The page in a headless Chromium, through `WebDriver`. `cargo xtask test-e2e` builds the page, serves it, starts
//! chromedriver and runs this.
#![cfg(not(target_arch = "wasm32"))]

mod axe;
mod budgets;
mod call;
mod code;
mod controls;
mod controls_show;
mod cube;
mod embed;
mod everyone;
mod experiments;
mod export;
mod faults;
mod form;
mod hand;
mod history;
mod lanes;
mod loading;
mod offline;
mod package;
mod page;
mod race;
mod race_show;
mod session;
mod tasks;
mod tensor;
mod touch;
mod training;
mod words;
