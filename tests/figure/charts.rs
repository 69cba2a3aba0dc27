//! Charts of a race: bounded, labelled, and robust against losses that are not numbers.

use crate::canned::{BATCH_NORM, EPOCH};
use crate::svg::{assert_sound, elements, points, words};
use blue_cube::chart::curves::{Curves, View};
use blue_cube::chart::labels::width_of;
use blue_cube::chart::lanes::{Judgement, Lanes};
use blue_cube::chart::plot::{Chart, ChartRequest, draw};
use blue_cube::chart::{Color, Dash};

const VIEWS: [View; 5] = [View::Accuracy, View::TestAccuracy, View::TestLoss, View::TrainAccuracy, View::TrainLoss];

const SIZES: [(u32, u32); 4] = [(620, 336), (330, 300), (310, 176), (330, 150)];

fn request(view: View, (width, height): (u32, u32)) -> ChartRequest {
    ChartRequest { view, width, height, has_labels: true, focus: None, empty: "Press Start.".into() }
}

fn chart(lanes: &Lanes, view: View, size: (u32, u32)) -> Chart {
    draw(lanes, &crate::canned::theme(false), &request(view, size))
}

/// Races of every kind: none yet, early, late, with one lane, with eight, with seeds, ghosts, marks.
fn races() -> Vec<Lanes> {
    let mut marked = crate::canned::with_ghosts(crate::canned::race(8, 13.0, true));
    for epoch in [0.0, 2.0, 2.1, 2.2, 2.3, 12.9, 13.0] {
        crate::canned::mark(&mut marked, None, epoch, "rate <0.01> & ε");
        crate::canned::mark(&mut marked, Some(BATCH_NORM), epoch, "batch 8");
    }
    let races = [(0, 0.0), (3, 0.0), (1, 0.001), (1, 0.3), (2, 1.0), (7, 13.0), (8, 39.0)];
    let mut races: Vec<Lanes> = races.into_iter().map(|(n, epochs)| crate::canned::race(n, epochs, false)).collect();
    races.extend([
        crate::canned::seeds(5.0, false),
        crate::canned::with_ghosts(crate::canned::race(3, 0.0, false)),
        marked,
    ]);
    races
}

#[test]
fn every_chart_is_sound_and_within_its_bounds() {
    for lanes in races() {
        for (view, size) in VIEWS.into_iter().flat_map(|view| SIZES.map(|size| (view, size))) {
            for has_labels in [true, false] {
                let chart =
                    draw(&lanes, &crate::canned::theme(true), &ChartRequest { has_labels, ..request(view, size) });
                assert_sound(&chart.svg, size, &format!("{view:?}"));
            }
        }
    }
}

#[test]
fn labels_keep_apart() {
    for lanes in races() {
        for (view, size) in VIEWS.into_iter().flat_map(|view| SIZES.map(|size| (view, size))) {
            let chart = chart(&lanes, view, size);
            let labels = elements(&chart.svg).into_iter().filter(|(name, _, text)| {
                name == "text" && lanes.styles.iter().any(|style| text.starts_with(&style.label))
            });
            let of_lanes = labels.filter(|(_, attributes, _)| {
                attributes.iter().any(|(key, value)| key == "x" && value.parse::<f64>().is_ok_and(|x| x > chart.right))
            });
            let mut lines: Vec<f64> = of_lanes
                .map(|(_, attributes, _)| {
                    attributes.iter().find(|(key, _)| key == "y").expect("words have a y").1.parse().expect("a number")
                })
                .collect();
            lines.sort_by(f64::total_cmp);
            assert!(lines.windows(2).all(|pair| pair[1] - pair[0] >= 12.0), "{lines:?} in {view:?} at {size:?}");
            assert!(lines.iter().all(|&y| y > 0.0 && y < f64::from(size.1)), "{lines:?}");
        }
    }
}

#[test]
fn labels_stand_in_the_order_of_the_values() {
    let chart = chart(&crate::canned::race(7, 13.0, false), View::TestAccuracy, (620, 336));
    let mut ends = chart.ends.clone();
    ends.sort_by(|a, b| b.value.partial_cmp(&a.value).expect("they are numbers"));
    assert!(ends.windows(2).all(|pair| pair[0].label_y < pair[1].label_y), "{ends:?}");
    assert_eq!(ends.len(), 7);
    assert!(words(&chart.svg).contains(&"BN .742".into()), "{:?}", words(&chart.svg));
}

#[test]
fn labels_stand_beside_the_heads_where_time_goes_on() {
    let mut lanes = crate::canned::race(7, 2.0, false);
    lanes.least_end = 13.0 * EPOCH;
    let chart = chart(&lanes, View::TestAccuracy, (620, 336));
    let x = chart.left + (chart.right - chart.left) * 2.0 / 13.0;
    assert!(chart.ends.iter().all(|end| (end.x - x).abs() < 1e-9), "{:?}", chart.ends);
    let label = elements(&chart.svg).into_iter().find(|(_, _, text)| text.starts_with("GN 8")).expect("it is named");
    let (_, at) = label.1.iter().find(|(key, _)| key == "x").expect("words have a place");
    let at: f64 = at.parse().expect("a number");
    assert!(x < at && at < x + 20.0, "{at} beside {x}");
}

#[test]
fn axes_are_named_with_units() {
    let lanes = crate::canned::race(2, 0.1, false);
    for (view, name) in [
        (View::TestAccuracy, "test accuracy, share classified right"),
        (View::TestLoss, "test loss, nats"),
        (View::TrainAccuracy, "training accuracy, share classified right"),
        (View::TrainLoss, "training loss, nats"),
    ] {
        let words = words(&chart(&lanes, view, (620, 336)).svg);
        assert!(words.contains(&name.into()) && words.contains(&"images".into()), "{words:?}");
    }
    let words = words(&chart(&crate::canned::race(2, 0.3, false), View::TestLoss, (620, 336)).svg);
    assert!(words.contains(&"epochs".into()), "{words:?}");
}

#[test]
fn an_empty_chart_has_axes_and_says_what_to_press() {
    let empty = chart(&Lanes::default(), View::Accuracy, (620, 336));
    assert!(words(&empty.svg).contains(&"Press Start.".into()), "{:?}", words(&empty.svg));
    assert_eq!((empty.view, &*empty.description), (View::TestAccuracy, "Test accuracy: nothing yet."));
}

#[test]
fn before_the_first_judgement_training_is_shown() {
    let mut lanes = crate::canned::race(1, 0.0, false);
    assert!(lanes.push(1, 0, &[1.0, 2.0], &[2.3, 2.2], &[0.0, 1.0]));
    assert_eq!(chart(&lanes, View::Accuracy, (620, 336)).view, View::TrainAccuracy);
    lanes.judge(1, judgement(2.0, 0.4));
    assert_eq!(chart(&lanes, View::Accuracy, (620, 336)).view, View::TestAccuracy);
}

fn judgement(images: f64, accuracy: f32) -> Judgement {
    Judgement { images, loss: 1.0, accuracy, by_batch: None, is_epoch_end: false }
}

#[test]
fn losses_that_are_no_numbers_are_told_and_leave_a_gap() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        for losses in [vec![bad], vec![bad; 1000], vec![2.0, bad, 1.0], vec![2.0, 1.0, bad]] {
            let mut lanes = crate::canned::race(1, 0.0, false);
            let images: Vec<f32> = (1..=losses.len()).map(|step| step as f32 * 32.0).collect();
            assert!(lanes.push(1, 0, &images, &losses, &vec![0.1; losses.len()]));
            lanes.judge(1, Judgement { loss: bad, by_batch: Some((bad, 0.1)), ..judgement(32.0, 0.1) });
            for view in VIEWS {
                let chart = chart(&lanes, view, (620, 336));
                assert!(!chart.svg.contains("NaN") && !chart.svg.contains("inf"), "{losses:?} {view:?}");
                assert!(chart.description.contains("not finite from step"), "{}", chart.description);
                assert!(words(&chart.svg).contains(&"No norm not finite".into()), "{:?}", words(&chart.svg));
            }
        }
    }
}

#[test]
fn of_a_network_with_two_answers_the_gap_is_hatched_and_named() {
    let lanes = crate::canned::race(7, 13.0, false);
    let wide = chart(&lanes, View::TestAccuracy, (620, 336));
    let said = words(&wide.svg);
    for words in ["one network, two answers", "↑ with each batch's own statistics", "↓ with running averages"] {
        assert!(said.contains(&words.to_owned()), "{said:?}");
    }
    assert!(wide.caption.contains("each batch's own statistics"), "{}", wide.caption);
    assert!(wide.description.contains("BN .742 (.869 with each batch's own statistics)"), "{}", wide.description);
    let mut without = crate::canned::race(7, 13.0, false);
    without.remove(BATCH_NORM);
    let without = chart(&without, View::TestAccuracy, (620, 336));
    assert!(!words(&without.svg).contains(&"one network, two answers".into()));
    assert_eq!(without.caption, "1 seed.");
    // The hatching consists of lines that rise to the right at 45°.
    let slanted = |svg: &str| {
        let lines = elements(svg).into_iter().filter_map(|(_, attributes, _)| {
            let is_faint = attributes.iter().any(|(key, value)| key == "stroke-opacity" && value == "0.35");
            attributes.into_iter().find(|(key, _)| is_faint && key == "points").map(|(_, points)| points)
        });
        lines.count()
    };
    assert!(slanted(&wide.svg) > 30, "{}", slanted(&wide.svg));
    assert_eq!(slanted(&without.svg), 0);
}

#[test]
fn marks_are_written_where_settings_changed() {
    let mut lanes = crate::canned::race(2, 4.0, false);
    crate::canned::mark(&mut lanes, None, 1.0, "rate <0.01>");
    crate::canned::mark(&mut lanes, Some(BATCH_NORM), 2.0, "batch 8");
    crate::canned::mark(&mut lanes, Some(77), 2.0, "of a lane that is not shown");
    let chart = chart(&lanes, View::TestLoss, (620, 336));
    let words = words(&chart.svg);
    assert!(words.contains(&"rate &lt;0.01&gt;".into()) && words.contains(&"BN: batch 8".into()), "{words:?}");
    assert!(!chart.svg.contains("not shown"));
    let x = chart.left + (chart.right - chart.left) / 4.0;
    assert!(
        points(&chart.svg).iter().any(|point| (point.0 - x).abs() <= 0.25 && point.1 == chart.top),
        "no line at {x}"
    );
}

#[test]
fn published_curves_are_rings_in_view() {
    let rings = |epochs: f64| {
        let chart =
            chart(&crate::canned::with_ghosts(crate::canned::race(7, epochs, false)), View::TestAccuracy, (620, 336));
        elements(&chart.svg)
            .iter()
            .filter(|(name, attributes, _)| {
                name == "circle" && attributes.iter().any(|(key, value)| key == "fill" && value == "none")
            })
            .count()
    };
    assert_eq!((rings(13.0), rings(5.0), rings(0.0)), (26, 10, 26));
}

/// Left, top, right and bottom of words on a chart, with the widths that the charts assume.
fn room((_, attributes, text): &(String, Vec<(String, String)>, String)) -> [f64; 4] {
    let get = |name: &str| attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let number = |name| get(name).and_then(|value| value.parse().ok()).unwrap_or(0.0);
    let (x, y, width) = (number("x"), number("y"), width_of(text));
    let left = match get("text-anchor") {
        Some("end") => x - width,
        Some("middle") => x - width / 2.0,
        _ => x,
    };
    [left, y - 6.0, left + width, y + 6.0]
}

/// The centres of the open circles.
fn ring_places(svg: &str) -> Vec<(f64, f64)> {
    let circles = elements(svg).into_iter().filter(|(name, ..)| name == "circle");
    let get = |all: &[(String, String)], name: &str| all.iter().find(|(key, _)| key == name).map(|(_, v)| v.clone());
    let open = circles.filter(|(_, all, _)| get(all, "fill").as_deref() == Some("none"));
    let number = |text: Option<String>| text.and_then(|text| text.parse().ok()).expect("a number");
    open.map(|(_, all, _)| (number(get(&all, "cx")), number(get(&all, "cy")))).collect()
}

#[test]
fn published_curves_are_named_apart_from_all_other_names() {
    for (n_lanes, epochs, end) in [(3, 0.0, 0.0), (7, 1.0, 13.0), (7, 7.0, 13.0), (7, 11.5, 13.0), (7, 13.0, 13.0)] {
        for size in [(820, 400), (620, 336), (330, 300)] {
            let mut lanes = crate::canned::with_ghosts(crate::canned::race(n_lanes, epochs, false));
            lanes.least_end = end * EPOCH;
            crate::canned::mark(&mut lanes, None, 12.9, "rate 0.0002");
            let chart = chart(&lanes, View::TestAccuracy, size);
            let all: Vec<_> = elements(&chart.svg).into_iter().filter(|(name, ..)| name == "text").collect();
            let (ghosts, others): (Vec<_>, Vec<_>) = all.iter().partition(|(.., text)| text.contains("published"));
            let named: Vec<&str> = ghosts.iter().map(|(.., text)| text.as_str()).collect();
            // On a narrow chart the names of lanes at their start and of the mark leave no room next to the upper
            // curve.
            let is_crowded = epochs == 1.0 && size.0 == 330;
            let wanted: &[&str] = match n_lanes > 5 && !is_crowded {
                true => &["BN, published .761", "GN 8, published .901"],
                false => &["BN, published .761"],
            };
            assert_eq!(named, wanted, "{epochs} epochs of {n_lanes} at {size:?}");
            let names = others.iter().filter(|(.., text)| {
                text.starts_with("rate") || lanes.styles.iter().any(|style| text.starts_with(&style.label))
            });
            let rooms: Vec<_> = ghosts.iter().chain(names).map(|element| room(element)).collect();
            for (at, a) in rooms.iter().enumerate().take(ghosts.len()) {
                let rings = ring_places(&chart.svg);
                let is_near = |ring: &(f64, f64)| (ring.1 - (a[1] + a[3]) / 2.0).abs() <= 43.0 && ring.0 <= a[2] + 90.0;
                assert!(rings.iter().any(is_near), "{a:?} is at none of {rings:?}");
                assert!(
                    a[0] >= chart.left && a[2] <= chart.right && a[1] >= chart.top && a[3] <= chart.bottom,
                    "{a:?}"
                );
                let meets = |b: &[f64; 4]| a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
                assert!(!rooms[at + 1..].iter().any(meets), "{epochs} epochs at {size:?}: {a:?} in {rooms:?}");
            }
        }
    }
    let lanes = crate::canned::with_ghosts(crate::canned::race(7, 13.0, false));
    let with =
        |view, focus| draw(&lanes, &crate::canned::theme(false), &ChartRequest { focus, ..request(view, (620, 336)) });
    assert!(!with(View::TestLoss, None).svg.contains("published"), "the sources report accuracies only");
    let svg = with(View::TestAccuracy, Some(BATCH_NORM)).svg;
    assert!(
        svg.contains("BN, published") && !svg.contains("GN 8, published"),
        "a lane other than the one in focus is named"
    );
}

#[test]
fn seeds_are_thin_with_a_thick_median() {
    let lanes = crate::canned::seeds(5.0, false);
    let curves = Curves::of(&lanes, View::TestAccuracy);
    let group: Vec<_> = curves.lines.iter().filter(|line| line.style.label == "GN 8").collect();
    let [a, b, c, median] = &group[..] else { panic!("{} lines", group.len()) };
    assert!(median.width > a.width && median.alpha > a.alpha);
    assert_eq!(median.points.len(), 50);
    for (at, &(x, y)) in median.points.iter().enumerate() {
        let mut values = [a, b, c].map(|line| line.points[at].1);
        values.sort_by(f64::total_cmp);
        assert_eq!((y, x), (values[1], a.points[at].0));
    }
    let chart = chart(&lanes, View::TestAccuracy, (620, 336));
    assert_eq!((chart.ends.len(), &*chart.caption), (2, "3 seeds: the median, with the single seeds thin."));
}

#[test]
fn a_line_through_the_chart_tells_the_values_there() {
    let mut lanes = crate::canned::race(2, 0.0, false);
    assert!(lanes.push(1, 0, &[32.0, 64.0, 96.0, 128.0], &[2.0, 1.0, 0.5, 0.25], &[0.0, 0.25, 0.5, 0.75]));
    assert!(lanes.push(2, 0, &[64.0], &[2.0], &[0.5]));
    lanes.judge(1, judgement(64.0, 0.3));
    lanes.judge(1, judgement(128.0, 0.6));
    let chart = chart(&lanes, View::TrainLoss, (620, 336));
    assert_eq!(chart.end, 128.0);
    let at = |images: f64| {
        let x = chart.left + images / chart.end * (chart.right - chart.left);
        lanes.hit(x, chart.left, chart.right, chart.end)
    };
    let hit = at(100.0);
    assert!((hit.images - 100.0).abs() < 1e-9);
    assert_eq!(hit.lanes[0].train_loss, Some(0.5));
    assert_eq!(hit.lanes[0].train_accuracy, Some(0.5));
    assert_eq!(hit.lanes[0].judgement.map(|judgement| judgement.images), Some(64.0));
    // The second lane has not started yet.
    assert_eq!((hit.lanes[1].train_loss, hit.lanes[1].judgement), (None, None));
    assert_eq!(at(10.0).lanes[0].judgement, None);
    assert_eq!(lanes.hit(-50.0, chart.left, chart.right, chart.end).images, 0.0);
    assert_eq!(lanes.hit(9000.0, chart.left, chart.right, chart.end).images, 128.0);
}

#[test]
fn steps_lost_with_an_engine_are_forgotten_and_come_again() {
    let mut lanes = crate::canned::race(1, 0.0, false);
    let images: Vec<f32> = (1..=50_u8).map(f32::from).collect();
    assert!(lanes.push(1, 0, &images, &[1.0; 50], &[0.5; 50]));
    assert!(!lanes.push(1, 51, &[52.0], &[1.0], &[0.5]), "step 50 is missing");
    for at in [10.0, 20.0, 50.0] {
        lanes.judge(1, judgement(at, 0.5));
        lanes.marks.push(blue_cube::chart::lanes::Mark { lane: Some(1), images: at, words: "rate".into() });
    }
    assert!(lanes.push(1, 20, &[21.0, 22.0], &[3.0, 3.0], &[0.0, 0.0]));
    let run = lanes.run(1);
    assert_eq!((run.loss.len(), run.accuracy.len(), run.judgements.len(), lanes.marks.len()), (22, 22, 2, 2));
    assert_eq!(lanes.at(21.0)[0].train_loss, Some(3.0));
    assert_eq!(lanes.at(20.0)[0].train_loss, Some(1.0));
    assert_eq!(lanes.reached(), 22.0);
}

#[test]
fn a_judgement_that_comes_again_replaces_the_first() {
    let mut lanes = crate::canned::race(1, 0.0, false);
    lanes.judge(1, judgement(10.0, 0.5));
    lanes.judge(1, judgement(10.0, 0.6));
    assert_eq!(lanes.run(1).judgements, [judgement(10.0, 0.6)]);
}

#[test]
fn a_lane_that_is_hidden_comes_back_with_its_past() {
    let mut lanes = crate::canned::race(2, 1.0, false);
    let styles = std::mem::take(&mut lanes.styles);
    assert_eq!(lanes.reached(), 0.0);
    lanes.styles = styles;
    assert_eq!(lanes.reached(), EPOCH);
    lanes.remove(1);
    assert_eq!((lanes.styles.len(), lanes.run(1).loss.len()), (1, 0));
}

#[test]
fn others_pale_beside_a_lane_in_focus_and_every_mark_names_its_lane() {
    let lanes = crate::canned::race(3, 2.0, false);
    let focus = ChartRequest { focus: Some(3), ..request(View::TestAccuracy, (620, 336)) };
    let svg = draw(&lanes, &crate::canned::theme(false), &focus).svg;
    let of = |lane: &str| -> Vec<Vec<(String, String)>> {
        let lane = ("data-lane".to_owned(), lane.to_owned());
        elements(&svg).into_iter().map(|(_, attributes, _)| attributes).filter(|all| all.contains(&lane)).collect()
    };
    let is_pale = |all: &[(String, String)]| all.iter().any(|(key, _)| key.ends_with("-opacity"));
    assert!(of("1").iter().all(|all| is_pale(all)) && !of("1").is_empty());
    assert!(of("3").iter().all(|all| !is_pale(all)) && !of("3").is_empty());
}

#[test]
fn styles_are_read_or_refused() {
    let color = |text: &str| Color::try_from(text.to_owned());
    assert_eq!(color("#1B1D21").map(|color| color.to_string()), Ok("#1B1D21".into()));
    assert!(color(" #ffffff").is_ok());
    for bad in ["", "red", "#fff", "#12345g", "#1234567", "#ééé"] {
        assert!(color(bad).is_err(), "{bad}");
    }
    for (dash, is_sound) in [
        ("", true),
        ("9 3 2 3", true),
        ("2.5 2.5", true),
        ("\"/><script>", false),
        (".", false),
        ("1.2.3", false),
        ("1e3", false),
        ("-1 2", false),
    ] {
        assert_eq!(Dash::try_from(dash.to_owned()).is_ok(), is_sound, "{dash}");
    }
}
