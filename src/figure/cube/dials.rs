//! The effect of the contrast and brightness dials on x̂.

use super::reductions::Reductions;
use super::shown::{plain, shown};
use super::tensor::Tensor;
use super::values::{Poked, Values};
use crate::figure::scene::{Scene, Stage};
use crate::norms::grouping::GroupingError;
use std::rc::Rc;

/// The greatest change of x̂ caused by the dials, under the scene's method and mode; NaN is left out.
///
/// # Errors
/// [`GroupingError`] if the method does not fit the shape.
pub fn hats_moved(scene: &Scene) -> Result<f32, GroupingError> {
    let scene = Scene { poke: None, stage: Stage::XHat, ..scene.clone() };
    let hats = |tensor: &Rc<Tensor>| -> Result<Values, GroupingError> {
        Values::of(&scene, Poked { tensor, poke: None }, &Reductions::of(&scene, tensor)?)
    };
    let tensors = [plain(&scene), shown(&scene)];
    let values = [hats(&tensors[0])?, hats(&tensors[1])?];
    let hat = |which: usize, index: u32| values[which].at(Stage::XHat, index, tensors[which].values()[index as usize]);
    let moves = (0..scene.shape.len()).map(|index| (hat(1, index) - hat(0, index)).abs());
    Ok(moves.filter(|by| by.is_finite()).fold(0.0, f32::max))
}
