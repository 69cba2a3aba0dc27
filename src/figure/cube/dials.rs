//! The effect of the contrast and brightness dials on x̂.

use super::reductions::Reductions;
use super::shown::{plain, shown};
use super::tensor::Tensor;
use super::values::{Poked, Values, odd_step};
use crate::figure::scene::{Scene, Stage};
use crate::norms::grouping::GroupingError;
use std::rc::Rc;

/// Most values that are compared; of more, every nth.
const MOST_COMPARED: u32 = 1 << 14;

/// By how much the dials moved x̂.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct HatsMoved {
    /// The greatest change; NaN is left out.
    pub by: f32,
    /// Every how many values one was compared.
    pub nth: u32,
}

/// The greatest change of x̂ caused by the dials, under the scene's method and mode.
///
/// # Errors
/// [`GroupingError`] if the method does not fit the shape.
pub fn hats_moved(scene: &Scene) -> Result<HatsMoved, GroupingError> {
    let scene = Scene { poke: None, stage: Stage::XHat, ..scene.clone() };
    let tensors = [plain(&scene), shown(&scene)];
    let hats = |tensor: &Rc<Tensor>| -> Result<Values, GroupingError> {
        Values::of(&scene, Poked { tensor, poke: None }, &Reductions::of(&scene, tensor)?)
    };
    let values = [hats(&tensors[0])?, hats(&tensors[1])?];
    let hat = |which: usize, index: u32| values[which].at(Stage::XHat, index, tensors[which].get(index));
    let nth = odd_step(scene.shape.len(), MOST_COMPARED);
    let moves = (0..scene.shape.len()).step_by(nth as usize).map(|index| (hat(1, index) - hat(0, index)).abs());
    Ok(HatsMoved { by: moves.filter(|by| by.is_finite()).fold(0.0, f32::max), nth })
}
