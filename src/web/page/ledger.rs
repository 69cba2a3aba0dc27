//! The ledger, for the page.

use super::{from_js, to_js};
use crate::figure::cube::shown::shown;
use crate::figure::ledger::account::Account;
use crate::figure::ledger::backward::Backward;
use crate::figure::ledger::histogram::{Counted, places_within};
use crate::figure::ledger::lens::Lens;
use crate::figure::ledger::sums::Sums;
use crate::figure::scene::{Place, Scene, Stage};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// The sums behind the values of a scene. What they need from the tensor is computed once and kept.
#[wasm_bindgen]
#[derive(Default)]
pub struct Ledger(Option<Counted>);

#[wasm_bindgen]
impl Ledger {
    /// An empty ledger.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Changes to a scene.
    pub fn update(&mut self, #[wasm_bindgen(unchecked_param_type = "Scene")] scene: JsValue) -> Result<(), JsError> {
        let scene: Scene = from_js(scene)?;
        let tensor = shown(&scene);
        match &mut self.0 {
            Some(kept) if Rc::ptr_eq(kept.account().tensor(), &tensor) => kept.renew(scene)?,
            Some(_) | None => self.0 = Some(Counted::new(Account::new(scene, tensor)?)),
        }
        Ok(())
    }

    /// The sums of the value at a place.
    #[wasm_bindgen(unchecked_return_type = "Sums")]
    pub fn sums(&self, #[wasm_bindgen(unchecked_param_type = "Place")] at: JsValue) -> Result<JsValue, JsError> {
        to_js(&Sums::of(self.kept()?.account(), from_js(at)?)?)
    }

    /// The histograms, seen from a place.
    #[wasm_bindgen(unchecked_return_type = "Histograms")]
    pub fn histograms(&self, #[wasm_bindgen(unchecked_param_type = "Place")] at: JsValue) -> Result<JsValue, JsError> {
        to_js(&self.kept()?.histograms(from_js(at)?)?)
    }

    /// The places of values from `low` up to `high` at a stage, at most `most` of them.
    #[wasm_bindgen(unchecked_return_type = "Place[]")]
    pub fn within(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Place")] at: JsValue,
        #[wasm_bindgen(unchecked_param_type = "Stage")] stage: JsValue,
        low: f32,
        high: f32,
        most: usize,
    ) -> Result<JsValue, JsError> {
        let (at, stage) = (from_js::<Place>(at)?, from_js::<Stage>(stage)?);
        to_js(&places_within(self.kept()?.account(), at, stage, [low, high], most)?)
    }

    /// The precision lens on the group of a place; `undefined` if nothing shares a mean.
    #[wasm_bindgen(unchecked_return_type = "Lens | undefined")]
    pub fn lens(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Place")] at: JsValue,
        offset: f32,
    ) -> Result<JsValue, JsError> {
        to_js(&Lens::of(self.kept()?.account(), from_js(at)?, offset)?)
    }

    /// Where the gradient of the star's y goes.
    #[wasm_bindgen(unchecked_return_type = "Backward")]
    pub fn backward(&self) -> Result<JsValue, JsError> {
        to_js(&Backward::of(self.kept()?.account())?)
    }

    fn kept(&self) -> Result<&Counted, JsError> {
        self.0.as_ref().ok_or_else(|| JsError::new("the ledger has no scene yet"))
    }
}
