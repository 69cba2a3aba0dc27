//! The values that the cube shows, and the sample: small digits seen through small filters, with noise. Made up, but
//! always the same for a seed.

use super::Cell;
use crate::figure::scene::Place;
use crate::kernel::random::pcg3d;
use crate::norms::moments::largest_squared;
use crate::norms::norm::learned::LearnedNorm;
use crate::norms::shape::Shape;
use std::rc::Rc;

/// A tensor with its extremes.
#[derive(Clone, PartialEq, Debug)]
pub struct Tensor {
    shape: Shape,
    values: Vec<f32>,
    min: f32,
    max: f32,
    odd: Option<Odd>,
    plain: Option<Rc<Self>>,
    layer: Option<Rc<LearnedNorm>>,
}

/// Values that are infinite or NaN.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Odd {
    /// How many there are.
    pub count: u32,
    /// Row-major index of the first.
    pub first: u32,
}

/// Digits on a 4×4 grid, one row per nibble: 7, 0, 1, a comb, 2, 5.
const DIGITS: [u16; 6] = [
    0b1111_0001_0010_0100,
    0b0110_1001_1001_0110,
    0b0010_0110_0010_0010,
    0b1010_1010_1111_0010,
    0b0110_0010_0100_0111,
    0b1110_0110_0001_1110,
];

/// How many filters there are; channels take turns with them.
pub const N_FILTERS: u32 = FILTERS.len() as u32;

/// The filter of a channel: a factor for the pixel, a factor for its difference from the one above, a bias.
const FILTERS: [[f32; 3]; 6] = [
    [1.35, 0.1, 0.2],
    [0.75, -0.5, 0.45],
    [-0.85, 0.35, 0.7],
    [0.5, 0.75, -0.1],
    [1.1, -0.25, -0.45],
    [-0.5, 0.6, 0.35],
];

/// Contrast and brightness of each image: without them all norms would look alike.
const LIGHT: [[f32; 2]; 6] = [[1.0, 0.1], [0.75, 0.35], [1.2, -0.15], [0.9, 0.0], [1.1, 0.2], [0.8, -0.05]];

/// Width of the uniform noise.
const NOISE: f32 = 0.7;

/// How much larger the dials can make a value: a contrast of 100 and the whole range on top.
const MOST_DIALED: f32 = 128.0;

/// 2³²/φ: spreads neighbouring seeds over all bits.
const GOLDEN: u32 = 0x9e37_79b9;

impl Tensor {
    /// Makes the sample tensor of a shape. A value stays the same when N or C changes.
    pub fn sample(shape: Shape, seed: u32) -> Self {
        let mut values = Vec::with_capacity(shape.len() as usize);
        for n in 0..shape.n {
            for c in 0..shape.c {
                let plane = SamplePlane::new(shape, n, c);
                values.extend((0..shape.plane_len()).map(|k| plane.value(k, seed)));
            }
        }
        Self::of(shape, values)
    }

    /// Makes a tensor of `values`, row-major.
    ///
    /// # Panics
    /// If their number does not match the shape.
    pub fn of(shape: Shape, values: Vec<f32>) -> Self {
        assert_eq!(values.len(), shape.len() as usize, "number of values in a {shape} tensor");
        let (mut min, mut max, mut odd) = (f32::INFINITY, f32::NEG_INFINITY, None);
        for (index, &x) in (0..).zip(&values) {
            if x.is_finite() {
                (min, max) = (min.min(x), max.max(x));
            } else {
                odd.get_or_insert(Odd { count: 0, first: index }).count += 1;
            }
        }
        Self { shape, values, min, max, odd, plain: None, layer: None }
    }

    /// Marks the tensor as the input of a lane's norm layer, unless the layer does not fit its shape.
    pub fn into_layer(self, layer: LearnedNorm) -> Self {
        Self { layer: layer.fits(self.shape).then(|| Rc::new(layer)), ..self }
    }

    /// The lane's norm layer whose input it is, if it came from one.
    pub fn layer(&self) -> Option<&Rc<LearnedNorm>> {
        self.layer.as_ref()
    }

    /// Makes the tensor a·x + b from every x of another.
    pub fn dialed(plain: &Rc<Self>, [contrast, brightness]: [f32; 2]) -> Self {
        let values = plain.values.iter().map(|x| contrast * x + brightness).collect();
        Self { plain: Some(Rc::clone(plain)), layer: plain.layer.clone(), ..Self::of(plain.shape, values) }
    }

    /// The tensor before the dials, if they made this one.
    pub fn plain(&self) -> Option<&Rc<Self>> {
        self.plain.as_ref()
    }

    /// Its shape.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// A value.
    pub fn value(&self, n: u32, c: u32, k: u32) -> f32 {
        self.plane(n * self.shape.c + c)[k as usize]
    }

    /// The value of a cell.
    pub fn at(&self, cell: Cell) -> f32 {
        self.value(cell.n, cell.c, cell.k)
    }

    /// All values, row-major.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The values that are infinite or NaN, if any.
    pub fn odd(&self) -> Option<Odd> {
        self.odd
    }

    /// The least and the greatest finite value; the least is above the greatest if there is none.
    pub fn range(&self) -> [f32; 2] {
        [self.min, self.max]
    }

    /// Why no variance of these values can be shown, as the predicate of a sentence about the tensor, if the sum of their
    /// squares could exceed f32 with the dials turned up: every x̂ would be 0.
    pub fn refusal(&self) -> Option<String> {
        let most = largest_squared(self.values.len()) / MOST_DIALED;
        let largest =
            self.values.iter().copied().filter(|x| x.is_finite()).max_by(|a, b| a.abs().total_cmp(&b.abs()))?;
        (largest.abs() > most).then(|| {
            format!(
                "has a value of {largest:e}, whose square is too large for f32: a variance of {} values can be shown up to {most:.0e}. Divide them by a power of two and open them again: apart from ε, norms give the same x̂",
                self.values.len(),
            )
        })
    }

    /// The place of a row-major index.
    pub fn place(&self, index: u32) -> Place {
        let Shape { c, h, w, .. } = self.shape;
        let (plane, k) = (index / (h * w), index % (h * w));
        Place { n: plane / c, c: plane % c, h: k / w, w: k % w }
    }

    /// The row-major index of a place.
    pub fn index(&self, at: Place) -> u32 {
        ((at.n * self.shape.c + at.c) * self.shape.h + at.h) * self.shape.w + at.w
    }

    /// The H·W values of a plane.
    pub fn plane(&self, plane_idx: u32) -> &[f32] {
        let len = self.shape.plane_len() as usize;
        &self.values[plane_idx as usize * len..][..len]
    }
}

/// The parameters of one plane of the sample.
struct SamplePlane {
    shape: Shape,
    n: u32,
    c: u32,
    digit: u16,
    filter: [f32; 3],
    light: [f32; 2],
}

impl SamplePlane {
    fn new(shape: Shape, n: u32, c: u32) -> Self {
        let (row, column) = (n as usize, c as usize);
        let [digit, filter, light] = [row % DIGITS.len(), column % FILTERS.len(), row % LIGHT.len()];
        Self { shape, n, c, digit: DIGITS[digit], filter: FILTERS[filter], light: LIGHT[light] }
    }

    fn value(&self, k: u32, seed: u32) -> f32 {
        let (h, w) = (k / self.shape.w, k % self.shape.w);
        let from_above = if h > 0 { self.pixel(h, w) - self.pixel(h - 1, w) } else { 0.0 };
        let [of_pixel, of_edge, bias] = self.filter;
        let [contrast, brightness] = self.light;
        let random = pcg3d([self.n, self.c, k ^ seed.wrapping_mul(GOLDEN)])[0];
        let noise = (random as f32 / u32::MAX as f32 - 0.5) * NOISE;
        contrast * (of_pixel * self.pixel(h, w) + of_edge * from_above) + bias + brightness + noise
    }

    /// The 4×4 digit, stretched to H×W.
    fn pixel(&self, h: u32, w: u32) -> f32 {
        let (row, column) = (h * 4 / self.shape.h, w * 4 / self.shape.w);
        f32::from(u8::from(self.digit >> (15 - row * 4 - column) & 1 == 1))
    }
}
