//! The catalogue of norms: every norm has a text that reads back, old texts still open, and what the page's scripts know of
//! norms and experiments is written from it: `www/ui/lib/catalog.js`, the table in `www/norm-cube.js`.

use blue_cube::files::MAX_BYTES;
use blue_cube::grouping::tiling::{Axes, Axis};
use blue_cube::norm::catalog::{Mixes, Number};
use blue_cube::norm::{AffineAxes, AxesNorm, Norm, NormKind};
use blue_cube::race::experiment::{EXPERIMENTS, FIGURE_DIGITS, FIGURES};
use blue_cube::scene::layout::LAYOUTS;
use blue_cube::scene::{Method, Scene, hash};
use std::fmt::Write;
use std::num::NonZeroU32;
use std::path::Path;

/// Columns that a line of the scripts has at most; a longer text stands on a line of its own.
const COLUMNS: usize = 110;

fn group(groups: u32) -> Norm {
    Norm::Group { groups: NonZeroU32::new(groups).unwrap() }
}

fn axes(letters: &str, groups: u32, affine: Option<AffineAxes>) -> AxesNorm {
    AxesNorm { axes: Axes::of_letters(letters).unwrap(), groups: NonZeroU32::new(groups).unwrap(), affine }
}

/// Every norm with some numbers, and those over axes with every choice of γ.
fn all_norms() -> Vec<Norm> {
    let mut norms = vec![];
    for kind in NormKind::ALL {
        for count in [1, 2, 7, u32::MAX] {
            let mut norm = kind.first();
            norm.count_mut().into_iter().for_each(|old| *old = NonZeroU32::new(count).unwrap());
            for affine in std::iter::once(None).chain(AffineAxes::ALL.map(Some)) {
                for all in ["c", "chw", "nchw"] {
                    norm.axes_mut().into_iter().for_each(|old| *old = axes(all, count, affine));
                    norms.push(norm);
                }
            }
        }
    }
    norms
}

#[test]
fn a_norm_is_its_text() {
    let of = |norm: Norm| norm.to_string();
    assert_eq!([of(Norm::None), of(Norm::Batch), of(group(8)), of(Norm::Switchable)], ["none", "bn", "gn8", "sn"]);
    assert_eq!(of(NormKind::GhostBatch.first()), "ghost2");
    assert_eq!(of(Norm::Axes(AxesNorm::over(&[Axis::C]))), "axes-c");
    assert_eq!(of(Norm::Axes(AxesNorm::instance_as_written())), "axes-chw-scalar");
    assert_eq!(of(Norm::Rms(axes("ch", 2, Some(AffineAxes::Channel)))), "rms-ch-2-channel");
    for norm in all_norms() {
        assert_eq!(norm.to_string().parse(), Ok(norm), "{norm}");
        let scene = Scene { method: Method::Norm(norm), ..Scene::default() }.clamp().scene;
        assert_eq!(hash::read(&hash::write(&scene)).scene, scene, "{norm}");
    }
}

#[test]
fn older_texts_still_open() {
    // Lanes had the number of groups always; the element and the package have the names of JSON.
    for (text, want) in [
        ("axes-c-1", Norm::Axes(axes("c", 1, None))),
        ("rms-chw-2-reduced", Norm::Rms(axes("chw", 2, Some(AffineAxes::Reduced)))),
        ("axes-CHW-1-scalar", Norm::Axes(AxesNorm::instance_as_written())),
        ("batch-instance", Norm::BatchInstance),
        ("group", group(2)),
        ("gn", group(2)),
    ] {
        assert_eq!(text.parse(), Ok(want), "{text}");
    }
    // Links had a norm's numbers under keys of their own.
    for (link, want) in [
        ("m=gn&g=3", group(3)),
        ("g=6&m=gn", group(6)),
        ("m=ghost&part=4", Norm::GhostBatch { size: NonZeroU32::new(4).unwrap() }),
        ("m=sync&devices=4", Norm::SyncBatch { devices: NonZeroU32::new(4).unwrap() }),
        ("m=axes&axes=h", Norm::Axes(axes("h", 1, None))),
        ("m=rms&axes=chw&g=3&affine=channel", Norm::Rms(axes("chw", 3, Some(AffineAxes::Channel)))),
        ("m=axes&affine=scalar", Norm::Axes(axes("c", 1, Some(AffineAxes::Scalar)))),
    ] {
        let read = hash::read(link);
        assert_eq!((read.scene.method, read.changes), (Method::Norm(want), vec![]), "{link}");
    }
}

#[test]
fn other_texts_are_told() {
    for text in
        ["", "quux", "gn0", "gn-3", "gn3x", "bn2", "axes-x", "axes-c-0", "axes-c-1-none", "axes-c-1-scalar-1", "none-c"]
    {
        let told = text.parse::<Norm>().unwrap_err().to_string();
        assert_eq!(told, format!("“{text}” is not a norm, such as bn, gn8 or axes-chw"));
    }
    assert_eq!("gn99999999999".parse(), Ok(group(u32::MAX)), "a number that is too great is the greatest");
}

/// What a row says of its norm is what the engine does.
#[test]
fn the_rows_are_of_their_norms() {
    let names: Vec<&str> = NormKind::ALL.iter().flat_map(|kind| [kind.link(), kind.json()]).collect();
    let types = std::fs::read_to_string(root().join("src/web/types.rs")).unwrap();
    for kind in NormKind::ALL {
        let (first, json) = (kind.first(), serde_json::to_value(kind.first()).unwrap());
        assert_eq!(first.kind(), kind);
        assert_eq!(json["kind"], kind.json());
        assert_eq!(serde_json::from_value::<Norm>(json.clone()).unwrap(), first, "{json}");
        assert_eq!(json.get(kind.number().json()).is_some(), kind.number() != Number::Nothing, "{json}");
        assert_eq!(first.count().is_some(), kind.number() != Number::Nothing, "{kind:?}");
        assert_eq!(first.axes().is_some(), kind.number() == Number::Axes, "{kind:?}");
        assert!(types.contains(&format!("\"{}\"", kind.json())), "types.rs has no {}", kind.json());
        let own = [kind.link(), kind.json()];
        assert!(names.iter().filter(|name| own.contains(name)).count() <= 2, "{kind:?} shares a name: {own:?}");
        assert!(!kind.link().ends_with(|letter: char| letter.is_ascii_digit()) || kind.number() == Number::Nothing);
        let n_tilings = first.tilings(Scene::default().shape).unwrap().len();
        let want = match kind.mixes() {
            Mixes::Nothing => usize::from(kind != NormKind::None),
            Mixes::Results => 2,
            Mixes::Moments => 3,
        };
        assert_eq!(n_tilings, want, "{kind:?}");
        let paper = kind.paper();
        assert_eq!(paper.words.is_empty(), paper.arxiv.is_empty(), "{kind:?}");
        assert!(kind.worth().ends_with('.') && kind.name().starts_with(char::is_uppercase), "{kind:?}");
    }
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// A value as a script writes it: `{ kind: "group", groups: 2 }`.
fn script(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Object(map) => {
            let fields: Vec<String> = map.iter().map(|(key, value)| format!("{key}: {}", script(value))).collect();
            format!("{{ {} }}", fields.join(", "))
        }
        serde_json::Value::Array(items) => {
            format!("[{}]", items.iter().map(script).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// `  name: value,` on a line of the scripts.
pub(crate) fn property(to: &mut String, indent: usize, name: &str, value: &str) {
    let spaces = " ".repeat(indent);
    let line = format!("{spaces}{name}: {value},");
    if line.chars().count() <= COLUMNS {
        writeln!(to, "{line}").unwrap();
    } else {
        writeln!(to, "{spaces}{name}:\n{spaces}  {value},").unwrap();
    }
}

const HEAD: &str = r#"// @ts-check
// What the page knows of norms, axes and experiments by name: the rows of src/norms/norm/catalog.rs and of
// src/training/race/experiment/list.rs. Written by `UPDATE_CATALOG=1 cargo test --test structure catalog::`, which checks it: change the rows.

/** @typedef {import("../../pkg/blue_cube.js").Norm} Norm */
/** @typedef {import("../../pkg/blue_cube.js").Axis} Axis */
/** @typedef {import("../../pkg/blue_cube.js").NormKind} NormKind */
/** @typedef {import("../../pkg/blue_cube.js").Layout} Layout */
/** @typedef {import("../../pkg/worker/blue_cube.js").Figure} Figure */

/**
 * @typedef {object} NormRow
 * @property {NormKind} kind
 * @property {string} link the start of its text in links
 * @property {string} short its name on a lane
 * @property {string} name its name in a sentence
 * @property {string} title its name among norms
 * @property {Norm} first the norm with the numbers it has when it is chosen by name
 * @property {"" | "groups" | "size" | "devices" | "axes"} number its number in JSON
 * @property {"" | Axis} divides the axis whose length the number must divide
 * @property {boolean} keepsRunning whether evaluation takes running statistics
 * @property {"nothing" | "results" | "moments"} mixes
 * @property {boolean} isInRow whether the method row has a cube of it
 * @property {string} token its colour is the custom property `--lane-TOKEN`
 * @property {string} dash of its lane's line
 * @property {string} paper
 * @property {string} arxiv
 * @property {string} worth what it is good for, and where it fails
 */
"#;

fn norm_row(kind: NormKind) -> String {
    let mut to = String::from("  {\n");
    let mut add = |name: &str, value: String| property(&mut to, 4, name, &value);
    add("kind", quoted(kind.json()));
    add("link", quoted(kind.link()));
    add("short", quoted(kind.short()));
    add("name", quoted(kind.name()));
    add("title", quoted(kind.title()));
    add("first", script(&first_json(kind)));
    add("number", quoted(kind.number().json()));
    add("divides", quoted(&kind.number().divides().map_or(String::new(), |axis| axis.letter().into())));
    add("keepsRunning", kind.keeps_running().to_string());
    let mixes = match kind.mixes() {
        Mixes::Nothing => "nothing",
        Mixes::Results => "results",
        Mixes::Moments => "moments",
    };
    add("mixes", quoted(mixes));
    add("isInRow", kind.is_in_row().to_string());
    add("token", quoted(kind.lane().color));
    add("dash", quoted(kind.lane().dash));
    add("paper", quoted(kind.paper().words));
    add("arxiv", quoted(kind.paper().arxiv));
    add("worth", quoted(kind.worth()));
    to + "  },\n"
}

/// The kind before the numbers, and no number of groups that nobody chose.
fn first_json(kind: NormKind) -> serde_json::Value {
    let mut json = serde_json::to_value(kind.first()).unwrap();
    if kind.number() == Number::Axes {
        json.as_object_mut().unwrap().remove("groups");
    }
    json
}

/// `www/ui/lib/catalog.js`.
fn page_script() -> String {
    let mut to = HEAD.to_owned();
    to += "\n/** Every norm, in the order of menus. @type {NormRow[]} */\nexport const NORMS = [\n";
    NormKind::ALL.into_iter().for_each(|kind| to += &norm_row(kind));
    let letters: Vec<String> = Axis::ALL.iter().map(|axis| quoted(&axis.letter().to_string())).collect();
    writeln!(
        to,
        "];\n\n/** The axes, outermost first. @type {{Axis[]}} */\nexport const AXES = [{}];",
        letters.join(", ")
    )
    .unwrap();
    to += "\n/** What one place along each axis of an array is called, and one of a plane, by what is said of its axes; only those that it has. @type {Record<Layout, Partial<Record<Axis, string>> & { spot: string }>} */\nexport const AXIS_NOUNS = {\n";
    for (name, layout) in LAYOUTS {
        let nouns: Vec<String> = layout
            .axes()
            .map(|axis| format!("{}: {}", axis.letter(), quoted(layout.noun(axis))))
            .chain([format!("spot: {}", quoted(layout.spot()))])
            .collect();
        property(&mut to, 2, name, &format!("{{ {} }}", nouns.join(", ")));
    }
    to += "};\n";
    writeln!(to, "\n/** The most bytes that a file of arrays may have, or unpack to. */\nexport const MAX_FILE_BYTES = {MAX_BYTES};").unwrap();
    to += "\n/** The sources’ experiments, in the order of the menu; those of several hours open in their quick form. */\nexport const EXPERIMENTS = [\n";
    for row in EXPERIMENTS {
        let (name, title, quick) = (quoted(row.name), quoted(row.title), row.opens_quick);
        writeln!(to, "  {{ name: {name}, title: {title}, opensQuick: {quick} }},").unwrap();
    }
    to += "];\n\n/** The figures of an epoch by their names in JSON, in the order of tables. @type {Record<Figure, string>} */\nexport const FIGURES = {\n";
    for figure in FIGURES {
        let key = serde_json::to_value(figure).unwrap();
        property(&mut to, 2, &quoted(key.as_str().unwrap()).replace("\"rho\"", "rho"), &quoted(figure.words()));
    }
    to + &format!("}};\n\n/** Digits after the point of a figure. */\nexport const FIGURE_DIGITS = {FIGURE_DIGITS};\n")
}

/// The table in `www/norm-cube.js`, which imports nothing: the first scene's method first, then those of the row.
fn element_table() -> String {
    let rank = |kind: &NormKind| (*kind != NormKind::Group, !kind.is_in_row());
    let mut kinds = NormKind::ALL.to_vec();
    kinds.sort_by_key(rank);
    let mut to = String::from("\n/** @type {Record<string, { link: string, number: string }>} */\nconst NORMS = {\n");
    for kind in kinds {
        let key = if kind.json().contains('-') { quoted(kind.json()) } else { kind.json().to_owned() };
        let row = format!("{{ link: {}, number: {} }}", quoted(kind.link()), quoted(kind.number().json()));
        property(&mut to, 2, &key, &row);
    }
    let letters: String = Axis::ALL.iter().map(|axis| axis.letter()).collect();
    writeln!(
        to,
        "}};\nconst AXES = {};\nconst AFFINE = {:?};",
        quoted(&letters),
        AffineAxes::ALL.map(AffineAxes::name)
    )
    .unwrap();
    to
}

/// `UPDATE_CATALOG=1 cargo test --test structure catalog::` writes them.
#[test]
fn the_scripts_are_written_from_the_rows() {
    let (page_path, element_path) = (root().join("www/ui/lib/catalog.js"), root().join("www/norm-cube.js"));
    let mut element = std::fs::read_to_string(&element_path).unwrap();
    let (start, end) = ("// Written by tests/structure/catalog.rs:", "// End of what is written.");
    let from = element.find(start).expect("the table has a start") + start.len();
    let to = from + element[from..].find(end).expect("the table has an end");
    let old_element = element.clone();
    element.replace_range(from..to, &element_table());
    let page = page_script();
    if std::env::var_os("UPDATE_CATALOG").is_some() {
        std::fs::write(page_path, page).unwrap();
        std::fs::write(element_path, element).unwrap();
        return;
    }
    let old_page = std::fs::read_to_string(page_path).unwrap_or_default();
    assert!(
        old_page == page && old_element == element,
        "the scripts are not what the rows say; run with UPDATE_CATALOG=1"
    );
}
