//! The charts, for the page.

use crate::chart::draw::{self, Plot, Theme};
use crate::chart::{Change, History, Test};
use wasm_bindgen::prelude::*;

/// The charts of one run.
#[wasm_bindgen]
#[derive(Default)]
pub struct Charts(History);

#[wasm_bindgen]
impl Charts {
    /// Empty charts.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the steps of a report; `false` if steps are missing before them.
    pub fn push(&mut self, step: u32, losses: &[f32], accuracies: &[f32]) -> bool {
        self.0.push(step, losses, accuracies)
    }

    /// Adds a judgement on the test set.
    pub fn judge(&mut self, step: u32, loss: f32, accuracy: f32) {
        self.0.tests.push(Test { step, loss, accuracy });
    }

    /// Notes that something was changed mid-run.
    pub fn note(&mut self, step: u32, words: String) {
        self.0.changes.push(Change { step, words });
    }

    /// The chart of the losses as SVG text.
    pub fn loss(&self, theme: &ChartTheme, width: u32, height: u32) -> String {
        draw::svg(&Plot::loss(&self.0), &theme.0, width, height)
    }

    /// The chart of the accuracies as SVG text.
    pub fn accuracy(&self, theme: &ChartTheme, width: u32, height: u32) -> String {
        draw::svg(&Plot::accuracy(&self.0), &theme.0, width, height)
    }
}

/// The colours of the charts.
#[wasm_bindgen]
pub struct ChartTheme(Theme);

#[wasm_bindgen]
impl ChartTheme {
    /// From colours as "#RRGGBB".
    #[wasm_bindgen(constructor)]
    pub fn new(paper: &str, ink: &str, quiet: &str, hair: &str, lane: &str) -> Result<Self, JsError> {
        let color = |text: &str| draw::parse_color(text).ok_or_else(|| JsError::new(&format!("{text} is not #RRGGBB")));
        Ok(Self(Theme {
            paper: color(paper)?,
            ink: color(ink)?,
            quiet: color(quiet)?,
            hair: color(hair)?,
            lane: color(lane)?,
        }))
    }
}
