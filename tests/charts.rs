//! Charts and their traces: bounded, labelled, and unshaken by losses that are not numbers.
#![cfg(not(target_arch = "wasm32"))]

use blue_cube::chart::draw::{Plot, Theme, parse_color, svg};
use blue_cube::chart::trace::{Bucket, MAX_BUCKETS, Trace};
use blue_cube::chart::{Change, History, Test};

fn theme() -> Theme {
    let color = |text| parse_color(text).expect("it is #RRGGBB");
    Theme {
        paper: color("#FBFAF7"),
        ink: color("#1B1D21"),
        quiet: color("#5D6066"),
        hair: color("#E6E3DB"),
        lane: color("#753312"),
    }
}

fn history(losses: &[f32]) -> History {
    let mut history = History::default();
    history.push(losses.len() as u32, losses, &vec![0.5; losses.len()]);
    history
}

fn loss_svg(history: &History) -> String {
    svg(&Plot::loss(history), &theme(), 640, 200)
}

/// What stands between `start` and `end`, all over a text.
fn between<'a>(text: &'a str, start: &'a str, end: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(start).skip(1).filter_map(move |part| Some(part.split_once(end)?.0))
}

/// The words of an SVG text.
fn words(svg: &str) -> Vec<String> {
    let texts = between(svg, "<text ", "</text>").filter_map(|part| part.split_once('>'));
    texts.map(|(_, words)| words.trim().into()).collect()
}

fn count_points(svg: &str) -> usize {
    between(svg, "points=\"", "\"").map(|points| points.split_whitespace().count()).sum()
}

#[test]
fn axes_are_named_with_units() {
    let history = history(&[2.3, 2.0, 1.5]);
    let loss = words(&loss_svg(&history));
    assert!(loss.contains(&"loss, nats".into()) && loss.contains(&"steps".into()), "{loss:?}");
    let accuracy = words(&svg(&Plot::accuracy(&history), &theme(), 640, 200));
    assert!(accuracy.contains(&"accuracy, share classified right".into()), "{accuracy:?}");
}

#[test]
fn an_empty_chart_has_axes_and_says_what_to_press() {
    let empty = words(&loss_svg(&History::default()));
    assert!(empty.iter().any(|text| text.starts_with("Press Start")), "{empty:?}");
    assert!(empty.contains(&"loss, nats".into()), "{empty:?}");
}

#[test]
fn one_point_is_drawn() {
    let history = history(&[2.302]);
    assert!(words(&loss_svg(&history)).contains(&"train 2.302".into()));
}

#[test]
fn curves_end_in_their_names_and_values() {
    let mut history = history(&[2.0, 1.0, 0.5, 0.25]);
    history.tests.push(Test { step: 4, loss: 0.24, accuracy: 0.93 });
    let loss = words(&loss_svg(&history));
    assert!(loss.contains(&"train 0.250".into()) && loss.contains(&"test 0.240".into()), "{loss:?}");
    let accuracy = words(&svg(&Plot::accuracy(&history), &theme(), 640, 200));
    assert!(accuracy.contains(&"test 0.930".into()), "{accuracy:?}");
}

#[test]
fn losses_that_are_no_numbers_are_told_and_leave_a_gap() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        for losses in [vec![bad], vec![bad; 1000], vec![2.0, bad, 1.0], vec![2.0, 1.0, bad]] {
            let text = loss_svg(&history(&losses));
            assert!(words(&text).iter().any(|text| text.starts_with("not finite from step")), "{losses:?}");
            assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
        }
    }
}

#[test]
fn a_judgement_that_is_no_number_is_left_out() {
    let mut history = history(&[2.0, 1.0]);
    history.tests.push(Test { step: 2, loss: f32::NAN, accuracy: f32::NAN });
    assert!(!loss_svg(&history).contains("NaN"));
}

#[test]
fn changes_are_written_where_they_were_made() {
    let mut history = history(&[2.0; 50]);
    history.changes.push(Change { step: 20, words: "rate <0.01>".into() });
    assert!(words(&loss_svg(&history)).contains(&"rate &lt;0.01&gt;".into()));
}

#[test]
fn the_text_fits_a_strict_content_policy() {
    let mut history = history(&[2.0; 5000]);
    history.tests.push(Test { step: 5000, loss: 0.1, accuracy: 0.9 });
    for text in [loss_svg(&history), svg(&Plot::accuracy(&history), &theme(), 320, 160)] {
        for forbidden in ["style=", "<style", "<script", "href", "onload"] {
            assert!(!text.contains(forbidden), "{forbidden}");
        }
        assert!(text.starts_with("<svg ") && text.trim_end().ends_with("</svg>"));
    }
}

#[test]
fn a_long_run_is_drawn_with_at_most_2000_points() {
    let losses: Vec<f32> = (0..100_000).map(|i| 2.3 / (1.0 + i as f32 / 1000.0) + (i % 7) as f32 * 0.01).collect();
    let history = history(&losses);
    let total = count_points(&loss_svg(&history)) + count_points(&svg(&Plot::accuracy(&history), &theme(), 640, 200));
    assert!(total <= 2000, "{total}");
}

#[test]
fn a_trace_keeps_extremes_and_mean_of_every_step() {
    let mut trace = Trace::default();
    let values: Vec<f32> = (0..10_007).map(|i| ((i * 37) % 101) as f32 / 4.0).collect();
    values.iter().for_each(|&value| trace.push(value));
    assert!(trace.buckets().count() <= MAX_BUCKETS);
    assert_eq!(trace.len(), 10_007);
    assert_eq!(trace.last(), values.last().copied());
    let len = trace.bucket_len() as usize;
    for ((middle, bucket), chunk) in trace.buckets().zip(values.chunks(len)) {
        let want = chunk.iter().copied().map(Bucket::of).fold(Bucket::EMPTY, Bucket::merge);
        // Quarters: the sums are exact in any order.
        assert_eq!(bucket, want, "at {middle}");
    }
    assert_eq!(trace.range(), Some((0.0, 25.0)));
}

#[test]
fn history_tells_when_steps_are_missing() {
    let mut history = History::default();
    assert!(history.push(2, &[1.0, 1.0], &[0.0, 0.0]));
    assert!(!history.push(5, &[1.0, 1.0], &[0.0, 0.0]));
}

#[test]
fn colours_are_read_or_refused() {
    assert!(parse_color("#1B1D21").is_some());
    assert!(parse_color(" #ffffff").is_some());
    for bad in ["", "red", "#fff", "#12345g", "#1234567", "#ééé"] {
        assert!(parse_color(bad).is_none(), "{bad}");
    }
}
