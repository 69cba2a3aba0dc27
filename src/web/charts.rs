//! The charts of a race, for the page.

use super::values::{from_js, to_js};
use crate::chart::Theme;
use crate::chart::lanes::{Ghost, Judgement, Lanes, Mark};
use crate::chart::{parameters, plot, sweep};
use crate::training::train::NormWeights;
use wasm_bindgen::prelude::*;

/// The charts of a race: fed while it runs, drawn on request. Time is counted in images trained on.
#[wasm_bindgen]
#[derive(Default)]
pub struct RaceChart(Lanes);

#[wasm_bindgen]
impl RaceChart {
    /// Makes empty charts.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the lanes that are shown, in order, and how they look; call it again when the theme changes. Data of other
    /// lanes is kept until they are removed.
    #[wasm_bindgen(js_name = setLanes)]
    pub fn set_lanes(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "LaneStyle[]")] lanes: JsValue,
    ) -> Result<(), JsError> {
        self.0.styles = from_js(lanes)?;
        Ok(())
    }

    /// Sets the number of images per pass over the training images (0: not known), and the least span of the time axis
    /// in images.
    #[wasm_bindgen(js_name = setTime)]
    pub fn set_time(&mut self, epoch_images: f64, least_end: f64) {
        let sound = |images: f64| if images.is_finite() && images > 0.0 { images } else { 0.0 };
        self.0.epoch_images = sound(epoch_images);
        self.0.least_end = sound(least_end);
    }

    /// Adds steps of a lane starting at `first_step` (0 is its first), with the images seen after each; earlier data
    /// for these and later steps is dropped. Returns `false`, and adds nothing, if steps before them are missing.
    pub fn push(&mut self, id: u32, first_step: u32, images: &[f32], losses: &[f32], accuracies: &[f32]) -> bool {
        self.0.push(id, u64::from(first_step), images, losses, accuracies)
    }

    /// Adds an evaluation on the test set.
    #[expect(clippy::too_many_arguments, reason = "an object for each evaluation would cost more than it is worth")]
    pub fn judge(
        &mut self,
        id: u32,
        images: f64,
        loss: f32,
        accuracy: f32,
        is_epoch_end: bool,
        by_batch_loss: Option<f32>,
        by_batch_accuracy: Option<f32>,
    ) {
        let by_batch = by_batch_loss.zip(by_batch_accuracy);
        self.0.judge(id, Judgement { images, loss, accuracy, by_batch, is_epoch_end });
    }

    /// Adds the parameters of a lane's norm layers.
    pub fn weigh(
        &mut self,
        id: u32,
        images: f64,
        #[wasm_bindgen(unchecked_param_type = "NormWeights[]")] norms: JsValue,
    ) -> Result<(), JsError> {
        let norms: Vec<NormWeights> = from_js(norms)?;
        self.0.weigh(id, images, &norms);
        Ok(())
    }

    /// Marks a change, for one lane or (`undefined`) for all.
    pub fn mark(&mut self, id: Option<u32>, images: f64, words: String) {
        self.0.marks.push(Mark { lane: id, images, words });
    }

    /// Adds a published curve: what a view shows, after each of `epochs`, in the colour of a lane.
    pub fn ghost(
        &mut self,
        label: String,
        lane: u32,
        #[wasm_bindgen(unchecked_param_type = "View")] view: JsValue,
        epochs: &[f32],
        values: &[f32],
    ) -> Result<(), JsError> {
        let view = from_js(view)?;
        let points = epochs.iter().zip(values).map(|(&epoch, &value)| (f64::from(epoch), f64::from(value)));
        self.0.ghosts.push(Ghost { label, lane, view, points: points.collect() });
        Ok(())
    }

    /// Removes a lane with its marks and ghosts.
    pub fn remove(&mut self, id: u32) {
        self.0.remove(id);
    }

    /// Removes everything.
    pub fn clear(&mut self) {
        self.0 = Lanes::default();
    }

    /// Draws a chart.
    #[wasm_bindgen(unchecked_return_type = "Chart")]
    pub fn draw(
        &self,
        #[wasm_bindgen(unchecked_param_type = "ChartRequest")] request: JsValue,
        #[wasm_bindgen(unchecked_param_type = "Theme")] theme: JsValue,
    ) -> Result<JsValue, JsError> {
        let theme: Theme = from_js(theme)?;
        to_js(&plot::draw(&self.0, &theme, &from_js(request)?))
    }

    /// Returns what can be drawn of a lane's norm layers.
    #[wasm_bindgen(unchecked_return_type = "Parameter[]")]
    pub fn parameters(&self, id: u32) -> Result<JsValue, JsError> {
        to_js(&self.0.run(id).weights.kinds())
    }

    /// Draws what the norm layers of a lane learned.
    #[wasm_bindgen(js_name = drawParameters, unchecked_return_type = "Drawing")]
    pub fn draw_parameters(
        &self,
        #[wasm_bindgen(unchecked_param_type = "ParametersRequest")] request: JsValue,
        #[wasm_bindgen(unchecked_param_type = "Theme")] theme: JsValue,
    ) -> Result<JsValue, JsError> {
        let theme: Theme = from_js(theme)?;
        to_js(&parameters::draw(&self.0, &theme, &from_js(request)?))
    }

    /// Returns what is at `x` pixels of a chart; the other three arguments are the chart's.
    #[wasm_bindgen(unchecked_return_type = "Hit")]
    pub fn hit(&self, x: f64, left: f64, right: f64, end: f64) -> Result<JsValue, JsError> {
        to_js(&self.0.hit(x, left, right, end))
    }

    /// Returns the values of each lane shown when it had seen that many images.
    #[wasm_bindgen(unchecked_return_type = "LaneHit[]")]
    pub fn at(&self, images: f64) -> Result<JsValue, JsError> {
        to_js(&self.0.at(images))
    }
}

/// Draws test accuracy against batch size.
#[wasm_bindgen(js_name = drawSweep, unchecked_return_type = "Drawing")]
pub fn draw_sweep(
    #[wasm_bindgen(unchecked_param_type = "SweepRequest")] request: JsValue,
    #[wasm_bindgen(unchecked_param_type = "Theme")] theme: JsValue,
) -> Result<JsValue, JsError> {
    let theme: Theme = from_js(theme)?;
    to_js(&sweep::draw(&from_js(request)?, &theme))
}
