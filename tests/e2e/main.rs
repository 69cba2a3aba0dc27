//! The page in headless browsers, through `WebDriver`: everything in Chromium, and in `engines` what must work in every
//! engine. `cargo xtask test-e2e` builds the page, serves it, starts the drivers and runs this.
#![cfg(not(target_arch = "wasm32"))]

mod agreement;
mod axe;
mod browser;
mod budgets;
mod call;
mod code;
mod controls;
mod controls_show;
mod crash;
mod cube;
mod diverged;
mod embed;
mod engines;
mod everyone;
mod experiments;
mod export;
mod faults;
mod focus;
mod form;
mod gpu;
mod hand;
mod history;
mod lanes;
mod loading;
mod offline;
mod package;
mod page;
mod race;
mod race_show;
mod said;
mod session;
mod tasks;
mod tensor;
mod touch;
mod training;
mod words;
