//! What the numerics tests share: comparison with a stated tolerance, seeded data, tables of cases.

#![allow(dead_code, reason = "every test binary takes the part it needs")]

pub(crate) mod cpu;
pub(crate) mod gpu;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) mod hard;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) mod nets;

use blue_cube::shape::Shape;

/// The unit roundoff of f32, 2⁻²⁴: one rounded operation is accurate to this share of its result.
pub(crate) const F32_ROUNDOFF: f64 = 1.0 / (1 << 24) as f64;

/// Fails with the worst position if some |got − want| > atol + rtol·|want|, or if a value is not finite.
#[track_caller]
pub(crate) fn assert_close<G, W>(got: &[G], want: &[W], atol: f64, rtol: f64, what: &str)
where
    G: Copy + Into<f64>,
    W: Copy + Into<f64>,
{
    if let Err(message) = check_close(got, want, atol, rtol, what) {
        panic!("{message}");
    }
}

/// Like [`assert_close`], for tests that gather the failures of many cases.
pub(crate) fn check_close<G, W>(got: &[G], want: &[W], atol: f64, rtol: f64, what: &str) -> Result<(), String>
where
    G: Copy + Into<f64>,
    W: Copy + Into<f64>,
{
    let tolerances: Vec<f64> = want.iter().map(|&want| atol + rtol * want.into().abs()).collect();
    check_within(got, want, &tolerances, what)
}

/// Like [`check_close`], with a tolerance for each value.
pub(crate) fn check_within<G, W>(got: &[G], want: &[W], tolerances: &[f64], what: &str) -> Result<(), String>
where
    G: Copy + Into<f64>,
    W: Copy + Into<f64>,
{
    if got.len() != want.len() {
        return Err(format!("{what}: {} values, want {}", got.len(), want.len()));
    }
    let (mut n_failures, mut worst, mut worst_excess) = (0, 0, 0.0);
    for (i, ((&got, &want), tolerance)) in got.iter().zip(want).zip(tolerances).enumerate() {
        let error = (got.into() - want.into()).abs();
        // A NaN compares false, so it fails too, as the worst of all.
        let fits = error <= *tolerance;
        if !fits {
            n_failures += 1;
            let excess = if error.is_nan() { f64::INFINITY } else { error / tolerance };
            if excess > worst_excess {
                (worst, worst_excess) = (i, excess);
            }
        }
    }
    if n_failures == 0 {
        return Ok(());
    }
    let (got_worst, want_worst): (f64, f64) = (got[worst].into(), want[worst].into());
    Err(format!(
        "{what}: {n_failures} of {} values differ; the worst at {worst}: got {got_worst:e}, want {want_worst:e}, \
         error {:.3e}, tolerance {:.3e}",
        got.len(),
        (got_worst - want_worst).abs(),
        tolerances[worst],
    ))
}

/// Fails with every message, so that one run shows everything that is wrong.
#[track_caller]
pub(crate) fn assert_no_failures(what: &str, failures: &[String]) {
    assert!(failures.is_empty(), "{what}: {} failures\n{}", failures.len(), failures.join("\n"));
}

/// A seeded source of test data (`SplitMix64`), independent of the engine's own generator.
pub(crate) struct Data(u64);

impl Data {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A whole number from 0 to `end` − 1.
    pub(crate) fn below(&mut self, end: u32) -> u32 {
        u32::try_from(self.word() % u64::from(end)).expect("smaller than end")
    }

    /// Uniform on [0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        (self.word() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Standard normal (Box–Muller).
    pub(crate) fn gauss(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// `len` values uniform on [low, high).
    pub(crate) fn uniform(&mut self, len: usize, low: f64, high: f64) -> Vec<f32> {
        (0..len).map(|_| (low + (high - low) * self.unit()) as f32).collect()
    }

    /// `len` normal values.
    pub(crate) fn normal(&mut self, len: usize, mean: f64, deviation: f64) -> Vec<f32> {
        (0..len).map(|_| (mean + deviation * self.gauss()) as f32).collect()
    }

    /// `len` multiples of ¼ between −`bound` and `bound`: sums and products of few of them are exact in f32.
    pub(crate) fn quarters(&mut self, len: usize, bound: u32) -> Vec<f32> {
        (0..len).map(|_| (f64::from(self.below(8 * bound + 1)) / 4.0 - f64::from(bound)) as f32).collect()
    }

    /// The numbers below `len` in random order.
    pub(crate) fn shuffled(&mut self, len: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..len).collect();
        for i in (1..len).rev() {
            order.swap(i, self.below(u32::try_from(i + 1).expect("short")) as usize);
        }
        order
    }
}

/// The values in double precision.
pub(crate) fn to_f64(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&x| f64::from(x)).collect()
}

/// The values rounded to single precision.
pub(crate) fn to_f32(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&x| x as f32).collect()
}

/// The axes of a shape in the oracle's form.
pub(crate) fn axes(shape: Shape) -> [usize; 4] {
    [shape.n, shape.c, shape.h, shape.w].map(|axis| axis as usize)
}

/// Whole numbers as the engine stores them: their bits in words of f32.
pub(crate) fn as_words<T: bytemuck::NoUninit>(values: &[T]) -> Vec<f32> {
    bytemuck::pod_collect_to_vec(values)
}
