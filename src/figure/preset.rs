//! The presets: scenes that each reproduce what one of the sources shows, with what the source says and what the engine
//! finds. Each has a link: `#p=A-ln-axis3`.
//!
//! Uses: norms, engine::plan, engine::random, network::layer::norm, training::race::experiment, figure::scene, figure::errata,
//! figure::cube, figure::walkthrough.

use crate::engine::plan::parameter::Regularizer;
use crate::engine::random::Init;
use crate::figure::cube::reductions::Reductions;
use crate::figure::cube::tensor::Tensor;
use crate::figure::cube::values::{Poked, Values};
use crate::figure::errata;
use crate::figure::scene::clamp::Clamped;
use crate::figure::scene::{Dialect, FIRST_SHAPE, Method, Place, Scene, Stage, WALK_ROOT, hash};
use crate::network::layer::norm::gain::{Gain, Start};
use crate::norms::grouping::tiling::Axis;
use crate::norms::norm::{AxesNorm, DEFAULT_EPSILON, KERAS_EPSILON, Norm};
use crate::norms::number;
use crate::norms::shape::Shape;
use crate::training::race::experiment::NAMES;
use serde::Serialize;
use std::num::NonZeroU32;
use std::rc::Rc;
use tsify::Tsify;

/// The output of the tutorial's convolution for four images: 10 channels of 26×26.
pub const TUTORIAL_SHAPE: Shape = Shape { n: 4, c: 10, h: 26, w: 26 };

/// Parameters of the tutorial's network with group norm; a test counts them in the model.
pub const TUTORIAL_PARAMETERS: u32 = 866_818;

/// Ends the name of an experiment's quick form.
const QUICK: &str = "-quick";

/// γ or β of Keras' `random_uniform` initializer.
const RANDOM: Gain =
    Gain { start: Start::Drawn(Init::RANDOM_UNIFORM), constraint: None, regularizer: Regularizer { l1: 0.0, l2: 0.0 } };

/// A scene from a source.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Preset {
    /// The paper's figure, as the tutorials show it.
    Figure,
    /// The tutorial's group norm.
    GroupFive,
    /// The tutorial's layer norm.
    LayerAxis3,
    /// The earlier tutorial's layer norm.
    LayerAxis1,
    /// The tutorial's instance norm with random γ and β.
    InstanceRandom,
    /// The walkthrough.
    Walk,
    /// The walkthrough's figure and its words.
    FigureGroups,
}

/// All presets, in the order of the menu.
pub const ALL: [Preset; 7] = [
    Preset::Figure,
    Preset::GroupFive,
    Preset::LayerAxis3,
    Preset::LayerAxis1,
    Preset::InstanceRandom,
    Preset::Walk,
    Preset::FigureGroups,
];

/// A preset in words.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Tsify)]
pub struct PresetWords {
    /// Its name in links.
    pub id: &'static str,
    /// What it shows.
    pub title: &'static str,
    /// What the source says.
    pub says: &'static str,
}

impl Preset {
    /// Its name in links.
    pub fn id(self) -> &'static str {
        words(self).id
    }

    /// Its scene.
    pub fn scene(self) -> Scene {
        let norm = |norm, shape| Scene { method: Method::Norm(norm), shape, ..Scene::default() };
        match self {
            Self::Figure => Scene::default(),
            Self::GroupFive => as_written(Dialect::Tfa, norm(group(5), TUTORIAL_SHAPE)),
            Self::LayerAxis3 => {
                as_written(Dialect::Keras, norm(Norm::Axes(AxesNorm::over(&[Axis::C])), TUTORIAL_SHAPE))
            }
            Self::LayerAxis1 => {
                as_written(Dialect::Keras, norm(Norm::Axes(AxesNorm::over(&[Axis::H])), TUTORIAL_SHAPE))
            }
            Self::InstanceRandom => Scene {
                gamma_rule: RANDOM,
                beta_rule: RANDOM,
                stage: Stage::Y,
                ..as_written(Dialect::Tfa, norm(Norm::Instance, TUTORIAL_SHAPE))
            },
            Self::Walk => Scene {
                line: 6,
                as_written: vec![WALK_ROOT.to_owned()],
                selected: Place { n: 0, c: 0, h: 1, w: 1 },
                ..norm(group(4), Shape { n: 4, c: 16, h: 8, w: 8 })
            },
            Self::FigureGroups => norm(group(3), FIRST_SHAPE),
        }
    }
}

/// A preset in words.
pub fn words(preset: Preset) -> PresetWords {
    let words = |id, title, says| PresetWords { id, title, says };
    match preset {
        Preset::Figure => words(
            "A-figure",
            "the paper’s figure: one tensor, six answers",
            "The tutorials open with the picture of the Group Normalization paper: batch, layer, instance and group norm of one tensor.",
        ),
        Preset::GroupFive => words(
            "A-gn5",
            "a tutorial’s group norm: 5 groups after a 3×3 convolution",
            "GroupNormalization(groups=5, axis=3) on 26×26 images with 10 channels.",
        ),
        Preset::LayerAxis3 => words(
            "A-ln-axis3",
            "the same tutorial’s layer norm, which is not the figure’s",
            "LayerNormalization(axis=3), where the text says that the mean is taken “from all activations of a single sample”.",
        ),
        Preset::LayerAxis1 => words(
            "C-ln-axis1",
            "its earlier edition’s layer norm, down each column",
            "LayerNormalization(axis=1); in Keras’ order of axes, 1 is the height.",
        ),
        Preset::InstanceRandom => words(
            "A-in-random",
            "its instance norm, with a random γ and β",
            "InstanceNormalization(axis=3, beta_initializer=\"random_uniform\", gamma_initializer=\"random_uniform\").",
        ),
        Preset::Walk => words(
            "E-walk",
            "a walkthrough of the code, without its square root",
            "(tensor - mean) / (var + 1e-5), run on 64×16×112×112 numbers; the cube shows four of its 16-channel images.",
        ),
        Preset::FigureGroups => words(
            "E-figure-g",
            "“group size” or the number of groups",
            "The “group size” is “the number of channels that we’re grouping together”: 3 in its picture of six channels.",
        ),
    }
}

/// What the engine finds for a preset, computed on demand.
pub fn finds(preset: Preset) -> String {
    let scene = preset.scene();
    let count = |norm| counts(norm, scene.shape);
    let an_image = |norm| {
        let (n_means, n_values) = count(norm);
        (n_means / scene.shape.n, n_values)
    };
    match preset {
        Preset::Figure => {
            let all =
                [("batch", Norm::Batch), ("layer", Norm::Layer), ("instance", Norm::Instance), ("group", group(2))];
            let all = all.map(|(name, norm)| {
                let (n_means, n_values) = count(norm);
                format!("{name} {} of {}", means(n_means), number::count(n_values))
            });
            format!("{}.", all.join(", "))
        }
        Preset::GroupFive => {
            let (n_means, n_values) = an_image(group(5));
            format!(
                "{} per image, of {} each; the network has {} parameters.",
                means(n_means),
                values(n_values),
                number::count(TUTORIAL_PARAMETERS)
            )
        }
        Preset::LayerAxis3 | Preset::LayerAxis1 => {
            let Method::Norm(norm) = scene.method else { return String::new() };
            let ((n_means, n_values), (_, whole)) = (an_image(norm), an_image(Norm::Layer));
            format!(
                "{} per image, of {} each; the figure’s layer norm has 1 of {}.",
                means(n_means),
                values(n_values),
                number::count(whole)
            )
        }
        Preset::InstanceRandom => {
            let ((n_means, n_values), ratio) = (an_image(Norm::Instance), shrinkage(&scene));
            format!(
                "{} per image, of {} each; γ and β drawn from −0.05 to 0.05 make y {ratio:.0} times smaller than x̂.",
                means(n_means),
                values(n_values)
            )
        }
        Preset::Walk => {
            let (n_means, n_values) = counts(group(4), crate::figure::walkthrough::SHAPE);
            // Values that are uniform between 0 and 1 have a variance of 1/12.
            let spread = (12.0f64).sqrt() / (1.0 + 12.0 * f64::from(DEFAULT_EPSILON));
            format!(
                "{} (64 images × 4 groups) of {} each; without the root the spread is 1∕σ, about {spread:.2}, instead of 1: the code’s printouts measure it.",
                means(n_means),
                values(n_values)
            )
        }
        Preset::FigureGroups => {
            let ((two, of_two), (three, of_three)) = (count(group(2)), count(group(3)));
            format!(
                "2 groups of 3 channels: {} of {of_two}. 3 groups of 2: {} of {of_three}. In every library G counts the groups; the two readings agree only with 16 channels and G = 4.",
                means(two),
                means(three)
            )
        }
    }
}

/// Reads a link's fragment: the scene of its preset, if it names one, changed by the rest of the fragment.
pub fn read(fragment: &str) -> Clamped {
    let named = hash::value_of(fragment, "p");
    let preset = ALL.into_iter().find(|preset| named.as_deref() == Some(preset.id()));
    let first = preset.map_or_else(Scene::default, Preset::scene);
    let Clamped { mut scene, mut changes } = hash::read_over(first, fragment);
    // Experiments of the race are opened by the page.
    let is_experiment = |name: &str| NAMES.contains(&name.strip_suffix(QUICK).unwrap_or(name));
    let mut tell = |key: &str, name: &str| {
        let name: String = name.chars().take(24).collect();
        changes.push(format!("“{key}={name}” in the link names nothing that is in the menu Presets, and was left out"));
    };
    if let Some(name) = named.filter(|name| preset.is_none() && !is_experiment(name)) {
        tell("p", &name);
    }
    if let Some(name) = scene.race.experiment.take_if(|name| !is_experiment(name)) {
        tell("race", &name);
    }
    let is_known = |name: &String| errata::NAMES.contains(&name.as_str());
    if let Some(name) = scene.as_written.iter().find(|name| !is_known(name)) {
        let said: String = hash::value_of(fragment, "bug").unwrap_or_default().chars().take(24).collect();
        changes.push(format!("“bug={said}” in the link names no erratum of this page by {name}, which was left out"));
        scene.as_written.retain(is_known);
    }
    Clamped { scene, changes }
}

/// A scene whose call is written as its source writes it, with the source's ε.
fn as_written(dialect: Dialect, scene: Scene) -> Scene {
    Scene { dialect, epsilon: KERAS_EPSILON as f32, ..scene }
}

fn group(groups: u32) -> Norm {
    Norm::Group { groups: NonZeroU32::new(groups).unwrap_or(NonZeroU32::MIN) }
}

fn means(count: u32) -> String {
    number::plural(count, "mean")
}

fn values(count: u32) -> String {
    number::plural(count, "value")
}

/// How many means a norm computes, and from how many values each.
fn counts(norm: Norm, shape: Shape) -> (u32, u32) {
    norm.tilings(shape)
        .ok()
        .and_then(|tilings| tilings.first().copied())
        .map_or((0, 0), |tiling| (tiling.n_tiles(), tiling.tile_len()))
}

/// How many times larger x̂ is than y, in root mean square.
fn shrinkage(scene: &Scene) -> f32 {
    let tensor = Rc::new(Tensor::sample(scene.shape, scene.seed));
    let x = Poked { tensor: &tensor, poke: None };
    let values = Reductions::of(scene, &tensor).and_then(|reductions| Values::of(scene, x, &reductions));
    let Ok(values) = values else { return 1.0 };
    let squares = |stage| (0..scene.shape.len()).map(|i| values.at(stage, i, x.value(i)).powi(2)).sum::<f32>();
    (squares(Stage::XHat) / squares(Stage::Y)).sqrt()
}
