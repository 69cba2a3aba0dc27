//! The presets of scenes show what they say: counts of means, shapes, parameters, deviations.

#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use blue_cube::errata;
use blue_cube::norm::{Norm, Recipe};
use blue_cube::scene::presets::{self, TUTORIAL_SHAPE, WALK_SHAPE};
use blue_cube::scene::{Method, Scene, WALK_ROOT, hash};
use blue_cube::shape::Shape;
use blue_cube::walkthrough;

fn scene(name: &str) -> Scene {
    presets::find(name).unwrap_or_else(|| panic!("no preset {name}")).scene
}

fn norm(scene: &Scene) -> Norm {
    match scene.method {
        Method::Norm(norm) => norm,
        Method::Own(own) => panic!("{own:?} has no name"),
    }
}

/// Means an image, and values a mean.
fn means(scene: &Scene) -> [u32; 2] {
    let tiling = scene.method.tilings(scene.shape).unwrap()[0];
    [tiling.n_tiles() / scene.shape.n, tiling.tile_len()]
}

/// Entries of γ and β together.
fn affine_len(scene: &Scene) -> u32 {
    2 * match norm(scene).recipe(scene.shape).unwrap() {
        None => 0,
        Some(Recipe::Axes(recipe)) => recipe.affine.n_tiles(),
        Some(Recipe::Planes(_) | Recipe::BatchInstance | Recipe::Switchable) => scene.shape.c,
    }
}

/// Of the tutorial's network: convolution 10×3×3, norm, dense 128, dense 10.
fn parameters(scene: &Scene) -> u32 {
    let dense = |inputs: u32, outputs: u32| (inputs + 1) * outputs;
    dense(9, 10) + affine_len(scene) + dense(scene.shape.image_len(), 128) + dense(128, 10)
}

#[test]
fn every_preset_can_be_shown_and_linked() {
    let all = presets::all();
    for preset in &all {
        let name = preset.name;
        let clamped = preset.scene.clone().clamp();
        assert_eq!(clamped.scene, preset.scene, "{name}");
        assert_eq!(clamped.changes, [""; 0], "{name}");
        assert_eq!(hash::read(&hash::write(&preset.scene)).scene, preset.scene, "{name}");
        assert_eq!(presets::read(&format!("#p={name}")).scene, preset.scene);
        assert_eq!(all.iter().filter(|other| other.name == name).count(), 1, "{name}");
        let known: Vec<&str> = errata::all().iter().map(|erratum| erratum.id).collect();
        for id in &preset.scene.as_written {
            assert!(known.contains(&id.as_str()), "{name}: no erratum {id} among {known:?}");
        }
    }
}

#[test]
fn a_link_goes_over_its_preset() {
    let read = presets::read("#v=1&p=A-gn5&g=2&seed=9");
    assert_eq!(norm(&read.scene), norm(&presets::read("#m=gn&g=2").scene));
    assert_eq!((read.scene.shape, read.scene.seed), (TUTORIAL_SHAPE, 9));
    assert_eq!(read.changes, [""; 0]);
    let unknown = presets::read("#p=Z-none&m=bn");
    assert_eq!(unknown.changes, ["there is no preset “Z-none”"]);
    assert_eq!(norm(&unknown.scene), Norm::Batch);
}

#[test]
fn the_figure_has_a_mean_a_channel_image_plane_and_group() {
    let figure = scene("A-figure");
    let Shape { n, c, .. } = figure.shape;
    let Norm::Group { groups } = norm(&figure) else { panic!("{:?}", figure.method) };
    let counts = [Norm::Batch, Norm::Layer, Norm::Instance, Norm::Group { groups }]
        .map(|norm| norm.tilings(figure.shape).unwrap()[0].n_tiles());
    assert_eq!(counts, [c, n, n * c, n * groups.get()]);
    assert_eq!(counts, [6, 4, 24, 8]);
}

#[test]
fn the_tutorials_layers_have_the_counts_of_the_sources() {
    for (name, want_means, want_affine, want_parameters) in [
        ("A-gn5", [5, 1352], 20, 866_818),
        ("A-ln-axis3", [676, 10], 20, 866_818),
        ("C-ln-axis1", [260, 26], 52, 866_850),
        ("A-in-random", [10, 676], 20, 866_818),
    ] {
        let scene = scene(name);
        assert_eq!(scene.shape, Shape { n: scene.shape.n, c: 10, h: 26, w: 26 }, "{name}");
        assert_eq!(means(&scene), want_means, "{name}");
        assert_eq!(affine_len(&scene), want_affine, "{name}");
        assert_eq!(parameters(&scene), want_parameters, "{name}");
        assert_eq!(scene.epsilon, 1e-3, "{name}");
    }
    let figure = Scene { method: Method::Norm(Norm::Layer), ..scene("A-ln-axis3") };
    assert_eq!(means(&figure), [1, 6760]);
}

/// The errata measured a root mean square of 0.029 for γ, 35 times less than 1.
#[test]
fn a_random_gamma_makes_what_leaves_35_times_smaller() {
    let gamma = scene("A-in-random").gamma;
    let n_draws = 10_000;
    let draws = (0..n_draws).map(|i| ((f64::from(i) + 0.5) / f64::from(n_draws) - 0.5) * 0.1);
    let rms = (draws.map(|x| x * x).sum::<f64>() / f64::from(n_draws)).sqrt();
    // The moments of an even grid of 10,000 points are those of the distribution to 1 in 10⁸.
    assert!((f64::from(gamma) - rms).abs() < 1e-7, "{gamma} against {rms}");
    assert_eq!((1.0 / gamma).round(), 35.0);
}

#[test]
fn the_walk_is_the_walkthroughs() {
    let walk = scene("E-walk");
    assert_eq!(WALK_SHAPE, walkthrough::SHAPE);
    assert_eq!((walk.shape, walk.line), (walkthrough::SHAPE, walkthrough::ROOT_LINE));
    assert_eq!(means(&walk), [walkthrough::GROUPS, 50_176]);
    assert_eq!(means(&walk)[0] * walk.shape.n, 256);
    assert!(walk.as_written.iter().any(|id| id == WALK_ROOT));
}

#[test]
fn three_as_a_size_is_two_groups() {
    let mistaken = scene("E-figure-g");
    assert_eq!(means(&mistaken), [3, 32]);
    assert_eq!(means(&scene("A-figure")), [2, 48]);
    let erratum = errata::all().into_iter().find(|erratum| erratum.id == "walk-group-size").unwrap();
    let [as_written, corrected] = erratum.scenes.unwrap();
    assert_eq!(as_written.method, Some(mistaken.method));
    assert_eq!(corrected.method, Some(scene("A-figure").method));
}
