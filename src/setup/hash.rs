//! A setup in a link: `data=mnist&net=tutorial&bs=32&lanes=none,bn,gn5~e0.001`. It has its own keys, and values that
//! people can read.

use super::{LETTERS, LaneSetup, Net, Optimizer, Setup};
use crate::data::{DataName, TrainOn};
use crate::exec::DeviceChoice;
use crate::grouping::tiling::{Axes, Axis};
use crate::norm::{AffineAxes, AxesNorm, Norm};
use std::num::NonZeroU32;

const DATA: [(&str, DataName); 2] = [("mnist", DataName::Mnist), ("fashion-mnist", DataName::FashionMnist)];

const NETS: [(&str, Net); 5] =
    [("tutorial", Net::Tutorial), ("D", Net::SourceD), ("deep", Net::Deep), ("rnn", Net::RowRnn), ("gru", Net::RowGru)];

const OPTIMIZERS: [(&str, Optimizer); 3] =
    [("adam", Optimizer::Adam), ("amsgrad", Optimizer::AmsGrad), ("sgd", Optimizer::Sgd)];

const ENGINES: [(&str, DeviceChoice); 3] =
    [("auto", DeviceChoice::Auto), ("gpu", DeviceChoice::Gpu), ("cpu", DeviceChoice::Cpu)];

const PLAIN: [(&str, Norm); 6] = [
    ("none", Norm::None),
    ("bn", Norm::Batch),
    ("ln", Norm::Layer),
    ("in", Norm::Instance),
    ("bin", Norm::BatchInstance),
    ("sn", Norm::Switchable),
];

/// Everything that a link can say about a setup.
pub fn pairs(setup: &Setup) -> Vec<(&'static str, String)> {
    let train_on = match setup.train_on {
        TrainOn::Train => "all".to_owned(),
        TrainOn::Test => "test".to_owned(),
        TrainOn::FirstOfEachClass(n) => n.to_string(),
    };
    let lanes: Vec<String> = setup.lanes.iter().map(lane).collect();
    let mut pairs = vec![
        ("data", name(&DATA, setup.data)),
        ("on", train_on),
        ("epochs", setup.epochs.to_string()),
        ("net", name(&NETS, setup.net)),
        ("opt", name(&OPTIMIZERS, setup.optimizer)),
        ("plateau", u8::from(setup.plateau).to_string()),
        ("lr", setup.rate.to_string()),
        ("bs", setup.batch.to_string()),
        ("leps", setup.epsilon.to_string()),
        ("lmom", setup.momentum.to_string()),
        ("lseed", setup.seed.to_string()),
        ("seeds", setup.seeds.to_string()),
        ("engine", name(&ENGINES, setup.device)),
        ("lanes", lanes.join(",")),
    ];
    pairs.extend(setup.preset.clone().map(|preset| ("race", preset)));
    pairs
}

/// Reads a key of a link. `None` if it cannot be read; an unknown key is ignored.
pub fn set(setup: &mut Setup, key: &str, value: &str) -> Option<()> {
    match key {
        "data" => setup.data = named(&DATA, value)?,
        "on" => {
            setup.train_on = match value {
                "all" => TrainOn::Train,
                "test" => TrainOn::Test,
                _ => TrainOn::FirstOfEachClass(whole(value)?),
            }
        }
        "epochs" => setup.epochs = whole(value)?,
        "net" => setup.net = named(&NETS, value)?,
        "opt" => setup.optimizer = named(&OPTIMIZERS, value)?,
        "plateau" => setup.plateau = named(&[("0", false), ("1", true)], value)?,
        "lr" => setup.rate = number(value)?,
        "bs" => setup.batch = whole(value)?,
        "leps" => setup.epsilon = number(value)?,
        "lmom" => setup.momentum = number(value)?,
        "lseed" => setup.seed = whole(value)?,
        "seeds" => setup.seeds = whole(value)?,
        "engine" => setup.device = named(&ENGINES, value)?,
        "lanes" => {
            let lanes = value.split(',').filter(|lane| !lane.is_empty());
            setup.lanes = lanes.map(read_lane).collect::<Option<_>>()?;
        }
        "race" => setup.preset = Some(value.to_owned()),
        _ => {}
    }
    Some(())
}

/// A lane as a link names it: "gn8~e0.001".
pub fn lane(lane: &LaneSetup) -> String {
    let mut name = norm(lane.norm);
    let own = [
        ('b', lane.batch.map(|batch| batch.to_string())),
        ('r', lane.rate.map(|rate| rate.to_string())),
        ('e', lane.epsilon.map(|epsilon| epsilon.to_string())),
        ('u', lane.is_random.then(String::new)),
    ];
    for (letter, value) in own {
        if let Some(value) = value {
            name += &format!("~{letter}{value}");
        }
    }
    name
}

fn read_lane(value: &str) -> Option<LaneSetup> {
    let mut parts = value.split('~');
    let mut lane = LaneSetup::of(read_norm(parts.next()?)?);
    for part in parts {
        let letter = part.chars().next()?;
        let value = &part[letter.len_utf8()..];
        match letter {
            'b' => lane.batch = Some(whole(value)?),
            'r' => lane.rate = Some(number(value)?),
            'e' => lane.epsilon = Some(number(value)?),
            'u' => lane.is_random = true,
            _ => return None,
        }
    }
    Some(lane)
}

fn norm(norm: Norm) -> String {
    let over = |kind, axes: AxesNorm| {
        let letters: String =
            LETTERS.iter().filter(|(_, axis)| axes.axes.contains(*axis)).map(|(letter, _)| letter).collect();
        let affine = match axes.affine {
            None => "",
            Some(AffineAxes::Channel) => "-channel",
            Some(AffineAxes::Reduced) => "-reduced",
            Some(AffineAxes::Scalar) => "-scalar",
        };
        format!("{kind}-{letters}-{}{affine}", axes.groups)
    };
    match norm {
        Norm::Group { groups } => format!("gn{groups}"),
        Norm::GhostBatch { size } => format!("ghost{size}"),
        Norm::SyncBatch { devices } => format!("sync{devices}"),
        Norm::Axes(axes) => over("axes", axes),
        Norm::Rms(axes) => over("rms", axes),
        Norm::None | Norm::Batch | Norm::Layer | Norm::Instance | Norm::BatchInstance | Norm::Switchable => {
            name(&PLAIN, norm)
        }
    }
}

fn read_norm(value: &str) -> Option<Norm> {
    let count = |prefix: &str| value.strip_prefix(prefix).and_then(whole).and_then(NonZeroU32::new);
    let plain = named(&PLAIN, value);
    plain
        .or_else(|| count("gn").map(|groups| Norm::Group { groups }))
        .or_else(|| count("ghost").map(|size| Norm::GhostBatch { size }))
        .or_else(|| count("sync").map(|devices| Norm::SyncBatch { devices }))
        .or_else(|| read_over(value.strip_prefix("axes-")?).map(Norm::Axes))
        .or_else(|| read_over(value.strip_prefix("rms-")?).map(Norm::Rms))
}

fn read_over(value: &str) -> Option<AxesNorm> {
    let mut parts = value.split('-');
    let axis = |letter| LETTERS.iter().find(|(known, _)| *known == letter).map(|(_, axis)| *axis);
    let axes: Option<Vec<Axis>> = parts.next()?.chars().map(axis).collect();
    let groups = parts.next().map_or(Some(NonZeroU32::MIN), |groups| whole(groups).and_then(NonZeroU32::new))?;
    let affine = match parts.next() {
        None => None,
        Some("channel") => Some(AffineAxes::Channel),
        Some("reduced") => Some(AffineAxes::Reduced),
        Some("scalar") => Some(AffineAxes::Scalar),
        Some(_) => return None,
    };
    Some(AxesNorm { axes: Axes::new(&axes?), groups, affine })
}

fn name<T: Copy + PartialEq>(names: &[(&str, T)], value: T) -> String {
    names.iter().find(|(_, known)| *known == value).map_or_else(String::new, |(name, _)| (*name).to_owned())
}

fn named<T: Copy>(names: &[(&str, T)], value: &str) -> Option<T> {
    names.iter().find(|(name, _)| *name == value).map(|(_, known)| *known)
}

/// A whole number; one that is too large counts as the largest.
fn whole(value: &str) -> Option<u32> {
    let is_whole = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    is_whole.then(|| value.parse().unwrap_or(u32::MAX))
}

fn number(value: &str) -> Option<f32> {
    value.parse().ok().filter(|value: &f32| value.is_finite())
}
