//! The ledger: its formulas against the engine, its gradient against differences, its counts, its lens.

use crate::ledger_support::{evaluate, text};
use blue_cube::cube::tensor::Tensor;
use blue_cube::grouping::tiling::Axis;
use blue_cube::ledger::account::Account;
use blue_cube::ledger::backward::{Backward, gradient};
use blue_cube::ledger::formula::Formula;
use blue_cube::ledger::histogram::{Counted, Counting, STAGES, places_within};
use blue_cube::ledger::lens::{Algorithm, Lens, digits_right, truth};
use blue_cube::ledger::number::{chosen, fixed, scientific};
use blue_cube::ledger::sums::Sums;
use blue_cube::norm::{AxesNorm, Norm};
use blue_cube::scene::{Method, Mode, OwnTile, Place, Scene, Stage};
use blue_cube::shape::Shape;
use std::num::NonZeroU32;
use std::rc::Rc;

fn count(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).expect("no test has 0 of anything")
}

fn own(images: u32, channels: u32, pixel: bool) -> Method {
    Method::Own(OwnTile { images: count(images), channels: count(channels), pixel })
}

fn methods() -> Vec<Method> {
    let norms = [
        Norm::None,
        Norm::Batch,
        Norm::Layer,
        Norm::Instance,
        Norm::Group { groups: count(2) },
        Norm::BatchInstance,
        Norm::Switchable,
        Norm::Axes(AxesNorm::over(&[Axis::C])),
        Norm::Axes(AxesNorm::over(&[Axis::H])),
        Norm::Axes(AxesNorm::over(&[Axis::N, Axis::H])),
        Norm::Rms(AxesNorm::over(&[Axis::C, Axis::H, Axis::W])),
        Norm::Rms(AxesNorm::over(&[Axis::C])),
        Norm::GhostBatch { size: count(2) },
        Norm::SyncBatch { devices: count(2) },
    ];
    norms.into_iter().map(Method::Norm).chain([own(2, 3, false), own(1, 6, true), own(4, 1, true)]).collect()
}

/// Every method in training and evaluation, with the default settings and with some unusual ones.
fn scenes() -> Vec<Scene> {
    let first = Scene { selected: Place { n: 1, c: 2, h: 3, w: 1 }, ..Scene::default() };
    let odd = Scene {
        gamma: -1.35,
        beta: 0.7,
        epsilon: 2e-3,
        momentum: 0.1,
        rho: 0.25,
        mean_logits: [0.5, -1.0, 2.0],
        variance_logits: [-0.75, 1.5, 0.0],
        poke: Some(2.5),
        ..first.clone()
    };
    let mut scenes = Vec::new();
    for method in methods() {
        for mode in [Mode::Train, Mode::Eval] {
            for scene in [&first, &odd] {
                scenes.push(Scene { method, mode, ..scene.clone() });
            }
        }
    }
    scenes
}

fn account(scene: &Scene) -> Account {
    let tensor = Rc::new(Tensor::sample(scene.shape, scene.seed));
    Account::new(scene.clone(), tensor).expect("the method fits the shape")
}

fn counted(scene: &Scene) -> Counted {
    Counted::new(account(scene))
}

fn places(shape: Shape) -> impl Iterator<Item = Place> {
    let place = move |i: u32| Place {
        n: i / shape.image_len(),
        c: i / shape.plane_len() % shape.c,
        h: i / shape.w % shape.h,
        w: i % shape.w,
    };
    (0..shape.len()).map(place)
}

#[test]
fn every_formula_gives_the_result_behind_it_to_the_shown_digits() {
    let mut n_formulas = 0;
    for scene in scenes() {
        let account = account(&scene);
        for at in places(scene.shape) {
            let sums = Sums::of(&account, at).unwrap();
            for line in &sums.lines {
                let Formula::Number { text: result, .. } = &line.result else { panic!("a result is a number") };
                let Some(substituted) = &line.substituted else { continue };
                let digits = result.split_once('.').map_or(0, |(_, digits)| digits.len());
                let value = evaluate(substituted);
                let said = format!("{} = {} = {result}", text(&line.letter), text(substituted));
                assert_eq!(&fixed(value, digits), result, "{:?} {:?} at {at:?}: {said}", scene.method, scene.mode);
                n_formulas += 1;
            }
        }
    }
    println!("{n_formulas} formulas");
    assert!(n_formulas > 50_000, "only {n_formulas} formulas were checked");
}

#[test]
fn results_are_the_engines() {
    for scene in scenes() {
        let account = account(&scene);
        for at in places(scene.shape).step_by(5) {
            let sums = Sums::of(&account, at).unwrap();
            let want = crate::ledger_support::forward(&account, at);
            for (got, want) in sums.values.iter().zip(want) {
                // f32 against f64, on values of size 1 with standard deviations down to 0.1.
                let error = (f64::from(*got) - want).abs();
                assert!(error < 2e-5 * want.abs().max(1.0), "{:?} at {at:?}: {got}, expected {want}", scene.method);
            }
            let last = |line: usize| match &sums.lines[sums.lines.len() - line].result {
                Formula::Number { text, .. } => text.clone(),
                other => panic!("{other:?} is not a number"),
            };
            let digits = if account.sets(at).unwrap().is_empty() { 4 } else { 3 };
            assert_eq!(last(1), fixed(f64::from(sums.values[2]), digits), "y of {:?}", scene.method);
        }
    }
}

#[test]
fn the_gradient_is_the_difference_of_the_stars_y() {
    const STEP: f64 = 1e-5;
    for scene in scenes() {
        let account = account(&scene);
        let star = account.index(scene.selected);
        let gradient = gradient(&account, star).unwrap();
        for index in 0..scene.shape.len() {
            let moved = |by: f64| crate::ledger_support::star_y(&account, Some((index, by)));
            let want = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
            let got = gradient.at(index, account.x().value(index)).sum();
            assert!((got - want).abs() < 1e-5, "{:?} {:?} by {index}: {got} for {want}", scene.method, scene.mode);
        }
    }
}

/// The cube shows exactly the same numbers.
#[test]
fn the_stage_of_the_gradient_holds_it_for_every_cell() {
    for scene in scenes() {
        let scene = Scene { stage: Stage::Gradient, ..scene };
        let account = account(&scene);
        let gradient = gradient(&account, account.index(scene.selected)).unwrap();
        for index in 0..scene.shape.len() {
            let x = account.x().value(index);
            let shown = account.values().at(Stage::Gradient, index, x);
            assert_eq!(shown, gradient.at(index, x).sum() as f32, "{:?} {:?}", scene.method, scene.mode);
        }
    }
}

#[test]
fn the_gradient_sums_to_zero_where_a_mean_is_taken_of_the_values_themselves() {
    for scene in scenes() {
        let account = account(&scene);
        let backward = Backward::of(&account).unwrap();
        let is_given = scene.method.takes_running(scene.mode);
        let without_mean = matches!(scene.method, Method::Norm(Norm::None | Norm::Rms(_)));
        let [direct, by_mean, by_variance, all] = backward.terms.as_slice() else { panic!("four rows") };
        if without_mean {
            assert_eq!(by_mean.sum, "0.000", "{:?}", scene.method);
        } else if !is_given {
            assert_eq!(all.sum, "0.000", "{:?} {:?}", scene.method, scene.mode);
            assert_eq!(by_variance.sum, "0.000", "{:?} {:?}", scene.method, scene.mode);
            assert_eq!(by_mean.sum.trim_start_matches('−'), direct.sum.trim_start_matches('−'), "{:?}", scene.method);
        }
        assert!(direct.bars[backward.star as usize] != 0.0);
        assert_eq!(direct.bars.iter().filter(|bar| **bar != 0.0).count(), 1);
    }
}

#[test]
fn histograms_count_every_value_once() {
    for scene in scenes() {
        let account = account(&scene);
        let histograms = counted(&scene).histograms(scene.selected).unwrap();
        assert_eq!(histograms.counting, Counting::Exact);
        for (row, stage) in histograms.rows.iter().zip(STAGES) {
            assert_eq!(row.all.iter().sum::<u32>(), scene.shape.len(), "{:?}", scene.method);
            assert_eq!(row.group.iter().sum::<u32>(), row.n_group, "{:?}", scene.method);
            // A bar has as many cells as it says.
            let [low, high] = histograms.axis;
            let width = (high - low) / row.all.len() as f32;
            let tall = (0..row.all.len()).max_by_key(|&bin| row.all[bin]).unwrap();
            let range = [tall, tall + 1].map(|bin| low + bin as f32 * width);
            let found = places_within(&account, scene.selected, stage, range, usize::MAX).unwrap();
            // A value on the edge of a bar may round to either side.
            assert!(found.len().abs_diff(row.all[tall] as usize) <= 1, "{:?} {stage:?}", scene.method);
        }
        if histograms.rows[0].n_group > 1 && !matches!(scene.method, Method::Norm(Norm::Rms(_))) {
            let is_mixed = account.sets(scene.selected).unwrap().len() > 1;
            let hat = &histograms.rows[1];
            let expected = f64::from(histograms.rows[0].deviation as f32);
            let want = expected / (expected.powi(2) + f64::from(scene.epsilon)).sqrt();
            assert!(is_mixed || hat.mean.abs() < 1e-5 && (hat.deviation - want).abs() < 1e-4, "{:?}", scene.method);
        }
    }
}

#[test]
fn large_tensors_are_counted_on_a_grid_and_told_so() {
    let shape = Shape::new(8, 16, 28, 28);
    for (method, want) in [
        (Method::Norm(Norm::Batch), Counting::Grid),
        (Method::Norm(Norm::Switchable), Counting::Grid),
        (own(1, 16, true), Counting::Sample { nth: 13 }),
    ] {
        let scene = Scene { shape, method, gamma: 0.8, ..Scene::default() };
        let counted = counted(&scene);
        let (account, histograms) = (counted.account(), counted.histograms(scene.selected).unwrap());
        assert_eq!(histograms.counting, want);
        for row in &histograms.rows {
            let total = row.all.iter().sum::<u32>();
            assert!(total.abs_diff(shape.len()) <= 16, "{method:?}: {total} of {}", shape.len());
            assert_eq!(row.group.iter().sum::<u32>(), row.n_group, "{method:?}");
        }
        let sets = account.sets(scene.selected).unwrap();
        let exact = sets.last().unwrap();
        assert!((histograms.rows[0].mean - exact.mean()).abs() < 1e-2, "{method:?}");
        assert!((histograms.rows[0].deviation - exact.variance().sqrt()).abs() < 1e-2, "{method:?}");
    }
}

#[test]
fn a_poke_is_counted_as_if_all_were_counted_again() {
    let first = Scene { shape: Shape::new(8, 16, 28, 28), method: Method::Norm(Norm::Batch), ..Scene::default() };
    let pixel = Scene { method: own(1, 16, true), ..first.clone() };
    let poked = Scene { poke: Some(40.0), ..first.clone() };
    let elsewhere = Place { n: 3, c: 2, h: 9, w: 5 };
    let mut counted = counted(&first);
    for scene in [
        poked.clone(),
        Scene { poke: Some(-5.0), ..first.clone() },
        Scene { selected: elsewhere, ..poked.clone() },
        Scene { gamma: 0.5, selected: elsewhere, ..first.clone() },
        poked.clone(),
        Scene { method: Method::Norm(Norm::Layer), ..first.clone() },
        Scene { poke: Some(7.0), ..pixel.clone() },
        pixel,
        Scene { poke: None, ..poked },
    ] {
        counted.renew(scene.clone()).unwrap();
        let [now, anew] = [&counted, &self::counted(&scene)].map(|counted| counted.histograms(scene.selected).unwrap());
        assert_eq!(now, anew, "{:?} {:?}", scene.method, scene.poke);
    }
}

#[test]
fn the_lens_shows_one_pass_fail_and_ours_hold() {
    let tensor = Tensor::sample(Shape::new(1, 1, 28, 28), 7);
    for (offset, most_digits) in [(1e3_f32, 3.0), (1e4, 0.5), (1e5, 0.5), (1e6, 0.5)] {
        let values: Vec<f32> = tensor.values().iter().map(|x| x + offset).collect();
        let [_, want] = truth(&values);
        let digits = Algorithm::ALL.map(|algorithm| digits_right(f64::from(algorithm.mean_variance(&values)[1]), want));
        println!("offset {offset}: variance {want:.4}, digits right {digits:.1?}");
        assert!(digits[0] < most_digits, "one pass at {offset}: {digits:?}");
        assert!(digits[3] > 5.5, "ours at {offset}: {digits:?}");
    }
    // Some set of values has a variance below 0 in one pass; its x̂ is not a number, and is shown as such.
    let negative = (3..7).any(|power| {
        let values: Vec<f32> = tensor.values().iter().map(|x| x + 10_f32.powi(power)).collect();
        let lens = Lens::of_values(&values, values[0], 1e-5);
        let one_pass = &lens.rows[0];
        assert!(lens.rows[1..].iter().all(|row| !row.is_nan));
        one_pass.is_nan && one_pass.x_hat == "NaN" && one_pass.variance.starts_with('−')
    });
    assert!(negative, "one pass never goes below 0");
}

#[test]
fn mixtures_are_written_with_their_weights() {
    let line = |norm: Norm, letter: &str, scene: Scene| {
        let scene = Scene { method: Method::Norm(norm), ..scene };
        let sums = Sums::of(&account(&scene), scene.selected).unwrap();
        let found = sums.lines.iter().rfind(|line| text(&line.letter) == letter).expect("the line exists");
        text(found.substituted.as_ref().expect("it has numbers"))
    };
    let mixed = line(Norm::BatchInstance, "x̂", Scene::default());
    assert!(mixed.starts_with("0.62 · ") && mixed.contains(" + 0.38 · "), "{mixed}");
    let logits = Scene { mean_logits: [2.0, 1.0, 0.0], variance_logits: [0.0, 1.0, 2.0], ..Scene::default() };
    let means = line(Norm::Switchable, "μ", logits.clone());
    let variances = line(Norm::Switchable, "σ^2", logits);
    // softmax of 2, 1, 0: 0.665, 0.245, 0.090; the sum needs that many digits.
    assert!(means.starts_with("0.6") && variances.starts_with("0.09"), "{means}; {variances}");
}

#[test]
fn evaluation_tells_where_its_statistics_come_from() {
    let scene = Scene { method: Method::Norm(Norm::Batch), mode: Mode::Eval, ..Scene::default() };
    let account = account(&scene);
    let sums = Sums::of(&account, scene.selected).unwrap();
    assert!(sums.sets[0].is_kept && sums.lines[1].note.as_deref() == Some("kept from training"));
    let kept = sums.kept.expect("batch norm keeps averages");
    assert_eq!(kept.count, 64);
    let parse = |text: &str| text.replace('−', "-").parse::<f64>().unwrap();
    assert!((parse(&kept.stored) / parse(&kept.biased) - 64.0 / 63.0).abs() < 1e-3);
    let moved = parse(&kept.mean[0]) * 0.99 + parse(&kept.batch_mean) * 0.01;
    assert!((parse(&kept.mean[1]) - moved).abs() < 2e-4, "{kept:?}");
    // No value of the batch shares a mean with another.
    assert_eq!(counted(&scene).histograms(scene.selected).unwrap().rows[0].n_group, 0);
    assert_eq!(Lens::of(&account, scene.selected, 0.0).unwrap(), None);
}

#[test]
fn a_scene_renewed_is_a_scene_made_anew() {
    let scenes = scenes();
    let mut renewed = account(&scenes[0]);
    for scene in &scenes[1..] {
        renewed.renew(scene.clone()).unwrap();
        let fresh = account(scene);
        let at = Place { n: 2, c: 2, h: 0, w: 2 };
        assert_eq!(Sums::of(&renewed, at).unwrap(), Sums::of(&fresh, at).unwrap(), "{:?}", scene.method);
        assert_eq!(renewed.x().value(0), fresh.x().value(0));
        assert_eq!(renewed.values().at(Stage::Y, 9, 0.5), fresh.values().at(Stage::Y, 9, 0.5));
    }
}

#[test]
fn numbers_are_written_with_true_minus_signs() {
    assert_eq!(fixed(-0.703_16, 3), "−0.703");
    assert_eq!(fixed(-0.000_4, 3), "0.000");
    assert_eq!(fixed(f64::NAN, 3), "NaN");
    assert_eq!(fixed(f64::NEG_INFINITY, 3), "−∞");
    assert_eq!(chosen(1.0, 2), "1.00");
    assert_eq!(chosen(-0.125, 2), "−0.125");
    assert_eq!(scientific(1e-5), (String::new(), "−5".into()));
    assert_eq!(scientific(2.5e-4), ("2.5".into(), "−4".into()));
}
