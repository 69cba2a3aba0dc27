//! The tensor that the page shows: one for all parts, given ones by name, back to the sample, through the dials; and
//! nothing in a file can break a part.

use blue_cube::cube::dials::hats_moved;
use blue_cube::cube::figure::Figure;
use blue_cube::cube::running::Running;
use blue_cube::cube::shown::{back_to_sample, give, plain, settle, shown};
use blue_cube::cube::table::Table;
use blue_cube::cube::tensor::{Odd, Tensor};
use blue_cube::grouping::tiling::Axis;
use blue_cube::ledger::account::Account;
use blue_cube::ledger::backward::Backward;
use blue_cube::ledger::histogram::{Counted, places_within};
use blue_cube::ledger::lens::Lens;
use blue_cube::ledger::sums::Sums;
use blue_cube::norm::{AxesNorm, Norm};
use blue_cube::scene::clamp::MAX_VALUES;
use blue_cube::scene::field::SceneField;
use blue_cube::scene::layout::Layout;
use blue_cube::scene::{Method, Mode, Place, Scene, Stage};
use blue_cube::shape::Shape;
use std::num::NonZeroU32;
use std::rc::Rc;

const SHAPE: Shape = Shape { n: 2, c: 4, h: 3, w: 5 };

fn counted(shape: Shape, start: f32) -> Tensor {
    Tensor::of(shape, (0..shape.len()).map(|index| start + index as f32).collect())
}

/// The scene that shows a tensor, and the name that it got.
fn with_file(name: &str, tensor: Tensor, before: &Scene) -> Scene {
    let shape = tensor.shape();
    let file = Some(give(name, Layout::Usual, tensor, true, before));
    let settled = settle(Scene { file, shape, ..before.clone() });
    assert!(settled.scene.file.is_some(), "{:?}", settled.changes);
    settled.scene
}

fn norm(norm: Norm) -> Scene {
    Scene { method: Method::Norm(norm), ..Scene::default() }
}

fn methods() -> Vec<Norm> {
    let two = NonZeroU32::new(2).unwrap();
    vec![
        Norm::None,
        Norm::Batch,
        Norm::Layer,
        Norm::Instance,
        Norm::Group { groups: two },
        Norm::BatchInstance,
        Norm::Switchable,
        Norm::Axes(AxesNorm::over(&[Axis::C])),
        Norm::Rms(AxesNorm::over(&[Axis::C, Axis::H, Axis::W])),
        Norm::GhostBatch { size: two },
        Norm::SyncBatch { devices: two },
    ]
}

#[test]
fn a_tensor_is_held_once() {
    let scene = with_file("once", counted(SHAPE, 0.0), &Scene::default());
    let tensor = shown(&scene);
    let figure = Figure::new(scene.clone()).unwrap();
    assert!(Rc::ptr_eq(figure.tensor(), &tensor));
    assert!(Rc::ptr_eq(&tensor, &plain(&scene)), "without dials nothing is copied");
    let turned = Scene { contrast: 2.0, brightness: -1.0, ..scene.clone() };
    let dialed = shown(&turned);
    assert!(Rc::ptr_eq(&dialed, &shown(&turned)), "two parts look at one tensor");
    assert!(Rc::ptr_eq(&plain(&turned), &tensor));
    assert_eq!(dialed.values()[3], 5.0);
    let sample = shown(&Scene::default());
    assert!(Rc::ptr_eq(&sample, &shown(&Scene::default())));
}

#[test]
fn a_given_tensor_fixes_the_shape_and_the_sample_comes_back_as_it_was() {
    let before = Scene { shape: Shape::new(3, 6, 2, 2), ..Scene::default() };
    let scene = with_file("fixed.npy", counted(SHAPE, 0.0), &before);
    assert_eq!((scene.shape, shown(&scene).values()[7]), (SHAPE, 7.0));
    let range = SceneField::Images.range(&scene);
    assert!(range.name.contains("from “fixed.npy”"), "{}", range.name);
    let back = settle(SceneField::Images.write(&scene, 5));
    assert_eq!((back.scene.file, back.scene.shape), (None, before.shape));
    assert!(back.changes[0].starts_with("“fixed.npy” is 2×4×3×5 and cannot have another shape"), "{:?}", back.changes);
    assert_eq!(back_to_sample(&scene).shape, before.shape);
    // The shape before a file that replaced a file is that of the sample.
    let second = with_file("second.npy", counted(Shape::new(1, 1, 4, 4), 0.0), &scene);
    assert_eq!(back_to_sample(&second).shape, before.shape);
    // Undo: the first is in memory.
    assert_eq!(settle(scene.clone()).scene, scene);
    // A number that is not a length keeps the file.
    let groups = settle(SceneField::Groups.write(&scene, 4)).scene;
    assert_eq!(groups.file, scene.file);
}

#[test]
fn what_is_not_here_is_told() {
    let scene = Scene { file: Some("gone.npy".into()), shape: SHAPE, ..Scene::default() };
    let settled = settle(scene);
    assert_eq!((settled.scene.file, settled.scene.shape), (None, SHAPE));
    assert!(settled.changes[0].starts_with("“gone.npy” is not here: a link holds no file"), "{:?}", settled.changes);
    let first = with_file(
        "first",
        Tensor::of(Shape::new(1, 1, 1, MAX_VALUES), vec![0.0; MAX_VALUES as usize]),
        &norm(Norm::Layer),
    );
    let _second = with_file("second", counted(SHAPE, 0.0), &norm(Norm::Layer));
    assert!(settle(first).scene.file.is_none(), "more than the page holds");
}

#[test]
fn names_are_kept_apart_or_taken_over() {
    let before = Scene::default();
    let first = with_file("a & b=c", counted(SHAPE, 0.0), &before);
    assert_eq!(first.file.as_deref(), Some("a _ b_c"));
    let other = with_file("a & b=c", counted(SHAPE, 1.0), &before);
    assert_eq!(other.file.as_deref(), Some("(2) a _ b_c"));
    assert_eq!(shown(&first).values()[0], 0.0);
    let again = with_file("a & b=c", counted(SHAPE, 1.0), &before);
    assert_eq!(again.file, other.file, "the same values need no third name");
    let mut figure = Figure::new(first.clone()).unwrap();
    assert_eq!(give("a _ b_c", Layout::Usual, counted(SHAPE, 9.0), false, &first), "a _ b_c");
    figure.show(first).unwrap();
    assert_eq!(figure.tensor().values()[0], 9.0, "new values are shown although the scene is the same");
}

#[test]
fn instance_norm_does_not_see_the_dials_and_kept_averages_do() {
    let dialed = |norm| Scene { contrast: 2.0, brightness: 0.5, ..self::norm(norm) };
    let instance = hats_moved(&dialed(Norm::Instance)).unwrap().by;
    // Only ε makes a difference between the two: it has less effect next to a variance four times as large.
    assert!(instance < 1e-3, "{instance}");
    let bright = hats_moved(&Scene { contrast: 1.0, ..dialed(Norm::Instance) }).unwrap().by;
    assert!(bright < 5e-6, "{bright}");
    let kept = Scene { mode: Mode::Eval, ..dialed(Norm::Batch) };
    assert!(hats_moved(&kept).unwrap().by > 0.5, "batch norm's running averages come from other batches");
    assert!(hats_moved(&dialed(Norm::None)).unwrap().by > 0.5);
    assert_eq!(hats_moved(&norm(Norm::Batch)).unwrap().by, 0.0);
}

#[test]
fn of_a_given_tensor_the_kept_averages_are_its_own() {
    let scene = Scene { momentum: 1.0, mode: Mode::Eval, ..norm(Norm::Batch) };
    let scene = with_file("kept", counted(SHAPE, 100.0), &scene);
    let running = Running::of(&scene).at(0);
    // Channel 0: 100 … 114 and 160 … 174.
    assert!((running.mean() - 137.0).abs() < 1e-3, "{running:?}");
}

/// What happens to every part with values that no norm is made for.
fn run_all_parts(scene: &Scene) {
    let counted = Counted::new(Account::new(scene.clone(), shown(scene)).unwrap());
    let account = counted.account();
    for at in [scene.selected, Place { n: 1, c: 3, h: 2, w: 4 }] {
        let sums = Sums::of(account, at).unwrap();
        assert!(!sums.lines.is_empty());
        let histograms = counted.histograms(at).unwrap();
        assert!(histograms.axis.iter().all(|end| end.is_finite()), "{:?}", histograms.axis);
        assert!(histograms.threads.iter().flatten().all(|value| value.is_finite()));
        Lens::of(account, at, 0.0).unwrap();
        places_within(account, at, Stage::XHat, [-1.0, 1.0], 9).unwrap();
    }
    Backward::of(account).unwrap();
    let mut figure = Figure::new(scene.clone()).unwrap();
    for stage in [Stage::X, Stage::XHat, Stage::Y, Stage::Gradient] {
        figure.show(Scene { stage, ..scene.clone() }).unwrap();
        Table::new(figure.cells(), scene.selected, scene.layout);
        let drawing = figure.draw(700.0, 1.0);
        let tones = drawing.columns.iter().flat_map(|column| &column.quads).map(|quad| quad.tone);
        assert!(tones.into_iter().all(|tone| (0.0..=1.0).contains(&tone)), "{stage:?}");
    }
    hats_moved(&Scene { contrast: 3.0, ..scene.clone() }).unwrap();
}

#[test]
fn no_values_break_a_part() {
    let large = Shape::new(2, 4, 128, 80);
    let odd = |shape: Shape, odd: f32| {
        let mut values = counted(shape, 0.0).values().to_vec();
        (values[1], values[shape.len() as usize - 1]) = (odd, odd);
        Tensor::of(shape, values)
    };
    let tensors = [
        odd(SHAPE, f32::NAN),
        odd(SHAPE, f32::INFINITY),
        odd(SHAPE, f32::NEG_INFINITY),
        odd(large, f32::NAN),
        odd(large, f32::INFINITY),
        odd(SHAPE, f32::MAX),
        Tensor::of(SHAPE, vec![f32::NAN; SHAPE.len() as usize]),
        Tensor::of(large, vec![f32::NAN; large.len() as usize]),
        Tensor::of(SHAPE, vec![0.0; SHAPE.len() as usize]),
        counted(Shape::new(2, 4, 3, 5), 1e30),
    ];
    assert_eq!(tensors[0].odd(), Some(Odd { count: 2, first: 1 }));
    assert_eq!(tensors[8].odd(), None);
    for tensor in tensors {
        for norm in methods() {
            for mode in [Mode::Train, Mode::Eval] {
                let before = Scene { mode, ..self::norm(norm) };
                run_all_parts(&with_file("odd", tensor.clone(), &before));
            }
        }
    }
}

#[test]
fn a_mean_over_no_number_is_none_in_the_ledger() {
    let mut values = counted(SHAPE, 0.0).values().to_vec();
    values[0] = f32::NAN;
    let scene = with_file("nan", Tensor::of(SHAPE, values), &norm(Norm::Layer));
    let account = Account::new(scene.clone(), shown(&scene)).unwrap();
    let sets = account.sets(scene.selected).unwrap();
    assert!(sets[0].mean().is_nan() && sets[0].variance().is_nan());
    let counted = Counted::new(account);
    let group = &counted.histograms(scene.selected).unwrap().rows[0];
    assert!(group.mean.is_nan() && group.deviation.is_nan());
    let other = counted.account().sets(Place { n: 1, ..scene.selected }).unwrap();
    assert!(other[0].mean().is_finite());
}

#[test]
fn values_whose_squares_exceed_f32_are_refused_in_words() {
    let told = |values: Vec<f32>| Tensor::of(Shape::new(1, values.len() as u32, 1, 1), values).refusal();
    let words = told(vec![1.0, -3e20, f32::NAN, f32::INFINITY]).unwrap();
    assert!(words.starts_with("has a value of -3e20, whose square is too large for f32"), "{words}");
    assert_eq!(told(vec![1e15, -2.0, f32::INFINITY, 0.5]), None);
    assert_eq!(told(vec![f32::NAN; 4]), None);
}
