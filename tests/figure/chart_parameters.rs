//! Charts of what norm layers learn, and of a sweep of batch sizes.

use crate::svg::{assert_sound, elements, words};
use blue_cube::chart::lanes::Lanes;
use blue_cube::chart::parameters::{Drawing, ParametersRequest, draw, spaced};
use blue_cube::chart::sweep::{self, SweepLine, SweepPoint, SweepRequest};
use blue_cube::chart::weights::{MAX_MOMENTS, Parameter, Weights};
use blue_cube::train::NormWeights;

const ALL: [Parameter; 4] = [Parameter::Gamma, Parameter::Beta, Parameter::Rho, Parameter::Mix];
const SIZES: [(u32, u32); 3] = [(620, 300), (330, 240), (310, 176)];

fn figure(lanes: &Lanes, parameter: Parameter, (width, height): (u32, u32)) -> Drawing {
    draw(lanes, &crate::canned::theme(false), &ParametersRequest { id: 1, parameter, width, height })
}

fn layer(value: f32, channels: usize) -> NormWeights {
    let some = vec![value; channels];
    NormWeights { gamma: some.clone(), beta: some.clone(), rho: some, mix: vec![0.2, 0.3, 0.5, 0.5, 0.25, 0.25] }
}

fn lanes_of(n_moments: u32, layers: &[NormWeights]) -> Lanes {
    let mut lanes = crate::canned::race(1, 0.0, false);
    (0..n_moments).for_each(|n| lanes.weigh(1, f64::from(n) * 100.0, layers));
    lanes
}

#[test]
fn figures_are_sound_however_deep_the_net() {
    let mut learned = crate::canned::race(1, 13.0, false);
    crate::canned::learn(&mut learned, 1, 13.0);
    let deep = lanes_of(500, &vec![layer(0.5, 64); 8]);
    let wide = lanes_of(2, &[layer(1.0, 1024), layer(0.0, 1)]);
    let lost = lanes_of(3, &[NormWeights { mix: vec![f32::NAN; 6], ..layer(f32::NAN, 32) }]);
    let none = lanes_of(3, &[NormWeights { gamma: vec![], beta: vec![], rho: vec![], mix: vec![] }]);
    for lanes in [&learned, &deep, &wide, &lost, &none, &crate::canned::race(1, 0.0, false), &Lanes::default()] {
        for (parameter, size) in ALL.into_iter().flat_map(|parameter| SIZES.map(|size| (parameter, size))) {
            assert_sound(&figure(lanes, parameter, size).svg, size, &format!("{parameter:?}"));
        }
    }
    assert_eq!(figure(&none, Parameter::Rho, SIZES[0]).description, "No ρ yet.");
}

#[test]
fn bands_go_from_least_to_greatest_around_the_mean() {
    let mut lanes = crate::canned::race(1, 0.0, false);
    for n in 0..3_u8 {
        let spread = f32::from(n) * 0.5;
        let gamma = vec![1.0 - spread, 1.0, 1.0 + spread * 2.0];
        lanes.weigh(1, f64::from(n) * 1000.0, &[NormWeights { gamma, ..layer(0.0, 3) }, layer(-0.25, 2)]);
    }
    let gamma = figure(&lanes, Parameter::Gamma, SIZES[0]);
    let want = "norm 1 γ from 0.00 to 3.00, mean 1.33; norm 2 γ from −0.25 to −0.25, mean −0.25.";
    assert_eq!(gamma.description, format!("No norm after 2\u{2009}000 images: {want}"));
    let words = words(&gamma.svg);
    assert!(words.contains(&"norm 1 1.33".into()) && words.contains(&"norm 2 −0.25".into()), "{words:?}");
    let outlines = elements(&gamma.svg).into_iter().filter(|(name, ..)| name == "polygon").count();
    assert_eq!(outlines, 2);
}

/// β stays near 0, where a mean may be just below it, on a chart with room for two steps of its axis.
#[test]
fn a_narrow_band_about_zero_has_a_scale_and_no_minus_zero() {
    for (least, most) in [(-0.021, 0.02), (-0.013, 0.0121), (-0.052, 0.045), (-0.001, 0.0009)] {
        let mut lanes = crate::canned::race(1, 0.0, false);
        lanes.weigh(1, 1000.0, &[NormWeights { beta: vec![least, most], ..layer(1.0, 2) }]);
        lanes.weigh(1, 2000.0, &[NormWeights { beta: vec![least, most], ..layer(1.0, 2) }]);
        let beta = figure(&lanes, Parameter::Beta, (358, 150));
        let words = words(&beta.svg);
        assert!(words.contains(&"norm 1 0.00".into()), "{words:?}");
        assert!(!beta.description.contains("mean −0.00"), "{}", beta.description);
        let is_number = |word: &&String| word.replace('−', "-").parse::<f64>().is_ok();
        let on_value_axis = words.iter().filter(is_number).filter(|word| word.contains('.')).count();
        assert!(on_value_axis >= 2, "{words:?}");
    }
}

#[test]
fn rho_is_lightness_and_steady_channels_are_one_block() {
    let channels = |values: [f32; 3]| NormWeights { rho: values.to_vec(), ..layer(0.0, 3) };
    let mut lanes = crate::canned::race(1, 0.0, false);
    lanes.weigh(1, 100.0, &[channels([1.0, 0.0, 1.0])]);
    lanes.weigh(1, 200.0, &[channels([1.0, 0.0, 0.0])]);
    let svg = figure(&lanes, Parameter::Rho, SIZES[0]).svg;
    let fill = |attributes: &[(String, String)]| {
        attributes.iter().find(|(key, _)| key == "fill").map(|(_, value)| value.clone()).expect("blocks are filled")
    };
    let blocks: Vec<String> = elements(&svg)
        .into_iter()
        .filter(|(name, ..)| name == "rect")
        .map(|(_, attributes, _)| fill(&attributes))
        .collect();
    let (full, none) = (lanes.styles[0].color.to_string(), crate::canned::theme(false).hair.to_string());
    // Six steps of the scale, then one for the first channel, one for the second, two for the third.
    assert_eq!(blocks[6..], [full.clone(), none.clone(), full.clone(), none.clone()]);
    assert_eq!((&blocks[0], &blocks[5]), (&full, &none));
}

#[test]
fn the_triangle_has_its_corners_where_a_weight_is_one() {
    let at = |mix: [f32; 3]| {
        let both = [mix, mix].concat();
        let lanes = lanes_of(2, &[NormWeights { mix: both, ..layer(0.0, 1) }]);
        let svg = figure(&lanes, Parameter::Mix, SIZES[0]).svg;
        let get = |attributes: &[(String, String)], key: &str| -> f64 {
            attributes.iter().find(|(name, _)| name == key).expect("a dot has a place").1.parse().expect("a number")
        };
        let dot = elements(&svg).into_iter().find(|(name, ..)| name == "circle").expect("the last point is marked").1;
        (get(&dot, "cx"), get(&dot, "cy"))
    };
    let (instance, layer, batch) = (at([1.0, 0.0, 0.0]), at([0.0, 1.0, 0.0]), at([0.0, 0.0, 1.0]));
    let middle = at([1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0]);
    assert!(instance.0 < batch.0 && batch.0 < layer.0 && batch.1 < instance.1 && instance.1 == layer.1);
    let mean = |of: fn(&(f64, f64)) -> f64| [instance, layer, batch].iter().map(of).sum::<f64>() / 3.0;
    assert!((middle.0 - mean(|point| point.0)).abs() <= 0.25 && (middle.1 - mean(|point| point.1)).abs() <= 0.25);
}

#[test]
fn switch_weights_are_told() {
    let told = figure(&lanes_of(2, &[layer(0.0, 1)]), Parameter::Mix, SIZES[0]).description;
    let want =
        "norm 1 means from instance .20, layer .30, batch .50, variances from instance .50, layer .25, batch .25.";
    assert_eq!(told, format!("No norm after 100 images: {want}"));
}

#[test]
fn moments_are_kept_in_bounded_memory_and_cut_back() {
    let mut weights = Weights::default();
    for n in 0..5000 {
        weights.push(f64::from(n), &[layer(0.0, 1)]);
        assert!(weights.moments().len() <= MAX_MOMENTS);
    }
    let images: Vec<f64> = weights.moments().iter().map(|moment| moment.images).collect();
    assert!(images.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!((images[0], images.last()), (0.0, Some(&4999.0)));
    weights.cut(100.0);
    assert!(weights.moments().iter().all(|moment| moment.images <= 100.0));
    weights.push(50.0, &[]);
    assert_eq!(weights.moments().last().map(|moment| moment.images), Some(50.0));
    assert_eq!(spaced(weights.moments(), 2).len(), 2.min(weights.moments().len()));
    let lanes = lanes_of(1, &[NormWeights { rho: vec![], mix: vec![], ..layer(0.0, 1) }]);
    assert_eq!(lanes.run(1).weights.kinds(), [Parameter::Gamma, Parameter::Beta]);
}

#[test]
fn steps_that_are_lost_take_their_weights_along() {
    let mut lanes = crate::canned::race(1, 0.0, false);
    assert!(lanes.push(1, 0, &[10.0, 20.0, 30.0], &[1.0; 3], &[0.5; 3]));
    [10.0, 30.0].into_iter().for_each(|images| lanes.weigh(1, images, &[layer(0.0, 1)]));
    assert!(lanes.push(1, 2, &[30.0], &[1.0], &[0.5]));
    assert_eq!(lanes.run(1).weights.moments().len(), 1);
}

#[test]
fn a_sweep_has_the_least_batch_at_its_names() {
    for (width, height) in SIZES {
        let request = SweepRequest { lines: crate::canned::sweep(false), width, height };
        let figure = sweep::draw(&request, &crate::canned::theme(false));
        assert_sound(&figure.svg, (width, height), "a sweep");
        let dots = elements(&figure.svg).into_iter().filter(|(name, ..)| name == "circle").count();
        assert_eq!(dots, 4 * 8 * (3 + 1));
        let words = words(&figure.svg);
        let sizes = words.iter().filter(|words| words.parse::<u32>().is_ok()).count();
        assert_eq!(sizes, if width > 310 { 8 } else { 4 }, "{words:?}");
        assert!(words.contains(&"1".into()) && words.contains(&"BN .465".into()), "{words:?}");
        assert!(
            figure.description.contains("(median of 3 seeds): BN .884 at 128, .465 at 1;"),
            "{}",
            figure.description
        );
    }
}

#[test]
fn a_sweep_that_has_begun_is_drawn() {
    let point = |batch, accuracies: &[f32]| SweepPoint { batch, accuracies: accuracies.to_vec() };
    let line = |points| SweepLine { points, ..crate::canned::sweep(false).remove(0) };
    for (points, told) in [
        (vec![], "Test accuracy by batch size: nothing yet."),
        (vec![point(4, &[])], "Test accuracy by batch size: nothing yet."),
        (vec![point(0, &[0.5])], "Test accuracy by batch size: nothing yet."),
        (vec![point(4, &[f32::NAN])], "Test accuracy by batch size: nothing yet."),
        (vec![point(4, &[0.5])], "Test accuracy by batch size (1 seed): BN .500 at 4."),
        (vec![point(1, &[0.5]), point(4, &[0.75])], "Test accuracy by batch size (1 seed): BN .750 at 4, .500 at 1."),
    ] {
        let figure = sweep::draw(
            &SweepRequest { lines: vec![line(points)], width: 620, height: 300 },
            &crate::canned::theme(false),
        );
        assert_sound(&figure.svg, (620, 300), told);
        assert_eq!(figure.description, told);
    }
}
