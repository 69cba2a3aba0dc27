//! Cases of the kernels of the norms over axes.

use super::{Case, MOMENTS_WORDS, unwritten};
use crate::boxes::{every_axes_norm, oracle, recipe};
use crate::common::{Data, F32_ROUNDOFF, as_words, to_f64};
use crate::oracle::axes::AxesNorm as Oracle;
use blue_cube::grouping::tiling::{Axes, Axis, Tiling};
use blue_cube::kernel::Kernel;
use blue_cube::kernel::axes::{AxesParams, AxisSums};
use blue_cube::moments::Moments;
use blue_cube::norm::{AffineAxes, AxesNorm, AxesRecipe, DEFAULT_EPSILON};
use blue_cube::shape::Shape;
use std::num::NonZeroU32;

/// A norm on a shape, for the engine and for the oracle.
struct Boxes {
    what: String,
    shape: Shape,
    recipe: AxesRecipe,
    params: AxesParams,
    oracle: Oracle,
}

impl Boxes {
    fn new(norm: AxesNorm, centers: bool, shape: Shape) -> Self {
        let recipe = recipe(norm, centers, shape);
        let params = AxesParams::new(recipe, DEFAULT_EPSILON);
        let what = format!("{norm:?}, centers {centers}, on {shape}");
        Self { what, shape, recipe, params, oracle: oracle(norm, centers, shape) }
    }

    /// The same without joining axes: kernels must not need that.
    fn apart(self) -> Self {
        let AxesRecipe { tiling, affine, centers } = self.recipe;
        let (affine_spans, centers) = (affine.spans(), u32::from(centers));
        let params = AxesParams { tiling, affine_spans, epsilon: DEFAULT_EPSILON, centers };
        Self { what: format!("{}, axes apart", self.what), params, ..self }
    }

    fn len(&self) -> usize {
        self.shape.len() as usize
    }

    fn n_tiles(&self) -> u32 {
        self.recipe.tiling.n_tiles()
    }

    fn affine_len(&self) -> usize {
        self.recipe.affine.n_tiles() as usize
    }

    /// Moments that do not come from any x, as a kernel that reads them must handle them.
    fn drawn_moments(&self, data: &mut Data) -> Vec<Moments> {
        let count = self.recipe.tiling.tile_len() as f32;
        let draw = |_| {
            let variance = data.unit() as f32 + 0.1;
            let mean = if self.recipe.centers { [data.gauss() as f32, 0.5 * data.gauss() as f32] } else { [0.0; 2] };
            Moments { count, origin: mean[0], offset: mean[1], m2: variance * count }
        };
        (0..self.n_tiles()).map(draw).collect()
    }

    /// For every value the number of its mean and of its γ, from the oracle.
    fn numbers(&self) -> Vec<(usize, usize)> {
        let mut numbers = vec![(usize::MAX, usize::MAX); self.len()];
        for (number, set) in self.oracle.sets().iter().enumerate() {
            set.iter().for_each(|&i| numbers[i].0 = number);
        }
        for (number, set) in self.oracle.affine_sets().iter().enumerate() {
            set.iter().for_each(|&i| numbers[i].1 = number);
        }
        numbers
    }
}

/// Every set of axes, with 3 groups of channels and without, on small odd shapes; some large boxes; both kinds of γ.
fn all_boxes() -> Vec<Boxes> {
    let mut all = Vec::new();
    let shapes = [(2, 6, 3, 5), (3, 2, 1, 7), (5, 3, 1, 1)];
    for shape in shapes.map(|(n, c, h, w)| Shape::new(n, c, h, w)) {
        let fitting = every_axes_norm(shape).into_iter().filter(|norm| [1, 3].contains(&norm.groups.get()));
        for (number, norm) in fitting.enumerate() {
            if (number / 2 + number) % 2 == 1 {
                continue;
            }
            let boxes = Boxes::new(norm, number % 3 != 0, shape);
            all.push(if number % 4 < 2 { boxes.apart() } else { boxes });
        }
    }
    for ((n, c, h, w), axes, affine) in [
        ((2, 10, 26, 26), &[Axis::C][..], AffineAxes::Reduced),
        ((3, 10, 26, 26), &[Axis::H], AffineAxes::Reduced),
        ((3, 4, 13, 26), &[Axis::C, Axis::H, Axis::W], AffineAxes::Reduced),
        ((65, 2, 9, 7), &[Axis::N, Axis::H, Axis::W], AffineAxes::Channel),
        ((2, 3, 63, 65), &[Axis::N, Axis::C, Axis::H, Axis::W], AffineAxes::Channel),
        ((3, 4, 13, 26), &[Axis::C, Axis::H, Axis::W], AffineAxes::Scalar),
        ((1, 1, 1, 2500), &[Axis::W], AffineAxes::Reduced),
        ((3, 1, 1, 2500), &[Axis::N], AffineAxes::Channel),
    ] {
        let norm = AxesNorm { axes: Axes::new(axes), groups: NonZeroU32::MIN, affine: Some(affine) };
        for centers in [true, false] {
            all.push(Boxes::new(norm, centers, Shape::new(n, c, h, w)));
        }
    }
    all
}

fn cases_of(case: impl Fn(&Boxes) -> Case) -> Vec<Case> {
    all_boxes().iter().map(case).collect()
}

fn one_axis_moments(boxes: &Boxes, mean: f64, deviation: f64) -> Case {
    let x = Data::new(450).normal(boxes.len(), mean, deviation);
    let mut wants = Vec::new();
    for set in boxes.oracle.sets() {
        let (mean, variance) = boxes.oracle.moments(&to_f64(&x), &set);
        wants.extend([set.len() as f64, mean, variance * set.len() as f64]);
    }
    let n_tiles = boxes.n_tiles();
    let bound = vec![x, unwritten(MOMENTS_WORDS * n_tiles as usize)];
    let what = format!("{}, mean {mean}, deviation {deviation}", boxes.what);
    // The mean up to a few roundings of the spread; constants near 0.1 are that far from the f64 that they were drawn
    // from.
    let mean_tolerance = F32_ROUNDOFF * (8.0 * deviation + f64::from(u8::from(deviation == 0.0)) * mean);
    let tolerances = wants.chunks(3).flat_map(|moments| [0.0, mean_tolerance, 1e-6 * moments[2]]).collect();
    Case::new(Kernel::AxisMoments, what, &boxes.params, bound, n_tiles).within(1, wants, tolerances).of_moments()
}

pub(crate) fn axis_moments() -> Vec<Case> {
    let mut cases = Vec::new();
    for (i, boxes) in all_boxes().iter().enumerate() {
        let (mean, deviation) = [(0.5, 1.0), (1e4, 1.0), (0.0, 1e-4), (0.1, 0.0)][i % 4];
        cases.push(one_axis_moments(boxes, mean, deviation));
    }
    let all = |centers| {
        let axes = AxesNorm { affine: Some(AffineAxes::Channel), ..AxesNorm::over(&[Axis::N, Axis::H, Axis::W]) };
        one_axis_moments(&Boxes::new(axes, centers, Shape::new(128, 2, 28, 28)), 0.5, 1.0).in_company()
    };
    cases.extend([all(true), all(false)]);
    cases
}

pub(crate) fn axis_scale_shift() -> Vec<Case> {
    cases_of(|boxes| {
        let mut data = Data::new(451);
        let x = data.normal(boxes.len(), 0.0, 2.0);
        let (groups, affine) = (boxes.drawn_moments(&mut data), data.normal(2 * boxes.affine_len(), 0.5, 1.0));
        let value = |(&x, (group, place)): (&f32, (usize, usize))| {
            let xhat = xhat(x, groups[group]);
            f64::from(affine[place]) * xhat + f64::from(affine[boxes.affine_len() + place])
        };
        let want: Vec<f64> = x.iter().zip(boxes.numbers()).map(value).collect();
        let bound = vec![x, as_words(&groups), affine, unwritten(boxes.len())];
        let n_items = boxes.shape.len();
        // Terms up to 30·4, each with some roundings.
        Case::new(Kernel::AxisScaleShift, boxes.what.clone(), &boxes.params, bound, n_items).nearly(
            3,
            want,
            20.0 * 30.0 * F32_ROUNDOFF,
            20.0 * F32_ROUNDOFF,
        )
    })
}

/// (x − mean)/√(variance + ε) with the drawn moments.
fn xhat(x: f32, group: Moments) -> f64 {
    (f64::from(x) - f64::from(group.origin) - f64::from(group.offset)) * rstd(group)
}

fn rstd(group: Moments) -> f64 {
    1.0 / (f64::from(group.m2) / f64::from(group.count) + f64::from(DEFAULT_EPSILON)).sqrt()
}

/// Sums of `len` terms with some roundings of terms up to 60, accumulating at random.
fn sum_tolerance(len: f64) -> f64 {
    F32_ROUNDOFF * 60.0 * (4.0 + len.sqrt())
}

pub(crate) fn axis_sums() -> Vec<Case> {
    cases_of(|boxes| {
        let mut data = Data::new(452);
        let (x, dy) = (data.normal(boxes.len(), 0.0, 1.0), data.normal(boxes.len(), 0.0, 1.0));
        let (groups, affine) = (boxes.drawn_moments(&mut data), data.normal(2 * boxes.affine_len(), 0.5, 1.0));
        let mut want = vec![0.0; 2 * groups.len()];
        for (i, (group, place)) in boxes.numbers().into_iter().enumerate() {
            let g = f64::from(affine[place]) * f64::from(dy[i]);
            want[2 * group] += g;
            want[2 * group + 1] += g * xhat(x[i], groups[group]);
        }
        let bound = vec![x, dy, as_words(&groups), affine, unwritten(want.len())];
        let tolerance = sum_tolerance(f64::from(boxes.recipe.tiling.tile_len()));
        Case::new(Kernel::AxisSums, boxes.what.clone(), &boxes.params, bound, boxes.n_tiles())
            .nearly(4, want, tolerance, 0.0)
    })
}

pub(crate) fn axis_scale_shift_backward() -> Vec<Case> {
    cases_of(|boxes| {
        let mut data = Data::new(453);
        let (x, dy) = (data.normal(boxes.len(), 0.0, 1.0), data.normal(boxes.len(), 0.0, 1.0));
        let (groups, affine) = (boxes.drawn_moments(&mut data), data.normal(2 * boxes.affine_len(), 0.5, 1.0));
        let count = f64::from(boxes.recipe.tiling.tile_len());
        let mut draw = || (count * data.gauss()) as f32;
        let sums: Vec<AxisSums> = groups.iter().map(|_| AxisSums { g: draw(), g_xhat: draw() }).collect();
        let value = |(i, (group, place)): (usize, (usize, usize))| {
            let g = f64::from(affine[place]) * f64::from(dy[i]);
            let mean_g = if boxes.recipe.centers { f64::from(sums[group].g) / count } else { 0.0 };
            rstd(groups[group]) * (g - mean_g - xhat(x[i], groups[group]) * f64::from(sums[group].g_xhat) / count)
        };
        let want: Vec<f64> = boxes.numbers().into_iter().enumerate().map(value).collect();
        let bound = vec![x, dy, as_words(&groups), affine, as_words(&sums), unwritten(boxes.len())];
        let n_items = boxes.shape.len();
        // Terms up to 3·(20 + 20·4).
        Case::new(Kernel::AxisScaleShiftBackward, boxes.what.clone(), &boxes.params, bound, n_items).nearly(
            5,
            want,
            10.0 * 300.0 * F32_ROUNDOFF,
            0.0,
        )
    })
}

pub(crate) fn axis_affine_gradient() -> Vec<Case> {
    cases_of(|boxes| {
        let mut data = Data::new(454);
        let (x, dy) = (data.normal(boxes.len(), 0.0, 1.0), data.normal(boxes.len(), 0.0, 1.0));
        let groups = boxes.drawn_moments(&mut data);
        let mut want = vec![0.0; 2 * boxes.affine_len()];
        for (i, (group, place)) in boxes.numbers().into_iter().enumerate() {
            want[place] += f64::from(dy[i]) * xhat(x[i], groups[group]);
            want[boxes.affine_len() + place] += f64::from(dy[i]);
        }
        let affine: Tiling = boxes.recipe.affine;
        let bound = vec![x, dy, as_words(&groups), unwritten(want.len())];
        Case::new(Kernel::AxisAffineGradient, boxes.what.clone(), &boxes.params, bound, affine.n_tiles()).nearly(
            3,
            want,
            sum_tolerance(f64::from(affine.tile_len())),
            0.0,
        )
    })
}
