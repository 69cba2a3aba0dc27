//! Lowers the learning rate when a loss has stopped falling: Keras' `ReduceLROnPlateau`, mode "min", by its rule of today and
//! by that of Keras 2.1.

use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// When and by how much the rate is lowered; names and meanings as in Keras.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct ReduceOnPlateau {
    /// The factor by which the rate is multiplied.
    pub factor: f32,
    /// Epochs without improvement after which the rate is lowered.
    pub patience: u32,
    /// A loss must be lower than the best by more than this to count as better.
    pub min_delta: f32,
    /// Epochs after a reduction during which no epoch is counted.
    pub cooldown: u32,
    /// The lowest rate.
    pub min_lr: f32,
    /// When an epoch counts.
    #[serde(default)]
    #[tsify(optional)]
    pub rule: PlateauRule,
}

/// Which version of Keras counts the epochs.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum PlateauRule {
    /// Since Keras 2.2: the rate is lowered after the last of `patience` epochs without improvement.
    #[default]
    Keras,
    /// Keras 2.1: an epoch is counted after the comparison, so that the rate is lowered one epoch later; the epoch in which it
    /// is lowered counts for the next time.
    #[serde(rename = "keras-2.1")]
    Keras21,
}

/// The state of the schedule between two epochs.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Plateau {
    /// Its settings.
    pub spec: ReduceOnPlateau,
    /// The lowest loss so far.
    pub best: f32,
    /// Epochs since the last improvement.
    pub wait: u32,
    /// Remaining epochs of the cooldown.
    pub cooldown_left: u32,
    /// The rate in force.
    pub learning_rate: f32,
}

impl ReduceOnPlateau {
    /// Source D's `ReduceLROnPlateau(monitor='val_loss', factor=0.2, patience=3, min_lr=1e-5)`, otherwise with Keras'
    /// defaults.
    pub const SOURCE_D: Self =
        Self { factor: 0.2, patience: 3, min_delta: 1e-4, cooldown: 0, min_lr: 1e-5, rule: PlateauRule::Keras };

    /// The same in the version of Keras that source D's notebook ran on.
    pub const NOTEBOOK: Self = Self { rule: PlateauRule::Keras21, ..Self::SOURCE_D };
}

impl Plateau {
    /// The state before the first epoch.
    pub fn new(spec: ReduceOnPlateau, learning_rate: f32) -> Self {
        Self { spec, best: f32::INFINITY, wait: 0, cooldown_left: 0, learning_rate }
    }

    /// Records the loss after an epoch; returns the new rate if it has changed.
    ///
    /// Source: Keras 2.15 and 2.1.6, `callbacks.py`, `ReduceLROnPlateau.on_epoch_end`.
    pub fn after_epoch(&mut self, loss: f32) -> Option<f32> {
        if self.cooldown_left > 0 {
            self.cooldown_left -= 1;
            self.wait = 0;
        }
        if loss < self.best - self.spec.min_delta {
            (self.best, self.wait) = (loss, 0);
            return None;
        }
        if self.cooldown_left > 0 {
            return None;
        }
        let is_late = self.spec.rule == PlateauRule::Keras21;
        let waited = self.wait;
        self.wait += 1;
        let counted = if is_late { waited } else { self.wait };
        if counted < self.spec.patience || self.learning_rate <= self.spec.min_lr {
            return None;
        }
        (self.cooldown_left, self.wait) = (self.spec.cooldown, u32::from(is_late));
        self.learning_rate = (self.learning_rate * self.spec.factor).max(self.spec.min_lr);
        Some(self.learning_rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the rates in force after each epoch.
    fn trace(spec: ReduceOnPlateau, losses: &[f32]) -> Vec<f32> {
        let mut plateau = Plateau::new(spec, 1e-3);
        let mut after = |loss: &f32| {
            let (before, changed) = (plateau.learning_rate, plateau.after_epoch(*loss));
            assert_eq!(changed.unwrap_or(before), plateau.learning_rate, "the returned rate is in force");
            plateau.learning_rate
        };
        losses.iter().map(&mut after).collect()
    }

    #[test]
    fn the_rate_follows_a_trace_worked_out_by_hand() {
        // Epoch:          1    2    3        4    5    6    7    8    9    10   11   12   13   14   15
        // wait after:     0    0    1        2    0↓   1    2    0↓   0    1    2    0↓   1    2    3 at the floor
        // Epoch 3 is better by less than min_delta, which does not count as an improvement; epoch 9 is an improvement.
        let losses = [0.5, 0.4, 0.39995, 0.41, 0.4, 0.45, 0.42, 0.43, 0.3, 0.31, 0.32, 0.33, 0.34, 0.35, 0.36];
        let [a, b, c, d] = [1e-3, 1e-3 * 0.2, 1e-3 * 0.2 * 0.2, 1e-5_f32];
        let want = [a, a, a, a, b, b, b, c, c, c, c, d, d, d, d];
        assert_eq!(trace(ReduceOnPlateau::SOURCE_D, &losses), want);
    }

    /// The epochs after which the notebook's own losses lower the rate, by each rule.
    #[test]
    fn the_notebook_lowers_its_rate_one_epoch_later() {
        let group =
            [0.4563, 0.3852, 0.3678, 0.3338, 0.6092, 0.3525, 0.3579, 0.3695, 0.3397, 0.3252, 0.3158, 0.3145, 0.3076];
        let batch =
            [0.8308, 0.812, 0.7492, 0.9064, 0.8011, 0.6853, 0.8801, 0.9671, 1.4012, 0.8429, 0.7723, 0.8646, 0.8626];
        let lowered = |spec, losses: &[f32]| {
            let rates = trace(spec, losses);
            (2..=rates.len()).filter(|epoch| rates[epoch - 1] < rates[epoch - 2]).collect::<Vec<_>>()
        };
        assert_eq!(lowered(ReduceOnPlateau::NOTEBOOK, &group), [8]);
        assert_eq!(lowered(ReduceOnPlateau::SOURCE_D, &group), [7]);
        assert_eq!(lowered(ReduceOnPlateau::NOTEBOOK, &batch), [10, 13]);
        assert_eq!(lowered(ReduceOnPlateau::SOURCE_D, &batch), [9, 12]);
    }

    #[test]
    fn nothing_is_counted_while_it_cools_down() {
        // patience 1, cooldown 2: the epoch that ends a cooldown counts again.
        let spec = ReduceOnPlateau { patience: 1, cooldown: 2, factor: 0.5, min_lr: 0.0, ..ReduceOnPlateau::SOURCE_D };
        let want = [1e-3, 5e-4, 5e-4, 2.5e-4, 2.5e-4, 1.25e-4];
        assert_eq!(trace(spec, &[1.0; 6]), want);
    }

    #[test]
    fn a_loss_that_is_no_number_is_no_improvement() {
        let spec = ReduceOnPlateau { patience: 1, ..ReduceOnPlateau::SOURCE_D };
        assert_eq!(trace(spec, &[f32::NAN, 1.0]), [1e-3 * 0.2, 1e-3 * 0.2]);
    }
}
