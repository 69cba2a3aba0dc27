//! The sample: small digits seen through small filters, with noise. Made up, but always the same for a seed.

use super::pace::Pace;
use crate::kernel::random::pcg3d;
use crate::norms::shape::Shape;

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

/// 2³²/φ: spreads neighbouring seeds over all bits.
const GOLDEN: u32 = 0x9e37_79b9;

/// The values of the sample of a shape, row-major. A value stays the same when N or C changes.
pub(super) async fn values(shape: Shape, seed: u32, pace: &Pace, mut add: impl FnMut(&[f32])) {
    /// Values made between two looks at the pace.
    const PART: usize = 4096;
    let mut part = Vec::with_capacity(PART);
    for plane_idx in 0..shape.n_planes() {
        let plane = SamplePlane::new(shape, plane_idx / shape.c, plane_idx % shape.c);
        for k in 0..shape.plane_len() {
            part.push(plane.value(k, seed));
            if part.len() == PART {
                add(&part);
                part.clear();
                pace.count(PART as u32).await;
            }
        }
    }
    add(&part);
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
