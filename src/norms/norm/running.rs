//! Running statistics: what batch norm keeps for evaluation.

use crate::norms::moments::Moments;

/// Moves batch norm's running statistics towards those of a batch.
///
/// running ← (1 − momentum)·running + momentum·batch, with the unbiased variance of the batch; if the batch is split into
/// parts, by each part in turn (Hoffer, Hubara, Soudry 2017, algorithm 1). A running entry is written as the moments of
/// one value: count 1, its mean, and the variance as m2, so that [`super::fold_forward`] can use it as is.
///
/// # Shapes
/// `groups`: `[parts, C]`; `running`: `[C]`.
pub fn update_running(momentum: f32, groups: &[Moments], running: &mut [Moments]) {
    update_running_with(Moments::sample_variance, momentum, groups, running);
}

/// As [`update_running`], storing a framework's own variance of a batch: PyTorch's is unbiased, Keras 3's biased.
pub fn update_running_with(stored: fn(Moments) -> f32, momentum: f32, groups: &[Moments], running: &mut [Moments]) {
    let n_channels = running.len();
    for (i, batch) in groups.iter().enumerate() {
        let kept = &mut running[i % n_channels];
        let mean = kept.mean() + momentum * (batch.mean() - kept.mean());
        let variance = kept.m2 + momentum * (stored(*batch) - kept.m2);
        *kept = Moments { count: 1.0, origin: mean, offset: 0.0, m2: variance };
    }
}

/// What running statistics start from: mean 0, variance 1.
pub const RUNNING_START: Moments = Moments { count: 1.0, origin: 0.0, offset: 0.0, m2: 1.0 };
