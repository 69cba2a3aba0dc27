//! γ and β of a norm: whether they are there, how they start and how they are constrained, as Keras' norms specify it.

use crate::engine::plan::parameter::{Part, Tuning};
use crate::engine::plan::{Parameter, PlanBuilder};
use crate::engine::random::Init;
use crate::network::layer::LayerError;

/// γ and β of a norm.
///
/// If left out, γ is 1 and β is 0 whatever their rules are: they are in the plan and in ONNX, whose operators need them,
/// but are neither trained nor counted nor in files of weights.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct AffineSpec {
    /// Whether there is a β.
    pub center: bool,
    /// Whether there is a γ.
    pub scale: bool,
    /// Keras' `gamma_initializer`, `gamma_constraint` and `gamma_regularizer`.
    pub gamma: Tuning,
    /// Keras' `beta_initializer`, `beta_constraint` and `beta_regularizer`.
    pub beta: Tuning,
}

impl Default for AffineSpec {
    /// Both trained, γ starting from 1 and β from 0, without constraint or penalty.
    fn default() -> Self {
        Self {
            center: true,
            scale: true,
            gamma: Tuning::free(Init::Constant(1.0)),
            beta: Tuning::free(Init::Constant(0.0)),
        }
    }
}

impl AffineSpec {
    /// Checks the rules of γ and β, except of one that is left out.
    ///
    /// # Errors
    /// [`LayerError::Affine`] names γ or β and the number.
    pub fn check(self) -> Result<(), LayerError> {
        let check = |half, tuning: Tuning| tuning.check().map_err(|source| LayerError::Affine { half, source });
        if self.scale {
            check("gamma", self.gamma)?;
        }
        if self.center {
            check("beta", self.beta)?;
        }
        Ok(())
    }

    /// Makes the parameter of γ and then β, `len` values each, for the norm with this label.
    pub(super) fn parameter(self, plan: &mut PlanBuilder, label: &str, len: u32) -> Parameter {
        let part = |is_there, tuning, otherwise| if is_there { Part::Trained(tuning) } else { Part::Fixed(otherwise) };
        let parts = [part(self.scale, self.gamma, 1.0), part(self.center, self.beta, 0.0)];
        plan.parameter_of(format!("{label}.affine"), len, &parts, 1.0)
    }
}
