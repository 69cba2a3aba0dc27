//! The cube, for the page.

use super::{from_js, to_js};
use crate::cube::Cell;
use crate::cube::camera::Point;
use crate::cube::figure::{Figure, Move};
use crate::norm::Norm;
use crate::scene::{Method, Place, Scene};
use crate::shape::Shape;
use wasm_bindgen::prelude::*;

/// The cube of the page.
#[wasm_bindgen]
pub struct Cube {
    figure: Figure,
    scene: Scene,
}

#[wasm_bindgen]
impl Cube {
    /// The cube of a scene.
    #[wasm_bindgen(constructor)]
    pub fn new(#[wasm_bindgen(unchecked_param_type = "Scene")] scene: JsValue) -> Result<Self, JsError> {
        let scene: Scene = from_js(scene)?;
        let mut figure = Figure::new(scene.shape, norm_of(&scene))?;
        figure.select(cell(scene.shape, scene.selected));
        figure.settle();
        Ok(Self { figure, scene })
    }

    /// Takes another scene.
    pub fn show(&mut self, #[wasm_bindgen(unchecked_param_type = "Scene")] scene: JsValue) -> Result<(), JsError> {
        let scene: Scene = from_js(scene)?;
        if scene.shape != self.scene.shape {
            self.figure = Figure::new(scene.shape, norm_of(&scene))?;
        } else if norm_of(&scene) != self.figure.norm() {
            self.figure.set_norm(norm_of(&scene))?;
        }
        if cell(scene.shape, scene.selected) != self.figure.selected() {
            self.figure.select(cell(scene.shape, scene.selected));
        }
        self.scene = scene;
        Ok(())
    }

    /// Brings a place into focus, or with `undefined` the star.
    pub fn hover(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Place | undefined")] at: JsValue,
    ) -> Result<(), JsError> {
        let at: Option<Place> = from_js(at)?;
        self.figure.hover(at.map(|at| cell(self.scene.shape, at)));
        Ok(())
    }

    /// Where a move takes the star.
    #[wasm_bindgen(unchecked_return_type = "Place")]
    pub fn step(&self, #[wasm_bindgen(unchecked_param_type = "Move")] step: JsValue) -> Result<JsValue, JsError> {
        let mut figure = self.figure.clone();
        figure.step(from_js::<Move>(step)?);
        to_js(&place(self.scene.shape, figure.selected()))
    }

    /// The place at a point of a plate drawn `width` wide.
    #[wasm_bindgen(unchecked_return_type = "Place | undefined")]
    pub fn pick(&self, width: f64, x: f64, y: f64) -> Result<JsValue, JsError> {
        to_js(&self.figure.pick(width, Point { x, y }).map(|cell| place(self.scene.shape, cell)))
    }

    /// What to paint; `progress` from 0 to 1 on the way to the present arrangement.
    #[wasm_bindgen(unchecked_return_type = "Drawing")]
    pub fn draw(&self, width: f64, progress: f64) -> Result<JsValue, JsError> {
        to_js(&self.figure.draw(width, progress))
    }

    /// Ends the move to the present arrangement.
    pub fn settle(&mut self) {
        self.figure.settle();
    }
}

/// The small picture of a scene's method for the method row.
#[wasm_bindgen(unchecked_return_type = "Miniature")]
pub fn miniature(#[wasm_bindgen(unchecked_param_type = "Scene")] scene: JsValue) -> Result<JsValue, JsError> {
    /// Pixels of a step along N or C.
    const UNIT: f64 = 10.0;
    let scene: Scene = from_js(scene)?;
    // 2×2 values a plane: more would be too fine to see.
    to_js(&Figure::new(Shape { h: 2, w: 2, ..scene.shape }, norm_of(&scene))?.miniature(UNIT))
}

fn norm_of(scene: &Scene) -> Norm {
    match scene.method {
        Method::Norm(norm) => norm,
        Method::Own(own) => own.norm(scene.shape).unwrap_or(Norm::None),
    }
}

fn cell(shape: Shape, at: Place) -> Cell {
    Cell { n: at.n, c: at.c, k: at.h * shape.w + at.w }
}

fn place(shape: Shape, cell: Cell) -> Place {
    Place { n: cell.n, c: cell.c, h: cell.k / shape.w, w: cell.k % shape.w }
}
