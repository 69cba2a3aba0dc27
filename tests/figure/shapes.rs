//! Every shape is drawn with every method at every width, and its sums are computed: readers choose the length of an
//! axis, so no layout may depend on one being long.

use blue_cube::cube::columns::Quad;
use blue_cube::cube::figure::{Drawing, Figure};
use blue_cube::cube::marks::Mark;
use blue_cube::cube::shown::{settle, shown};
use blue_cube::cube::table::Table;
use blue_cube::ledger::account::Account;
use blue_cube::ledger::backward::Backward;
use blue_cube::ledger::histogram::Counted;
use blue_cube::ledger::sums::Sums;
use blue_cube::preset;
use blue_cube::scene::Scene;
use serde::Deserialize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

/// What is tried, natively and in wasm alike (`tests/page_wasm.test.mjs`).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tried {
    /// Lengths of an axis: one, a few, and more than fit on a phone.
    lengths: Vec<u32>,
    /// Most values of a shape, to keep the test quick.
    most_values: u32,
    /// With more values, shapes take turns with the methods.
    few_values: u32,
    /// Widths of the canvas on a small phone, a phone, a laptop and a desktop, in CSS pixels.
    widths: Vec<f64>,
    /// Every method, as named in a link.
    methods: Vec<String>,
    /// Other parts of a link that change where things are.
    poses: Vec<String>,
}

static TRIED: LazyLock<Tried> =
    LazyLock::new(|| serde_json::from_str(include_str!("../shapes.json")).expect("tests/shapes.json is valid"));

/// The scene of a link, as the page reads it.
fn scene(link: &str) -> Scene {
    settle(preset::read(link).scene).scene
}

/// Draws a link at all widths and computes its sums; returns what is wrong.
fn faults(link: &str) -> Vec<String> {
    let mut faults = vec![];
    let mut attempt = |what: &str, act: &mut dyn FnMut() -> Option<String>| {
        let fault = catch_unwind(AssertUnwindSafe(act)).unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            Some(text.unwrap_or_else(|| panic.downcast_ref::<&str>().map_or("panic", |text| text).to_owned()))
        });
        faults.extend(fault.map(|fault| format!("#v=1&{link} {what}: {fault}")));
    };
    let scene = scene(&format!("v=1&{link}"));
    let mut figure = None;
    attempt("made", &mut || {
        figure = Some(Figure::new(scene.clone()).map_err(|error| error.to_string()).ok()?);
        None
    });
    let Some(figure) = figure else { return vec![format!("#v=1&{link}: no figure, {faults:?}")] };
    for &width in &TRIED.widths {
        attempt(&format!("at {width}"), &mut || off_the_plate(&figure.draw(width, 1.0), width));
    }
    attempt("in words", &mut || {
        let table = Table::new(figure.cells(), scene.selected, scene.layout);
        let n_rows = figure.cells().viewport.shown.plane_len() as usize;
        (table.rows.len() != n_rows || figure.legend().rows.is_empty()).then(|| "the table or the legend".to_owned())
    });
    attempt("in the ledger", &mut || {
        let account = Account::new(scene.clone(), shown(&scene)).map_err(|error| error.to_string());
        let told = account.and_then(|account| {
            let counted = Counted::new(account);
            let of = |error: blue_cube::grouping::GroupingError| error.to_string();
            Sums::of(counted.account(), scene.selected).map_err(of)?;
            Backward::of(counted.account()).map_err(of)?;
            counted.histograms(scene.selected).map(drop).map_err(of)
        });
        told.err()
    });
    faults
}

/// Parts of a drawing that have no finite position.
fn off_the_plate(drawing: &Drawing, width: f64) -> Option<String> {
    let is_finite = |quad: &Quad| quad.corners.iter().all(|corner| corner.x.is_finite() && corner.y.is_finite());
    if drawing.width != width || !(drawing.height > 0.0 && drawing.height < 2000.0) {
        return Some(format!("{} × {}", drawing.width, drawing.height));
    }
    if let Some(quad) = drawing.columns.iter().flat_map(|column| &column.quads).find(|quad| !is_finite(quad)) {
        return Some(format!("{quad:?}"));
    }
    let is_odd = |mark: &&Mark| match mark {
        Mark::Line { d, .. } => d.contains("NaN") || d.contains("inf"),
        Mark::Text { at, .. } => !(at.x.is_finite() && at.y.is_finite()),
    };
    drawing.marks.iter().find(is_odd).map(|mark| format!("{mark:?}"))
}

#[test]
fn every_shape_is_drawn_with_every_method_at_every_width() {
    let mut failures = vec![];
    let mut n_links = 0_usize;
    for [n, c, h, w] in shapes() {
        let len = n * c * h * w;
        for (at, method) in TRIED.methods.iter().enumerate() {
            if len > TRIED.few_values && !(n_links + at).is_multiple_of(TRIED.methods.len()) {
                continue;
            }
            n_links += 1;
            let pose = &TRIED.poses[n_links % TRIED.poses.len()];
            failures.extend(faults(&format!("{method}&shape={n},{c},{h},{w}{pose}")));
        }
    }
    assert!(n_links > 500, "{n_links} links");
    let first: Vec<_> = failures.iter().take(20).collect();
    assert!(failures.is_empty(), "{} of {n_links} links: {first:#?}", failures.len());
}

/// A row of labels, such as a .npy file of ten whole numbers; and the shapes from a bug report.
#[test]
fn labels_are_a_figure_of_one_row() {
    let shapes = ["1,1,1,10", "4,6,1,10", "4,6,1,5", "4,6,2,10", "4,6,3,16", "1,1,1,1", "1,1,1,1000000"];
    let failures: Vec<_> = shapes.iter().flat_map(|shape| faults(&format!("shape={shape}"))).collect();
    assert!(failures.is_empty(), "{failures:#?}");
}

fn shapes() -> impl Iterator<Item = [u32; 4]> {
    let lengths = &TRIED.lengths;
    let all = (0..lengths.len().pow(4))
        .map(|i| [3, 2, 1, 0].map(|axis| lengths[i / lengths.len().pow(axis) % lengths.len()]));
    all.filter(|shape| shape.iter().product::<u32>() <= TRIED.most_values)
}
