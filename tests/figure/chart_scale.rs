//! The parts of charts: traces, axes, thinned and cut lines, placed labels, hatched outlines.

use crate::svg::assert_ticks_are_numbered;
use blue_cube::chart::curves::View;
use blue_cube::chart::gap::hatch;
use blue_cube::chart::parameters::{self, ParametersRequest};
use blue_cube::chart::plot::{ChartRequest, draw};
use blue_cube::chart::scale::{Axis, clip, keep_apart, median, median_line, thin, thousands, value_at};
use blue_cube::chart::trace::{Bucket, MAX_BUCKETS, Trace};
use blue_cube::chart::weights::Parameter;
use blue_cube::number::share;

fn filled(n: usize) -> (Trace, Vec<f32>) {
    let values: Vec<f32> = (0..n).map(|i| ((i * 37) % 101) as f32 / 4.0).collect();
    let mut trace = Trace::default();
    values.iter().zip(1_u32..).for_each(|(&value, step)| trace.push(f64::from(step * 32), value));
    (trace, values)
}

#[test]
fn a_trace_keeps_extremes_and_mean_of_every_step() {
    let (trace, values) = filled(10_007);
    assert!(trace.buckets().len() <= MAX_BUCKETS);
    assert_eq!((trace.len(), trace.end()), (10_007, 10_007.0 * 32.0));
    let len = trace.bucket_len() as usize;
    for (at, (bucket, chunk)) in trace.buckets().iter().zip(values.chunks(len)).enumerate() {
        let placed = chunk.iter().zip(1..).map(|(&value, k)| Bucket::of(((at * len + k) * 32) as f64, value));
        // Quarters: the sums are exact in any order.
        assert_eq!(*bucket, placed.fold(Bucket::EMPTY, Bucket::merge), "bucket {at}");
    }
}

#[test]
fn a_trace_that_is_cut_at_a_bucket_is_the_shorter_trace() {
    let (mut trace, values) = filled(1000);
    let len = trace.bucket_len();
    assert_eq!(len, 8);
    trace.cut(40 * len);
    assert_eq!((trace.len(), trace.end(), trace.buckets().len()), (320, 320.0 * 32.0, 40));
    values[320..].iter().zip(321_u32..).for_each(|(&value, step)| trace.push(f64::from(step * 32), value));
    assert_eq!(trace.buckets(), filled(1000).0.buckets());
}

#[test]
fn a_bucket_that_is_cut_in_two_keeps_mean_and_extremes() {
    let (whole, _) = filled(1000);
    let mut trace = whole.clone();
    trace.cut(803);
    let (cut, before) = (trace.buckets()[100], whole.buckets()[100]);
    assert_eq!((trace.len(), trace.end(), cut.count), (803, 803.0 * 32.0, 3));
    assert_eq!((cut.mean(), cut.min, cut.max, cut.start), (before.mean(), before.min, before.max, before.start));
    trace.push(804.0 * 32.0, 1.0);
    assert_eq!((trace.buckets().len(), trace.buckets()[100].count), (101, 4));
    trace.cut(0);
    assert!(trace.is_empty() && trace.buckets().is_empty());
}

#[test]
fn a_trace_knows_its_first_loss_that_is_no_number() {
    let mut trace = Trace::default();
    [1.0, f32::NAN, f32::INFINITY].into_iter().for_each(|value| trace.push(1.0, value));
    assert_eq!(trace.first_lost(), Some(2));
    trace.cut(1);
    assert_eq!(trace.first_lost(), None);
    trace.push(2.0, 0.5);
    assert_eq!(trace.at(2.0).and_then(Bucket::mean), Some(0.5));
}

#[test]
fn a_trace_finds_the_step_at_a_place() {
    let (trace, values) = filled(100);
    for (images, step) in [(0.0, 1), (32.0, 1), (63.0, 1), (64.0, 2), (3200.0, 100), (9999.0, 100)] {
        assert_eq!(trace.at(images).and_then(Bucket::mean), Some(f64::from(values[step - 1])), "at {images}");
    }
    assert!(Trace::default().at(5.0).is_none());
}

#[test]
fn axes_hold_their_values_on_round_ticks() {
    let cases = [
        (vec![0.683, 0.9011], (0.0, 1.0)),
        (vec![0.1], (0.0, 1.0)),
        (vec![0.0, 1.0], (0.0, 1.0)),
        (vec![0.02, 2.31], (0.0, 3.0)),
        (vec![0.5, 1e30], (0.0, f64::INFINITY)),
        (vec![f64::NAN], (0.0, 1.0)),
        (vec![], (0.0, 1.0)),
    ];
    for (values, bounds) in cases {
        let axis = Axis::around(values.iter().copied(), bounds, 5.0);
        assert!(
            values.iter().filter(|value| value.is_finite()).all(|&value| axis.holds(value)),
            "{values:?}: {axis:?}"
        );
        assert!(axis.foot >= bounds.0 && axis.top <= bounds.1 && axis.foot < axis.top, "{axis:?}");
        assert!((2..=7).contains(&axis.ticks.len()), "{axis:?}");
        assert!(axis.ticks.iter().all(|&tick| tick >= axis.foot - 1e-9 && tick <= axis.top + 1e-9), "{axis:?}");
    }
    let epochs = Axis::from_zero(13.0 * 6000.0, 13.0, 6000.0);
    assert_eq!((epochs.ticks.len(), epochs.decimals(6000.0)), (14, 0));
}

#[test]
fn every_tick_of_time_has_its_number_clear_of_the_name_of_the_unit() {
    let theme = crate::canned::theme(false);
    for (n_lanes, epochs) in [(3, 0.0), (1, 0.001), (1, 0.1), (2, 0.3), (2, 1.0), (3, 7.3), (7, 13.0), (3, 200.0)] {
        let mut lanes = crate::canned::race(n_lanes, epochs, false);
        crate::canned::learn(&mut lanes, 1, epochs.max(0.1));
        for (width, height) in [(820, 400), (620, 336), (330, 300), (240, 190)] {
            let what = format!("{n_lanes} lanes of {epochs} epochs at {width}×{height}");
            let foot = (f64::from(width), f64::from(height) - 28.0);
            for has_labels in [true, false] {
                let (view, empty) = (View::Accuracy, String::new());
                let chart = draw(&lanes, &theme, &ChartRequest { view, width, height, has_labels, focus: None, empty });
                assert_eq!(chart.bottom, foot.1);
                assert_ticks_are_numbered(&chart.svg, foot, &what);
            }
            for parameter in [Parameter::Gamma, Parameter::Rho] {
                let figure = parameters::draw(&lanes, &theme, &ParametersRequest { id: 1, parameter, width, height });
                assert_ticks_are_numbered(&figure.svg, foot, &format!("{parameter:?} of {what}"));
            }
        }
    }
}

#[test]
fn a_line_is_cut_where_it_leaves_the_axis() {
    let axis = Axis { foot: 0.0, top: 1.0, ticks: vec![] };
    let line = [(0.0, 0.5), (1.0, 1.5), (2.0, 0.5), (3.0, f64::NAN), (4.0, 0.25), (5.0, -0.25)];
    let want = vec![vec![(0.0, 0.5), (0.5, 1.0)], vec![(1.5, 1.0), (2.0, 0.5)], vec![(4.0, 0.25), (4.5, 0.0)]];
    assert_eq!(clip(line, &axis), want);
}

#[test]
fn a_thinned_line_keeps_extremes_and_end() {
    let line: Vec<(f64, f64)> = (0..1000).map(|i| (f64::from(i), f64::from((i * 37) % 101))).collect();
    for most in [3, 16, 101, 999] {
        let thinned = thin(line.clone(), most);
        assert!(thinned.len() <= most, "{} of {most}", thinned.len());
        assert_eq!(thinned.last(), line.last());
        assert!(thinned.windows(2).all(|pair| pair[0].0 < pair[1].0), "in order");
        let reach = |line: &[(f64, f64)]| {
            line.iter().map(|point| point.1).fold((f64::MAX, f64::MIN), |(a, b), y| (a.min(y), b.max(y)))
        };
        assert_eq!(reach(&thinned), reach(&line));
    }
    assert_eq!(thin(line.clone(), 1000), line);
}

#[test]
fn medians_are_the_middle_ones() {
    assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
    assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
    assert_eq!(median(vec![]), None);
    let lines = [vec![(0.0, 0.0), (2.0, 2.0)], vec![(0.0, 4.0), (1.0, 4.0), (3.0, 4.0)], vec![(0.0, 1.0), (2.0, 1.0)]];
    // Up to where the first one ends; between its points a line is straight.
    assert_eq!(median_line(&lines), [(0.0, 1.0), (1.0, 1.0), (2.0, 2.0)]);
    assert_eq!(value_at(&lines[0], 0.5), Some(0.5));
    assert_eq!((value_at(&lines[0], -1.0), value_at(&lines[0], 3.0)), (None, None));
}

#[test]
fn labels_move_as_little_as_keeps_them_apart() {
    assert_eq!(keep_apart(&[10.0, 50.0], 15.0, (0.0, 100.0)), [10.0, 50.0]);
    assert_eq!(keep_apart(&[50.0, 52.0], 16.0, (0.0, 100.0)), [43.0, 59.0]);
    assert_eq!(keep_apart(&[52.0, 50.0], 16.0, (0.0, 100.0)), [59.0, 43.0]);
    assert_eq!(keep_apart(&[99.0, 98.0, 0.0], 10.0, (0.0, 100.0)), [100.0, 90.0, 0.0]);
    assert_eq!(keep_apart(&[5.0; 5], 30.0, (0.0, 100.0)), [0.0, 25.0, 50.0, 75.0, 100.0]);
    assert!(keep_apart(&[], 15.0, (0.0, 100.0)).is_empty());
    for seed in 0_u32..200 {
        let wanted: Vec<f64> = (0..8).map(|i| f64::from((seed * 97 + i * i * 31 * (seed + 3)) % 120)).collect();
        let mut placed = keep_apart(&wanted, 15.0, (0.0, 120.0));
        assert!(placed.iter().all(|y| (-1e-9..=120.0 + 1e-9).contains(y)), "{wanted:?}: {placed:?}");
        placed.sort_by(f64::total_cmp);
        assert!(placed.windows(2).all(|pair| pair[1] - pair[0] > 15.0 - 1e-9), "{wanted:?}: {placed:?}");
    }
}

#[test]
fn hatching_stays_within_its_outline() {
    let square = [(0.0, 0.0), (100.0, 0.0), (100.0, 50.0), (0.0, 50.0)];
    let chords = hatch(&square, 6.0);
    assert!((16..=18).contains(&chords.len()), "{}", chords.len());
    for [a, b] in chords {
        assert!((a.0 + a.1 - b.0 - b.1).abs() < 1e-9 && a.0 < b.0, "it rises at 45°");
        for (x, y) in [a, b] {
            assert!((-1e-9..=100.0 + 1e-9).contains(&x) && (-1e-9..=50.0 + 1e-9).contains(&y));
        }
    }
    assert!(hatch(&[], 6.0).is_empty() && hatch(&[(1.0, 1.0), (1.0, 1.0)], 6.0).is_empty());
}

#[test]
fn numbers_are_written_as_on_the_page() {
    assert_eq!([share(0.9024, 3), share(1.0, 3), share(0.9999, 3), share(0.05, 2)], [".902", "1.00", "1.00", ".05"]);
    assert_eq!([thousands(0.0), thousands(780_000.0)], ["0", "780\u{2009}000"]);
}
