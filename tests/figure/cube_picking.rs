//! Picking finds the cell that was painted last, in every pose.

use crate::scenes::any_scene;
use blue_cube::cube::camera::{Camera, Point};
use blue_cube::cube::columns::View;
use blue_cube::cube::figure::Figure;
use blue_cube::cube::layout::Layout;
use blue_cube::cube::pick;
use blue_cube::cube::unfold::Tiles;
use blue_cube::cube::viewport::Slot;
use blue_cube::scene::Scene;
use proptest::prelude::*;

/// The cell whose quad was painted last over `point`; an error if an edge is too close to decide.
fn painted_last(view: View<'_>, point: Point) -> Result<Option<Slot>, ()> {
    let mut last = None;
    for quad in view.columns().iter().flat_map(|column| &column.quads) {
        match inside(&quad.corners, point) {
            Some(true) => last = Some(quad.slot),
            Some(false) => {}
            None => return Err(()),
        }
    }
    Ok(last)
}

/// Whether a convex polygon contains a point; `None` within a millionth of an edge.
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn picking_finds_what_was_painted_last(
        scene in any_scene(),
        turn in -25.0..25.0_f64,
        explode in 0.0..1.0_f32,
        places in prop::collection::vec((0.0..1.0, 0.0..1.0), 20),
    ) {
        let scene = Scene { explode, ..scene };
        let figure = Figure::new(scene.clone()).expect("the method fits the shape");
        let cells = figure.cells();
        let layout = Layout::new(&scene, figure.groups(), &cells.viewport);
        let camera = Camera::new(cells.viewport.shown.plane_len(), 40.0, turn, Point { x: 400.0, y: 800.0 });
        let tiles = Tiles::new(&layout, 690.0, 500.0, 0.0);
        let view = View { layout: &layout, camera, tiles: &tiles, cells };
        for (x, y) in places {
            let point = Point { x: 100.0 + x * 550.0, y: 150.0 + y * 680.0 };
            if let Ok(painted) = painted_last(view, point) {
                prop_assert_eq!(pick::pick(&layout, camera, point), painted, "{:?} at {:?}", scene, point);
            }
        }
    }
}
