//! The settings of a training run, and whether they are valid.

use super::{MAX_BATCH, TrainError};
use crate::engine::exec::DeviceChoice;
use crate::engine::plan::parameter::TuningError;
use crate::network::layer::norm::NormSpec;
use crate::network::layer::norm::rules::AffineRules;
use crate::network::model::zoo::ModelKind;
use crate::network::model::{ModelError, ModelSpec, PlannedModel};
use crate::network::optimizer::OptimizerSpec;
use crate::network::optimizer::plateau::{Plateau, ReduceOnPlateau};
use crate::norms::norm::{DEFAULT_EPSILON, DEFAULT_MOMENTUM, Norm};
use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// All settings of a training run: the same spec gives the same loss curve.
///
/// Fields added later may be missing from its JSON and then have the values of [`RunSpec::default`].
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct RunSpec {
    /// The norm at every place for one.
    pub norm: Norm,
    /// Batch size, 1 to 512.
    pub batch: u32,
    /// The optimizer's learning rate, above 0.
    pub learning_rate: f32,
    /// Seed of initial weights, dropout masks and the order of images.
    pub seed: u32,
    /// The engine asked for.
    pub device: DeviceChoice,
    /// The network.
    #[serde(default)]
    pub model: ModelKind,
    /// The optimizer.
    #[serde(default)]
    pub optimizer: OptimizerSpec,
    /// ε: added to the variance by the norm; above 0.
    #[serde(default = "default_epsilon")]
    pub epsilon: f32,
    /// Weight of the new value in running statistics, 0 to 1.
    #[serde(default = "default_momentum")]
    pub momentum: f32,
    /// How γ and β start and train.
    #[serde(default)]
    #[tsify(type = "string")]
    pub affine: AffineRules,
    /// When the learning rate is lowered automatically.
    #[serde(default)]
    pub plateau: Option<ReduceOnPlateau>,
    /// The largest norm of all gradients together: larger ones are scaled down to it before the optimizer sees them.
    #[serde(default)]
    pub clip_norm: Option<f32>,
}

/// Norms at which gradients can be clipped.
pub const CLIP_NORMS: std::ops::RangeInclusive<f32> = 1e-6..=1e6;

const NOT_NEGATIVE: &str = "a finite number not below 0";

/// The largest number of units of a recurrent layer.
const MAX_UNITS: u32 = 512;

fn default_epsilon() -> f32 {
    DEFAULT_EPSILON
}

fn default_momentum() -> f32 {
    DEFAULT_MOMENTUM
}

impl Default for RunSpec {
    /// The tutorial net without norm, Adam at 1e-3, batches of 32, seed 1, any engine.
    fn default() -> Self {
        Self {
            norm: Norm::None,
            batch: 32,
            learning_rate: 1e-3,
            seed: 1,
            device: DeviceChoice::Auto,
            model: ModelKind::default(),
            optimizer: OptimizerSpec::default(),
            epsilon: DEFAULT_EPSILON,
            momentum: DEFAULT_MOMENTUM,
            affine: AffineRules::default(),
            plateau: None,
            clip_norm: None,
        }
    }
}

impl RunSpec {
    /// Returns the network.
    pub fn network(&self) -> ModelSpec {
        let (norm, epsilon, momentum, affine) = (self.norm, self.epsilon, self.momentum, self.affine.spec());
        self.model.model(NormSpec { norm, epsilon, momentum, affine })
    }

    /// Whether this is the same run again, possibly with another seed. The engine is ignored: it may be left open, and
    /// affects how fast a curve is drawn but not which curve. The page's counterpart is `repeatKey` in
    /// `www/ui/race/model/same.js`.
    pub fn is_repeat_of(&self, other: &Self) -> bool {
        *self == Self { seed: self.seed, device: self.device, ..other.clone() }
    }

    /// Plans the run.
    ///
    /// # Errors
    /// [`ModelError`] if the norm does not fit the network or the batch.
    pub fn plan(&self) -> Result<PlannedModel, ModelError> {
        self.network().plan_for(self.optimizer, self.clip_norm, self.batch, self.model.evaluation_batch())
    }

    /// Returns its schedule at the start.
    pub(super) fn schedule(&self) -> Option<Plateau> {
        self.plateau.map(|spec| Plateau::new(spec, self.learning_rate))
    }

    /// Checks that the spec can be run, apart from the engine.
    ///
    /// # Errors
    /// [`TrainError`] names the first setting that is out of its range or does not fit another.
    pub fn check(&self) -> Result<(), TrainError> {
        if !(1..=MAX_BATCH).contains(&self.batch) {
            return Err(TrainError::Batch { batch: self.batch });
        }
        check_rate(self.learning_rate)?;
        let setting = |what, value, is_good, expected| {
            if is_good { Ok(()) } else { Err(TuningError { what, value, expected }) }
        };
        let Self { epsilon, momentum, .. } = *self;
        setting("epsilon", epsilon, epsilon > 0.0 && epsilon.is_finite(), "a finite number above 0")?;
        setting(
            "the momentum of running statistics",
            momentum,
            (0.0..=1.0).contains(&momentum),
            "a number from 0 to 1",
        )?;
        if let OptimizerSpec::Sgd { momentum, .. } = self.optimizer {
            setting("the optimizer's momentum", momentum, self.optimizer.is_valid(), "a number from 0 to below 1")?;
        }
        if let ModelKind::RowRnn { units } | ModelKind::RowGru { units } = self.model {
            let is_good = (1..=MAX_UNITS).contains(&units);
            setting("the number of units", units as f32, is_good, "a number from 1 to 512")?;
        }
        if let Some(ReduceOnPlateau { factor, min_delta, min_lr, .. }) = self.plateau {
            let not_negative = |number: f32| number >= 0.0 && number.is_finite();
            setting("the plateau's factor", factor, factor > 0.0 && factor < 1.0, "a number between 0 and 1")?;
            setting("the plateau's least improvement", min_delta, not_negative(min_delta), NOT_NEGATIVE)?;
            setting("the plateau's lowest rate", min_lr, not_negative(min_lr), NOT_NEGATIVE)?;
        }
        if let Some(norm) = self.clip_norm {
            let is_good = CLIP_NORMS.contains(&norm);
            setting("the norm at which gradients are clipped", norm, is_good, "a number from 0.000001 to 1000000")?;
        }
        self.plan()?;
        Ok(())
    }
}

pub(in crate::training::train) fn check_rate(learning_rate: f32) -> Result<(), TrainError> {
    let in_range = learning_rate > 0.0 && learning_rate.is_finite();
    if in_range { Ok(()) } else { Err(TrainError::LearningRate { learning_rate }) }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn json_of_before_reads_as_the_run_of_before() {
        let json = r#"{"norm":{"kind":"batch"},"batch":32,"learningRate":0.5,"seed":7,"device":"cpu"}"#;
        let spec: RunSpec = serde_json::from_str(json).unwrap();
        let want =
            RunSpec { norm: Norm::Batch, learning_rate: 0.5, seed: 7, device: DeviceChoice::Cpu, ..RunSpec::default() };
        assert_eq!(spec, want);
        let again: RunSpec = serde_json::from_str(&serde_json::to_string(&want).unwrap()).unwrap();
        assert_eq!(again, want);
    }

    #[test]
    fn another_seed_or_engine_is_the_same_run_and_nothing_else_is() {
        let run = RunSpec::default();
        for device in [DeviceChoice::Auto, DeviceChoice::Cpu, DeviceChoice::Gpu] {
            assert!(RunSpec { seed: 77, device, ..run.clone() }.is_repeat_of(&run), "{device:?}");
        }
        let others = [
            RunSpec { norm: Norm::Batch, ..run.clone() },
            RunSpec { batch: 64, ..run.clone() },
            RunSpec { learning_rate: 1e-2, ..run.clone() },
            RunSpec { model: ModelKind::Deep, ..run.clone() },
            RunSpec { optimizer: OptimizerSpec::AmsGrad, ..run.clone() },
            RunSpec { epsilon: 1e-3, ..run.clone() },
            RunSpec { momentum: 0.5, ..run.clone() },
            RunSpec { affine: AffineRules::RANDOM_UNIFORM, ..run.clone() },
            RunSpec { plateau: Some(ReduceOnPlateau::SOURCE_D), ..run.clone() },
            RunSpec { clip_norm: Some(1.0), ..run.clone() },
        ];
        for other in others {
            assert!(!other.is_repeat_of(&run), "{other:?}");
        }
    }

    #[test]
    fn settings_out_of_range_are_told() {
        let told = |spec: RunSpec| spec.check().err().unwrap().to_string();
        let good = RunSpec::default();
        assert_eq!(told(RunSpec { epsilon: 0.0, ..good.clone() }), "epsilon is 0, not a finite number above 0");
        let momentum = RunSpec { momentum: 1.5, ..good.clone() };
        assert_eq!(told(momentum), "the momentum of running statistics is 1.5, not a number from 0 to 1");
        for clip_norm in [0.0, -1.0, f32::NAN, f32::INFINITY] {
            let clipped = told(RunSpec { clip_norm: Some(clip_norm), ..good.clone() });
            assert!(clipped.starts_with("the norm at which gradients are clipped is "), "{clipped}");
        }
        let sgd = OptimizerSpec::Sgd { momentum: 1.0, rule: crate::network::optimizer::MomentumRule::Keras };
        assert_eq!(
            told(RunSpec { optimizer: sgd, ..good }),
            "the optimizer's momentum is 1, not a number from 0 to below 1"
        );
    }
}
