//! The walkthrough's eight lines and its statistics on 64×16×112×112 values; the picture; the printouts.

use blue_cube::scene::Place;
use blue_cube::walkthrough::lines::{Measure, TokenMark, lines};
use blue_cube::walkthrough::measure::{Findings, N_BINS, Statistics, Walk};
use blue_cube::walkthrough::picture::{N_IMAGES, picture};
use blue_cube::walkthrough::print::print;
use blue_cube::walkthrough::{N_LINES, SHAPE};
use std::collections::HashSet;
use std::sync::LazyLock;

const FIRST: Place = Place { n: 0, c: 0, h: 0, w: 0 };

/// The whole tensor, measured once.
static FINDINGS: LazyLock<Findings> = LazyLock::new(|| {
    let mut walk = Walk::new(7);
    while walk.step() {}
    assert_eq!(walk.n_done(), SHAPE.n);
    walk.findings()
});

fn near(what: &str, got: f32, want: f32, tolerance: f32) {
    assert!((got - want).abs() <= tolerance, "{what} is {got}, want {want} ± {tolerance}");
}

#[test]
fn the_random_tensor_has_the_published_statistics() {
    let Statistics { count, mean, std, min, max } = FINDINGS.input.statistics;
    assert_eq!(count, 12_845_056);
    // A different draw from the published one: its mean varies by 0.289/√12,845,056 = 8e-5.
    near("mean", mean, 0.500_057, 3e-4);
    near("std", std, 0.288_687, 2e-4);
    assert!((0.0..1e-6).contains(&min) && (1.0 - 1e-6..1.0).contains(&max), "{min} to {max}");
}

#[test]
fn as_written_the_spread_is_the_inverse_of_the_deviation() {
    let Statistics { count, mean, std, min, max } = FINDINGS.written.statistics;
    assert_eq!(count, 12_845_056);
    near("mean", mean, 0.0, 1e-6);
    near("std", std, 3.4636, 1e-3);
    near("std of theory", std, (1.0_f32 / 12.0).sqrt() / (1.0 / 12.0 + 1e-5), 1e-3);
    // The group whose variance is least decides, and differs from draw to draw.
    near("min", min, -6.0781, 0.03);
    near("max", max, 6.0751, 0.03);
}

#[test]
fn corrected_the_spread_is_one() {
    let Statistics { mean, std, min, max, .. } = FINDINGS.corrected.statistics;
    near("mean", mean, 0.0, 1e-6);
    near("std", std, 0.999_94, 2e-5);
    near("min", min, -1.7474, 5e-3);
    near("max", max, 1.7492, 5e-3);
}

#[test]
fn there_are_256_means_and_variances_in_the_measured_ranges() {
    let (means, variances) = (FINDINGS.means, FINDINGS.variances);
    assert_eq!((means.count, variances.count), (256, 256));
    near("least mean", means.min, 0.4964, 1e-3);
    near("greatest mean", means.max, 0.5037, 1e-3);
    near("least variance", variances.min, 0.082_51, 3e-4);
    near("greatest variance", variances.max, 0.084_20, 3e-4);
}

#[test]
fn histograms_count_every_value_where_it_is() {
    let (input, written, corrected) = (&FINDINGS.input, &FINDINGS.written, &FINDINGS.corrected);
    for measured in [input, written, corrected] {
        assert_eq!(measured.bins.len(), N_BINS);
        assert_eq!(measured.bins.iter().sum::<u32>(), 12_845_056);
    }
    let filled = |bins: &[u32]| bins.iter().filter(|count| **count > 0).count();
    // [0, 1) is eight bins of an eighth; ±1.75 is 28; ±6.08 reaches into the 98th.
    assert_eq!(filled(&input.bins), 8);
    assert_eq!(filled(&corrected.bins), 28);
    assert_eq!(filled(&written.bins), 98);
}

#[test]
fn a_seed_is_a_tensor_and_another_seed_another() {
    let first_image = |seed| {
        let mut walk = Walk::new(seed);
        assert!(walk.step());
        walk.findings()
    };
    assert_eq!(first_image(3), first_image(3));
    assert_ne!(first_image(3), first_image(4));
}

/// The code of a line, as one string.
fn code(line: u32, as_written: bool) -> String {
    let line = &lines(as_written)[line as usize - 1];
    line.tokens.iter().map(|token| token.text).collect()
}

#[test]
fn the_lines_are_those_published_and_one_can_be_corrected() {
    let published = [
        "tensor = np.random.random((64, 16, 112, 112))",
        "N, C, H, W = tensor.shape",
        "G = 4",
        "tensor = tf.reshape(tensor, [N, G, C // G, H, W])",
        "mean, var = tf.nn.moments(tensor, [2, 3, 4], keepdims=True)",
        "tensor = (tensor - mean) / (var + 1e-5)",
        "tensor = tf.reshape(tensor, [N, C, H, W])",
        "tensor = tensor * gamma + beta",
    ];
    assert_eq!(published.len(), N_LINES as usize);
    for (line, want) in (1..).zip(published) {
        assert_eq!(code(line, true), want);
        let corrected = want.replace("(var + 1e-5)", "tf.sqrt(var + 1e-5)");
        assert_eq!(code(line, false), corrected);
    }
    let marked = |as_written| {
        let lines = lines(as_written);
        lines.into_iter().flat_map(|line| line.tokens).filter_map(|token| token.mark).collect::<HashSet<_>>()
    };
    assert_eq!(marked(true), HashSet::from([TokenMark::Wrong]));
    assert_eq!(marked(false), HashSet::from([TokenMark::Corrected]));
}

#[test]
fn shapes_are_those_that_the_walkthrough_prints() {
    let all = lines(true);
    let shapes = |line: usize| all[line - 1].values.iter().map(|value| value.shape.as_str()).collect::<Vec<_>>();
    assert_eq!(shapes(1), ["(64, 16, 112, 112)"]);
    assert_eq!(shapes(4), ["(64, 4, 4, 112, 112)"]);
    assert_eq!(shapes(5), ["(64, 4, 1, 1, 1)"; 2]);
    assert_eq!(shapes(8), ["(64, 16, 112, 112)"]);
    let letters = |line: usize| {
        all[line - 1].shape.iter().map(|letter| format!("{}{}", letter.name, letter.length)).collect::<Vec<_>>()
    };
    assert_eq!(letters(4), ["N64", "G4", "C∕G4", "H112", "W112"]);
    assert_eq!(letters(5), ["N64", "G4", "1", "1", "1"]);
    for line in all.iter().filter(|line| line.number != 3) {
        let product: u64 = line.shape.iter().map(|letter| u64::from(letter.length)).product();
        let count = if line.number == 5 { FINDINGS.means.count } else { FINDINGS.input.statistics.count };
        assert_eq!(product, u64::from(count), "line {}", line.number);
    }
    let measures =
        |as_written: bool| lines(as_written).into_iter().map(|line| line.values[0].measure).collect::<Vec<_>>();
    assert_eq!(measures(true)[4..7], [Measure::Means, Measure::Written, Measure::Written]);
    assert_eq!(measures(false)[4..7], [Measure::Means, Measure::Corrected, Measure::Corrected]);
}

#[test]
fn the_picture_is_blue_where_groups_are_cut_and_nowhere_else() {
    for line in 1..=N_LINES {
        let focus = Place { n: 2, c: 9, h: 50, w: 3 };
        let members = picture(line, line, 1.0, focus).faces.into_iter().filter(|face| face.member);
        let columns: HashSet<_> = members.map(|face| (face.n, face.c)).collect();
        let cut = (4..=6).contains(&line);
        let want = if cut { (8..12).map(|c| (2, c)).collect() } else { HashSet::new() };
        assert_eq!(columns, want, "line {line}");
    }
    let far = Place { n: 60, c: 40, h: 0, w: 0 };
    assert!(picture(4, 4, 1.0, far).faces.iter().any(|face| face.member && face.n == N_IMAGES - 1 && face.c == 15));
}

#[test]
fn back_is_the_inverse_of_on() {
    for line in 1..N_LINES {
        for step in 0..=4 {
            let progress = f64::from(step) / 4.0;
            assert_eq!(
                picture(line, line + 1, progress, FIRST),
                picture(line + 1, line, 1.0 - progress, FIRST),
                "line {line}, {progress}"
            );
        }
    }
}

#[test]
fn the_picture_stays_in_its_frame() {
    for (line, step) in (1..N_LINES).flat_map(|line| (0..=4).map(move |step| (line, step))) {
        let picture = picture(line, line + 1, f64::from(step) / 4.0, FIRST);
        let [left, top, width, height] = picture.view_box;
        for corner in picture.faces.iter().flat_map(|face| face.points.split(' ')) {
            let (x, y) = corner.split_once(',').unwrap();
            let (x, y): (f64, f64) = (x.parse().unwrap(), y.parse().unwrap());
            assert!((left..=left + width).contains(&x) && (top..=top + height).contains(&y), "line {line}: {corner}");
        }
        for mark in picture.axes {
            assert!((left..=left + width).contains(&mark.x) && (top..=top + height).contains(&mark.y), "{mark:?}");
        }
    }
}

#[test]
fn printouts_draw_a_bar_for_every_filled_bin() {
    let bars = |findings: &Findings| {
        [&findings.input, &findings.written, &findings.corrected]
            .map(|measured| print(measured).bars.matches('M').count())
    };
    assert_eq!(bars(&FINDINGS), [8, 98, 28]);
    // All bars of the input reach the top: its density is 1.
    assert_eq!(
        print(&FINDINGS.input).bars.matches("v-40.0").count() + print(&FINDINGS.input).bars.matches("v-39.9").count(),
        8
    );
}
