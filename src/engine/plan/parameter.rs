//! Parameters: each has one or two parts of the same length, such as γ and β, fixed or trained by their own rules.
//!
//! States the rules; the optimizer writes the passes that apply them.

use super::Slot;
use crate::engine::random::Init;
use crate::kernel::constrain::{self, OF_NORM, OF_VALUES};
use arrayvec::ArrayVec;
use thiserror::Error;

/// A trainable parameter and its gradient, of the same length.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parameter {
    /// The value.
    pub value: Slot,
    /// The gradient of the mean loss.
    pub gradient: Slot,
}

/// What a plan knows about a parameter.
#[derive(Clone, PartialEq, Debug)]
pub struct ParameterInfo {
    /// A label such as `conv2d_0.weight`.
    pub label: String,
    /// Where its value and its gradient are.
    pub parameter: Parameter,
    /// Number of values in each of its parts.
    pub part_len: u32,
    /// Its parts, one after the other.
    pub parts: ArrayVec<Part, 2>,
    /// The factor by which the learning rate is multiplied.
    pub rate_factor: f32,
}

/// A part of a parameter.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Part {
    /// All values are this constant and stay so: the gradient is 0.
    Fixed(f32),
    /// Values that training changes.
    Trained(Tuning),
}

/// How a trained part starts, and how it is constrained and regularized, as Keras specifies it for a weight.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Tuning {
    /// How it starts.
    pub init: Init,
    /// What is done to it after every step, but not at the start, as in Keras.
    pub constraint: Option<Constraint>,
    /// The penalty on large values.
    pub regularizer: Regularizer,
}

/// What is done to the values w of a part after every step. ‖w‖ is the root of the sum of the squares of all of them,
/// as in Keras with `axis=0` for a vector, and ε is [`NORM_EPSILON`].
///
/// Source: Keras 2.15, `constraints.py`; Keras does not have the last one.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Constraint {
    /// w · min(‖w‖, max)/(ε + ‖w‖).
    MaxNorm {
        /// The largest ‖w‖.
        max: f32,
    },
    /// max(w, 0).
    NonNegative,
    /// w/(ε + ‖w‖).
    UnitNorm,
    /// w · (rate · clip(‖w‖, min, max) + (1 − rate) · ‖w‖)/(ε + ‖w‖).
    MinMaxNorm {
        /// The smallest ‖w‖.
        min: f32,
        /// The largest ‖w‖.
        max: f32,
        /// The fraction of the way that is covered in each step, 0 to 1.
        rate: f32,
    },
    /// clip(w, min, max), as batch-instance norm does with ρ.
    Clip {
        /// The smallest value.
        min: f32,
        /// The largest value.
        max: f32,
    },
}

/// Added to ‖w‖ before dividing by it: Keras' `epsilon()`.
pub const NORM_EPSILON: f32 = 1e-7;

/// The penalty l1·Σ|w| + l2·Σw², whose gradient l1·sign(w) + 2·l2·w is added to that of the loss. Unlike in Keras,
/// reported losses do not include it.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
pub struct Regularizer {
    /// Factor of Σ|w|; at w = 0 the slope is 0.
    pub l1: f32,
    /// Factor of Σw².
    pub l2: f32,
}

/// A number out of its range, in the rules of a parameter.
#[derive(Clone, Copy, PartialEq, Debug, Error)]
#[error("{what} is {value}, not {expected}")]
pub struct TuningError {
    /// Which number, such as "the constraint's max".
    pub what: &'static str,
    /// The value found.
    pub value: f32,
    /// What it may be.
    pub expected: &'static str,
}

impl ParameterInfo {
    /// The number of its values that are trained.
    pub fn n_trained(&self) -> u32 {
        self.part_len * self.parts.iter().filter(|part| part.tuning().is_some()).count() as u32
    }

    /// Returns the values it starts with; those of a part depend only on the seed, the label and the part's own rule.
    pub(super) fn start_values(&self, seed: u32) -> Vec<f32> {
        let values = |(part_idx, part): (usize, &Part)| {
            let label = if self.parts.len() == 1 { &self.label } else { &format!("{}.{part_idx}", self.label) };
            part.init().values(seed, label, self.part_len as usize)
        };
        self.parts.iter().enumerate().flat_map(values).collect()
    }
}

impl Part {
    /// The rules, if the part is trained.
    pub fn tuning(self) -> Option<Tuning> {
        match self {
            Self::Fixed(_) => None,
            Self::Trained(tuning) => Some(tuning),
        }
    }

    /// How it starts.
    pub fn init(self) -> Init {
        match self {
            Self::Fixed(value) => Init::Constant(value),
            Self::Trained(tuning) => tuning.init,
        }
    }
}

impl Constraint {
    /// What the kernel `constrain` bounds, values or their norm, and its low, high and rate.
    pub fn bounds(self) -> (u32, [f32; 3]) {
        match self {
            Self::MaxNorm { max } => (OF_NORM, [0.0, max, 1.0]),
            // The largest number stands for no bound: WGSL need not represent infinity.
            Self::NonNegative => (OF_VALUES, [0.0, f32::MAX, 1.0]),
            Self::UnitNorm => (OF_NORM, [1.0, 1.0, 1.0]),
            Self::MinMaxNorm { min, max, rate } => (OF_NORM, [min, max, rate]),
            Self::Clip { min, max } => (OF_VALUES, [min, max, 1.0]),
        }
    }

    /// Does to `values` what is done to a part of these values after a step.
    pub fn apply(self, values: &mut [f32]) {
        let (bounds, [low, high, rate]) = self.bounds();
        constrain::keep(bounds, [low, high, rate, NORM_EPSILON], values);
    }
}

impl Regularizer {
    /// The penalty on these values.
    pub fn penalty(self, values: &[f32]) -> f64 {
        let sum = |of: fn(f64) -> f64| values.iter().map(|value| of(f64::from(*value))).sum::<f64>();
        f64::from(self.l1) * sum(f64::abs) + f64::from(self.l2) * sum(|value| value * value)
    }
}

impl Tuning {
    /// Trained, starting from `init`, without constraint or penalty.
    pub fn free(init: Init) -> Self {
        Self { init, constraint: None, regularizer: Regularizer::default() }
    }

    /// Checks that the rules can be applied.
    ///
    /// # Errors
    /// [`TuningError`] names the first number that is out of its range.
    pub fn check(self) -> Result<(), TuningError> {
        let Regularizer { l1, l2 } = self.regularizer;
        check_init(self.init)?;
        self.constraint.map_or(Ok(()), check_constraint)?;
        within("the regularizer's l1", l1, 0.0, f32::MAX, NOT_NEGATIVE)?;
        within("the regularizer's l2", l2, 0.0, f32::MAX, NOT_NEGATIVE)
    }
}

const FINITE: &str = "a finite number";
const NOT_NEGATIVE: &str = "a finite number not below 0";
const NOT_BELOW_MIN: &str = "a finite number not below its min";
const NOT_BELOW_LOW: &str = "a finite number not below its low";
const A_SHARE: &str = "a number from 0 to 1";

fn check_init(init: Init) -> Result<(), TuningError> {
    match init {
        Init::Constant(value) => within("the initial value", value, f32::MIN, f32::MAX, FINITE),
        Init::Uniform { low, high } => {
            within("the initializer's low", low, f32::MIN, f32::MAX, FINITE)?;
            within("the initializer's high", high, low, f32::MAX, NOT_BELOW_LOW)
        }
        Init::Normal { mean, deviation } => {
            within("the initializer's mean", mean, f32::MIN, f32::MAX, FINITE)?;
            within("the initializer's deviation", deviation, 0.0, f32::MAX, NOT_NEGATIVE)
        }
        Init::GlorotUniform { .. } | Init::HeNormal { .. } | Init::Orthogonal { .. } => Ok(()),
    }
}

fn check_constraint(constraint: Constraint) -> Result<(), TuningError> {
    let [min_of, max_of] = ["the constraint's min", "the constraint's max"];
    match constraint {
        Constraint::NonNegative | Constraint::UnitNorm => Ok(()),
        Constraint::MaxNorm { max } => within(max_of, max, 0.0, f32::MAX, NOT_NEGATIVE),
        Constraint::MinMaxNorm { min, max, rate } => {
            within(min_of, min, 0.0, f32::MAX, NOT_NEGATIVE)?;
            within(max_of, max, min, f32::MAX, NOT_BELOW_MIN)?;
            within("the constraint's rate", rate, 0.0, 1.0, A_SHARE)
        }
        Constraint::Clip { min, max } => {
            within(min_of, min, f32::MIN, f32::MAX, FINITE)?;
            within(max_of, max, min, f32::MAX, NOT_BELOW_MIN)
        }
    }
}

fn within(what: &'static str, value: f32, low: f32, high: f32, expected: &'static str) -> Result<(), TuningError> {
    if (low..=high).contains(&value) { Ok(()) } else { Err(TuningError { what, value, expected }) }
}
