//! A setup in a link: `data=mnist&net=tutorial&bs=32&lanes=none,bn,gn5~e0.001`. It has its own keys, and values that
//! people can read.

use super::choices::Choice;
use super::field::{RaceField, RaceRange};
use super::{LaneSetup, Setup};
use crate::network::layer::norm::rules::AffineRules;
use crate::norms::number;
use crate::training::data::TrainOn;

/// All that a link can say of a setup.
pub fn pairs(setup: &Setup) -> Vec<(&'static str, String)> {
    let train_on = match setup.train_on {
        TrainOn::Train => "all".to_owned(),
        TrainOn::Test => "test".to_owned(),
        TrainOn::FirstOfEachClass(n) => n.to_string(),
    };
    let lanes: Vec<String> = setup.lanes.iter().map(lane).collect();
    let mut pairs = vec![
        ("data", setup.data.link().to_owned()),
        ("on", train_on),
        ("epochs", setup.epochs.to_string()),
        ("net", setup.net.link().to_owned()),
        ("opt", setup.optimizer.link().to_owned()),
        ("plateau", setup.plateau.link().to_owned()),
        ("clip", setup.clip_norm.map_or_else(|| "0".to_owned(), |norm| norm.to_string())),
        ("lr", setup.rate.to_string()),
        ("bs", setup.batch.to_string()),
        ("leps", setup.epsilon.to_string()),
        ("lmom", setup.momentum.to_string()),
        ("lseed", setup.seed.to_string()),
        ("seeds", setup.seeds.to_string()),
        ("engine", setup.device.link().to_owned()),
        ("lanes", lanes.join(",")),
    ];
    pairs.extend(setup.experiment.clone().map(|experiment| ("race", experiment)));
    pairs
}

/// What the number of a key can be: "the learning rate must be from 0.0000001 to 1".
pub fn limits(key: &str) -> Option<String> {
    let field = match key {
        "epochs" => RaceField::Epochs,
        "lr" => RaceField::Rate,
        "bs" => RaceField::Batch,
        "leps" => RaceField::Epsilon,
        "lmom" => RaceField::Momentum,
        "lseed" => RaceField::Seed,
        _ => return None,
    };
    let RaceRange { name, least, most, .. } = field.range();
    Some(format!("{name} must be from {least} to {most}"))
}

/// Reads a key of a link. `None` if it cannot be read, false for an unknown key.
pub fn set(setup: &mut Setup, key: &str, value: &str) -> Option<bool> {
    match key {
        "data" => setup.data = Choice::of_link(value)?,
        "on" => {
            setup.train_on = match value {
                "all" => TrainOn::Train,
                "test" => TrainOn::Test,
                _ => TrainOn::FirstOfEachClass(number::whole(value)?),
            }
        }
        "epochs" => setup.epochs = number::whole(value)?,
        "net" => setup.net = Choice::of_link(value)?,
        "opt" => setup.optimizer = Choice::of_link(value)?,
        "plateau" => setup.plateau = Choice::of_link(value)?,
        "clip" => setup.clip_norm = Some(number::read_f32(value)?).filter(|norm| *norm != 0.0),
        "lr" => setup.rate = number::read_f32(value)?,
        "bs" => setup.batch = number::whole(value)?,
        "leps" => setup.epsilon = number::read_f32(value)?,
        "lmom" => setup.momentum = number::read_f32(value)?,
        "lseed" => setup.seed = number::whole(value)?,
        "seeds" => setup.seeds = number::whole(value)?,
        "engine" => setup.device = Choice::of_link(value)?,
        "lanes" => {
            let lanes = value.split(',').filter(|lane| !lane.is_empty());
            setup.lanes = lanes.map(read_lane).collect::<Option<_>>()?;
        }
        "race" => setup.experiment = Some(value.to_owned()),
        _ => return Some(false),
    }
    Some(true)
}

/// A lane as a link names it: "gn8~e0.001", "bn~gno~snonneg" without γ and with a β of 0 or above.
pub fn lane(lane: &LaneSetup) -> String {
    let mut name = lane.norm.to_string();
    let own = [
        ('b', lane.batch.map(|batch| batch.to_string())),
        ('r', lane.rate.map(|rate| rate.to_string())),
        ('e', lane.epsilon.map(|epsilon| epsilon.to_string())),
    ];
    for (letter, value) in own {
        if let Some(value) = value {
            name += &format!("~{letter}{value}");
        }
    }
    if lane.affine != AffineRules::default() {
        name += &format!("~{}", lane.affine);
    }
    name
}

fn read_lane(value: &str) -> Option<LaneSetup> {
    let mut parts = value.split('~');
    let mut lane = LaneSetup::of(parts.next()?.parse().ok()?);
    let mut affine = vec![];
    for part in parts {
        let letter = part.chars().next()?;
        let value = &part[letter.len_utf8()..];
        match letter {
            'b' => lane.batch = Some(number::whole(value)?),
            'r' => lane.rate = Some(number::read_f32(value)?),
            'e' => lane.epsilon = Some(number::read_f32(value)?),
            'u' | 'g' | 's' => affine.push(part),
            _ => return None,
        }
    }
    lane.affine = affine.join("~").parse().ok()?;
    Some(lane)
}
