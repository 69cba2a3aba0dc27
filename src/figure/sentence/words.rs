//! Parses the sentence's notation.

use super::{Piece, name};
use crate::figure::scene::field::SceneField;
use crate::figure::scene::{Method, Scene};
use crate::norms::grouping::tiling::Axis;
use crate::norms::number::count;

/// Parses `template`: `[field]`, `*number*`, `^blue^`, `<axes>`, and plain words between them. A sentence after a comma
/// continues in lower case.
pub(super) fn read(template: &str, scene: &Scene) -> Vec<Piece> {
    let mut pieces = vec![];
    let mut rest = template;
    while let Some(at) = rest.find(['[', '*', '^', '<']) {
        plain(&mut pieces, &rest[..at]);
        let close = match &rest[at..=at] {
            "[" => ']',
            "<" => '>',
            "*" => '*',
            _ => '^',
        };
        let inner = &rest[at + 1..];
        let end = inner.find(close).expect("templates close what they open");
        let text = inner[..end].to_owned();
        match close {
            ']' => pieces.push(choice(&text, scene)),
            '*' => pieces.push(Piece::Number { text }),
            '^' => pieces.push(Piece::Blue { text }),
            _ => axes(&mut pieces, scene),
        }
        rest = &inner[end + 1..];
    }
    plain(&mut pieces, rest);
    pieces
}

fn plain(pieces: &mut Vec<Piece>, text: &str) {
    if !text.is_empty() {
        let text = text.replace(", Each", ", each").replace(", The", ", the");
        pieces.push(Piece::Plain { text });
    }
}

fn choice(name_of_field: &str, scene: &Scene) -> Piece {
    let field = match name_of_field {
        "method" => return Piece::Method { text: name(scene.method).to_owned() },
        "mode" => return Piece::Mode { text: scene.mode.word().to_owned() },
        "n" => SceneField::Images,
        "c" => SceneField::Channels,
        "h" => SceneField::Height,
        "w" => SceneField::Width,
        "groups" => SceneField::Groups,
        "part" => SceneField::Part,
        "devices" => SceneField::Devices,
        "tile-images" => SceneField::TileImages,
        "tile-channels" => SceneField::TileChannels,
        other => unreachable!("templates name fields: {other}"),
    };
    Piece::Field { text: count(field.value(scene)), field }
}

/// Appends the letters of all axes that the tensor is said to have, on or off.
fn axes(pieces: &mut Vec<Piece>, scene: &Scene) {
    let Method::Norm(norm) = scene.method else { return };
    if let Some(norm) = norm.axes() {
        let piece =
            |axis: Axis| Piece::Axis { text: scene.layout.letter(axis).into(), axis, on: norm.axes.contains(axis) };
        pieces.extend(scene.layout.axes().map(piece));
    }
}
