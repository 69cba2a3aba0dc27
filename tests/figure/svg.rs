//! Parses the SVG that charts write: only the XML that they use.

#![allow(dead_code, reason = "every binary takes the part it needs")]

/// Its name, its attributes and, for text elements, the text.
pub(crate) type Element = (String, Vec<(String, String)>, String);

/// The elements of a document. Fails if it is not well-formed.
pub(crate) fn elements(svg: &str) -> Vec<Element> {
    let mut found = vec![];
    let mut open = vec![];
    for part in svg.split('<').skip(1) {
        let (tag, text) = part.split_once('>').expect("every < has its >");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "tags nest");
            continue;
        }
        assert!(!text.contains('>'), "a lone > in {text}");
        let body = tag.strip_suffix('/').unwrap_or(tag);
        let (name, mut rest) = body.split_once(' ').expect("every tag has attributes");
        let mut attributes: Vec<(String, String)> = vec![];
        while let Some((key, after)) = rest.split_once("=\"") {
            let (value, after) = after.split_once('"').expect("a value ends");
            let key = key.trim().to_owned();
            assert!(attributes.iter().all(|(other, _)| *other != key), "{key} twice in {tag}");
            attributes.push((key, value.to_owned()));
            rest = after;
        }
        assert_eq!(rest.trim(), "", "in {tag}");
        if !tag.ends_with('/') {
            open.push(name.to_owned());
        }
        found.push((name.to_owned(), attributes, text.trim().to_owned()));
    }
    assert!(open.is_empty(), "{open:?} are not closed");
    found
}

pub(crate) fn words(svg: &str) -> Vec<String> {
    elements(svg).into_iter().filter(|(name, ..)| name == "text").map(|(.., text)| text).collect()
}

/// The points that are drawn: corners of lines and outlines, centres of dots, the upper left corners of blocks.
pub(crate) fn points(svg: &str) -> Vec<(f64, f64)> {
    let number = |text: &str| text.parse::<f64>().unwrap_or_else(|_| panic!("{text:?} is not a number"));
    let of = |(_, attributes, _): Element| -> Vec<(f64, f64)> {
        let get = |key: &str| attributes.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
        let corners = get("points").unwrap_or("").split_whitespace().map(|point| {
            let (x, y) = point.split_once(',').expect("a point has two numbers");
            (number(x), number(y))
        });
        let middle = get("cx").zip(get("cy")).map(|(x, y)| (number(x), number(y)));
        let start = get("width").and(get("x").zip(get("y"))).map(|(x, y)| (number(x), number(y)));
        corners.chain(middle).chain(start).collect()
    };
    elements(svg).into_iter().flat_map(of).collect()
}

/// Fails if a chart is not well-formed, has too many points or one out of bounds, contains NaN, or uses what a strict
/// content policy forbids.
#[track_caller]
pub(crate) fn assert_sound(svg: &str, (width, height): (u32, u32), what: &str) {
    let points = points(svg);
    assert!(points.len() <= 2000, "{} points of {what} at {width}×{height}", points.len());
    let is_inside =
        |&(x, y): &(f64, f64)| (0.0..=f64::from(width)).contains(&x) && (0.0..=f64::from(height)).contains(&y);
    assert!(points.iter().all(is_inside), "{what} at {width}×{height}");
    for forbidden in ["NaN", "inf", "style=", "<style", "<script", "href", "onload", "url("] {
        assert!(!svg.contains(forbidden), "{forbidden} in {what} at {width}×{height}");
    }
}

/// Fails if a tick at the foot has no number, or the last number meets the name of the unit or the edge of the chart.
#[track_caller]
pub(crate) fn assert_ticks_are_numbered(svg: &str, (width, bottom): (f64, f64), what: &str) {
    /// Widths of a digit and of a letter of the name at least, in pixels.
    const DIGIT: f64 = 7.2;
    const LETTER: f64 = 6.0;
    let get = |attributes: &[(String, String)], name: &str| {
        attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let number = |text: &str| text.parse::<f64>().unwrap_or(f64::NAN);
    let (mut ticks, mut numbers, mut names) = (vec![], vec![], vec![]);
    for (_, attributes, text) in elements(svg) {
        let x = number(&get(&attributes, "x"));
        let is_below = number(&get(&attributes, "y")) > bottom + 8.0;
        let points = get(&attributes, "points");
        match points.split_whitespace().map(|point| point.split_once(',')).collect::<Vec<_>>()[..] {
            [Some(from), Some(to)] if from.0 == to.0 && number(from.1) == bottom => ticks.push(number(from.0)),
            _ if !is_below => {}
            _ if get(&attributes, "font-family") == "monospace" => numbers.push((x, text)),
            _ => names.push((x, x + LETTER * text.chars().count() as f64)),
        }
    }
    assert!(ticks.len() >= 2, "{ticks:?} in {what}");
    assert_eq!(ticks, numbers.iter().map(|number| number.0).collect::<Vec<_>>(), "{numbers:?} in {what}");
    let (x, words) = &numbers[numbers.len() - 1];
    let end = x + DIGIT * words.chars().count() as f64 / 2.0;
    assert!(end <= width, "{words} ends at {end} of {width} in {what}");
    let is_clear = |&(from, to): &(f64, f64)| end < from && to <= width;
    assert!(names.iter().all(is_clear), "{words} ends at {end}, the name is at {names:?} of {width}, in {what}");
}
