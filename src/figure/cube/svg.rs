//! A drawing as SVG text: classes name every look, so that the page's style sheet, or one added to a file, colours it.

use super::columns::{Column, Quad, Side};
use super::figure::Drawing;
use super::groups::Level;
use super::marks::{Anchor, Mark};
use super::path::{Path, short};
use std::fmt::Write;

/// Number of tones that show a value's lightness.
pub const N_TONES: u32 = 16;

/// Returns a drawing as a whole file; `title` is its text equivalent.
pub fn file(drawing: &Drawing, title: &str) -> String {
    let (width, height) = (short(drawing.width), short(drawing.height));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\"><title>{}</title>{}</svg>",
        escaped(title),
        content(drawing)
    )
}

/// Returns the content of the `svg` element.
pub fn content(drawing: &Drawing) -> String {
    let mut text = columns(&drawing.columns, drawing.dot);
    text += "<g class=\"marks\">";
    for mark in &drawing.marks {
        text += &element(mark);
    }
    text + "</g>"
}

/// Returns columns; with a `dot` of 0, without dots.
pub fn columns(columns: &[Column], dot: f64) -> String {
    let mut text = String::new();
    for column in columns.iter().filter(|column| !column.quads.is_empty()) {
        text += "<g>";
        for (class, d) in faces(column) {
            line(&mut text, &class, &d);
        }
        let joined = |lines: &[[super::camera::Point; 2]]| {
            let mut path = Path::default();
            lines.iter().for_each(|[a, b]| _ = path.line(*a, *b));
            path.finish()
        };
        line(&mut text, "joints", &joined(&column.joints));
        line(&mut text, "edges", &joined(&column.edges));
        line(&mut text, "edges member", &joined(&column.member_edges));
        if dot > 0.0 {
            let mut dots = Path::default();
            column.dots.iter().for_each(|&middle| _ = dots.circle(middle, dot));
            line(&mut text, "dots", &dots.finish());
        }
        text += "</g>";
    }
    text
}

/// Groups the faces of a column by look, in the order in which looks first appear.
fn faces(column: &Column) -> Vec<(String, String)> {
    let mut looks: Vec<(String, Path)> = vec![];
    for quad in &column.quads {
        let class = class(quad, column.seams);
        let found = looks.iter().position(|(own, _)| *own == class);
        let at = found.unwrap_or_else(|| {
            looks.push((class, Path::default()));
            looks.len() - 1
        });
        looks[at].1.polygon(&quad.corners);
    }
    looks.into_iter().map(|(class, mut path)| (class, path.finish())).collect()
}

fn class(quad: &Quad, seams: bool) -> String {
    let side = match quad.side {
        Side::Left => " left",
        Side::Right => " right",
        Side::Top => " top",
        Side::Flat => "",
    };
    let level = match quad.level {
        Level::Rest => "",
        Level::Some => " in-some",
        Level::All => " in-group",
    };
    let tone = (quad.tone * f64::from(N_TONES - 1)).round();
    format!("cell{side}{level} t{tone}{}", if seams { "" } else { " bare" })
}

fn line(text: &mut String, class: &str, d: &str) {
    if !d.is_empty() {
        write!(text, "<path class=\"{class}\" d=\"{d}\"/>").expect("writing to a string");
    }
}

fn element(mark: &Mark) -> String {
    let mut text = String::new();
    match mark {
        Mark::Line { class, d } => line(&mut text, class, d),
        Mark::Text { class, at, anchor, turn, runs } => {
            let (x, y) = (short(at.x), short(at.y));
            let anchor = match anchor {
                Anchor::Start => "start",
                Anchor::Middle => "middle",
                Anchor::End => "end",
            };
            let turned = if *turn == 0 { String::new() } else { format!(" transform=\"rotate({turn} {x} {y})\"") };
            text = format!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\"{turned}>");
            for run in runs.iter().filter(|run| !run.text.is_empty()) {
                let class = if run.strong { " class=\"strong\"" } else { "" };
                text += &format!("<tspan{class}>{}</tspan>", escaped(&run.text));
            }
            text += "</text>";
        }
    }
    text
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
