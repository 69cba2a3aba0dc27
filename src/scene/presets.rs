//! Scenes that reproduce what the sources draw, run or claim, under names that a link can hold (`#p=A-gn5`).
//!
//! The letter is the source's: A the tutorial, C its version of 2020, E the walkthrough. Networks to train are no part of
//! this: see the presets of `race`.

use super::clamp::Clamped;
use super::{FIRST_SHAPE, Method, Scene, Stage, WALK_ROOT, hash};
use crate::grouping::tiling::Axis;
use crate::norm::{AxesNorm, Norm};
use crate::shape::Shape;
use serde::Serialize;
use std::num::NonZeroU32;
use tsify::Tsify;

/// A scene with a name.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
pub struct ScenePreset {
    /// Its name in a link.
    pub name: &'static str,
    /// What it shows.
    pub title: &'static str,
    /// What the source says or runs, and what is so.
    pub words: &'static str,
    /// What is shown.
    pub scene: Scene,
}

/// What the tutorial's convolution of 10×3×3 makes of four digits of 28×28.
pub const TUTORIAL_SHAPE: Shape = Shape { n: 4, c: 10, h: 26, w: 26 };

/// The walkthrough's tensor.
pub const WALK_SHAPE: Shape = Shape { n: 64, c: 16, h: 112, w: 112 };

/// What Keras and its add-ons take for ε where the reader names none.
const KERAS_EPSILON: f32 = 1e-3;

/// Root mean square of what Keras' `random_uniform` draws from [−0.05, 0.05]: 0.05/√3.
const RANDOM_GAMMA: f32 = 0.028_867_513;

/// The line of the walkthrough that divides by the variance.
const ROOT_LINE: u32 = 6;

/// All presets, in the order of the menu.
pub fn all() -> Vec<ScenePreset> {
    vec![
        ScenePreset {
            name: "A-figure",
            title: "The paper’s figure",
            words: "All three overviews copy the Group Normalization paper’s picture: batch norm takes a mean a channel, \
                    layer norm one an image, instance norm one of each plane, group norm one of each group of an image.",
            scene: Scene::default(),
        },
        ScenePreset {
            name: "A-gn5",
            title: "Group norm with 5 groups",
            words: "The tutorial’s layer behind a convolution of 10 filters: 5 means an image, each of two neighbouring \
                    channels, 1,352 values. Its network has 866,818 parameters.",
            scene: tutorial(Norm::Group { groups: some(5) }),
        },
        ScenePreset {
            name: "A-ln-axis3",
            title: "Layer norm with axis=3",
            words: "The tutorial says that a mean comes from all activations of a sample. Its code, axis=3, takes one a \
                    pixel: 676 means of 10 values an image, where the figure has one of 6,760.",
            scene: with_erratum("tutorial-axis-3", tutorial(Norm::Axes(AxesNorm::over(&[Axis::C])))),
        },
        ScenePreset {
            name: "C-ln-axis1",
            title: "Layer norm with axis=1",
            words: "The version of 2020 has axis=1, which is the height of a tensor N×H×W×C: 260 means of 26 values an \
                    image, down its columns. γ and β grow to 26 entries each, the network to 866,850 parameters.",
            scene: with_erratum("translation-axis-1", tutorial(Norm::Axes(AxesNorm::over(&[Axis::H])))),
        },
        ScenePreset {
            name: "A-in-random",
            title: "Instance norm with a random γ",
            words: "The tutorial starts γ and β from random_uniform, which draws from −0.05 to 0.05: 10 means of 676 \
                    values an image, and what leaves the layer is about 35 times smaller. γ here is the root mean square \
                    of such draws, for all channels.",
            scene: with_erratum(
                "tutorial-random-gamma",
                Scene { stage: Stage::Y, gamma: RANDOM_GAMMA, ..tutorial(Norm::Instance) },
            ),
        },
        ScenePreset {
            name: "E-walk",
            title: "The walkthrough’s tensor",
            words: "64 images of 16 channels and 112×112 values, in 4 groups: 256 means of 50,176 values. As written the \
                    code divides by the variance, not by its root, and prints a deviation of 3.46 for 1.",
            scene: Scene { line: ROOT_LINE, ..with_norm(Norm::Group { groups: some(4) }, WALK_SHAPE) },
        },
        ScenePreset {
            name: "E-figure-g",
            title: "G for the size of a group",
            words: "The walkthrough calls G the number of channels in a group. Its figure has groups of 3 channels, so 2 \
                    groups; a layer that is given 3 makes 3 groups of 2 channels, as here.",
            scene: with_erratum("walk-group-size", with_norm(Norm::Group { groups: some(3) }, FIRST_SHAPE)),
        },
    ]
}

/// The preset of a name.
pub fn find(name: &str) -> Option<ScenePreset> {
    all().into_iter().find(|preset| preset.name == name)
}

/// The scene of a link that may name a preset; what else it says goes over that. See [`hash::read`].
pub fn read(fragment: &str) -> Clamped {
    let named = fragment.trim_start_matches('#').split('&').find_map(|pair| pair.strip_prefix("p="));
    let Some(name) = named else { return hash::read(fragment) };
    let Some(preset) = find(name) else {
        let Clamped { scene, mut changes } = hash::read(fragment);
        let shown: String = name.chars().take(24).collect();
        changes.insert(0, format!("there is no preset “{shown}”"));
        return Clamped { scene, changes };
    };
    hash::read_over(preset.scene, fragment)
}

fn tutorial(norm: Norm) -> Scene {
    Scene { epsilon: KERAS_EPSILON, ..with_norm(norm, TUTORIAL_SHAPE) }
}

fn with_norm(norm: Norm, shape: Shape) -> Scene {
    Scene { method: Method::Norm(norm), shape, ..Scene::default() }
}

/// With an erratum as written, beside the walkthrough's missing root.
fn with_erratum(id: &str, scene: Scene) -> Scene {
    Scene { as_written: vec![WALK_ROOT.to_owned(), id.to_owned()], ..scene }
}

fn some(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN)
}
