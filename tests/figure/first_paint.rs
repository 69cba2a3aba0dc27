//! What the page shows before a script has run matches what Rust computes for the first scene: sentence, figure, row of
//! methods.

use blue_cube::cube::figure::{Figure, miniature_scene};
use blue_cube::cube::svg;
use blue_cube::norm::NormKind;
use blue_cube::scene::{Dialect, Method, Scene, hash};
use blue_cube::sentence::{self, Piece};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::path::{Path, PathBuf};

const WIDTH: f64 = 690.0;

/// Pixels per step along N or C in a small cube, as in `web::page::cube`.
const UNIT: f64 = 10.0;

/// The page's goal for HTML, its figures and CSS, bytes of gzip: design/page.md §4.
const MAX_WEIGHT: usize = 40_000;

/// The text between two marks of the page, and what Rust says that it must be.
struct Part {
    what: &'static str,
    start: &'static str,
    end: &'static str,
    want: String,
}

fn www(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("www").join(file)
}

fn figure(scene: Scene) -> Figure {
    Figure::new(scene).expect("the method fits the shape")
}

fn first_sentence() -> String {
    let mut text = String::new();
    for piece in sentence::sentence(&Scene::default()) {
        match &piece {
            Piece::Plain { text: plain } => text += plain,
            Piece::Blue { text: blue } => text += &format!("<b class=\"blue\">{blue}</b>"),
            other => text += &format!("<b>{}</b>", other.text()),
        }
    }
    text
}

fn first_figure() -> String {
    let drawing = figure(Scene::default()).draw(WIDTH, 1.0);
    format!(" viewBox=\"0 0 {} {:.2}\">{}", drawing.width, drawing.height, svg::content(&drawing))
}

/// The six small cubes of the paper's figure and its successors; that of the reader's own norm needs scripts.
fn first_methods() -> String {
    let first = Scene::default();
    let row = NormKind::ALL.into_iter().filter(|kind| kind.is_in_row());
    let norms = row.map(|kind| (kind.title(), kind.first()));
    let mut text = String::new();
    for (name, norm) in norms {
        let scene = Scene { method: Method::Norm(norm), ..first.clone() };
        let chosen = if scene == first { " chosen" } else { "" };
        let small = figure(miniature_scene(&scene).clamp().scene).miniature(UNIT);
        let view = small.view_box.map(|number| format!("{number:.2}")).join(" ");
        let picture = format!(
            "<svg viewBox=\"{view}\" preserveAspectRatio=\"xMinYMax meet\" aria-hidden=\"true\">{}</svg>",
            small.markup
        );
        let means = sentence::means(&scene);
        text += &format!(
            "<div class=\"tile-cell\"><div class=\"tile{chosen}\">{picture}<b>{name}</b><small>{means}</small></div></div>"
        );
    }
    text
}

/// The menu of dialects, and the name in front of it.
fn dialects() -> [String; 2] {
    let first = Scene::default().dialect;
    let option = |(_, dialect): (&str, Dialect)| {
        let value = serde_json::to_value(dialect).unwrap();
        let selected = if dialect == first { " selected" } else { "" };
        format!("<option value={value}{selected}>{}</option>", dialect.menu_name())
    };
    [hash::DIALECTS.map(option).concat(), first.menu_name().to_owned()]
}

/// `UPDATE_FIRST_PAINT=1 cargo test --test figure first_paint::` writes them into the page.
#[test]
fn the_page_stands_before_its_scripts() {
    let [menu, name] = dialects();
    let parts = [
        Part { what: "sentence", start: "id=\"sentence\">", end: "</p>", want: first_sentence() },
        Part { what: "figure", start: "aria-labelledby=\"sentence\"", end: "</svg>", want: first_figure() },
        Part {
            what: "method row",
            start: "<!-- first methods -->",
            end: "<!-- /first methods -->",
            want: first_methods(),
        },
        Part { what: "menu of dialects", start: "aria-label=\"Dialect\">", end: "</select>", want: menu },
        Part { what: "dialect", start: "id=\"call-name\">", end: "</span>", want: name },
    ];
    let mut page = std::fs::read_to_string(www("index.html")).unwrap();
    let mut wrong = vec![];
    for Part { what, start, end, want } in parts {
        let from = page.find(start).unwrap_or_else(|| panic!("the page has a place for the {what}")) + start.len();
        let to = from + page[from..].find(end).expect("the place has an end");
        if page[from..to] != want {
            wrong.push(what);
            page.replace_range(from..to, &want);
        }
    }
    if std::env::var_os("UPDATE_FIRST_PAINT").is_some() {
        std::fs::write(www("index.html"), page).unwrap();
    } else {
        assert!(wrong.is_empty(), "not what Rust says: {wrong:?}; run with UPDATE_FIRST_PAINT=1");
    }
}

#[test]
fn the_first_paint_is_light() {
    let page = std::fs::read_to_string(www("index.html")).unwrap();
    let sheets = page.split("rel=\"stylesheet\" href=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    let mut total = 0;
    for file in ["index.html", "ui/shell/early.js", "ui/shell/start.js"].into_iter().chain(sheets) {
        let mut encoder = GzEncoder::new(vec![], Compression::best());
        encoder.write_all(&std::fs::read(www(file)).unwrap()).unwrap();
        let size = encoder.finish().unwrap().len();
        println!("{size:9}  {file}");
        total += size;
    }
    println!("{total:9}  bytes of gzip until the first paint, of at most {MAX_WEIGHT}");
    assert!(total <= MAX_WEIGHT, "{total} bytes of gzip until the first paint, at most {MAX_WEIGHT} are allowed");
}
