//! The results of an experiment's lane next to what its source reported: the same figures for the page and for the command.

use super::{ExperimentLane, FIGURE_DIGITS, Figure};
use crate::norms::number::{fixed, signed};
use crate::training::race::lane::History;
use crate::training::train::{Evaluation, NormWeights};

/// A figure of a lane.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct FigureOutcome {
    /// Epochs after which it was measured.
    pub epoch: u32,
    /// What it measures.
    pub figure: Figure,
    /// Our result.
    pub ours: f32,
    /// The value that the source reported, if it did.
    pub reported: Option<f32>,
}

impl FigureOutcome {
    /// It with its name and, if one was reported, the reported value: "test accuracy 0.9480 (0.9572 reported, −0.0092)".
    pub fn said(&self) -> String {
        let digits = |value: f32| fixed(f64::from(value), FIGURE_DIGITS);
        let reported = self.reported.map_or(String::new(), |reported| {
            let off = f64::from(self.ours) - f64::from(reported);
            format!(" ({} reported, {})", digits(reported), signed(off, FIGURE_DIGITS))
        });
        format!("{} {}{reported}", self.figure.words(), digits(self.ours))
    }
}

/// The figures after an epoch in a line: "GN 5, epoch 1: training loss 0.4711, training accuracy 0.8612, …".
pub fn line(lane: &str, epoch: u32, outcomes: &[FigureOutcome]) -> String {
    let of_epoch = outcomes.iter().filter(|outcome| outcome.epoch == epoch);
    let told: Vec<String> = of_epoch.map(FigureOutcome::said).collect();
    format!("{lane}, epoch {epoch}: {}", told.join(", "))
}

impl Figure {
    /// What norms have learnt, for norms that learn something for which there is a figure.
    pub fn learnt(norms: &[NormWeights]) -> impl Iterator<Item = (Self, f32)> {
        let of_batch = norms.iter().flat_map(|norm| norm.mix.iter().skip(2).step_by(3));
        let rho = norms.iter().flat_map(|norm| &norm.rho);
        let means = [(Self::BatchWeight, mean(of_batch)), (Self::Rho, mean(rho))];
        means.into_iter().filter_map(|(figure, mean)| Some((figure, mean?)))
    }
}

/// `None` for no values.
fn mean<'a>(values: impl Iterator<Item = &'a f32>) -> Option<f32> {
    let (sum, n_values) = values.fold((0.0, 0.0), |(sum, n), value| (sum + value, n + 1.0));
    (n_values > 0.0).then(|| sum / n_values)
}

impl ExperimentLane {
    /// The figures of every complete epoch, where an epoch has `epoch_images`: those of training, and of the evaluations made
    /// right at its end. A step belongs to the epoch in which it began.
    pub fn outcomes(&self, history: &History, epoch_images: u32) -> Vec<FigureOutcome> {
        let mut outcomes = Vec::new();
        let (mut first, mut seen) = (0, 0);
        for epoch in 1.. {
            let goal = u64::from(epoch) * u64::from(epoch_images.max(1));
            let n_steps = history.steps[first..].iter().position(|step| u64::from(step.n_images) >= goal);
            let Some(end) = n_steps.map(|n_steps| first + n_steps + 1) else { break };
            let (mut loss, mut n_right, start) = (0.0, 0.0, seen);
            for step in &history.steps[first..end] {
                let n_images = f64::from(step.n_images - seen);
                loss += f64::from(step.loss) * n_images;
                n_right += f64::from(step.accuracy) * n_images;
                seen = step.n_images;
            }
            let mut add = |figure, ours| {
                outcomes.push(FigureOutcome { epoch, figure, ours, reported: self.reported(epoch, figure) });
            };
            add(Figure::TrainLoss, (loss / f64::from(seen - start)) as f32);
            add(Figure::TrainAccuracy, (n_right / f64::from(seen - start)) as f32);
            let judged = |by_batch: bool| {
                let is_it = move |evaluation: &&Evaluation| {
                    evaluation.step as usize == end && evaluation.batch_statistics.is_some() == by_batch
                };
                history.evaluations.iter().rfind(is_it)
            };
            if let Some(evaluation) = judged(false) {
                add(Figure::TestLoss, evaluation.loss);
                add(Figure::TestAccuracy, evaluation.accuracy);
            }
            if let Some(evaluation) = judged(true) {
                add(Figure::TestAccuracyByBatch, evaluation.accuracy);
            }
            first = end;
        }
        outcomes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::race::experiment::FigureAt;
    use crate::training::race::lane::LaneStep;
    use crate::training::train::RunSpec;

    #[test]
    fn what_norms_learnt_is_a_mean_over_layers() {
        let norm = |mix: &[f32], rho: &[f32]| NormWeights {
            gamma: vec![1.0; 2],
            beta: vec![0.0; 2],
            rho: rho.to_vec(),
            mix: mix.to_vec(),
        };
        let learnt = |norms: &[NormWeights]| Figure::learnt(norms).collect::<Vec<_>>();
        // The weights of the batch are the last of three for the mean, and the last of three for the variance.
        let switchable = [norm(&[0.5, 0.25, 0.25, 0.25, 0.25, 0.5], &[]), norm(&[0.0, 0.0, 1.0, 0.75, 0.0, 0.25], &[])];
        assert_eq!(learnt(&switchable), [(Figure::BatchWeight, 0.5)]);
        assert_eq!(learnt(&[norm(&[], &[0.0, 1.0]), norm(&[], &[0.5, 1.0])]), [(Figure::Rho, 0.625)]);
        assert_eq!(learnt(&[norm(&[], &[])]), []);
    }

    #[test]
    fn an_epochs_figures_are_means_over_its_steps() {
        let step = |loss, accuracy, n_images| LaneStep { loss, accuracy, n_images };
        // Epochs of 10 images in batches of 4, the third of which extends past the end; then of 2 after a change.
        let steps = vec![
            step(4.0, 0.5, 4),
            step(2.0, 1.0, 8),
            step(0.0, 0.0, 12),
            step(1.0, 1.0, 16),
            step(3.0, 0.5, 18),
            step(5.0, 0.0, 20),
            step(9.0, 0.0, 22),
        ];
        let judged = |step, accuracy, batch_statistics| Evaluation {
            step,
            epoch: 0,
            n_images: 100,
            loss: 0.5,
            accuracy,
            batch_statistics,
        };
        let evaluations =
            vec![judged(2, 0.1, None), judged(3, 0.6, None), judged(3, 0.7, Some(4)), judged(7, 0.2, None)];
        let history = History { steps, evaluations, ..History::default() };
        let reported = vec![FigureAt { epoch: 1, figure: Figure::TestAccuracy, value: 0.65 }];
        let lane = ExperimentLane { name: String::new(), spec: RunSpec::default(), reported, source_seconds: None };
        let found: Vec<_> =
            lane.outcomes(&history, 10).iter().map(|o| (o.epoch, o.figure, o.ours, o.reported)).collect();
        let want = [
            (1, Figure::TrainLoss, 2.0, None),
            (1, Figure::TrainAccuracy, 0.5, None),
            (1, Figure::TestLoss, 0.5, None),
            (1, Figure::TestAccuracy, 0.6, Some(0.65)),
            (1, Figure::TestAccuracyByBatch, 0.7, None),
            (2, Figure::TrainLoss, 2.5, None),
            (2, Figure::TrainAccuracy, 0.625, None),
        ];
        assert_eq!(found, want);
    }
}
