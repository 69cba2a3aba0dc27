//! A plausible race: seven lanes on source D's network, 13 epochs of 60,000 images at batch size 1, and the published
//! curves (errata §4). Generated from a formula and a seed, as data for charts.

#![allow(dead_code, reason = "every binary takes the part it needs")]

use blue_cube::chart::curves::View;
use blue_cube::chart::lanes::{Ghost, Judgement, LaneStyle, Lanes, Mark};
use blue_cube::chart::sweep::{SweepLine, SweepPoint};
use blue_cube::chart::{Color, Dash, Theme};
use blue_cube::train::NormWeights;

/// Label, colour in the light, colour in the dark, dash, last test accuracy.
const LANES: [(&str, &str, &str, &str, f64); 8] = [
    ("No norm", "#575A60", "#747880", "1 4", 0.893),
    ("BN", "#1B1D21", "#E9E7E2", "", 0.764),
    ("LN", "#A08003", "#D8BC3C", "11 3", 0.902),
    ("IN", "#2B9C65", "#37CA8E", "5 3", 0.886),
    ("GN 8", "#753312", "#C66035", "", 0.900),
    ("BIN", "#CE6AB5", "#E175CD", "9 3 2 3", 0.863),
    ("SN", "#41088F", "#9A22D4", "2.5 2.5", 0.897),
    ("RMS", "#A08003", "#D8BC3C", "1 2", 0.891),
];

/// Test accuracy after each epoch of the published run, batch size 1.
const BATCH_GHOST: [f64; 13] =
    [0.7338, 0.7377, 0.7742, 0.6901, 0.7866, 0.7771, 0.7184, 0.7361, 0.6838, 0.7193, 0.7785, 0.7431, 0.7613];
const GROUP_GHOST: [f64; 13] =
    [0.8433, 0.8736, 0.8740, 0.8842, 0.8277, 0.8830, 0.8794, 0.8816, 0.8917, 0.8988, 0.9001, 0.8997, 0.9011];

pub(crate) const EPOCH: f64 = 60_000.0;
pub(crate) const BATCH_NORM: u32 = 2;

/// Evenly spread numbers from −1 to 1.
pub(crate) struct Noise(pub(crate) u64);

impl Noise {
    pub(crate) fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f64 / f64::from(1_u32 << 23) - 1.0
    }
}

pub(crate) fn color(text: &str) -> Color {
    Color::try_from(text.to_owned()).expect("it is #RRGGBB")
}

pub(crate) fn theme(is_dark: bool) -> Theme {
    let [paper, ink, quiet, hair] = match is_dark {
        false => ["#FBFAF7", "#1B1D21", "#5D6066", "#E6E3DB"],
        true => ["#14161A", "#E9E7E2", "#A3A6AD", "#262A31"],
    };
    Theme { paper: color(paper), ink: color(ink), quiet: color(quiet), hair: color(hair) }
}

pub(crate) fn style(at: usize, is_dark: bool) -> LaneStyle {
    let (label, light, dark, dash, _) = LANES[at];
    LaneStyle {
        id: at as u32 + 1,
        label: label.into(),
        color: color(if is_dark { dark } else { light }),
        dash: Dash::try_from(dash.to_owned()).expect("it is a dash"),
        seed_of: None,
    }
}

/// Feeds a lane up to `epochs` epochs, evaluated ten times per epoch.
pub(crate) fn feed(lanes: &mut Lanes, id: u32, goal: f64, epochs: f64, seed: u64) {
    let mut noise = Noise(seed);
    let rise = |t: f64| 1.0 - (-2.2 * t).exp() * 0.55 - 0.1 / (1.0 + 2.0 * t);
    let n_steps = (epochs * EPOCH) as usize / 60;
    let images: Vec<f32> = (1..=n_steps).map(|step| step as f32 * 60.0).collect();
    let at = |&images: &f32| f64::from(images) / EPOCH;
    let train = if id == BATCH_NORM { 0.865 } else { goal - 0.012 };
    let accuracies: Vec<f32> = images
        .iter()
        .map(|x| {
            let right = 0.1 + (train - 0.1) * rise(at(x));
            (right + noise.next() * 0.06).clamp(0.0, 1.0) as f32
        })
        .collect();
    let losses: Vec<f32> = accuracies.iter().map(|&right| 2.5 * (1.02 - right).powf(1.1)).collect();
    assert!(lanes.push(id, 0, &images, &losses, &accuracies));
    for n in 1..=(epochs * 10.0) as u32 {
        let t = f64::from(n) / 10.0;
        let jump = if id == BATCH_NORM { 0.05 } else { 0.006 };
        let accuracy = 0.1 + (goal - 0.1) * rise(t) + noise.next() * jump;
        let own = 0.1 + (0.871 - 0.1) * rise(t) + noise.next() * 0.004;
        let loss = |accuracy: f64| (2.5 * (1.02 - accuracy).powf(1.1)) as f32;
        let by_batch = (id == BATCH_NORM).then(|| (loss(own), own as f32));
        let (loss, accuracy) = (loss(accuracy), accuracy as f32);
        let is_epoch_end = n % 10 == 0;
        lanes.judge(id, Judgement { images: t * EPOCH, loss, accuracy, by_batch, is_epoch_end });
    }
}

/// `n_lanes` lanes after that many epochs.
pub(crate) fn race(n_lanes: usize, epochs: f64, is_dark: bool) -> Lanes {
    let mut lanes = Lanes::default();
    lanes.epoch_images = EPOCH;
    for (at, lane) in LANES.iter().enumerate().take(n_lanes) {
        lanes.styles.push(style(at, is_dark));
        feed(&mut lanes, at as u32 + 1, lane.4, epochs, at as u64 + 7);
    }
    lanes
}

/// The same with the published curves of batch norm and group norm.
pub(crate) fn with_ghosts(mut lanes: Lanes) -> Lanes {
    for (label, lane, values) in [("BN, published", BATCH_NORM, BATCH_GHOST), ("GN 8, published", 5, GROUP_GHOST)] {
        let points = (1..).map(f64::from).zip(values).collect();
        lanes.ghosts.push(Ghost { label: label.into(), lane, view: View::TestAccuracy, points });
    }
    lanes
}

/// Three seeds of group norm and three of batch norm.
pub(crate) fn seeds(epochs: f64, is_dark: bool) -> Lanes {
    let mut lanes = Lanes::default();
    lanes.epoch_images = EPOCH;
    for (at, goal) in [(4, 0.900), (3, 0.884)] {
        let leader = style(at, is_dark);
        for seed in 0..3 {
            let id = leader.id + 100 * seed;
            lanes.styles.push(LaneStyle { id, seed_of: (seed > 0).then_some(leader.id), ..leader.clone() });
            feed(&mut lanes, id, goal + f64::from(seed) * 0.006, epochs, u64::from(id));
        }
    }
    lanes
}

pub(crate) fn mark(lanes: &mut Lanes, lane: Option<u32>, epoch: f64, words: &str) {
    lanes.marks.push(Mark { lane, images: epoch * EPOCH, words: words.into() });
}

/// Two norm layers of 32 and 64 channels that learn for that many epochs: γ and β move away from their start, ρ goes
/// down in some channels, switch weights move away from the middle.
pub(crate) fn learn(lanes: &mut Lanes, id: u32, epochs: f64) {
    let n_moments = (epochs * 10.0) as u32;
    for n in 0..=n_moments {
        let t = f64::from(n) / f64::from(n_moments);
        let layer = |channels: usize, seed: u64| {
            let mut noise = Noise(seed);
            let mut each = |value: &dyn Fn(f64) -> f64| -> Vec<f32> {
                (0..channels).map(|_| value(noise.next()) as f32).collect()
            };
            let gamma = each(&|z| 1.0 + t.sqrt() * (0.25 * z - 0.1));
            let beta = each(&|z| 0.2 * t * (z - 0.3));
            let rho = each(&|z| (1.0 - t * (1.0 + z)).clamp(0.0, 1.0));
            let mut shake = Noise(seed + u64::from(n));
            let mut mix = |toward: [f64; 3]| -> Vec<f32> {
                let raw = toward.map(|logit| (logit * t + 0.08 * shake.next() * t).exp());
                raw.iter().map(|weight| (weight / raw.iter().sum::<f64>()) as f32).collect()
            };
            let tilt = seed as f64 / 10.0;
            let mix = [mix([1.2 - tilt, -0.4, 0.6 + tilt]), mix([-0.8, 1.5 - tilt, 0.4])].concat();
            NormWeights { gamma, beta, rho, mix }
        };
        lanes.weigh(id, t * epochs * EPOCH, &[layer(32, 3), layer(64, 9)]);
    }
}

/// Four methods at batch sizes from 1 to 128, three seeds each: batch norm falls, the others do not.
pub(crate) fn sweep(is_dark: bool) -> Vec<SweepLine> {
    let mut noise = Noise(5);
    let falls = [0.46, 0.71, 0.81, 0.85, 0.872, 0.881, 0.884, 0.886];
    let mut line = |at: usize, value: &dyn Fn(usize) -> f64| {
        let LaneStyle { label, color, dash, .. } = style(at, is_dark);
        let mut seeds = |k: usize| (0..3).map(|_| (value(k) + noise.next() * 0.008) as f32).collect();
        let points = (0..8).map(|k| SweepPoint { batch: 1 << k, accuracies: seeds(k) }).collect();
        SweepLine { label, color, dash, points }
    };
    vec![
        line(1, &|k| falls[k]),
        line(2, &|k| 0.879 + 0.001 * k as f64),
        line(4, &|k| 0.884 + 0.0005 * k as f64),
        line(3, &|k| 0.866 + 0.001 * k as f64),
    ]
}
