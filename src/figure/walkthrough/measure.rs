//! Computes the statistics of the walkthrough's tensor before and after it is normalized, image by image.

use super::{GROUPS, SHAPE};
use crate::kernel::group_moments::group_moments;
use crate::kernel::plane_moments::plane_moments;
use crate::kernel::random::pcg3d;
use crate::kernel::scale_shift::scale_shift;
use crate::norms::grouping::Grouping;
use crate::norms::moments::Moments;
use crate::norms::norm::{DEFAULT_EPSILON, Fold, PlaneAffine, fold_forward, rstd};
use crate::norms::shape::Shape;
use serde::Serialize;
use std::num::NonZeroU32;
use tsify::Tsify;

/// The end of the histograms on either side of 0.
pub const RANGE: f32 = 7.0;

/// Bins of a histogram, each an eighth wide.
pub const N_BINS: usize = 112;

/// One image of the tensor.
const IMAGE: Shape = Shape { n: 1, ..SHAPE };

/// Works through the tensor. It holds two images at a time, 1.6 MB of the tensor's 51.4 MB.
#[derive(Clone, Debug)]
pub struct Walk {
    seed: u32,
    n_done: u32,
    grouping: Grouping,
    x: Vec<f32>,
    y: Vec<f32>,
    input: Gathered,
    written: Gathered,
    corrected: Gathered,
    groups: Vec<Moments>,
}

/// The findings of a walk.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
pub struct Findings {
    /// The random tensor.
    pub input: Measured,
    /// The output without the root.
    pub written: Measured,
    /// The output with it.
    pub corrected: Measured,
    /// The means of the groups.
    pub means: Statistics,
    /// The variances of the groups.
    pub variances: Statistics,
}

/// A tensor's statistics and histogram.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
pub struct Measured {
    /// Its statistics.
    pub statistics: Statistics,
    /// How many values fall into each of [`N_BINS`] bins from −[`RANGE`] to [`RANGE`]; values beyond are in the end
    /// bins.
    pub bins: Vec<u32>,
}

/// What the walkthrough prints about a tensor.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Tsify)]
pub struct Statistics {
    /// How many values there are.
    pub count: u32,
    /// Their mean.
    pub mean: f32,
    /// The root of their biased variance.
    pub std: f32,
    /// The least value.
    pub min: f32,
    /// The greatest value.
    pub max: f32,
}

impl Walk {
    /// Starts a walk at the first image of the tensor with this seed.
    pub fn new(seed: u32) -> Self {
        let groups = NonZeroU32::new(GROUPS).expect("4 is not 0");
        let image = vec![0.0; IMAGE.len() as usize];
        Self {
            seed,
            n_done: 0,
            grouping: Grouping::group(IMAGE, groups).expect("4 divides 16"),
            x: image.clone(),
            y: image,
            input: Gathered::default(),
            written: Gathered::default(),
            corrected: Gathered::default(),
            groups: vec![],
        }
    }

    /// Images done, out of 64.
    pub fn n_done(&self) -> u32 {
        self.n_done
    }

    /// Draws, normalizes and measures the next image; returns `false` if there is none.
    ///
    /// y = (x − mean)·scale, with scale = 1/√(variance + ε), and as written 1/(variance + ε).
    pub fn step(&mut self) -> bool {
        if self.n_done == SHAPE.n {
            return false;
        }
        draw(self.seed, self.n_done, &mut self.x);
        let plane_len = IMAGE.plane_len() as usize;
        let n_planes = IMAGE.n_planes() as usize;
        let mut planes = vec![Moments::default(); n_planes];
        plane_moments(&self.x, plane_len, &mut planes);
        let mut groups = vec![Moments::default(); self.grouping.n_groups() as usize];
        group_moments(self.grouping, &planes, &mut groups);
        let affine = [vec![1.0; n_planes], vec![0.0; n_planes]].concat();
        let mut maps = vec![PlaneAffine::default(); n_planes];
        let fold = Fold { grouping: self.grouping, epsilon: DEFAULT_EPSILON, own_moments: 1 };
        fold_forward(fold, &groups, &affine, &mut maps);
        self.input.add(&self.x);
        scale_shift(&self.x, plane_len, &maps, &mut self.y);
        self.corrected.add(&self.y);
        for (plane_idx, map) in (0..).zip(&mut maps) {
            let root = rstd(groups[self.grouping.group_of(plane_idx) as usize], DEFAULT_EPSILON);
            *map = PlaneAffine { origin: map.origin, scale: map.scale * root, shift: map.shift * root };
        }
        scale_shift(&self.x, plane_len, &maps, &mut self.y);
        self.written.add(&self.y);
        self.groups.extend(groups);
        self.n_done += 1;
        true
    }

    /// The findings in the images done so far.
    pub fn findings(&self) -> Findings {
        let of = |number: fn(Moments) -> f32| {
            let values: Vec<f32> = self.groups.iter().map(|&group| number(group)).collect();
            Statistics::of(&values)
        };
        Findings {
            input: self.input.measured(),
            written: self.written.measured(),
            corrected: self.corrected.measured(),
            means: of(Moments::mean),
            variances: of(Moments::variance),
        }
    }
}

impl Statistics {
    /// Computes the statistics of some values.
    pub fn of(values: &[f32]) -> Self {
        let mut gathered = Extremes::default();
        gathered.add(values);
        gathered.with(Moments::of(values))
    }
}

/// The least and the greatest of some values.
#[derive(Clone, Copy, Debug)]
struct Extremes {
    min: f32,
    max: f32,
}

impl Default for Extremes {
    fn default() -> Self {
        Self { min: f32::INFINITY, max: f32::NEG_INFINITY }
    }
}

impl Extremes {
    fn add(&mut self, values: &[f32]) {
        self.min = values.iter().copied().fold(self.min, f32::min);
        self.max = values.iter().copied().fold(self.max, f32::max);
    }

    fn with(self, moments: Moments) -> Statistics {
        let Self { min, max } = self;
        Statistics { count: moments.count as u32, mean: moments.mean(), std: moments.variance().sqrt(), min, max }
    }
}

/// What is kept from the images seen so far.
#[derive(Clone, Debug)]
struct Gathered {
    images: Vec<Moments>,
    extremes: Extremes,
    bins: [u32; N_BINS],
}

impl Default for Gathered {
    fn default() -> Self {
        Self { images: vec![], extremes: Extremes::default(), bins: [0; N_BINS] }
    }
}

impl Gathered {
    fn add(&mut self, values: &[f32]) {
        const BINS_A_UNIT: f32 = N_BINS as f32 / (2.0 * RANGE);
        self.images.push(Moments::of(values));
        self.extremes.add(values);
        for value in values {
            // Not (value + RANGE)·8, which would round numbers just below 1 into the next bin.
            let bin = (value * BINS_A_UNIT).floor() as i32 + N_BINS as i32 / 2;
            self.bins[bin.clamp(0, N_BINS as i32 - 1) as usize] += 1;
        }
    }

    fn measured(&self) -> Measured {
        let all = Moments::merge_tree(self.images.len() as u32, &|image| self.images[image as usize]);
        Measured { statistics: self.extremes.with(all), bins: self.bins.to_vec() }
    }
}

/// Draws the uniform values of one image, from 0 to less than 1, on a grid of 2⁻²⁴.
fn draw(seed: u32, image: u32, values: &mut [f32]) {
    for (counter, three) in (0..).zip(values.chunks_mut(3)) {
        for (value, word) in three.iter_mut().zip(pcg3d([seed, image, counter])) {
            *value = (word >> 8) as f32 / (1 << 24) as f32;
        }
    }
}
