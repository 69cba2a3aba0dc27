//! γ and β of a norm: whether they are there, how they start and what holds them, as Keras' norms state it.

use crate::engine::plan::parameter::{Part, Tuning};
use crate::engine::plan::{Parameter, PlanBuilder};
use crate::engine::random::Init;
use crate::network::layer::LayerError;

/// γ and β of a norm.
///
/// Left out, γ is 1 and β is 0 whatever is said of them: they stand in the network and in its files, but are not trained
/// and are not counted.
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
    /// Both trained, γ from 1 and β from 0 on, with nothing to hold them.
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
    /// Whether what is said of γ and β can be; nothing is asked of a half that is left out.
    ///
    /// # Errors
    /// [`LayerError::Affine`] names the half and the number.
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

    /// The parameter of γ and then β, `len` values each, of the norm of this label.
    pub(super) fn parameter(self, plan: &mut PlanBuilder, label: &str, len: u32) -> Parameter {
        let part = |is_there, tuning, otherwise| if is_there { Part::Trained(tuning) } else { Part::Fixed(otherwise) };
        let parts = [part(self.scale, self.gamma, 1.0), part(self.center, self.beta, 0.0)];
        plan.parameter_of(format!("{label}.affine"), len, &parts, 1.0)
    }
}
