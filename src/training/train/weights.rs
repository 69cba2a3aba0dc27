//! The weights of a run, read from its engine.

use super::{TrainError, Trainer};
use crate::network::model::ModelSpec;
use crate::network::model::weights::Weights;

impl Trainer {
    /// The network being trained.
    pub fn model(&self) -> ModelSpec {
        self.spec.network()
    }

    /// Returns the weights after the steps so far.
    ///
    /// # Errors
    /// [`TrainError::Exec`] if the engine failed; see [`Trainer::fall_back`].
    pub async fn weights(&mut self) -> Result<Weights, TrainError> {
        let values = self.executor.read(&Weights::slots(&self.plan)).await?;
        Ok(Weights::new(&self.model(), &self.plan, values)?)
    }
}
