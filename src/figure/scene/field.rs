//! The numbers of a scene that appear in the sentence: the values they can have, how they step, and what was typed.

use super::clamp::{MAX_VALUES, divisors};
use super::layout::Layout;
use super::{Method, Scene};
use crate::norms::grouping::tiling::Axis;
use crate::norms::norm::Norm;
use crate::norms::norm::catalog::Number;
use crate::norms::number::{self, plural};
use crate::norms::shape::Shape;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;
use tsify::Tsify;

/// A number in the sentence.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum SceneField {
    /// N.
    Images,
    /// C.
    Channels,
    /// H.
    Height,
    /// W.
    Width,
    /// G.
    Groups,
    /// Images in a part of ghost batch norm.
    Part,
    /// Devices of sync batch norm.
    Devices,
    /// Images of the reader's own tile.
    TileImages,
    /// Channels of the reader's own tile.
    TileChannels,
}

/// The value of a field and its range.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Tsify)]
pub struct FieldRange {
    /// Its name: "channels".
    pub name: String,
    /// Its value.
    pub value: u32,
    /// The least value.
    pub least: u32,
    /// The greatest value, given the other numbers.
    pub most: u32,
}

impl SceneField {
    /// Its name, where the axes are said to be those of `layout`.
    pub fn name(self, layout: Layout) -> String {
        let [images, channels, rows, columns] = Axis::ALL.map(|axis| format!("{}s", layout.noun(axis)));
        match self {
            Self::Images => format!("{images} in the batch"),
            Self::Channels => channels,
            Self::Height => format!("{rows}, the height"),
            Self::Width if layout.has(Axis::H) => format!("{columns}, the width"),
            Self::Width => columns,
            Self::Groups => "groups".into(),
            Self::Part => format!("{images} in a part"),
            Self::Devices => "devices".into(),
            Self::TileImages => format!("{images} in a mean"),
            Self::TileChannels => format!("{channels} in a mean"),
        }
    }

    /// Its value in the scene; 1 where the method has no such number.
    pub fn value(self, scene: &Scene) -> u32 {
        let Shape { n, c, h, w } = scene.shape;
        let number = match (self, scene.method) {
            (Self::Images, _) => return n,
            (Self::Channels, _) => return c,
            (Self::Height, _) => return h,
            (Self::Width, _) => return w,
            (Self::Groups | Self::Part | Self::Devices, Method::Norm(norm)) => {
                norm.count().filter(|_| self.is_of(norm)).unwrap_or(NonZeroU32::MIN)
            }
            (Self::TileImages, Method::Own(own)) => own.images,
            (Self::TileChannels, Method::Own(own)) => own.channels,
            (Self::Groups | Self::Part | Self::Devices | Self::TileImages | Self::TileChannels, _) => NonZeroU32::MIN,
        };
        number.get()
    }

    /// Whether it is the count of this norm.
    fn is_of(self, norm: Norm) -> bool {
        match norm.kind().number() {
            Number::Nothing => false,
            Number::Groups | Number::Axes => self == Self::Groups,
            Number::Part => self == Self::Part,
            Number::Devices => self == Self::Devices,
        }
    }

    /// The axis whose length it must divide; `None` if it is a length itself.
    fn divides(self) -> Option<Axis> {
        match self {
            Self::Images | Self::Channels | Self::Height | Self::Width => None,
            Self::Groups | Self::TileChannels => Some(Axis::C),
            Self::Part | Self::Devices | Self::TileImages => Some(Axis::N),
        }
    }

    /// The length that it must divide, and its axis.
    fn divided(self, scene: &Scene) -> Option<(u32, Axis)> {
        self.divides().map(|axis| (axis.length(scene.shape), axis))
    }

    /// The greatest value: for a divisor, the length of its axis; for a length, what memory allows given the other
    /// lengths.
    fn most(self, scene: &Scene) -> u32 {
        match self.divided(scene) {
            Some((length, _)) => length,
            None => MAX_VALUES / (scene.shape.len() / self.value(scene)),
        }
    }

    /// Its value and its range.
    pub fn range(self, scene: &Scene) -> FieldRange {
        let name = match &scene.file {
            Some(file) if self.divides().is_none() => {
                format!("{}, from “{file}”: any other number brings the sample back", self.name(scene.layout))
            }
            Some(_) | None => self.name(scene.layout),
        };
        FieldRange { name, value: self.value(scene), least: 1, most: self.most(scene) }
    }

    /// The value `steps` further; a divisor steps from divisor to divisor.
    pub fn stepped(self, scene: &Scene, steps: i32) -> u32 {
        let value = self.value(scene);
        match self.divided(scene) {
            Some((length, _)) => {
                let all: Vec<u32> = divisors(length).map(NonZeroU32::get).collect();
                let at = all.iter().position(|&divisor| divisor >= value).unwrap_or(0);
                all[at.saturating_add_signed(steps as isize).min(all.len() - 1)]
            }
            None => value.saturating_add_signed(steps).clamp(1, self.most(scene)),
        }
    }

    /// The value twice as large, or half as large; for divisors, the nearest one at least that far away.
    pub fn scaled(self, scene: &Scene, up: bool) -> u32 {
        let value = self.value(scene);
        let goal = if up { value.saturating_mul(2) } else { value / 2 };
        match self.divided(scene) {
            Some((length, _)) if up => divisors(length).map(NonZeroU32::get).find(|d| *d >= goal).unwrap_or(length),
            Some((length, _)) => divisors(length).map(NonZeroU32::get).take_while(|d| *d <= goal).last().unwrap_or(1),
            None => goal.clamp(1, self.most(scene)),
        }
    }

    /// Parses what was typed.
    ///
    /// # Errors
    /// A sentence that says what is wrong and what would be right.
    pub fn read(self, scene: &Scene, typed: &str) -> Result<u32, String> {
        let typed = typed.trim();
        let is_whole = |value: &f64| value.fract() == 0.0 && (1.0..=f64::from(u32::MAX)).contains(value);
        let value = number::read(typed).filter(is_whole).map(|value| value as u32);
        let value = value.ok_or_else(|| format!("“{typed}” is not a whole number above 0"))?;
        if number::is_ambiguous(typed) {
            return Err(format!("“{typed}” may be {value} or {value}000: leave out the mark"));
        }
        let most = self.most(scene);
        match self.divided(scene) {
            Some((length, axis)) if !length.is_multiple_of(value) => {
                let all: Vec<String> = divisors(length).map(|divisor| divisor.to_string()).collect();
                let of = plural(length, scene.layout.noun(axis));
                Err(format!("{value} does not divide {of}; {} do", all.join(", ")))
            }
            None if value > most => Err(format!(
                "{value} is too large, at most {most} fits the other lengths: the page holds {MAX_VALUES} values, 64 MiB"
            )),
            Some(_) | None => Ok(value),
        }
    }

    /// Returns the scene with another value there; not clamped.
    pub fn write(self, scene: &Scene, value: u32) -> Scene {
        let mut scene = scene.clone();
        let number = NonZeroU32::new(value).unwrap_or(NonZeroU32::MIN);
        match (self, &mut scene.method) {
            (Self::Images, _) => scene.shape.n = value,
            (Self::Channels, _) => scene.shape.c = value,
            (Self::Height, _) => scene.shape.h = value,
            (Self::Width, _) => scene.shape.w = value,
            (Self::Groups | Self::Part | Self::Devices, Method::Norm(norm)) if self.is_of(*norm) => {
                norm.count_mut().into_iter().for_each(|count| *count = number);
            }
            (Self::TileImages, Method::Own(own)) => own.images = number,
            (Self::TileChannels, Method::Own(own)) => own.channels = number,
            (Self::Groups | Self::Part | Self::Devices | Self::TileImages | Self::TileChannels, _) => {}
        }
        scene
    }
}
