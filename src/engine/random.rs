//! Seeded initial values of parameters.
//!
//! Nothing here asks the system for entropy: the same seed gives the same run.

pub use crate::kernel::random::pcg3d;

use rand::RngExt;
use rand_pcg::Pcg32;

/// How a parameter starts.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Init {
    /// The same value everywhere.
    Constant(f32),
    /// Uniform from `low` to `high`.
    Uniform {
        /// The smallest value.
        low: f32,
        /// The upper bound, which is itself excluded.
        high: f32,
    },
    /// Normal, not truncated.
    Normal {
        /// Its mean.
        mean: f32,
        /// Its deviation.
        deviation: f32,
    },
    /// Uniform in ±√(6/(fan_in + fan_out)) (Glorot, Bengio 2010, equation 16).
    GlorotUniform {
        /// Inputs per output.
        fan_in: u32,
        /// Outputs per input.
        fan_out: u32,
    },
    /// Normal with variance 2/fan_in (He et al. 2015, equation 10), redrawn beyond two deviations and widened to keep
    /// the variance, as in Keras.
    HeNormal {
        /// Inputs per output.
        fan_in: u32,
    },
    /// A matrix with orthonormal rows, or columns if there are more rows than columns, uniformly distributed over all
    /// of them (Saxe, McClelland, Ganguli 2014), as Keras initializes recurrent weights.
    Orthogonal {
        /// Number of rows.
        rows: u32,
        /// Number of columns.
        columns: u32,
    },
}

/// The limit of Keras' `"random_uniform"`, which draws from −limit to limit, and the deviation of its `"random_normal"`.
pub const KERAS_SPREAD: f32 = 0.05;

/// Deviation of a normal variable of deviation 1 that is truncated at ±2.
const TRUNCATED_DEVIATION: f32 = 0.879_625_7;

impl Init {
    /// What Keras calls `"random_uniform"`.
    pub const RANDOM_UNIFORM: Self = Self::Uniform { low: -KERAS_SPREAD, high: KERAS_SPREAD };

    /// What Keras calls `"random_normal"`.
    pub const RANDOM_NORMAL: Self = Self::Normal { mean: 0.0, deviation: KERAS_SPREAD };

    /// Returns `len` starting values. They depend only on the seed and the parameter's label, so that networks which
    /// differ in their norms start from the same weights.
    pub fn values(self, seed: u32, label: &str, len: usize) -> Vec<f32> {
        let mut rng = Pcg32::new(u64::from(seed), label_stream(label));
        match self {
            Self::Constant(value) => vec![value; len],
            Self::Uniform { low, high } => (0..len).map(|_| low + (high - low) * rng.random::<f32>()).collect(),
            Self::Normal { mean, deviation } => (0..len).map(|_| mean + deviation * normal(&mut rng)).collect(),
            Self::GlorotUniform { fan_in, fan_out } => {
                let limit = (6.0 / (fan_in + fan_out) as f32).sqrt();
                (0..len).map(|_| limit * (2.0 * rng.random::<f32>() - 1.0)).collect()
            }
            Self::HeNormal { fan_in } => {
                let deviation = (2.0 / fan_in as f32).sqrt() / TRUNCATED_DEVIATION;
                (0..len).map(|_| deviation * truncated_normal(&mut rng)).collect()
            }
            Self::Orthogonal { rows, columns } => orthogonal(&mut rng, rows as usize, columns as usize),
        }
    }
}

/// A normal variable of mean 0 and deviation 1. Source: Box, Muller 1958.
fn normal(rng: &mut Pcg32) -> f32 {
    let radius = libm::sqrtf(-2.0 * libm::logf(1.0 - rng.random::<f32>()));
    radius * libm::cosf(std::f32::consts::TAU * rng.random::<f32>())
}

/// The same, redrawn beyond ±2.
fn truncated_normal(rng: &mut Pcg32) -> f32 {
    loop {
        let value = normal(rng);
        if value.abs() <= 2.0 {
            return value;
        }
    }
}

/// Orthonormal rows, or columns if there are more rows than columns: Q of the QR factorization of a normal matrix, with
/// R's diagonal above 0. Uses Gram–Schmidt twice, which keeps the vectors orthogonal up to rounding
/// (Giraud et al. 2005).
///
/// # Shapes
/// Result: \[rows, columns\].
fn orthogonal(rng: &mut Pcg32, rows: usize, columns: usize) -> Vec<f32> {
    let (n_vectors, len) = (rows.min(columns), rows.max(columns));
    let mut vectors: Vec<Vec<f64>> = Vec::new();
    for _ in 0..n_vectors {
        let mut vector: Vec<f64> = (0..len).map(|_| f64::from(normal(rng))).collect();
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        for other in vectors.iter().chain(&vectors) {
            let along = dot(&vector, other);
            vector.iter_mut().zip(other).for_each(|(value, other)| *value -= along * other);
        }
        let length = dot(&vector, &vector).sqrt();
        vector.iter_mut().for_each(|value| *value /= length);
        vectors.push(vector);
    }
    let at = |row: usize, column: usize| if rows <= columns { vectors[row][column] } else { vectors[column][row] };
    (0..rows * columns).map(|i| at(i / columns, i % columns) as f32).collect()
}

/// A separate stream of the generator for each label. Source: FNV-1a, 64 bits.
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
    fn keras_random_starts_have_their_distributions() {
        // Each share below a limit, over 100,000 draws, is right to 5 deviations of at most 0.0016.
        let share_below = |values: &[f32], limit: f32| values.iter().filter(|&&v| v < limit).count() as f64 / 1e5;
        let uniform = Init::RANDOM_UNIFORM.values(7, "gamma", 100_000);
        assert!(uniform.iter().all(|v| v.abs() <= 0.05));
        for (limit, want) in [(-0.03, 0.2), (0.0, 0.5), (0.04, 0.9)] {
            let share = share_below(&uniform, limit);
            assert!((share - want).abs() < 8e-3, "{share} of uniform values below {limit}, want {want}");
        }
        let rms = (uniform.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / 1e5).sqrt();
        assert!((rms - 0.05 / 3.0_f64.sqrt()).abs() < 3e-4, "rms {rms}, want 0.029");
        let normal = Init::RANDOM_NORMAL.values(7, "gamma", 100_000);
        // Φ(−2), Φ(0), Φ(1), Φ(3): the last two distinguish it from a normal that is truncated at ±2.
        for (limit, want) in [(-0.1, 0.022_75), (0.0, 0.5), (0.05, 0.841_34), (0.15, 0.998_65)] {
            let share = share_below(&normal, limit);
            assert!((share - want).abs() < 8e-3, "{share} of normal values below {limit}, want {want}");
        }
        assert!(normal.iter().any(|v| v.abs() > 0.15), "270 of 100,000 normal values are beyond three deviations");
        let moved = Init::Normal { mean: 3.0, deviation: 0.5 }.values(7, "gamma", 100_000);
        assert!((share_below(&moved, 3.5) - 0.841_34).abs() < 8e-3);
        let moved = Init::Uniform { low: 2.0, high: 6.0 }.values(7, "gamma", 100_000);
        assert!((share_below(&moved, 3.0) - 0.25).abs() < 8e-3);
    }

    #[test]
    fn orthogonal_starts_are_orthonormal() {
        for (rows, columns) in [(1, 1), (5, 5), (64, 192), (192, 64)] {
            let values = Init::Orthogonal { rows, columns }.values(7, "u", (rows * columns) as usize);
            let at = |row: u32, column: u32| f64::from(values[(row * columns + column) as usize]);
            let dot = |a, b| match rows <= columns {
                true => (0..columns).map(|column| at(a, column) * at(b, column)).sum::<f64>(),
                false => (0..rows).map(|row| at(row, a) * at(row, b)).sum::<f64>(),
            };
            for (a, b) in (0..rows.min(columns)).flat_map(|a| (0..=a).map(move |b| (a, b))) {
                let want = f64::from(u8::from(a == b));
                assert!((dot(a, b) - want).abs() < 1e-6, "{rows}×{columns}: {a}·{b} is {}", dot(a, b));
            }
        }
    }

    #[test]
    fn starting_values_follow_seed_and_label() {
        let glorot = Init::GlorotUniform { fan_in: 3, fan_out: 3 };
        assert_eq!(glorot.values(1, "a", 9), glorot.values(1, "a", 9));
        assert_ne!(glorot.values(1, "a", 9), glorot.values(2, "a", 9));
        assert_ne!(glorot.values(1, "a", 9), glorot.values(1, "b", 9));
    }
}
