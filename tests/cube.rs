//! The cube: picking against brute force, who is blue, what is in sight, what the sentence says.
#![cfg(not(target_arch = "wasm32"))]

use blue_cube::cube::camera::{Camera, Point};
use blue_cube::cube::columns::{Side, View};
use blue_cube::cube::figure::{FIRST_SELECTED, Figure, Move, SHAPE};
use blue_cube::cube::layout::{Block, Layout};
use blue_cube::cube::marks::Mark;
use blue_cube::cube::{Cell, pick, sentence};
use blue_cube::norm::{Norm, Recipe};
use blue_cube::shape::Shape;
use proptest::prelude::*;
use std::collections::HashSet;
use std::num::NonZeroU32;

const WIDTH: f64 = 690.0;

fn group(groups: u32) -> Norm {
    Norm::Group { groups: NonZeroU32::new(groups).expect("no test has 0 groups") }
}

fn all_norms() -> [Norm; 8] {
    [Norm::None, Norm::Batch, Norm::Layer, Norm::Instance, group(1), group(2), group(3), group(6)]
}

fn figure(norm: Norm) -> Figure {
    Figure::new(SHAPE, norm).expect("the norm fits the shape")
}

fn all_cells(shape: Shape) -> impl Iterator<Item = Cell> {
    (0..shape.n)
        .flat_map(move |n| (0..shape.c).flat_map(move |c| (0..shape.plane_len()).map(move |k| Cell { n, c, k })))
}

/// Who shares a mean, straight from the definitions.
fn shares_mean(norm: Norm, shape: Shape, a: Cell, b: Cell) -> bool {
    match norm {
        Norm::None => false,
        Norm::Batch => a.c == b.c,
        Norm::Layer => a.n == b.n,
        Norm::Instance => a.n == b.n && a.c == b.c,
        Norm::Group { groups } => {
            let of = |c: u32| c * groups.get() / shape.c;
            a.n == b.n && of(a.c) == of(b.c)
        }
        Norm::BatchInstance
        | Norm::Switchable
        | Norm::Axes(_)
        | Norm::Rms(_)
        | Norm::GhostBatch { .. }
        | Norm::SyncBatch { .. } => panic!("{norm:?} is not drawn yet"),
    }
}

#[test]
fn blue_columns_are_those_that_share_a_mean_with_the_selected_cell() {
    for norm in all_norms() {
        let mut figure = figure(norm);
        for cell in all_cells(SHAPE) {
            figure.select(cell);
            for column in figure.draw(WIDTH, 1.0).columns {
                let other = Cell { n: column.n, c: column.c, k: 0 };
                assert_eq!(column.member, shares_mean(norm, SHAPE, cell, other), "{norm:?} {cell:?} {other:?}");
            }
        }
    }
}

#[test]
fn the_papers_figure_shows_48_blue_cells_at_the_start() {
    let drawing = figure(group(2)).draw(WIDTH, 1.0);
    let members = drawing.columns.iter().filter(|column| column.member);
    let cells: HashSet<_> =
        members.flat_map(|column| column.faces.iter().map(|face| (column.n, column.c, face.k))).collect();
    assert_eq!(cells.len(), 48);
    assert_eq!(drawing.pixels.len(), 16);
    assert!(drawing.picture_member);
}

#[test]
fn the_star_stands_on_the_selected_cell_wherever_it_is() {
    for norm in all_norms() {
        let mut figure = figure(norm);
        for cell in all_cells(SHAPE) {
            for width in [320.0, WIDTH] {
                figure.select(cell);
                let star = star_of(&figure, width);
                assert_eq!(figure.pick(width, star), Some(cell), "{norm:?} at {width}: {star:?}");
            }
        }
    }
}

/// The middle of the big star, from its path: its topmost point is its first.
fn star_of(figure: &Figure, width: f64) -> Point {
    let marks = figure.draw(width, 1.0).marks;
    let d = marks.iter().find_map(|mark| match mark {
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
    let figure = figure(group(2));
    // The picture's corner is at (0, 24); a value is 17 px wide.
    let at = |column: f64, row: f64| figure.pick(WIDTH, Point { x: 17.0 * column + 8.0, y: 24.0 + 17.0 * row + 8.0 });
    assert_eq!(at(3.0, 2.0), Some(Cell { k: 11, ..FIRST_SELECTED }));
    assert_eq!(at(4.0, 2.0), None);
}

#[test]
fn arrows_move_the_selected_cell_and_stop_at_the_walls() {
    let mut figure = figure(Norm::Layer);
    let mut after = |steps: &[Move]| {
        figure.select(Cell { n: 1, c: 1, k: 1 });
        steps.iter().for_each(|&step| figure.step(step));
        figure.selected()
    };
    assert_eq!(after(&[Move::Down, Move::Left, Move::ImageOn]), Cell { n: 2, c: 2, k: 2 });
    assert_eq!(
        after(&[Move::Up, Move::Up, Move::Right, Move::Right, Move::ImageBack, Move::ImageBack]),
        Cell { n: 0, c: 0, k: 0 }
    );
    assert_eq!(after(&[Move::Down; 20]).k, 15);
    assert_eq!(after(&[Move::Left; 20]).c, 5);
    assert_eq!(after(&[Move::ImageOn; 20]).n, 3);
}

#[test]
fn hovering_moves_no_column() {
    let mut figure = figure(group(2));
    let polygons = |figure: &Figure| {
        let columns = figure.draw(WIDTH, 1.0).columns;
        columns.into_iter().flat_map(|column| column.faces).map(|face| face.points).collect::<Vec<_>>()
    };
    let before = polygons(&figure);
    figure.hover(Some(Cell { n: 3, c: 5, k: 9 }));
    assert_eq!(polygons(&figure), before);
}

#[test]
fn a_move_ends_where_it_settles() {
    let mut figure = figure(group(2));
    figure.settle();
    figure.select(Cell { n: 2, c: 4, k: 0 });
    let (start, end) = (figure.draw(WIDTH, 0.0), figure.draw(WIDTH, 1.0));
    assert!(start.moved && end.moved);
    assert_ne!(start.columns[0].faces, end.columns[0].faces);
    figure.settle();
    assert_eq!(figure.draw(WIDTH, 0.3).columns, end.columns);
}

#[test]
fn everything_stays_on_the_plate() {
    for width in [300.0, 328.0, 559.0, 560.0, 690.0, 1200.0] {
        for norm in all_norms() {
            let drawing = figure(norm).draw(width, 1.0);
            for face in drawing.columns.iter().flat_map(|column| &column.faces) {
                for corner in face.points.split(' ') {
                    let (x, y) = corner.split_once(',').unwrap();
                    let (x, y): (f64, f64) = (x.parse().unwrap(), y.parse().unwrap());
                    assert!((0.0..=width).contains(&x), "{norm:?} at {width}: x = {x}");
                    assert!((0.0..=drawing.height).contains(&y), "{norm:?} at {width}: y = {y}");
                }
            }
        }
    }
}

#[test]
fn sentences_count() {
    let say = |norm| sentence::spoken(norm, SHAPE);
    assert_eq!(
        say(group(2)),
        "Group norm splits 6 channels into 2 groups: each of the 8 means comes from 48 blue values (3 channels × 4 × 4) of one image."
    );
    assert_eq!(
        say(group(6)),
        "Group norm splits 6 channels into 6 groups: each of the 24 means comes from 16 blue values (1 channel × 4 × 4) of one image."
    );
    let ends = [
        (Norm::Batch, "each of the 6 means comes from 64 blue values (4 images × 4 × 4) of one channel."),
        (Norm::Layer, "each of the 4 means comes from 96 blue values (6 channels × 4 × 4) of one image."),
        (Norm::Instance, "each of the 24 means comes from 16 blue values (4 × 4) of one channel of one image."),
    ];
    for (norm, end) in ends {
        assert!(say(norm).ends_with(end), "{}", say(norm));
    }
    assert!(say(Norm::None).starts_with("No norm takes no mean: the 384 values of 4 images"));
    let one_image = sentence::spoken(Norm::Batch, Shape { n: 1, ..SHAPE });
    assert!(one_image.contains("here it is instance norm"), "{one_image}");
    assert_eq!(sentence::means(group(2), SHAPE), "8 means of 48");
    assert_eq!(sentence::means(Norm::None, SHAPE), "no mean");
}

/// The cell whose polygon was painted last over `point`; `None` where a polygon's edge is too near to tell.
fn painted_last(view: View<'_>, point: Point) -> Result<Option<Cell>, ()> {
    let shape = view.layout.shape;
    let mut last = None;
    for (n, c) in view.layout.painters_order() {
        for side in view.sides(n, c) {
            for k in 0..if side == Side::Top { 1 } else { shape.plane_len() } {
                match inside(&view.face(n, c, k, side), point) {
                    Some(true) => last = Some(Cell { n, c, k }),
                    Some(false) => {}
                    None => return Err(()),
                }
            }
        }
    }
    Ok(last)
}

/// Whether a convex polygon holds a point; `None` within a millionth of an edge.
fn inside(polygon: &[Point; 4], point: Point) -> Option<bool> {
    let sides = (0..4).map(|i| {
        let (a, b) = (polygon[i], polygon[(i + 1) % 4]);
        let length = (b.x - a.x).hypot(b.y - a.y);
        ((b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x)) / length
    });
    let sides: Vec<f64> = sides.collect();
    if sides.iter().all(|&side| side > 1e-6) || sides.iter().all(|&side| side < -1e-6) {
        return Some(true);
    }
    let is_out = sides.iter().any(|&side| side > 1e-6) && sides.iter().any(|&side| side < -1e-6);
    is_out.then_some(false)
}

fn any_view() -> impl Strategy<Value = (Shape, Norm, Cell)> {
    let shape = (1_u32..=6, 1_u32..=8, 1_u32..=5, 1_u32..=5).prop_map(|(n, c, h, w)| Shape::new(n, c, h, w));
    shape.prop_flat_map(|shape| {
        let divisors: Vec<_> = (1..=shape.c).filter(|g| shape.c % g == 0).map(group).collect();
        let norms =
            [Norm::None, Norm::Batch, Norm::Layer, Norm::Instance].into_iter().chain(divisors).collect::<Vec<_>>();
        let cell = (0..shape.n, 0..shape.c, 0..shape.plane_len()).prop_map(|(n, c, k)| Cell { n, c, k });
        (Just(shape), proptest::sample::select(norms), cell)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn picking_finds_what_was_painted_last((shape, norm, selected) in any_view(), places in prop::collection::vec((0.0..1.0, 0.0..1.0), 40)) {
        let grouping = match norm.recipe(shape).unwrap() {
            Some(Recipe::Planes(recipe)) => Some(recipe.grouping),
            None => None,
            recipe => panic!("{recipe:?} is no recipe of planes"),
        };
        let layout = Layout::new(shape, grouping, selected);
        let camera = Camera::new(shape, 40.0, Point { x: 400.0, y: 800.0 });
        let focus = Block::around(grouping, selected);
        let view = View { layout: &layout, camera, grouping, focus: &focus };
        for (x, y) in places {
            let point = Point { x: 100.0 + x * 550.0, y: 150.0 + y * 680.0 };
            if let Ok(painted) = painted_last(view, point) {
                prop_assert_eq!(pick::pick(&layout, camera, point), painted, "{} {:?} at {:?}", shape, norm, point);
            }
        }
    }
}
