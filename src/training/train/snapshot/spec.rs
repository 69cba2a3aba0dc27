//! The settings of a run, as words.

use super::bytes::{Reader, Writer};
use super::error::{SnapshotError, SnapshotFault};
use super::{FIRST_VERSION, LAST_VERSION_OF_ONE_RATE};
use crate::engine::exec::DeviceChoice;
use crate::network::layer::norm::gain::GainNumbers;
use crate::network::layer::norm::rules::AffineRules;
use crate::network::model::zoo::ModelKind;
use crate::network::optimizer::plateau::{Plateau, PlateauRule, ReduceOnPlateau};
use crate::network::optimizer::{MomentumRule, OptimizerSpec};
use crate::norms::grouping::tiling::{Axes, Axis};
use crate::norms::norm::{AffineAxes, AxesNorm, Norm, NormKind};
use crate::training::train::RunSpec;
use crate::training::train::spec::check_rate;
use std::num::NonZeroU32;

/// The kind of a norm and up to three numbers of it.
type NormWords = [u32; 4];

pub(super) fn write(writer: &mut Writer, spec: &RunSpec) {
    let &RunSpec { norm, batch, learning_rate, seed, device, model, optimizer, .. } = spec;
    let &RunSpec { epsilon, momentum, affine, plateau: _, clip_norm, .. } = spec;
    let device = match device {
        DeviceChoice::Auto => 0,
        DeviceChoice::Gpu => 1,
        DeviceChoice::Cpu => 2,
    };
    norm_words(norm).into_iter().for_each(|word| writer.word(word));
    [batch, learning_rate.to_bits(), seed, device].into_iter().for_each(|word| writer.word(word));
    let mut optimizer = optimizer_words(optimizer).to_vec();
    if let Some(norm) = clip_norm {
        optimizer[0] += CLIPPED;
        optimizer.push(norm.to_bits());
    }
    let words = model_words(model).into_iter().chain(optimizer);
    words.chain([epsilon.to_bits(), momentum.to_bits()]).chain(affine_words(affine)).for_each(|word| writer.word(word));
}

/// No schedule, and the rules of one, by the word that stands for them.
const RULES: [Option<PlateauRule>; 3] = [None, Some(PlateauRule::Keras), Some(PlateauRule::Keras21)];

/// Writes whether there is a schedule, and if so its settings and state.
pub(super) fn write_plateau(writer: &mut Writer, plateau: Option<Plateau>) {
    let rule = plateau.map(|plateau| plateau.spec.rule);
    writer.word(RULES.iter().position(|known| *known == rule).map_or(0, |at| at as u32));
    let Some(Plateau { spec, best, wait, cooldown_left, learning_rate }) = plateau else { return };
    let ReduceOnPlateau { factor, patience, min_delta, cooldown, min_lr, rule: _ } = spec;
    let [factor, min_delta, min_lr, best] = [factor, min_delta, min_lr, best].map(f32::to_bits);
    [factor, patience, min_delta, cooldown, min_lr, best, wait, cooldown_left, learning_rate.to_bits()]
        .into_iter()
        .for_each(|word| writer.word(word));
}

/// Reads a spec that can be run (apart from the engine), and the state of its schedule. Bytes of the first version end
/// with the device; those of the second do not have a separate rate of the schedule.
pub(super) fn read(reader: &mut Reader<'_>, version: u32) -> Result<(RunSpec, Option<Plateau>), SnapshotError> {
    let start = reader.at();
    let mut words = NormWords::default();
    for word in &mut words {
        *word = reader.word("the norm")?;
    }
    let expected = "a norm and its numbers";
    let unknown = SnapshotFault::Word { what: "norm", found: words[0], expected };
    let norm = norm_of(words).ok_or_else(|| SnapshotError::new(start, unknown))?;
    let batch = reader.word("the batch")?;
    let learning_rate = f32::from_bits(reader.word("the learning rate")?);
    let seed = reader.word("the seed")?;
    let devices = [DeviceChoice::Auto, DeviceChoice::Gpu, DeviceChoice::Cpu];
    let device = reader.choice("device", |word| devices.get(word as usize).copied(), "0, 1 or 2")?;
    let mut spec = RunSpec { norm, batch, learning_rate, seed, device, ..RunSpec::default() };
    let mut plateau = None;
    if version > FIRST_VERSION {
        read_more(reader, &mut spec)?;
        plateau = read_plateau(reader, (version == LAST_VERSION_OF_ONE_RATE).then_some(learning_rate))?;
        spec.plateau = plateau.map(|plateau| plateau.spec);
    }
    spec.check().map_err(|source| SnapshotError::new(start, SnapshotFault::Spec(source)))?;
    Ok((spec, plateau))
}

fn read_more(reader: &mut Reader<'_>, spec: &mut RunSpec) -> Result<(), SnapshotError> {
    let start = reader.at();
    let model = [reader.word("the network")?, reader.word("the network")?, reader.word("the network")?];
    let unknown = |what, found, expected| SnapshotError::new(start, SnapshotFault::Word { what, found, expected });
    spec.model = model_of(model).ok_or_else(|| unknown("network", model[0], "a network and its numbers"))?;
    let mut optimizer = [reader.word("the optimizer")?, reader.word("the optimizer")?, reader.word("the optimizer")?];
    if optimizer[0] >= CLIPPED {
        optimizer[0] -= CLIPPED;
        spec.clip_norm = Some(f32::from_bits(reader.word("the norm of the gradients")?));
    }
    let expected = "an optimizer and its numbers";
    spec.optimizer = optimizer_of(optimizer).ok_or_else(|| unknown("optimizer", optimizer[0], expected))?;
    spec.epsilon = f32::from_bits(reader.word("epsilon")?);
    spec.momentum = f32::from_bits(reader.word("the momentum")?);
    spec.affine = read_affine(reader)?;
    Ok(())
}

/// The number of rules of γ and β other than plain ones and both drawn as in the tutorial; their own numbers follow.
const RULED: u32 = 2;

/// The number of the rules, and their own. Readers of before refuse [`RULED`].
fn affine_words(affine: AffineRules) -> Vec<u32> {
    if affine == AffineRules::default() {
        return vec![0];
    }
    if affine == AffineRules::RANDOM_UNIFORM {
        return vec![1];
    }
    std::iter::once(RULED).chain(affine.numbers().into_iter().flatten().map(f32::to_bits)).collect()
}

fn read_affine(reader: &mut Reader<'_>) -> Result<AffineRules, SnapshotError> {
    const WHAT: &str = "rules of gamma and beta";
    let kind = reader.choice(WHAT, |word| (word <= RULED).then_some(word), "0, 1 or 2")?;
    if kind != RULED {
        return Ok([AffineRules::default(), AffineRules::RANDOM_UNIFORM][kind as usize]);
    }
    let start = reader.at();
    let mut numbers = [GainNumbers::default(); 2];
    for number in numbers.as_flattened_mut() {
        *number = f32::from_bits(reader.word(WHAT)?);
    }
    let unknown = SnapshotFault::Word { what: WHAT, found: kind, expected: "numbers within their ranges" };
    AffineRules::of_numbers(numbers).ok_or_else(|| SnapshotError::new(start, unknown))
}

/// `rate` is the one in force, if the bytes do not have it.
fn read_plateau(reader: &mut Reader<'_>, rate: Option<f32>) -> Result<Option<Plateau>, SnapshotError> {
    let rule = reader.choice("schedule", |word| RULES.get(word as usize).copied(), "0, 1 or 2")?;
    let Some(rule) = rule else { return Ok(None) };
    let start = reader.at();
    let mut word = || reader.word("the schedule");
    let (factor, patience, min_delta) = (f32::from_bits(word()?), word()?, f32::from_bits(word()?));
    let (cooldown, min_lr, best) = (word()?, f32::from_bits(word()?), f32::from_bits(word()?));
    let spec = ReduceOnPlateau { factor, patience, min_delta, cooldown, min_lr, rule };
    let (wait, cooldown_left) = (word()?, word()?);
    let learning_rate = rate.map_or_else(|| word().map(f32::from_bits), Ok)?;
    check_rate(learning_rate).map_err(|source| SnapshotError::new(start, SnapshotFault::Spec(source)))?;
    Ok(Some(Plateau { spec, best, wait, cooldown_left, learning_rate }))
}

/// The kind of a network and two numbers of it.
fn model_words(model: ModelKind) -> [u32; 3] {
    match model {
        ModelKind::Tutorial => [0; 3],
        ModelKind::SourceD => [1, 0, 0],
        ModelKind::Deep => [2, 0, 0],
        ModelKind::RowRnn { units } => [3, units, 0],
        ModelKind::RowGru { units } => [4, units, 0],
    }
}

fn model_of(words: [u32; 3]) -> Option<ModelKind> {
    let model = match words[0] {
        0 => ModelKind::Tutorial,
        1 => ModelKind::SourceD,
        2 => ModelKind::Deep,
        3 => ModelKind::RowRnn { units: words[1] },
        4 => ModelKind::RowGru { units: words[1] },
        _ => return None,
    };
    (model_words(model) == words).then_some(model)
}

/// Added to the kind of an optimizer whose gradients are clipped; the norm follows its numbers. Readers of before refuse
/// the kind, and what they wrote is read as it was.
const CLIPPED: u32 = 16;

/// The kind of an optimizer and two numbers of it.
fn optimizer_words(optimizer: OptimizerSpec) -> [u32; 3] {
    match optimizer {
        OptimizerSpec::Adam => [0; 3],
        OptimizerSpec::AmsGrad => [1, 0, 0],
        OptimizerSpec::Sgd { momentum, rule: MomentumRule::Keras } => [2, momentum.to_bits(), 0],
        OptimizerSpec::Sgd { momentum, rule: MomentumRule::Pytorch } => [2, momentum.to_bits(), 1],
    }
}

fn optimizer_of(words: [u32; 3]) -> Option<OptimizerSpec> {
    let momentum = f32::from_bits(words[1]);
    let optimizer = match words {
        [0, ..] => OptimizerSpec::Adam,
        [1, ..] => OptimizerSpec::AmsGrad,
        [2, _, 0] => OptimizerSpec::Sgd { momentum, rule: MomentumRule::Keras },
        [2, _, 1] => OptimizerSpec::Sgd { momentum, rule: MomentumRule::Pytorch },
        _ => return None,
    };
    (optimizer_words(optimizer) == words).then_some(optimizer)
}

/// The place of its row in the catalogue, and its numbers.
fn norm_words(norm: Norm) -> NormWords {
    let kind = norm.kind() as u32;
    match (norm.axes(), norm.count()) {
        (Some(AxesNorm { axes, groups, affine }), _) => {
            let bits = (0..).zip(Axis::ALL).map(|(bit, axis)| u32::from(axes.contains(axis)) << bit).sum();
            let affine = AffineAxes::ALL.into_iter().position(|known| Some(known) == affine);
            [kind, bits, groups.get(), affine.map_or(0, |at| at as u32 + 1)]
        }
        (None, Some(count)) => [kind, count.get(), 0, 0],
        (None, None) => [kind, 0, 0, 0],
    }
}

fn norm_of(words: NormWords) -> Option<Norm> {
    let [kind, number, ..] = words;
    let mut norm = NormKind::ALL.get(kind as usize)?.first();
    if let Some(axes) = norm.axes_mut() {
        *axes = axes_of(words)?;
    } else if let Some(count) = norm.count_mut() {
        *count = NonZeroU32::new(number)?;
    }
    // Numbers that the kind has not were not written.
    (norm_words(norm) == words).then_some(norm)
}

fn axes_of([_, bits, groups, affine]: NormWords) -> Option<AxesNorm> {
    let axes: Vec<Axis> = (0..).zip(Axis::ALL).filter(|(bit, _)| bits >> bit & 1 == 1).map(|(_, axis)| axis).collect();
    let affine = match affine {
        0 => None,
        at => Some(*AffineAxes::ALL.get(at as usize - 1)?),
    };
    Some(AxesNorm { axes: Axes::new(&axes), groups: NonZeroU32::new(groups)?, affine })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_norm_comes_back_from_its_words() {
        let three = NonZeroU32::new(3).unwrap();
        let axes = [Axes::new(&[]), Axes::new(&[Axis::C]), Axes::new(&Axis::ALL), Axes::new(&Axis::ALL)];
        let kinds = [AffineAxes::Channel, AffineAxes::Reduced, AffineAxes::Scalar].map(Some);
        let affines = std::iter::once(None).chain(kinds);
        let boxes = axes.iter().zip(affines).map(|(&axes, affine)| AxesNorm { axes, groups: three, affine });
        let mut norms = vec![
            Norm::None,
            Norm::Batch,
            Norm::Layer,
            Norm::Instance,
            Norm::Group { groups: three },
            Norm::BatchInstance,
            Norm::Switchable,
            Norm::GhostBatch { size: three },
            Norm::SyncBatch { devices: three },
        ];
        norms.extend(boxes.flat_map(|norm| [Norm::Axes(norm), Norm::Rms(norm)]));
        for norm in norms {
            assert_eq!(norm_of(norm_words(norm)), Some(norm));
        }
    }

    #[test]
    fn words_of_no_norm_are_told() {
        let beyond = NormKind::ALL.len() as u32;
        for words in [[beyond, 0, 0, 0], [0, 1, 0, 0], [4, 0, 0, 0], [7, 16, 1, 0], [7, 1, 0, 0], [7, 1, 1, 4]] {
            assert_eq!(norm_of(words), None, "{words:?}");
        }
    }
}
