//! A tensor seen through the contrast and brightness dials is the tensor whose values were multiplied and added to one by one.

use crate::common::Data;
use blue_cube::cube::cells::Means;
use blue_cube::cube::figure::Figure;
use blue_cube::cube::reductions::Reductions;
use blue_cube::cube::shown::{give, settle, shown};
use blue_cube::cube::table::Table;
use blue_cube::cube::tensor::Tensor;
use blue_cube::cube::values::{Poked, Values};
use blue_cube::cube::viewport::Viewport;
use blue_cube::ledger::account::Account;
use blue_cube::ledger::histogram::Counted;
use blue_cube::preset;
use blue_cube::scene::layout::Layout;
use blue_cube::scene::{Place, Scene, Stage};
use blue_cube::shape::Shape;
use std::rc::Rc;

/// Half of the last digit of x̂ that the page prints: what is seen through the dials may round to a neighbour, not more.
const HALF_A_DIGIT: f32 = 5e-5;

const METHODS: [&str; 11] = [
    "m=bn",
    "m=ln",
    "m=in",
    "m=gn&g=2",
    "m=bin",
    "m=sn",
    "m=axes&axes=c",
    "m=axes&axes=w",
    "m=rms&axes=chw",
    "m=ghost&part=2",
    "m=own&tile=1,1&pixel=1",
];

const SHAPES: [Shape; 6] = [
    Shape { n: 2, c: 4, h: 3, w: 5 },
    Shape { n: 4, c: 6, h: 4, w: 4 },
    Shape { n: 2, c: 2, h: 90, w: 70 },
    Shape { n: 64, c: 8, h: 1, w: 1 },
    Shape { n: 1, c: 2, h: 1, w: 9001 },
    Shape { n: 2, c: 2, h: 200, w: 200 },
];

/// Contrast and brightness: of the dials, and of links.
const DIALS: [[f32; 2]; 8] = [
    [2.0, 0.0],
    [0.25, 0.5],
    [1.0, -3.0],
    [3.732, 17.5],
    [0.01, 1e6],
    [100.0, -1e6],
    [1.0, 1000.0],
    [0.051, 12_345.678],
];

/// Values as in files: of a few kinds, some with rows that hardly differ.
fn values(kind: usize, shape: Shape, random: &mut Data) -> Vec<f32> {
    let value = |index: u32, u: f32| match kind {
        0 => 2.0 * u - 1.0,
        1 => 1000.0 + u,
        // Dark images, nearly constant.
        2 => {
            if u > 0.99 {
                1.0 / 255.0
            } else {
                0.0
            }
        }
        3 => 7.0,
        // Channels of very different sizes.
        4 => (u - 0.5) * 10_f32.powi((index / shape.plane_len() % 5) as i32 * 3 - 6),
        _ => 0.25 + u * f32::EPSILON,
    };
    (0..shape.len()).map(|index| value(index, random.unit() as f32)).collect()
}

/// The same tensor, dialed and written out.
fn both(kind: usize, shape: Shape, dials: [f32; 2], random: &mut Data) -> [Rc<Tensor>; 2] {
    let plain = Rc::new(Tensor::of(shape, values(kind, shape, random)));
    let dialed = Rc::new(Tensor::dialed(&plain, dials));
    let written = Tensor::of(shape, plain.values().iter().map(|x| dials[0] * x + dials[1]).collect());
    [dialed, Rc::new(written)]
}

#[test]
fn what_is_seen_through_the_dials_is_what_was_written_out() {
    let mut random = Data::new(11);
    let mut off = vec![];
    let mut worst = 0.0_f32;
    for (kind, shape) in (0..6).flat_map(|kind| SHAPES.map(|shape| (kind, shape))) {
        for dials in DIALS {
            let tensors = both(kind, shape, dials, &mut random);
            let [dialed, written] = &tensors;
            assert_eq!(dialed.values(), written.values());
            assert_eq!((dialed.range(), dialed.odd()), (written.range(), written.odd()), "{kind} {shape} {dials:?}");
            for method in METHODS {
                let scene = Scene { shape, ..preset::read(&format!("v=1&{method}")).scene }.clamp().scene;
                let values = tensors.each_ref().map(|tensor| {
                    let x = Poked { tensor, poke: None };
                    Values::of(&scene, x, &Reductions::of(&scene, tensor).unwrap()).unwrap()
                });
                let step = (shape.len() / 500).max(1);
                for index in (0..shape.len()).step_by(step as usize) {
                    let [a, b] = values.each_ref().map(|values| values.at(Stage::XHat, index, dialed.get(index)));
                    worst = worst.max((a - b).abs());
                    if (a - b).abs() > HALF_A_DIGIT * b.abs().max(1.0) {
                        off.push(format!("kind {kind} {shape} {dials:?} {method} at {index}: x̂ {a}, not {b}"));
                        break;
                    }
                    let [a, b] = values.each_ref().map(|values| values.statistics(0, index));
                    let (mean, variance) = (a.mean() - b.mean(), a.variance() - b.variance());
                    let is_off = mean.abs() > 1e-5 * b.mean().abs().max(b.variance().sqrt())
                        || variance.abs() > 1e-4 * b.variance();
                    if is_off {
                        off.push(format!("kind {kind} {shape} {dials:?} {method} at {index}: {a:?}, not {b:?}"));
                        break;
                    }
                }
            }
            let viewport = Viewport::of(&Scene { shape, ..Scene::default() });
            let means = tensors.each_ref().map(|tensor| Means::of(viewport, tensor));
            // Sums in f32 are as exact as the largest value.
            let [least, most] = written.range().map(f32::abs);
            for (a, b) in means[0].x().iter().zip(means[1].x()) {
                if (a - b).abs() > 1e-6 * least.max(most) {
                    off.push(format!("kind {kind} {shape} {dials:?}: a cell's mean is {a}, not {b}"));
                }
            }
        }
    }
    println!("largest difference of an x̂: {worst:e}");
    assert!(off.is_empty(), "{} are off: {:#?}", off.len(), &off[..off.len().min(20)]);
}

/// The figure, its table and the histograms, too: the values of a file through the dials, and a file of the dialed values.
#[test]
fn all_parts_show_a_dialed_tensor_as_one_that_was_written_out() {
    let mut random = Data::new(12);
    for shape in SHAPES {
        let [dialed, written] = both(0, shape, [2.5, -0.75], &mut random);
        let first = Scene::default();
        let give = |tensor: &Tensor, name: &str| {
            let file = give(name, Layout::Usual, tensor.clone(), true, &first);
            settle(Scene { file: Some(file), shape, ..first.clone() }).scene
        };
        let through = Scene { contrast: 2.5, brightness: -0.75, ..give(dialed.plain(), "plain") };
        let scenes = [through, give(&written, "written")];
        let star = Place { n: shape.n - 1, c: 0, h: shape.h / 2, w: shape.w / 2 };
        let poked = |scene: &Scene| Scene { selected: star, poke: Some(4.0), ..scene.clone() };
        for scenes in [scenes.clone(), scenes.each_ref().map(poked)] {
            let figures = scenes.each_ref().map(|scene| Figure::new(scene.clone()).unwrap());
            let tables = figures.each_ref().map(|figure| Table::new(figure.cells(), star, Layout::Usual));
            assert_eq!(tables[0], tables[1], "{shape}");
            let counted =
                scenes.each_ref().map(|scene| Counted::new(Account::new(scene.clone(), shown(scene)).unwrap()));
            let [a, b] = counted.each_ref().map(|counted| counted.histograms(star).unwrap());
            assert_eq!((a.axis, &a.ticks, a.counting), (b.axis, &b.ticks, b.counting), "{shape}");
            for (a, b) in a.rows.iter().zip(&b.rows) {
                assert_eq!((a.n_all, a.n_group), (b.n_all, b.n_group));
                assert_eq!(a.all.iter().sum::<u32>(), shape.len());
                // A value at the edge of a fine bin may be on either side of it.
                let apart: u32 = a.all.iter().zip(&b.all).map(|(a, b)| a.abs_diff(*b)).sum();
                assert!(apart <= shape.len() / 20, "{shape}: {apart} values are in other bars");
                assert!((a.mean - b.mean).abs() < 1e-2 && (a.deviation - b.deviation).abs() < 1e-2, "{shape}");
            }
        }
    }
}
