//! The text of a norm: "bn", "gn8", "ghost4", "axes-chw", "rms-ch-2-channel". Links, lanes, the element and the package
//! read and write it.

use super::catalog::{NormKind, Number};
use super::{AffineAxes, AxesNorm, Norm};
use crate::norms::grouping::tiling::{Axes, Axis};
use crate::norms::number;
use std::fmt::{self, Display, Formatter};
use std::num::NonZeroU32;
use std::str::FromStr;
use thiserror::Error;

/// A text that is not a norm's.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("“{0}” is not a norm, such as bn, gn8 or axes-chw")]
pub struct NormTextError(String);

impl Display for Norm {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        to.write_str(self.kind().link())?;
        match (self.axes(), self.count()) {
            (Some(AxesNorm { axes, groups, affine }), _) => {
                write!(to, "-{}", axes.letters())?;
                if groups.get() > 1 {
                    write!(to, "-{groups}")?;
                }
                affine.map_or(Ok(()), |affine| write!(to, "-{}", affine.name()))
            }
            (None, Some(count)) => write!(to, "{count}"),
            (None, None) => Ok(()),
        }
    }
}

impl Norm {
    /// Its name on a lane: "GN 8", "over C, H".
    pub fn short_name(self) -> String {
        let name = self.kind().short();
        match (self.axes(), self.count()) {
            (Some(_), _) if self == Self::Axes(AxesNorm::instance_as_written()) => "IN as written".to_owned(),
            (Some(AxesNorm { axes, groups, .. }), _) => {
                let groups = if groups.get() > 1 { format!(", {groups} groups") } else { String::new() };
                format!("{name} {}{groups}", axes.capitals())
            }
            (None, Some(count)) => format!("{name} {count}"),
            (None, None) => name.to_owned(),
        }
    }
}

impl FromStr for Norm {
    type Err = NormTextError;

    /// Reads also a norm's name in JSON, and a norm without its numbers, which then has its first.
    fn from_str(text: &str) -> Result<Self, NormTextError> {
        read(text).ok_or_else(|| NormTextError(text.chars().take(24).collect()))
    }
}

fn read(text: &str) -> Option<Norm> {
    let named = |name: &str| NormKind::ALL.into_iter().find(|kind| kind.link() == name || kind.json() == name);
    if let Some(kind) = named(text) {
        return Some(kind.first());
    }
    if let Some((name, rest)) = text.split_once('-')
        && let Some(kind) = named(name).filter(|kind| kind.number() == Number::Axes)
    {
        let mut norm = kind.first();
        *norm.axes_mut()? = read_axes(rest)?;
        return Some(norm);
    }
    let (name, count) = text.split_at(text.find(|letter: char| letter.is_ascii_digit())?);
    let mut norm = named(name).filter(|kind| kind.number() != Number::Axes)?.first();
    *norm.count_mut()? = read_count(count)?;
    Some(norm)
}

/// "chw", "chw-2", "chw-scalar", "chw-1-scalar".
fn read_axes(text: &str) -> Option<AxesNorm> {
    let mut parts = text.split('-').peekable();
    let axes = Axes::of_letters(parts.next()?)?;
    let is_count = parts.peek().is_some_and(|part| part.starts_with(|letter: char| letter.is_ascii_digit()));
    let groups = if is_count { read_count(parts.next()?)? } else { NonZeroU32::MIN };
    let affine = parts.next().map(AffineAxes::named);
    if parts.next().is_some() {
        return None;
    }
    Some(AxesNorm { axes, groups, affine: affine.map_or(Some(None), |affine| affine.map(Some))? })
}

/// A whole number above 0.
fn read_count(text: &str) -> Option<NonZeroU32> {
    number::whole(text).and_then(NonZeroU32::new)
}

impl Axes {
    /// Its letters, "chw".
    pub fn letters(self) -> String {
        self.iter().map(Axis::letter).collect()
    }

    /// Its letters as in figures, "CHW".
    pub fn capitals(self) -> String {
        self.iter().map(Axis::capital).collect()
    }

    /// The set of these letters; `None` if one is not an axis, or is there twice.
    pub fn of_letters(letters: &str) -> Option<Self> {
        let axes = letters.chars().map(Axis::of_letter).collect::<Option<Vec<_>>>()?;
        let set = Self::new(&axes);
        (set.iter().count() == axes.len()).then_some(set)
    }
}

impl AffineAxes {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Channel, Self::Reduced, Self::Scalar];

    /// Its name in texts and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Channel => "channel",
            Self::Reduced => "reduced",
            Self::Scalar => "scalar",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|affine| affine.name() == name)
    }
}
