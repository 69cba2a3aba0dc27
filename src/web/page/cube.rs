//! The cube, for the page.

use super::{from_js, to_js};
use crate::figure::cube::camera::Point;
use crate::figure::cube::figure::{Figure, Move, miniature_scene};
use crate::figure::cube::groups::{Level, Region, level};
use crate::figure::cube::legend::stage_name;
use crate::figure::cube::marks::Mark;
use crate::figure::cube::table::{Table, number};
use crate::figure::cube::{display, svg};
use crate::figure::scene::Scene;
use serde::Serialize;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

/// The cube of the page.
#[wasm_bindgen]
pub struct Cube {
    figure: Figure,
    list: Vec<f32>,
}

/// A drawing without its columns.
#[derive(Serialize, Tsify)]
pub struct Sheet {
    /// Width of the canvas, in CSS pixels.
    width: f64,
    /// Height of the canvas, in CSS pixels.
    height: f64,
    /// Radius of a dot.
    dot: f64,
    /// The marks drawn over the columns.
    marks: Vec<Mark>,
}

#[wasm_bindgen]
impl Cube {
    /// Makes the cube of a scene.
    #[wasm_bindgen(constructor)]
    pub fn new(#[wasm_bindgen(unchecked_param_type = "Scene")] scene: JsValue) -> Result<Self, JsError> {
        Ok(Self { figure: Figure::new(from_js(scene)?)?, list: vec![] })
    }

    /// Changes to another scene.
    pub fn show(&mut self, #[wasm_bindgen(unchecked_param_type = "Scene")] scene: JsValue) -> Result<(), JsError> {
        Ok(self.figure.show(from_js(scene)?)?)
    }

    /// Puts a place into focus, or, with `undefined`, the star.
    pub fn hover(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Place | undefined")] at: JsValue,
    ) -> Result<(), JsError> {
        self.figure.hover(from_js(at)?);
        Ok(())
    }

    /// Outlines the cells in some boxes, each from n, c, h, w to the n, c, h, w after its end.
    pub fn light(&mut self, boxes: &[u32]) {
        let (boxes, _) = boxes.as_chunks::<8>();
        let region = |&[n, c, h, w, to_n, to_c, to_h, to_w]: &[u32; 8]| Region {
            from: [n, c, h, w],
            to: [to_n, to_c, to_h, to_w],
        };
        self.figure.light(boxes.iter().map(region).collect());
    }

    /// Where a move takes the star.
    #[wasm_bindgen(unchecked_return_type = "Place")]
    pub fn step(&self, #[wasm_bindgen(unchecked_param_type = "Move")] step: JsValue) -> Result<JsValue, JsError> {
        to_js(&self.figure.step(from_js::<Move>(step)?))
    }

    /// The pins that bring a place into view.
    #[wasm_bindgen(js_name = pinsFor, unchecked_return_type = "[number, number]")]
    pub fn pins_for(&self, #[wasm_bindgen(unchecked_param_type = "Place")] at: JsValue) -> Result<JsValue, JsError> {
        to_js(&self.figure.cells().viewport.pins_for(from_js(at)?))
    }

    /// The place at a point of a canvas drawn `width` wide.
    #[wasm_bindgen(unchecked_return_type = "Place | undefined")]
    pub fn pick(&self, width: f64, x: f64, y: f64) -> Result<JsValue, JsError> {
        to_js(&self.figure.pick(width, Point { x, y }))
    }

    /// What to paint; `progress` from 0 to 1 towards the present arrangement. [`Cube::list`] has its columns.
    #[wasm_bindgen(unchecked_return_type = "Sheet")]
    pub fn draw(&mut self, width: f64, progress: f64) -> Result<JsValue, JsError> {
        let drawing = self.figure.draw(width, progress);
        self.list = display::list(&drawing.columns);
        let (width, height, dot, marks) = (drawing.width, drawing.height, drawing.dot, drawing.marks);
        to_js(&Sheet { width, height, dot, marks })
    }

    /// The columns of the last drawing: see `cube::display`.
    pub fn list(&mut self) -> Vec<f32> {
        std::mem::take(&mut self.list)
    }

    /// Whether the columns moved in the last change.
    #[wasm_bindgen(js_name = hasMoved)]
    pub fn has_moved(&self) -> bool {
        self.figure.has_moved()
    }

    /// Ends the move to the present arrangement.
    pub fn settle(&mut self) {
        self.figure.settle();
    }

    /// What the colours mean, with counts.
    #[wasm_bindgen(unchecked_return_type = "Legend")]
    pub fn legend(&self) -> Result<JsValue, JsError> {
        to_js(&self.figure.legend())
    }

    /// The star's image as a table.
    #[wasm_bindgen(unchecked_return_type = "Table")]
    pub fn table(&self) -> Result<JsValue, JsError> {
        to_js(&Table::new(self.figure.cells(), self.figure.scene().selected, self.figure.scene().layout))
    }

    /// x at a place, without a poke.
    pub fn x(&self, #[wasm_bindgen(unchecked_param_type = "Place")] at: JsValue) -> Result<f32, JsError> {
        let tensor = self.figure.tensor();
        Ok(tensor.get(tensor.index(from_js(at)?)))
    }

    /// The cell in focus in words: "image 0, channel 0, row 1, column 1: x = 0.299, ★".
    pub fn words(&self) -> String {
        let (at, cells) = (self.figure.focus(), self.figure.cells());
        let scene = self.figure.scene();
        let value = cells.viewport.slot(at).map(|slot| number(cells.value(slot)));
        let place = scene.layout.place(at);
        let value = value.map_or("out of view".into(), |value| format!("{} = {value}", stage_name(scene.stage)));
        let around = self.figure.groups().around(scene.selected);
        let from = [at.n, at.c, at.h, at.w];
        let own = Region { from, to: from.map(|axis| axis + 1) };
        let shares = match (at == scene.selected, level(&around, &own)) {
            (true, _) => "the star",
            (false, Level::All) => "shares the star’s mean",
            (false, Level::Some) => "shares one of the star’s means",
            (false, Level::Rest) => "shares no mean with the star",
        };
        format!("{place}: {value}, {shares}")
    }

    /// The figure as an SVG file, `width` wide.
    pub fn svg(&self, width: f64, title: &str) -> String {
        svg::file(&self.figure.draw(width, 1.0), title)
    }
}

/// The small picture of a scene's method for the method row.
#[wasm_bindgen(unchecked_return_type = "Miniature")]
pub fn miniature(#[wasm_bindgen(unchecked_param_type = "Scene")] scene: JsValue) -> Result<JsValue, JsError> {
    /// Pixels of a step along N or C.
    const UNIT: f64 = 10.0;
    // Numbers that do not divide the small tensor are replaced by the nearest that do.
    let small = miniature_scene(&from_js::<Scene>(scene)?).clamp().scene;
    to_js(&Figure::new(small)?.miniature(UNIT))
}
