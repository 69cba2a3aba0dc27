//! The errata of the sources, run: the numbers that prove them.

use blue_cube::errata::{self, Erratum};
use blue_cube::scene::{FIRST_SHAPE, Method, Scene};
use std::collections::HashSet;

/// For each erratum: as written, corrected, and the tolerance; the samples are seeded. `NaN` stands for a refusal.
const WANTED: [(&str, f64, f64, f64); 12] = [
    // 1/σ of uniform numbers, for one image.
    ("walk-root", 3.464, 1.0, 0.01),
    ("walk-epsilon", 0.274, 0.943, 5e-4),
    ("walk-group-size", 32.0, 48.0, 0.0),
    ("tutorial-axis-3", 10.0, 6760.0, 0.0),
    ("translation-axis-1", 26.0, 6760.0, 0.0),
    ("notebook-instance", 1.0, 32.0, 0.0),
    ("notebook-reshape", 5.0, f64::NAN, 0.0),
    ("overview-batch-1", 0.0, 0.40, 5e-3),
    // 0.05/√3 = 0.0289.
    ("tutorial-random-gamma", 0.0289, 1.0, 1e-3),
    ("tutorial-bias", 0.0, 0.41, 5e-3),
    ("overview-fold", 2.0, 0.0, 0.05),
    ("momentum", 0.99, 0.01, 1e-6),
];

fn erratum(id: &str) -> Erratum {
    errata::all().into_iter().find(|erratum| erratum.id == id).unwrap_or_else(|| panic!("no erratum {id}"))
}

#[test]
fn each_erratum_has_the_numbers_that_prove_it() {
    let all = errata::all();
    assert_eq!(all.len(), WANTED.len());
    assert!(all.iter().map(|erratum| erratum.id).eq(errata::NAMES));
    for (erratum, (id, as_written, corrected, tolerance)) in all.iter().zip(WANTED) {
        assert_eq!(erratum.id, id);
        println!("{id}: {} / {}", erratum.as_written.text, erratum.corrected.text);
        for (outcome, want) in [(&erratum.as_written, as_written), (&erratum.corrected, corrected)] {
            match outcome.value {
                Some(value) => assert!((value - want).abs() <= tolerance, "{id}: {value}, want {want} ± {tolerance}"),
                None => assert!(want.is_nan(), "{id} was refused: {}", outcome.text),
            }
        }
        assert_ne!(erratum.as_written.text, erratum.corrected.text, "{id}: the numbers must differ");
    }
}

#[test]
fn what_must_vanish_vanishes() {
    let at_most =
        |value: Option<f64>, most: f64| assert!(value.is_some_and(|value| value <= most), "{value:?} > {most}");
    // Instance norm subtracts the bias again, except for the rounding of its sums.
    at_most(erratum("tutorial-bias").as_written.value, 1e-5);
    // A folded layer rounds its weights again: sums of ten terms of size 1.
    at_most(erratum("overview-fold").corrected.value, 1e-5);
    at_most(erratum("overview-batch-1").as_written.value, 0.0);
}

#[test]
fn a_count_that_does_not_divide_is_refused_in_words() {
    assert_eq!(erratum("notebook-reshape").corrected.text, "refused: group count 4 does not divide 10 channels");
}

#[test]
fn their_scenes_can_be_drawn_and_differ() {
    for Erratum { id, scenes, .. } in errata::all() {
        let Some([as_written, corrected]) = scenes else { continue };
        for patch in [as_written, corrected] {
            let shape = patch.shape.unwrap_or(FIRST_SHAPE);
            if let Some(Method::Norm(norm)) = patch.method {
                assert!(!norm.tilings(shape).unwrap().is_empty(), "{id}: {norm:?} on {shape}");
            }
        }
        assert!(as_written != corrected || as_written.line.is_some(), "{id} shows the same scene twice");
    }
}

#[test]
fn the_page_starts_with_the_walkthrough_as_it_was_published() {
    assert_eq!(Scene::default().as_written, [WANTED[0].0]);
}

#[test]
fn ids_are_unique_and_words_are_few() {
    let all = errata::all();
    let ids: HashSet<_> = all.iter().map(|erratum| erratum.id).collect();
    assert_eq!(ids.len(), all.len());
    let texts = all.iter().flat_map(|erratum| [erratum.words, erratum.source, erratum.quantity]);
    let n_words: usize = texts.map(|text| text.split_whitespace().count()).sum();
    assert!(n_words <= 250, "{n_words} words");
}
