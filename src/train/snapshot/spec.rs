//! What decides a run, as words.

use super::bytes::{Reader, Writer};
use super::error::{SnapshotError, SnapshotFault};
use crate::exec::DeviceChoice;
use crate::grouping::tiling::{Axes, Axis};
use crate::norm::{AffineAxes, AxesNorm, Norm};
use crate::train::RunSpec;
use std::num::NonZeroU32;

/// A norm's kind and up to three numbers of it.
type NormWords = [u32; 4];

const AXES: [Axis; 4] = [Axis::N, Axis::C, Axis::H, Axis::W];

pub(super) fn write(writer: &mut Writer, spec: &RunSpec) {
    let &RunSpec { norm, batch, learning_rate, seed, device } = spec;
    let device = match device {
        DeviceChoice::Auto => 0,
        DeviceChoice::Gpu => 1,
        DeviceChoice::Cpu => 2,
    };
    norm_words(norm).into_iter().for_each(|word| writer.word(word));
    [batch, learning_rate.to_bits(), seed, device].into_iter().for_each(|word| writer.word(word));
}

/// A spec that can be run, engine apart.
pub(super) fn read(reader: &mut Reader<'_>) -> Result<RunSpec, SnapshotError> {
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
    let spec = RunSpec { norm, batch, learning_rate, seed, device };
    spec.check().map_err(|source| SnapshotError::new(start, SnapshotFault::Spec(source)))?;
    Ok(spec)
}

fn norm_words(norm: Norm) -> NormWords {
    match norm {
        Norm::None => [0; 4],
        Norm::Batch => [1, 0, 0, 0],
        Norm::Layer => [2, 0, 0, 0],
        Norm::Instance => [3, 0, 0, 0],
        Norm::Group { groups } => [4, groups.get(), 0, 0],
        Norm::BatchInstance => [5, 0, 0, 0],
        Norm::Switchable => [6, 0, 0, 0],
        Norm::Axes(axes) => axes_words(7, axes),
        Norm::Rms(axes) => axes_words(8, axes),
        Norm::GhostBatch { size } => [9, size.get(), 0, 0],
        Norm::SyncBatch { devices } => [10, devices.get(), 0, 0],
    }
}

fn norm_of(words: NormWords) -> Option<Norm> {
    let [kind, number, ..] = words;
    let positive = NonZeroU32::new(number);
    let norm = match kind {
        0 => Norm::None,
        1 => Norm::Batch,
        2 => Norm::Layer,
        3 => Norm::Instance,
        4 => Norm::Group { groups: positive? },
        5 => Norm::BatchInstance,
        6 => Norm::Switchable,
        7 => Norm::Axes(axes_of(words)?),
        8 => Norm::Rms(axes_of(words)?),
        9 => Norm::GhostBatch { size: positive? },
        10 => Norm::SyncBatch { devices: positive? },
        _ => return None,
    };
    // Numbers that the kind has not were not written.
    (norm_words(norm) == words).then_some(norm)
}

fn axes_words(kind: u32, norm: AxesNorm) -> NormWords {
    let AxesNorm { axes, groups, affine } = norm;
    let bits = (0..).zip(AXES).map(|(bit, axis)| u32::from(axes.contains(axis)) << bit).sum();
    let affine = match affine {
        None => 0,
        Some(AffineAxes::Channel) => 1,
        Some(AffineAxes::Reduced) => 2,
    };
    [kind, bits, groups.get(), affine]
}

fn axes_of([_, bits, groups, affine]: NormWords) -> Option<AxesNorm> {
    let axes: Vec<Axis> = (0..).zip(AXES).filter(|(bit, _)| bits >> bit & 1 == 1).map(|(_, axis)| axis).collect();
    let affine = match affine {
        0 => None,
        1 => Some(AffineAxes::Channel),
        2 => Some(AffineAxes::Reduced),
        _ => return None,
    };
    Some(AxesNorm { axes: Axes::new(&axes), groups: NonZeroU32::new(groups)?, affine })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_norm_comes_back_from_its_words() {
        let three = NonZeroU32::new(3).unwrap();
        let axes = [Axes::new(&[]), Axes::new(&[Axis::C]), Axes::new(&AXES)];
        let affines = [None, Some(AffineAxes::Channel), Some(AffineAxes::Reduced)];
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
        for words in [[11, 0, 0, 0], [0, 1, 0, 0], [4, 0, 0, 0], [7, 16, 1, 0], [7, 1, 0, 0], [7, 1, 1, 3]] {
            assert_eq!(norm_of(words), None, "{words:?}");
        }
    }
}
