//! What the page calls: the cube, the charts, the form. Wraps the pure modules and adds nothing to them.

mod dialect;
mod ledger;
pub mod walkthrough;

use crate::chart::draw::{self, Plot, Theme};
use crate::chart::{Change, History, Test};
use crate::cube::camera::Point;
use crate::cube::figure::{Figure, Move, SHAPE};
use crate::cube::sentence;
use crate::form::{self, NormKind};
use crate::norm::Norm;
use crate::scene::Scene;
use crate::shape::Shape;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::num::NonZeroU32;
use wasm_bindgen::prelude::*;

/// The cube of the page.
#[wasm_bindgen]
pub struct Cube(Figure);

#[wasm_bindgen]
impl Cube {
    /// The cube of a 4×6×4×4 tensor under group norm with 2 groups, the paper's figure.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Result<Self, JsError> {
        let groups = NonZeroU32::new(2).expect("2 is not 0");
        Ok(Self(Figure::new(SHAPE, Norm::Group { groups })?))
    }

    /// Takes another norm; `groups` counts for group norm only and must divide the cube's channels.
    #[wasm_bindgen(js_name = setNorm)]
    pub fn set_norm(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "NormKind")] kind: JsValue,
        groups: u32,
    ) -> Result<(), JsError> {
        let groups = NonZeroU32::new(groups).ok_or_else(|| JsError::new("G must be at least 1"))?;
        Ok(self.0.set_norm(from_js::<NormKind>(kind)?.with_groups(groups))?)
    }

    /// Selects a cell.
    pub fn select(&mut self, #[wasm_bindgen(unchecked_param_type = "Cell")] cell: JsValue) -> Result<(), JsError> {
        self.0.select(from_js(cell)?);
        Ok(())
    }

    /// Brings a cell into focus, or with `undefined` the selected one.
    pub fn hover(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Cell | undefined")] cell: JsValue,
    ) -> Result<(), JsError> {
        self.0.hover(from_js(cell)?);
        Ok(())
    }

    /// Moves the selected cell by one.
    pub fn step(&mut self, #[wasm_bindgen(unchecked_param_type = "Move")] step: JsValue) -> Result<(), JsError> {
        self.0.step(from_js::<Move>(step)?);
        Ok(())
    }

    /// The cell at a point of a plate drawn `width` wide.
    #[wasm_bindgen(unchecked_return_type = "Cell | undefined")]
    pub fn pick(&self, width: f64, x: f64, y: f64) -> Result<JsValue, JsError> {
        to_js(&self.0.pick(width, Point { x, y }))
    }

    /// What to paint; `progress` from 0 to 1 on the way to the present arrangement.
    #[wasm_bindgen(unchecked_return_type = "Drawing")]
    pub fn draw(&self, width: f64, progress: f64) -> Result<JsValue, JsError> {
        to_js(&self.0.draw(width, progress))
    }

    /// Ends the move to the present arrangement.
    pub fn settle(&mut self) {
        self.0.settle();
    }

    /// The selected cell.
    #[wasm_bindgen(unchecked_return_type = "Cell")]
    pub fn selected(&self) -> Result<JsValue, JsError> {
        to_js(&self.0.selected())
    }

    /// The cell in focus.
    #[wasm_bindgen(unchecked_return_type = "Cell")]
    pub fn focus(&self) -> Result<JsValue, JsError> {
        to_js(&self.0.focus())
    }

    /// The numbers of groups that its channels can be split into, rising.
    #[wasm_bindgen(js_name = groupCounts)]
    pub fn group_counts(&self) -> Vec<u32> {
        (1..=SHAPE.c).filter(|groups| SHAPE.c.is_multiple_of(*groups)).collect()
    }

    /// The sentence, in pieces.
    #[wasm_bindgen(unchecked_return_type = "Piece[]")]
    pub fn sentence(&self) -> Result<JsValue, JsError> {
        to_js(&sentence::sentence(self.0.norm(), SHAPE))
    }
}

/// The scene that the page starts with.
#[wasm_bindgen(js_name = firstScene, unchecked_return_type = "Scene")]
pub fn first_scene() -> Result<JsValue, JsError> {
    to_js(&Scene::default())
}

/// The small picture of a norm for the method row.
#[wasm_bindgen(unchecked_return_type = "Miniature")]
pub fn miniature(
    #[wasm_bindgen(unchecked_param_type = "NormKind")] kind: JsValue,
    groups: u32,
) -> Result<JsValue, JsError> {
    /// Pixels of a step along N or C.
    const UNIT: f64 = 10.0;
    // 2×2 values a plane: more would be too fine to see.
    to_js(&tile_figure(kind, groups, Shape { h: 2, w: 2, ..SHAPE })?.miniature(UNIT))
}

/// "8 means of 48".
#[wasm_bindgen]
pub fn means(#[wasm_bindgen(unchecked_param_type = "NormKind")] kind: JsValue, groups: u32) -> Result<String, JsError> {
    Ok(sentence::means(tile_figure(kind, groups, SHAPE)?.norm(), SHAPE))
}

fn tile_figure(kind: JsValue, groups: u32, shape: Shape) -> Result<Figure, JsError> {
    let groups = NonZeroU32::new(groups).ok_or_else(|| JsError::new("G must be at least 1"))?;
    Ok(Figure::new(shape, from_js::<NormKind>(kind)?.with_groups(groups))?)
}

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

/// Reads the settings form.
#[wasm_bindgen(js_name = readForm, unchecked_return_type = "Reading")]
pub fn read_form(#[wasm_bindgen(unchecked_param_type = "Form")] typed: JsValue) -> Result<JsValue, JsError> {
    to_js(&form::read(&from_js(typed)?))
}

fn from_js<T: DeserializeOwned>(value: JsValue) -> Result<T, JsError> {
    Ok(serde_wasm_bindgen::from_value(value)?)
}

fn to_js(value: &impl Serialize) -> Result<JsValue, JsError> {
    Ok(serde_wasm_bindgen::to_value(value)?)
}
