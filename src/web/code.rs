//! The Code part, for the page and for the worker that walks through the tensor: the walkthrough's lines, picture and
//! statistics, and the errata.

use super::values::{from_js, to_js};
use crate::figure::walkthrough::measure::{Findings, Walk as Walker};
use crate::figure::walkthrough::print::{self, Print};
use crate::figure::walkthrough::{SHAPE, lines, picture};
use crate::figure::{errata, scene, walkthrough};
use serde::Serialize;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

/// Returns the eight lines of the walkthrough.
#[wasm_bindgen(js_name = walkLines, unchecked_return_type = "Line[]")]
pub fn walk_lines(as_written: bool) -> Result<JsValue, JsError> {
    to_js(&lines::lines(as_written))
}

/// Returns the picture of the tensor between two lines, `progress` from 0 to 1.
#[wasm_bindgen(js_name = walkPicture, unchecked_return_type = "Picture")]
pub fn walk_picture(
    from: u32,
    to: u32,
    progress: f64,
    #[wasm_bindgen(unchecked_param_type = "Place")] focus: JsValue,
) -> Result<JsValue, JsError> {
    to_js(&picture::picture(from, to, progress, from_js(focus)?))
}

/// Returns the errors of the sources, executed.
#[wasm_bindgen(js_name = errata, unchecked_return_type = "Erratum[]")]
pub fn all_errata() -> Result<JsValue, JsError> {
    to_js(&errata::all())
}

/// The walk through the walkthrough's tensor, image by image.
#[wasm_bindgen]
pub struct Walk(Walker);

/// The findings of a walk, with their pictures.
#[derive(Serialize, Tsify)]
struct WalkReport {
    findings: Findings,
    prints: Prints,
}

/// The pictures of the printouts.
#[derive(Serialize, Tsify)]
struct Prints {
    input: Print,
    written: Print,
    corrected: Print,
}

#[wasm_bindgen]
impl Walk {
    /// Starts at the first image of the tensor with this seed.
    #[wasm_bindgen(constructor)]
    pub fn new(seed: u32) -> Self {
        Self(Walker::new(seed))
    }

    /// Works through one more image; returns `false` if there is none.
    pub fn step(&mut self) -> bool {
        self.0.step()
    }

    /// Images done.
    #[wasm_bindgen(getter, js_name = nDone)]
    pub fn n_done(&self) -> u32 {
        self.0.n_done()
    }

    /// Number of images.
    #[wasm_bindgen(getter, js_name = nImages)]
    pub fn n_images(&self) -> u32 {
        SHAPE.n
    }

    /// The findings in the images done so far.
    #[wasm_bindgen(unchecked_return_type = "WalkReport")]
    pub fn report(&self) -> Result<JsValue, JsError> {
        let findings = self.0.findings();
        let [input, written, corrected] = [&findings.input, &findings.written, &findings.corrected].map(print::print);
        to_js(&WalkReport { prints: Prints { input, written, corrected }, findings })
    }
}

/// The name, in a scene, of the erratum that the code panel toggles.
#[wasm_bindgen(js_name = rootErratum)]
pub fn root_erratum() -> String {
    scene::WALK_ROOT.to_owned()
}

/// The line with the missing root.
#[wasm_bindgen(js_name = rootLine)]
pub fn root_line() -> u32 {
    walkthrough::ROOT_LINE
}
