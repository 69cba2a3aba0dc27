//! The values that the cube shows: small digits seen through small filters, with noise. Made up, seeded, always the same.

use super::Cell;
use crate::random::pcg3d;
use crate::shape::Shape;

/// A tensor with its extremes.
#[derive(Clone, PartialEq, Debug)]
pub struct Tensor {
    shape: Shape,
    values: Vec<f32>,
    min: f32,
    max: f32,
}

/// Digits on a 4×4 grid, a row a nibble: 7, 0, 1, a comb, 2, 5.
const DIGITS: [u16; 6] = [
    0b1111_0001_0010_0100,
    0b0110_1001_1001_0110,
    0b0010_0110_0010_0010,
    0b1010_1010_1111_0010,
    0b0110_0010_0100_0111,
    0b1110_0110_0001_1110,
];

/// What a channel makes of a pixel: a factor of the pixel, a factor of its difference to the one above, a bias.
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

impl Tensor {
    /// The sample tensor of a shape.
    pub fn sample(shape: Shape) -> Self {
        let cells =
            (0..shape.n).flat_map(|n| (0..shape.c).flat_map(move |c| (0..shape.plane_len()).map(move |k| (n, c, k))));
        let values: Vec<f32> = cells.map(|(n, c, k)| sample(shape, n, c, k)).collect();
        let min = values.iter().copied().fold(f32::INFINITY, f32::min);
        let max = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        Self { shape, values, min, max }
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

    /// A value, 0 for the least of all and 1 for the greatest.
    pub fn tone(&self, n: u32, c: u32, k: u32) -> f64 {
        let range = self.max - self.min;
        if range == 0.0 { 0.5 } else { f64::from((self.value(n, c, k) - self.min) / range) }
    }

    /// The H·W values of a plane.
    pub fn plane(&self, plane_idx: u32) -> &[f32] {
        let len = self.shape.plane_len() as usize;
        &self.values[plane_idx as usize * len..][..len]
    }
}

fn sample(shape: Shape, n: u32, c: u32, k: u32) -> f32 {
    let pick = |table_len: usize, at: u32| at as usize % table_len;
    let digit = DIGITS[pick(DIGITS.len(), n)];
    // The 4×4 digit is stretched to H×W.
    let pixel = |h: u32, w: u32| {
        let (row, column) = (h * 4 / shape.h, w * 4 / shape.w);
        f32::from(u8::from(digit >> (15 - row * 4 - column) & 1 == 1))
    };
    let (h, w) = (k / shape.w, k % shape.w);
    let from_above = if h > 0 { pixel(h, w) - pixel(h - 1, w) } else { 0.0 };
    let [of_pixel, of_edge, bias] = FILTERS[pick(FILTERS.len(), c)];
    let [contrast, brightness] = LIGHT[pick(LIGHT.len(), n)];
    let noise = (pcg3d([n, c, k])[0] as f32 / u32::MAX as f32 - 0.5) * NOISE;
    contrast * (of_pixel * pixel(h, w) + of_edge * from_above) + bias + brightness + noise
}
