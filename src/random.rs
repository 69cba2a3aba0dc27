//! Seeded random numbers: a counter-based hash for the kernels, and initial values for parameters.
//!
//! Nothing here asks the system for entropy: one seed gives one run.

use rand::RngExt;
use rand_pcg::Pcg32;

/// Three independent random words from three counters, the same on CPU and GPU.
///
/// Source: Jarzynski, Olano, Hash Functions for GPU Rendering, JCGT 2020, listing `pcg3d`.
pub fn pcg3d(counters: [u32; 3]) -> [u32; 3] {
    let [mut x, mut y, mut z] = counters.map(|v| v.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    let mix = |x: &mut u32, y: &mut u32, z: &mut u32| {
        *x = x.wrapping_add(y.wrapping_mul(*z));
        *y = y.wrapping_add(z.wrapping_mul(*x));
        *z = z.wrapping_add(x.wrapping_mul(*y));
    };
    mix(&mut x, &mut y, &mut z);
    for v in [&mut x, &mut y, &mut z] {
        *v ^= *v >> 16;
    }
    mix(&mut x, &mut y, &mut z);
    [x, y, z]
}

/// How a parameter starts.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Init {
    /// Every value alike.
    Constant(f32),
    /// γ = 1 for the first half, β = 0 for the second.
    UnitAffine,
    /// Uniform in ±√(6/(fan_in + fan_out)) (Glorot, Bengio 2010, equation 16).
    GlorotUniform {
        /// Inputs of one output.
        fan_in: u32,
        /// Outputs of one input.
        fan_out: u32,
    },
    /// Normal with variance 2/fan_in (He et al. 2015, equation 10), redrawn beyond two deviations and widened to keep
    /// the variance, as Keras does.
    HeNormal {
        /// Inputs of one output.
        fan_in: u32,
    },
}

/// Deviation of a normal variable of deviation 1 that is cut at ±2.
const TRUNCATED_DEVIATION: f32 = 0.879_625_7;

impl Init {
    /// `len` starting values. They depend on the seed and the parameter's label only, so that networks which differ
    /// in their norms start from the same weights.
    pub fn values(self, seed: u32, label: &str, len: usize) -> Vec<f32> {
        let mut rng = Pcg32::new(u64::from(seed), label_stream(label));
        match self {
            Self::Constant(value) => vec![value; len],
            Self::UnitAffine => (0..len).map(|i| if i < len / 2 { 1.0 } else { 0.0 }).collect(),
            Self::GlorotUniform { fan_in, fan_out } => {
                let limit = (6.0 / (fan_in + fan_out) as f32).sqrt();
                (0..len).map(|_| limit * (2.0 * rng.random::<f32>() - 1.0)).collect()
            }
            Self::HeNormal { fan_in } => {
                let deviation = (2.0 / fan_in as f32).sqrt() / TRUNCATED_DEVIATION;
                (0..len).map(|_| deviation * truncated_normal(&mut rng)).collect()
            }
        }
    }
}

/// A normal variable of mean 0 and deviation 1, redrawn beyond ±2. Source: Box, Muller 1958.
fn truncated_normal(rng: &mut Pcg32) -> f32 {
    loop {
        let radius = libm::sqrtf(-2.0 * libm::logf(1.0 - rng.random::<f32>()));
        let value = radius * libm::cosf(std::f32::consts::TAU * rng.random::<f32>());
        if value.abs() <= 2.0 {
            return value;
        }
    }
}

/// A stream of the generator for each label. Source: FNV-1a, 64 bits.
fn label_stream(label: &str) -> u64 {
    label.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initial_values_have_the_stated_spread() {
        let values = Init::HeNormal { fan_in: 50 }.values(7, "w", 100_000);
        let variance = values.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / 1e5;
        assert!((variance - 0.04).abs() < 1e-3, "variance {variance}, want 2/50");
        let limit = (6.0_f32 / 30.0).sqrt();
        let values = Init::GlorotUniform { fan_in: 10, fan_out: 20 }.values(7, "w", 100_000);
        assert!(values.iter().all(|v| v.abs() <= limit));
        let variance = values.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / 1e5;
        assert!((variance - 0.2 / 3.0).abs() < 1e-3, "variance {variance}, want limit²/3");
    }

    #[test]
    fn starting_values_follow_seed_and_label() {
        let glorot = Init::GlorotUniform { fan_in: 3, fan_out: 3 };
        assert_eq!(glorot.values(1, "a", 9), glorot.values(1, "a", 9));
        assert_ne!(glorot.values(1, "a", 9), glorot.values(2, "a", 9));
        assert_ne!(glorot.values(1, "a", 9), glorot.values(1, "b", 9));
    }

    #[test]
    fn the_hash_spreads_evenly_over_its_range() {
        let kept = (0..100_000).filter(|&i| pcg3d([i, 3, 1])[0] >= u32::MAX / 5).count();
        assert!((kept as f64 / 1e5 - 0.8).abs() < 5e-3, "kept {kept} of 100,000, want about 80,000");
    }
}
