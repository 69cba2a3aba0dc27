//! The sentence: one for every method, with the engine's numbers and the scene's controls.

use blue_cube::cube::figure::Figure;
use blue_cube::grouping::tiling::Axis;
use blue_cube::norm::{AxesNorm, Norm, NormKind};
use blue_cube::scene::field::SceneField;
use blue_cube::scene::{Method, Mode, OwnTile, Scene};
use blue_cube::sentence::{Piece, means, sentence, spoken};
use blue_cube::shape::Shape;
use std::num::NonZeroU32;

fn some(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).unwrap()
}

fn norm(norm: Norm) -> Scene {
    Scene { method: Method::Norm(norm), ..Scene::default() }
}

fn own(images: u32, channels: u32, pixel: bool) -> Scene {
    let own = OwnTile { images: some(images), channels: some(channels), pixel };
    Scene { method: Method::Own(own), ..Scene::default() }
}

#[test]
fn every_method_says_what_it_does() {
    let all = |axes: &[Axis]| AxesNorm::over(axes);
    let grouped = AxesNorm { groups: some(3), ..all(&[Axis::N, Axis::C]) };
    let table = [
        (
            norm(Norm::Group { groups: some(2) }),
            "Group norm splits the 6 channels of each of 4 images into 2 groups. Each of the 8 means comes from 48 blue values: 3 channels × 4 × 4 of one image.",
        ),
        (
            norm(Norm::Group { groups: some(1) }),
            "Group norm splits the 6 channels of each of 4 images into 1 group. Each of the 4 means comes from 96 blue values: 6 channels × 4 × 4 of one image.",
        ),
        (
            norm(Norm::Batch),
            "Batch norm normalizes each of the 6 channels across the batch of 4 images. In training, each of the 6 means comes from 64 blue values: 4 images × 4 × 4 of one channel.",
        ),
        (
            norm(Norm::Layer),
            "Layer norm normalizes each of 4 images as a whole. Each of the 4 means comes from 96 blue values: all 6 channels × 4 × 4, and nothing from any other image.",
        ),
        (
            norm(Norm::Instance),
            "Instance norm normalizes each channel of each image separately: 4 images, 6 channels. Each of the 24 means comes from 16 blue values, a single 4 × 4 picture.",
        ),
        (
            norm(Norm::None),
            "No norm computes no mean: the 384 values of 4 images, 6 channels, 4 × 4 each, pass through unchanged, and none depends on another.",
        ),
        (
            norm(Norm::BatchInstance),
            "Batch-instance norm mixes two results: 0.62 of batch norm, in training from 64 blue values across 4 images of 6 channels, and 0.38 of instance norm, from the 16 deep blue, 4 × 4.",
        ),
        (
            norm(Norm::Switchable),
            "Switchable norm mixes the moments of three norms: 0.33 instance, 0.33 layer, 0.33 batch, over 4 images of 6 channels, 4 × 4. In training, two walls of 144 blue values cross at ★.",
        ),
        (
            norm(Norm::GhostBatch { size: some(2) }),
            "Ghost batch norm normalizes each of the 6 channels across parts of the batch, each 2 of the 4 images. In training, each of the 12 means comes from 32 blue values: 2 images × 4 × 4 of one channel.",
        ),
        (
            norm(Norm::SyncBatch { devices: some(2) }),
            "Sync batch norm spreads 4 images over 2 devices, which merge their moments. In training, each of the 6 means comes from 64 blue values: 4 images × 4 × 4 of one of 6 channels.",
        ),
        (
            norm(Norm::Axes(grouped)),
            "A norm over axes takes a mean over N, C, with the channels in 3 groups, for 4 images, 6 channels, 4 × 4. Each of the 48 means comes from 8 blue values: 4 × 2 × 1 × 1.",
        ),
        (
            norm(Norm::Rms(all(&[Axis::C, Axis::H, Axis::W]))),
            "RMS norm subtracts no mean: it divides by the root mean square over C, H, W, with the channels in 1 group, for 4 images, 6 channels, 4 × 4. Each of the 4 roots comes from 96 blue values: 1 × 6 × 4 × 4.",
        ),
        (
            own(1, 3, false),
            "Your own norm lets a mean span 1 of 4 images and 3 of 6 channels. Each of the 8 means comes from 48 blue values, 4 × 4 in each plane. This is group norm with 2 groups.",
        ),
        (
            own(2, 3, false),
            "Your own norm lets a mean span 2 of 4 images and 3 of 6 channels. Each of the 4 means comes from 96 blue values, 4 × 4 in each plane. It has no name.",
        ),
        (
            own(1, 6, true),
            "Your own norm lets a mean span 1 of 4 images and 6 of 6 channels. Each of the 64 means comes from 6 blue values, one pixel of 4 × 4 in each plane. This is layer norm of each pixel, Keras’ LayerNormalization(axis=3).",
        ),
    ];
    let wrong: Vec<String> = table
        .iter()
        .filter(|(scene, want)| spoken(scene) != *want)
        .map(|(scene, want)| format!("{}\n  want {want}", spoken(scene)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn evaluation_takes_no_mean_of_the_batch() {
    let eval = |method| spoken(&Scene { mode: Mode::Eval, ..norm(method) });
    assert!(
        eval(Norm::Batch).contains("In evaluation it computes no mean at all: it uses 6 running averages"),
        "{}",
        eval(Norm::Batch)
    );
    assert!(eval(Norm::GhostBatch { size: some(2) }).contains("which no value of this batch changes"));
    assert!(eval(Norm::BatchInstance).contains("0.38 of instance norm, from 16 blue values"));
    assert!(eval(Norm::Switchable).contains("from 96 blue values of one image"));
    assert_eq!(eval(Norm::Layer), spoken(&norm(Norm::Layer)), "layer norm makes no difference");
}

/// Batch-instance and switchable norm keep means of their own in evaluation: sentence and cube agree on what stays
/// blue.
#[test]
fn the_sentence_counts_the_cells_that_the_cube_paints_blue() {
    let norms = NormKind::ALL.map(NormKind::first);
    let scenes = norms.map(norm).into_iter().chain([own(2, 2, false), own(2, 2, true)]);
    for scene in scenes.flat_map(|scene| [scene.clone(), Scene { mode: Mode::Eval, ..scene }]) {
        let [all, several, _] = Figure::new(scene.clone()).unwrap().legend().counts;
        let blue = sentence(&scene).iter().find_map(|piece| match piece {
            Piece::Blue { text } => text.split(' ').next().and_then(|count| count.parse().ok()),
            _ => None,
        });
        // Of the two numbers of batch-instance norm in training, the greater is that of the batch.
        assert_eq!(blue.unwrap_or(0), all + several, "{:?} {:?}", scene.method, scene.mode);
    }
}

#[test]
fn batch_norm_of_one_image_is_instance_norm_to_the_bit() {
    for (channels, height, width) in [(6, 4, 4), (1, 1, 1), (10, 26, 26), (3, 7, 5)] {
        let shape = Shape { n: 1, c: channels, h: height, w: width };
        let said = spoken(&Scene { shape, ..norm(Norm::Batch) });
        assert!(said.contains("here it is instance norm, largest difference 0."), "{said}");
    }
}

#[test]
fn every_length_of_the_tensor_can_be_changed_in_every_sentence() {
    let shown = |scene: &Scene| -> Vec<SceneField> {
        sentence(scene)
            .into_iter()
            .filter_map(|piece| if let Piece::Field { field, .. } = piece { Some(field) } else { None })
            .collect()
    };
    let axes = AxesNorm::over(&[Axis::H]);
    let norms = NormKind::ALL.map(|kind| {
        let mut norm = kind.first();
        norm.axes_mut().into_iter().for_each(|old| *old = axes);
        norm
    });
    let scenes = norms.map(norm).into_iter().chain([own(2, 2, false)]);
    for scene in scenes.flat_map(|scene| [scene.clone(), Scene { mode: Mode::Eval, ..scene }]) {
        let fields = shown(&scene);
        for field in [SceneField::Images, SceneField::Channels, SceneField::Height, SceneField::Width] {
            assert_eq!(fields.iter().filter(|shown| **shown == field).count(), 1, "{field:?} in “{}”", spoken(&scene));
        }
    }
}

#[test]
fn tiles_count_their_means() {
    assert_eq!(means(&Scene::default()), "8 means of 48");
    assert_eq!(means(&norm(Norm::None)), "no mean");
    assert_eq!(means(&norm(Norm::Switchable)), "mixes three moments");
    assert_eq!(means(&norm(Norm::Rms(AxesNorm::over(&[Axis::C])))), "64 roots of 6");
    assert_eq!(means(&own(4, 1, false)), "6 means of 64");
    // In evaluation batch norm takes no mean of this tensor.
    let eval = |method| means(&Scene { mode: Mode::Eval, ..norm(method) });
    assert_eq!(eval(Norm::Batch), "6 running means");
    assert_eq!(eval(Norm::Layer), "4 means of 96");
}

/// What is wrong with the grammar of a composed sentence, or with its numbers.
fn faults_of(text: &str) -> Vec<String> {
    const NOUNS: [&str; 15] = [
        "image",
        "channel",
        "mean",
        "root",
        "value",
        "group",
        "device",
        "epoch",
        "network",
        "seed",
        "running mean",
        "running average",
        "deviation",
        "blue value",
        "part",
    ];
    let mut faults = vec![];
    // Fields are written next to their nouns: numbers are read with their thin spaces.
    let plain = text.replace('\u{202f}', "");
    for noun in NOUNS {
        for (at, _) in plain.match_indices(&format!(" {noun}")) {
            let before = &plain[..at];
            let digits = before.len() - before.trim_end_matches(|c: char| c.is_ascii_digit()).len();
            let number = &before[before.len() - digits..];
            // "4 × 1 values" is a product, and "0.38" no count.
            if digits == 0 || before[..before.len() - digits].ends_with(['.', ',']) {
                continue;
            }
            let is_product = before[..before.len() - digits].ends_with("× ");
            let after = &plain[at + 1 + noun.len()..];
            let is_plural = after.starts_with('s');
            if after.starts_with(char::is_alphabetic) && !is_plural {
                continue;
            }
            if is_plural == (number == "1") && !is_product {
                faults.push(format!("“{number} {noun}{}”", if is_plural { "s" } else { "" }));
            }
        }
    }
    let is_long = |run: &&str| run.len() >= 5 && run.bytes().all(|byte| byte.is_ascii_digit());
    faults.extend(
        text.split(|c: char| !c.is_ascii_digit() && c != '.')
            .find(is_long)
            .map(|run| format!("“{run}” without spaces")),
    );
    for wrong in ["−0.00", "-0.00", "..", "  ", "One network see ", " each of the 1 ", " each of 1 ", " all 1 "] {
        faults.extend(text.contains(wrong).then(|| format!("“{wrong}”")));
    }
    faults.into_iter().map(|fault| format!("{fault} in “{text}”")).collect()
}

#[test]
fn counts_agree_in_every_composed_sentence() {
    use blue_cube::cube::figure::Figure;
    use blue_cube::dialect::{Around, Dialect, read, write};
    use blue_cube::number::{count, plural};
    let shapes = [1, 2, 5, 1000].into_iter().flat_map(|n| [1, 2, 5, 1000].map(move |c| (n, c)));
    let shapes: Vec<Shape> = shapes
        .flat_map(|(n, c)| [(1, 1), (1, 2), (5, 1), (4, 4)].map(move |(h, w)| Shape { n, c, h, w }))
        .filter(|shape| shape.len() <= 100_000)
        .collect();
    let mut faults = vec![];
    let mut n_texts = 0;
    let mut check = |text: &str| {
        n_texts += 1;
        faults.extend(faults_of(text));
    };
    for shape in shapes {
        let methods = NormKind::ALL.map(|kind| Method::Norm(kind.first()));
        let pixel = Method::Own(OwnTile { images: some(1), channels: some(1), pixel: true });
        for method in methods.into_iter().chain([pixel]) {
            let scene = Scene { method, shape, ..Scene::default() }.clamp().scene;
            for scene in [scene.clone(), Scene { mode: Mode::Eval, ..scene }] {
                check(&spoken(&scene));
                check(&means(&scene));
                if shape.len() < 2000 {
                    Figure::new(scene.clone()).unwrap().legend().rows.iter().for_each(|row| check(&row.words));
                }
                for dialect in [Dialect::Paper, Dialect::Pytorch, Dialect::Keras, Dialect::Jax] {
                    match read(&write(&scene, dialect), Around::of(&scene)) {
                        Ok(call) => [&call.says, &call.affine].into_iter().for_each(|text| check(text)),
                        Err(slip) => check(&format!("{}: {}.", slip.message, slip.hint)),
                    }
                }
            }
        }
    }
    blue_cube::preset::ALL.into_iter().for_each(|preset| check(&blue_cube::preset::finds(preset)));
    let counted = [0, 1, 2, 5, 1000, 10_000, 401_408].map(|value| plural(value, "epoch"));
    let want =
        ["0 epochs", "1 epoch", "2 epochs", "5 epochs", "1000 epochs", "10\u{202f}000 epochs", "401\u{202f}408 epochs"];
    assert_eq!(counted, want);
    assert_eq!(count(12_345_678), "12\u{202f}345\u{202f}678");
    println!("{n_texts} texts");
    faults.sort();
    faults.dedup();
    faults.truncate(30);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
