//! The cube: which cells are blue and which move, against the definitions; picking against what was painted; what is in
//! view.

use crate::scenes::{any_scene, group, places, shared, with_method};
use blue_cube::cube::camera::Point;
use blue_cube::cube::display;
use blue_cube::cube::figure::{Drawing, Figure, Move};
use blue_cube::cube::groups::{Groups, Level, counts};
use blue_cube::cube::marks::Mark;
use blue_cube::cube::reductions::Reductions;
use blue_cube::cube::tensor::Tensor;
use blue_cube::cube::values::{Poked, Values, moved_indices};
use blue_cube::cube::viewport::{MAX_CHANNELS, MAX_IMAGES, MAX_SIDE, Slot, Viewport};
use blue_cube::norm::Norm;
use blue_cube::scene::layout::Layout;
use blue_cube::scene::{FIRST_SHAPE, Method, Mode, Place, Scene, Stage};
use blue_cube::shape::Shape;
use proptest::prelude::*;
use std::collections::HashSet;
use std::rc::Rc;

const WIDTH: f64 = 690.0;

fn figure(scene: &Scene) -> Figure {
    Figure::new(scene.clone()).expect("the method fits the shape")
}

fn simple_methods() -> Vec<Scene> {
    let groups = [1, 2, 3, 6].map(group);
    let norms = [Norm::None, Norm::Batch, Norm::Layer, Norm::Instance, Norm::BatchInstance, Norm::Switchable];
    norms.into_iter().chain(groups).map(|norm| with_method(Method::Norm(norm))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn levels_are_those_of_the_definitions(scene in any_scene()) {
        let figure = figure(&scene);
        let viewport = figure.cells().viewport;
        prop_assume!(viewport.is_whole());
        let mut found = [0; 3];
        for slot in viewport.slots() {
            let (in_common, means) = shared(&scene, scene.selected, viewport.place(slot));
            let want = match in_common {
                0 => Level::Rest,
                _ if in_common == means => Level::All,
                _ => Level::Some,
            };
            prop_assert_eq!(figure.cells().level(slot), want, "{:?} at {:?}", scene, slot);
            found[want as usize] += 1;
        }
        let groups = Groups::of(&scene).unwrap();
        prop_assert_eq!(counts(scene.shape, &groups.around(scene.selected)), found);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// A value of the group may not change under one poke by chance, where two effects cancel; under five pokes it
    /// changes.
    #[test]
    fn a_poke_moves_the_groups_of_the_star_and_nothing_else(scene in any_scene()) {
        let tensor = Rc::new(Tensor::sample(scene.shape, scene.seed));
        let star = tensor.index(scene.selected);
        let reductions = Reductions::of(&scene, &tensor).unwrap();
        let whole = Poked { tensor: &tensor, poke: None };
        let before = Values::of(&scene, whole, &reductions).unwrap();
        let own: HashSet<u32> = places(scene.shape)
            .filter(|&place| shared(&scene, scene.selected, place).0 > 0)
            .map(|place| tensor.index(place))
            .chain([star])
            .collect();
        let mut moved = HashSet::new();
        for by in [1.0, -1.5, 3.0, -4.0, 7.0] {
            let x = Poked { poke: Some((star, whole.value(star) + by)), ..whole };
            let after = Values::of(&scene, x, &reductions).unwrap();
            let now = moved_indices(&before, &after, x);
            prop_assert!(now.is_subset(&own), "{:?} by {}: {:?}", scene, by, now.difference(&own));
            prop_assert_eq!(before.moved(&after, x).count as usize, now.len());
            moved.extend(now);
        }
        // A value that is its own mean is 0 whatever it is.
        if own.len() > 1 {
            prop_assert_eq!(moved, own, "{:?}", scene);
        }
    }
}

#[test]
fn running_statistics_leave_no_blue() {
    for norm in [
        Norm::Batch,
        Norm::GhostBatch { size: 2.try_into().unwrap() },
        Norm::SyncBatch { devices: 2.try_into().unwrap() },
    ] {
        let scene = Scene { mode: Mode::Eval, ..with_method(Method::Norm(norm)) };
        let figure = figure(&scene);
        assert!(figure.cells().levels.iter().all(|level| *level == Level::Rest), "{norm:?}");
        assert_eq!(figure.legend().counts, [0, 0, 384]);
    }
}

#[test]
fn the_papers_figure_shows_48_blue_cells_at_the_start() {
    let figure = figure(&Scene::default());
    let drawing = figure.draw(WIDTH, 1.0);
    let quads = drawing.columns.iter().flat_map(|column| &column.quads);
    let blue: HashSet<_> = quads.filter(|quad| quad.level == Level::All).map(|quad| quad.slot).collect();
    assert_eq!(blue.len(), 48);
    assert_eq!(figure.legend().counts, [48, 0, 336]);
}

#[test]
fn a_poke_is_counted_and_its_scale_stays() {
    let calm = figure(&Scene::default());
    let poked = figure(&Scene { poke: Some(9.0), ..Scene::default() });
    assert_eq!(poked.cells().range, calm.cells().range);
    let count = poked.legend().poke.expect("a poke is told");
    assert_eq!((count.moved, count.still), (48, 336));
    let arrows = |drawing: &Drawing| {
        drawing.marks.iter().filter(|mark| matches!(mark, Mark::Line { class, .. } if class == "quiver")).count()
    };
    assert_eq!([&calm, &poked].map(|figure| arrows(&figure.draw(WIDTH, 1.0))), [0, 1]);
}

#[test]
fn stages_show_the_engines_numbers() {
    for scene in simple_methods() {
        let scene = Scene { gamma: 2.0, beta: 0.5, ..scene };
        let [hat, y] = [Stage::XHat, Stage::Y].map(|stage| figure(&Scene { stage, ..scene.clone() }));
        for (hat, y) in hat.cells().values.iter().zip(&y.cells().values) {
            let want = if scene.method == Method::Norm(Norm::None) { *hat } else { 2.0 * hat + 0.5 };
            assert!((y - want).abs() < 1e-5, "{:?}: {y} for {want}", scene.method);
        }
    }
}

#[test]
fn the_star_stands_on_the_selected_cell_wherever_it_is() {
    for scene in simple_methods() {
        for selected in places(FIRST_SHAPE) {
            for (width, turn, unfolded) in
                [(320.0, 0.0, false), (WIDTH, 0.0, false), (WIDTH, 25.0, false), (WIDTH, -25.0, true)]
            {
                let figure = figure(&Scene { selected, turn, unfolded, ..scene.clone() });
                let star = star_of(&figure.draw(width, 1.0));
                assert_eq!(
                    figure.pick(width, star),
                    Some(selected),
                    "{:?} at {width}, {turn}°: {star:?}",
                    scene.method
                );
            }
        }
    }
}

/// The centre of the big star, from its path: its topmost point comes first.
fn star_of(drawing: &Drawing) -> Point {
    let d = drawing.marks.iter().find_map(|mark| match mark {
        Mark::Line { class, d } if class == "star" => Some(d.clone()),
        Mark::Line { .. } | Mark::Text { .. } => None,
    });
    let d = d.expect("there is a star");
    let numbers: Vec<f64> = d.split(['M', 'L', 'Z', ' ']).filter_map(|part| part.parse().ok()).collect();
    let radius = numbers[1] - numbers[11];
    Point { x: numbers[0], y: numbers[1] - radius / 2.0 }
}

#[test]
fn a_click_on_the_picture_selects_in_the_column_it_shows() {
    let figure = figure(&Scene::default());
    // The picture's corner is at (0, 24); a value is 17 px wide.
    let at = |column: f64, row: f64| figure.pick(WIDTH, Point { x: 17.0 * column + 8.0, y: 24.0 + 17.0 * row + 8.0 });
    assert_eq!(at(3.0, 2.0), Some(Place { n: 0, c: 0, h: 2, w: 3 }));
    assert_eq!(at(4.0, 2.0), None);
}

#[test]
fn arrows_move_the_star_and_stop_at_the_walls() {
    let after = |steps: &[Move]| {
        let mut scene = Scene { selected: Place { n: 1, c: 1, h: 0, w: 1 }, ..Scene::default() };
        for &step in steps {
            scene.selected = figure(&scene).step(step);
        }
        scene.selected
    };
    assert_eq!(after(&[Move::Down, Move::Left, Move::ImageOn]), Place { n: 2, c: 2, h: 0, w: 2 });
    let back = [Move::Up, Move::Up, Move::Right, Move::Right, Move::ImageBack, Move::ImageBack];
    assert_eq!(after(&back), Place { n: 0, c: 0, h: 0, w: 0 });
    assert_eq!(after(&[Move::Down; 20]), Place { n: 1, c: 1, h: 3, w: 3 });
    assert_eq!(after(&[Move::Left; 20]).c, 5);
    assert_eq!(after(&[Move::ImageOn; 20]).n, 3);
    // Group 2 holds channels 0 to 2 of image 1.
    assert_eq!(after(&[Move::NextGroup]), Place { n: 1, c: 3, h: 0, w: 0 });
}

#[test]
fn hovering_moves_no_column() {
    let mut figure = figure(&Scene::default());
    let corners = |figure: &Figure| -> Vec<_> {
        // The last one is the picture, which shows the column under the pointer.
        let columns = figure.draw(WIDTH, 1.0).columns;
        columns[..24].iter().flat_map(|column| column.quads.iter().map(|quad| quad.corners)).collect()
    };
    let before = corners(&figure);
    figure.hover(Some(Place { n: 3, c: 5, h: 2, w: 1 }));
    assert_eq!(corners(&figure), before);
    let blue = figure.cells().levels.iter().filter(|level| **level == Level::All).count();
    assert_eq!(blue, 48);
}

#[test]
fn a_move_ends_where_it_settles() {
    let mut figure = figure(&Scene::default());
    figure.show(Scene { selected: Place { n: 2, c: 4, h: 0, w: 0 }, ..Scene::default() }).unwrap();
    assert!(figure.has_moved());
    let (start, end) = (figure.draw(WIDTH, 0.0), figure.draw(WIDTH, 1.0));
    assert_ne!(start.columns[0].quads, end.columns[0].quads);
    figure.settle();
    assert!(!figure.has_moved());
    assert_eq!(figure.draw(WIDTH, 0.3).columns, end.columns);
}

#[test]
fn unfolding_keeps_every_cell() {
    let mut figure = figure(&Scene::default());
    figure.show(Scene { unfolded: true, ..Scene::default() }).unwrap();
    for progress in [0.25, 0.5, 1.0] {
        let cells: HashSet<Slot> = figure
            .draw(WIDTH, progress)
            .columns
            .iter()
            .flat_map(|column| column.quads.iter().map(|quad| quad.slot))
            .collect();
        assert_eq!(cells.len(), 384, "at {progress}");
    }
}

#[test]
fn everything_stays_on_the_canvas() {
    let shapes = [FIRST_SHAPE, Shape::new(64, 16, 112, 112), Shape::new(1, 1, 1, 1), Shape::new(2, 48, 3, 5)];
    for (shape, width) in
        shapes.into_iter().flat_map(|shape| [300.0, 328.0, 559.0, 560.0, 690.0, 1200.0].map(|width| (shape, width)))
    {
        for (explode, turn, unfolded, all_groups) in
            [(0.0, 0.0, false, false), (1.0, 25.0, false, false), (1.0, -25.0, false, true), (0.5, 0.0, true, false)]
        {
            let method = Method::Norm(Norm::Instance);
            let selected = Place { n: 0, c: 0, h: 0, w: 0 };
            let scene = Scene { shape, method, explode, turn, unfolded, all_groups, selected, ..Scene::default() };
            let drawing = figure(&scene).draw(width, 1.0);
            for corner in drawing.columns.iter().flat_map(|column| &column.quads).flat_map(|quad| quad.corners) {
                assert!((-0.01..=width + 0.01).contains(&corner.x), "{shape} at {width}: x = {}", corner.x);
                assert!((-0.01..=drawing.height + 0.01).contains(&corner.y), "{shape} at {width}: y = {}", corner.y);
            }
        }
    }
}

#[test]
fn large_tensors_say_what_they_show() {
    let scene = Scene { shape: Shape::new(64, 16, 112, 112), pins: [99, 3], ..Scene::default() };
    let viewport = Viewport::of(&scene);
    assert_eq!((viewport.first, viewport.shown.n, viewport.shown.c), ([48, 0], MAX_IMAGES, 16));
    assert!(viewport.shown.h <= MAX_SIDE && viewport.shown.w <= MAX_SIDE && viewport.shown.c <= MAX_CHANNELS);
    assert_eq!(
        viewport.words(361, Layout::Usual).unwrap(),
        "showing 16 of 64 images, each cell the mean of 19 × 19 values"
    );
    assert_eq!(viewport.pins_for(Place { n: 2, c: 0, h: 0, w: 0 }), [2, 0]);
    assert_eq!(viewport.pins_for(Place { n: 50, c: 0, h: 0, w: 0 }), [48, 0]);
    assert_eq!(Viewport::of(&Scene::default()).words(1, Layout::Usual), None);
}

#[test]
fn the_cells_of_a_large_tensor_are_means() {
    let shape = Shape::new(2, 3, 40, 36);
    let scene = Scene {
        shape,
        selected: Place { n: 0, c: 0, h: 0, w: 0 },
        method: Method::Norm(Norm::Layer),
        stage: Stage::Y,
        ..Scene::default()
    };
    let figure = figure(&scene);
    let tensor = figure.tensor();
    let whole = Poked { tensor, poke: None };
    let values = Values::of(&scene, whole, &Reductions::of(&scene, tensor).unwrap()).unwrap();
    let viewport = figure.cells().viewport;
    for slot in viewport.slots() {
        let region = viewport.region(slot);
        let inside: Vec<f64> = places(shape)
            .filter(|&place| region.contains(place))
            .map(|place| f64::from(values.at(Stage::Y, tensor.index(place), whole.value(tensor.index(place)))))
            .collect();
        let want = inside.iter().sum::<f64>() / inside.len() as f64;
        assert!((f64::from(figure.cells().value(slot)) - want).abs() < 1e-5, "{slot:?}");
    }
}

#[test]
fn the_list_holds_all_quads() {
    let drawing = figure(&Scene::default()).draw(WIDTH, 1.0);
    let list = display::list(&drawing.columns);
    let (mut at, mut quads) = (0, 0);
    while at < list.len() {
        let [n_quads, joints, edges, member_edges, dots] = [0, 1, 2, 3, 4].map(|i| list[at + i] as usize);
        quads += n_quads;
        at += 6 + 10 * n_quads + 4 * (joints + edges + member_edges) + 2 * dots;
    }
    assert_eq!(at, list.len());
    assert_eq!(quads, drawing.columns.iter().map(|column| column.quads.len()).sum::<usize>());
}

#[test]
fn no_name_of_the_unfolded_cube_is_cut_off() {
    /// Height of 14-pixel letters above their baseline.
    const ASCENT: f64 = 11.0;
    for width in [328.0, 690.0] {
        let drawing = figure(&Scene { unfolded: true, ..Scene::default() }).draw(width, 1.0);
        for mark in &drawing.marks {
            if let Mark::Text { at, turn, runs, .. } = mark {
                let above = if *turn == 0 { at.y } else { at.x };
                assert!(above >= ASCENT, "{width} wide: {runs:?} at {at:?}");
            }
        }
    }
}
