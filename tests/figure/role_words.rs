//! Every composed text speaks of the axes as they are said: under each layout, none names a role that the layout lacks.

use crate::common::assert_no_failures;
use blue_cube::cube::figure::{Drawing, Figure};
use blue_cube::cube::marks::Mark;
use blue_cube::cube::shown::shown;
use blue_cube::cube::table::Table;
use blue_cube::dialect::{Around, Dialect, read, write};
use blue_cube::grouping::tiling::{Axes, Axis};
use blue_cube::ledger::account::Account;
use blue_cube::ledger::sums::Sums;
use blue_cube::norm::{AxesNorm, Norm, NormKind};
use blue_cube::scene::field::SceneField;
use blue_cube::scene::layout::{LAYOUTS, Layout};
use blue_cube::scene::{Method, Mode, OwnTile, Place, Scene};
use blue_cube::sentence::{Piece, sentence, spoken};
use blue_cube::shape::Shape;
use std::num::NonZeroU32;

/// More than are in view at once.
const LARGE: [u32; 4] = [17, 25, 17, 18];

/// A shape with every axis of the layout.
fn shape_of(layout: Layout, lengths: [u32; 4]) -> Shape {
    let [n, c, h, w] = Axis::ALL
        .map(|axis| if layout.has(axis) { lengths[Axis::ALL.iter().position(|own| *own == axis).unwrap()] } else { 1 });
    Shape { n, c, h, w }
}

/// Words that name a role, and whether the layout has it.
fn roles(layout: Layout) -> Vec<(&'static str, bool)> {
    let has = |axis| layout.has(axis);
    let has_positions = layout.letters().contains('L');
    vec![
        ("channel", has(Axis::C)),
        ("image", has(Axis::H)),
        ("picture", has(Axis::H)),
        ("pixel", has(Axis::H)),
        ("plane", has(Axis::H)),
        ("row of", has(Axis::H)),
        ("row ", has(Axis::H)),
        ("height", has(Axis::H)),
        ("width", has(Axis::H)),
        ("column of", has(Axis::W) && !has_positions),
        ("column ", has(Axis::W) && !has_positions),
        ("position", has_positions),
        ("example", has(Axis::N) && !has(Axis::H)),
        ("the batch", has(Axis::N)),
        ("a batch", has(Axis::N)),
        ("this batch", has(Axis::N)),
    ]
}

/// The text without the names of norms, which are what they are.
fn without_names(text: &str) -> String {
    let mut names: Vec<String> =
        NormKind::ALL.iter().flat_map(|kind| [kind.name().to_owned(), kind.lower_name()]).collect();
    // One name can end in another.
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    names.iter().fold(text.to_owned(), |text, name| text.replace(name, ""))
}

/// A text names a role that the layout lacks.
fn check(layout: Layout, text: &str) -> Option<String> {
    let said = without_names(text);
    let odd: Vec<&str> =
        roles(layout).into_iter().filter(|(word, has)| !has && said.contains(word)).map(|(word, _)| word).collect();
    (!odd.is_empty()).then(|| format!("{}: {odd:?} in “{text}”", layout.name()))
}

/// Bold runs are letters of axes: "N", "(H, W)", "H × W".
fn check_letters(layout: Layout, text: &str) -> Option<String> {
    let letters = text.chars().filter(|letter| letter.is_ascii_uppercase());
    let odd: String = letters.filter(|letter| !layout.letters().contains(*letter)).collect();
    let is_axes = text.chars().all(|letter| letter.is_ascii_uppercase() || "(), ×".contains(letter));
    (is_axes && !odd.is_empty()).then(|| format!("{}: letters {odd} in “{text}”", layout.name()))
}

fn methods(layout: Layout, shape: Shape) -> Vec<Method> {
    let mut methods: Vec<Method> = NormKind::ALL.into_iter().map(|kind| Method::Norm(kind.first())).collect();
    let sets: [&[Axis]; 6] = [&[Axis::C], &[Axis::W], &[Axis::H], &[Axis::H, Axis::W], &[Axis::N, Axis::W], &Axis::ALL];
    for axes in sets {
        methods.push(Method::Norm(Norm::Axes(AxesNorm::over(axes))));
        methods.push(Method::Norm(Norm::Rms(AxesNorm { axes: Axes::new(axes), ..AxesNorm::over(axes) })));
    }
    let [one, all_n, all_c] = [1, shape.n, shape.c].map(|count| NonZeroU32::new(count).unwrap());
    for (images, channels) in [(one, one), (all_n, one), (one, all_c), (all_n, all_c)] {
        for pixel in [false, true] {
            methods.push(Method::Own(OwnTile { images, channels, pixel }));
        }
    }
    assert!(layout.fits(shape));
    methods
}

/// All words of a drawing; the second of each pair is whether they are bold.
fn words_of(drawing: &Drawing) -> Vec<(String, bool)> {
    let runs = drawing.marks.iter().filter_map(|mark| match mark {
        Mark::Text { runs, .. } => Some(runs),
        Mark::Line { .. } => None,
    });
    runs.flatten().map(|run| (run.text.clone(), run.strong)).collect()
}

/// Every text about a scene: the sentence, its fields, the cube's labels, legend, table and places, and calls.
fn texts(scene: &Scene) -> Vec<(String, bool)> {
    let layout = scene.layout;
    let mut texts: Vec<(String, bool)> = vec![(spoken(scene), false)];
    for piece in sentence(scene) {
        match piece {
            Piece::Field { field, .. } => {
                texts.push((field.name(layout), false));
                texts.push((field.range(scene).name, false));
            }
            Piece::Axis { text, .. } => texts.push((text, true)),
            _ => {}
        }
    }
    let figure = Figure::new(scene.clone()).unwrap();
    for width in [320.0, 900.0] {
        texts.extend(words_of(&figure.draw(width, 1.0)));
    }
    let legend = figure.legend();
    texts.extend(legend.rows.into_iter().map(|row| (row.words, false)));
    texts.extend(legend.showing.map(|words| (words, false)));
    let table = Table::new(figure.cells(), scene.selected, layout);
    texts.extend([table.caption, table.places.to_uppercase()].map(|words| (words, false)));
    texts.push((layout.place(Place { n: 0, c: 0, h: 0, w: 0 }), false));
    let sums = Sums::of(&Account::new(scene.clone(), shown(scene)).unwrap(), scene.selected).unwrap();
    let of_sums =
        sums.sets.into_iter().map(|set| set.words).chain(sums.kept.map(|kept| kept.whose)).chain([sums.words]);
    texts.extend(of_sums.map(|words| (words, false)));
    let call = write(scene, Dialect::Paper);
    if let Ok(read) = read(&call, Around::of(scene)) {
        texts.push((read.says, false));
    }
    // What follows a norm’s name are letters of axes.
    texts.extend(call.split_once(" over ").map(|(_, axes)| (axes.to_owned(), true)));
    texts
}

#[test]
fn no_text_names_a_role_that_the_layout_lacks() {
    let (mut n_texts, mut failures) = (0, vec![]);
    for (_, layout) in LAYOUTS {
        for lengths in [[4, 6, 3, 5], [1, 1, 1, 1], [2, 2, 2, 2], LARGE] {
            let shape = shape_of(layout, lengths);
            for method in methods(layout, shape).into_iter().step_by(if lengths == LARGE { 9 } else { 1 }) {
                for (mode, unfolded) in [(Mode::Train, false), (Mode::Eval, true)] {
                    let scene = Scene { shape, layout, method, mode, unfolded, ..Scene::default() }.clamp().scene;
                    assert_eq!(scene.layout, layout);
                    for (text, is_bold) in texts(&scene) {
                        n_texts += 1;
                        failures.extend(check(layout, &text));
                        failures.extend(check_letters(layout, &text).filter(|_| is_bold));
                    }
                }
            }
        }
    }
    failures.sort();
    failures.dedup();
    failures.truncate(60);
    assert_no_failures("texts that name what is not there", &failures);
    assert!(n_texts > 10_000, "{n_texts} texts");
}

/// What is changed and what is refused names the axes that there are, too.
#[test]
fn refusals_and_changes_name_the_axes_that_there_are() {
    let mut failures = vec![];
    for (_, layout) in LAYOUTS {
        let shape = shape_of(layout, [4, 6, 3, 5]);
        let around = Around::of(&Scene { shape, layout, ..Scene::default() });
        for letter in ["N", "C", "H", "W", "L", "Q"] {
            let has = layout.letters().split(", ").any(|own| own == letter);
            match read(&format!("norm over {letter}"), around) {
                Ok(call) if has => failures.extend(check(layout, &call.says)),
                Err(slip) if !has => {
                    let ours = layout.letters();
                    if !slip.message.contains(&ours) {
                        failures.push(format!("{}: {} does not name {ours}", layout.name(), slip.message));
                    }
                    failures.extend(check_letters(layout, slip.hint.trim_start_matches("for example: norm over ")));
                }
                other => failures.push(format!("{}: norm over {letter}: {other:?}", layout.name())),
            }
        }
        for text in ["group norm, G = 5", "ghost batch norm, 3 images", "sync batch norm, 3 devices"] {
            if let Err(slip) = read(text, around) {
                failures.extend(check(layout, &slip.message));
            }
        }
        for count in [5, 7] {
            let count = NonZeroU32::new(count).unwrap();
            for method in [
                Method::Norm(Norm::Group { groups: count }),
                Method::Norm(Norm::GhostBatch { size: count }),
                Method::Own(OwnTile { images: count, channels: count, pixel: false }),
                Method::Norm(Norm::Axes(AxesNorm::over(&[Axis::H]))),
            ] {
                let clamped = Scene { shape, layout, method, ..Scene::default() }.clamp();
                failures.extend(clamped.changes.iter().filter_map(|change| check(layout, change)));
            }
        }
        for field in [SceneField::Groups, SceneField::Part] {
            let method = if field == SceneField::Part {
                Norm::GhostBatch { size: NonZeroU32::MIN }
            } else {
                Norm::Group { groups: NonZeroU32::MIN }
            };
            let scene = Scene { shape, layout, method: Method::Norm(method), ..Scene::default() };
            let axis = if field == SceneField::Part { Axis::N } else { Axis::C };
            if layout.has(axis) {
                failures.extend(field.read(&scene, "5").err().and_then(|slip| check(layout, &slip)));
            }
        }
    }
    assert_no_failures("refusals that name what is not there", &failures);
}

/// A call in the paper’s words reads back as the same means, in the array’s own letters.
#[test]
fn axes_in_the_papers_words_are_the_arrays_own() {
    let means = |text: &str, shape: Shape, layout| {
        let call = read(text, Around::of(&Scene { shape, layout, ..Scene::default() })).unwrap();
        let tilings = call.method.tilings(shape).unwrap();
        [tilings[0].n_tiles(), tilings[0].tile_len()]
    };
    let tokens = Shape { n: 2, c: 8, h: 1, w: 5 };
    for layout in [Layout::Nlc, Layout::Ncl] {
        assert_eq!(means("norm over N, L", tokens, layout), [8, 10], "{layout:?}");
        assert_eq!(means("norm over c", tokens, layout), [10, 8], "{layout:?}");
        assert_eq!(means("RMS norm over L, C", tokens, layout), [2, 40], "{layout:?}");
    }
    assert_eq!(means("norm over N", Shape { n: 8, c: 3, h: 1, w: 1 }, Layout::Nc), [3, 8]);
    assert_eq!(means("norm over W", Shape { n: 8, c: 1, h: 1, w: 3 }, Layout::Nw), [8, 3]);
    let scene = |axes: &[Axis]| Scene {
        shape: tokens,
        layout: Layout::Nlc,
        method: Method::Norm(Norm::Axes(AxesNorm::over(axes))),
        dialect: Dialect::Paper,
        ..Scene::default()
    };
    assert_eq!(write(&scene(&[Axis::N, Axis::H, Axis::W]), Dialect::Paper), "norm over N, L");
    assert_eq!(write(&scene(&[Axis::C]), Dialect::Paper), "norm over C");
}
