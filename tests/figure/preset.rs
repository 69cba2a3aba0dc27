//! The presets: what each must show, according to the engine; and their links.

use blue_cube::dialect::{read as read_call, write};
use blue_cube::model::ModelSpec;
use blue_cube::norm::Norm;
use blue_cube::preset::{ALL, Preset, TUTORIAL_PARAMETERS, finds, read, words};
use blue_cube::scene::hash;
use std::num::NonZeroU32;

/// Words that the engine's findings must contain.
const FOUND: [(Preset, &[&str]); 7] = [
    (Preset::Figure, &["batch 6 means of 64", "layer 4 means of 96", "instance 24 means of 16", "group 8 means of 48"]),
    (Preset::GroupFive, &["5 means per image, of 1352 values", "866\u{202f}818 parameters"]),
    (Preset::LayerAxis3, &["676 means per image, of 10 values", "has 1 of 6760"]),
    (Preset::LayerAxis1, &["260 means per image, of 26 values", "has 1 of 6760"]),
    (Preset::InstanceRandom, &["10 means per image, of 676 values", "times smaller than x̂"]),
    (Preset::Walk, &["256 means (64 images × 4 groups) of 50\u{202f}176 values"]),
    (Preset::FigureGroups, &["8 means of 48", "12 means of 32"]),
];

#[test]
fn every_preset_finds_what_it_must() {
    let mut wrong = vec![];
    for (preset, want) in FOUND {
        let found = finds(preset);
        wrong.extend(
            want.iter()
                .filter(|want| !found.contains(**want))
                .map(|want| format!("{preset:?}: no “{want}” in “{found}”")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(FOUND.map(|(preset, _)| preset), ALL);
}

/// The call under the sentence is the source's: its framework, its ε, its γ and β.
#[test]
fn presets_write_the_calls_of_their_sources() {
    let calls = [
        (Preset::GroupFive, "tfa.layers.GroupNormalization(groups=5, axis=3)"),
        (Preset::LayerAxis3, "layers.LayerNormalization(axis=3)"),
        (Preset::LayerAxis1, "layers.LayerNormalization(axis=1)"),
        (
            Preset::InstanceRandom,
            "tfa.layers.InstanceNormalization(axis=3, gamma_initializer=\"random_uniform\", beta_initializer=\"random_uniform\")",
        ),
    ];
    for (preset, call) in calls {
        let scene = preset.scene();
        assert_eq!(write(&scene, scene.dialect), call, "{preset:?}");
        assert_eq!(scene.epsilon, 1e-3, "{preset:?}");
        let read = read_call(call, scene.shape).unwrap();
        assert_eq!((read.method, read.epsilon), (scene.method, scene.epsilon), "{preset:?}");
        assert_eq!([read.patch.gamma_rule, read.patch.beta_rule], [scene.gamma_rule, scene.beta_rule], "{preset:?}");
    }
}

#[test]
fn the_tutorials_network_has_its_parameters() {
    let groups = NonZeroU32::new(5).unwrap();
    let plan = ModelSpec::tutorial(Norm::Group { groups }).plan(32, 32).unwrap();
    assert_eq!(plan.plan.n_parameters(), TUTORIAL_PARAMETERS);
}

#[test]
fn every_preset_is_a_scene_that_can_be_shown_and_a_link() {
    for preset in ALL {
        let scene = preset.scene();
        let clamped = scene.clone().clamp();
        assert_eq!((&clamped.scene, clamped.changes.len()), (&scene, 0), "{preset:?}");
        let id = words(preset).id;
        assert_eq!(read(&format!("#p={id}")).scene, scene, "{id}");
        assert_eq!(hash::read(&hash::write(&scene)).scene, scene, "{id}");
        let other = read(&format!("#v=1&p={id}&seed=9")).scene;
        assert_eq!(other.seed, 9, "the rest of the link counts");
        assert_eq!(other.method, scene.method);
    }
    assert_eq!(read("#p=none-such").scene, blue_cube::scene::Scene::default());
}
