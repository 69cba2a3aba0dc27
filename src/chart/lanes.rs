//! The results of a race's lanes as their charts need them: traces of the steps, evaluations, marks, published curves.
//!
//! The time axis counts images seen, so that lanes with different batch sizes share it.

use super::curves::View;
use super::trace::Trace;
use super::weights::Weights;
use super::{Color, Dash};
use crate::training::train::NormWeights;
use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// How a lane is drawn and what it is called.
#[derive(Clone, PartialEq, Debug, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct LaneStyle {
    /// Its number.
    pub id: u32,
    /// Its name at the end of its curve, such as "GN 8".
    pub label: String,
    /// Its colour, "#RRGGBB".
    #[tsify(type = "string")]
    pub color: Color,
    /// Its dash pattern: `stroke-dasharray` in pixels, such as "9 3 2 3"; empty for a solid line.
    #[serde(default)]
    #[tsify(type = "string | undefined")]
    pub dash: Dash,
    /// The lane that it repeats with another seed; that lane represents all of them.
    #[serde(default)]
    #[tsify(optional)]
    pub seed_of: Option<u32>,
}

/// An evaluation on the test set.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Judgement {
    /// Images trained on before it.
    pub images: f64,
    /// Mean loss, nats.
    pub loss: f32,
    /// Accuracy.
    pub accuracy: f32,
    /// Loss and accuracy with each batch's own statistics, if the first two use running averages.
    #[tsify(type = "[number, number] | undefined")]
    pub by_batch: Option<(f32, f32)>,
    /// Whether it uses all test images, after a pass over the training images.
    pub is_epoch_end: bool,
}

/// A change of settings mid-run.
#[derive(Clone, PartialEq, Debug)]
pub struct Mark {
    /// The lane; all lanes if none is named.
    pub lane: Option<u32>,
    /// Images trained on before it.
    pub images: f64,
    /// What changed, in a few words.
    pub words: String,
}

/// A published curve: a figure after each epoch.
#[derive(Clone, PartialEq, Debug)]
pub struct Ghost {
    /// Its source.
    pub label: String,
    /// The lane it is drawn next to, in its colour.
    pub lane: u32,
    /// Where it is drawn.
    pub view: View,
    /// (epoch, value).
    pub points: Vec<(f64, f64)>,
}

/// The results of one lane.
#[derive(Clone, Default, Debug)]
pub struct Run {
    /// Loss of each training step, nats.
    pub loss: Trace,
    /// Accuracy in each training step.
    pub accuracy: Trace,
    /// In chronological order.
    pub judgements: Vec<Judgement>,
    /// What its norm layers learned.
    pub weights: Weights,
}

/// All lanes of a race.
#[derive(Clone, Default, Debug)]
pub struct Lanes {
    /// Those shown, in order.
    pub styles: Vec<LaneStyle>,
    runs: Vec<(u32, Run)>,
    /// In order of arrival.
    pub marks: Vec<Mark>,
    /// Published curves.
    pub ghosts: Vec<Ghost>,
    /// Images per pass over the training images; 0 while unknown.
    pub epoch_images: f64,
    /// Minimum end of the time axis, in images.
    pub least_end: f64,
}

/// The values of a lane at one time.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct LaneHit {
    /// Whose.
    pub id: u32,
    /// Mean training loss of the nearby steps, in nats.
    pub train_loss: Option<f64>,
    /// Accuracy on the nearby training images.
    pub train_accuracy: Option<f64>,
    /// The last evaluation up to then.
    pub judgement: Option<Judgement>,
}

/// The values that a vertical line on a chart crosses.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
pub struct Hit {
    /// Images seen there.
    pub images: f64,
    /// The lanes shown, in order.
    pub lanes: Vec<LaneHit>,
}

impl Lanes {
    /// The results of a lane; empty for an unknown one.
    pub fn run(&self, id: u32) -> &Run {
        static NOTHING: std::sync::LazyLock<Run> = std::sync::LazyLock::new(Run::default);
        self.runs.iter().find(|(of, _)| *of == id).map_or(&NOTHING, |(_, run)| run)
    }

    fn run_mut(&mut self, id: u32) -> &mut Run {
        let at = self.runs.iter().position(|(of, _)| *of == id).unwrap_or_else(|| {
            self.runs.push((id, Run::default()));
            self.runs.len() - 1
        });
        &mut self.runs[at].1
    }

    /// Takes in the steps of a lane from `first_step` (0 is its first) on; `images` were seen after each. Earlier values
    /// of these and later steps are forgotten: they were lost with an engine. Returns `false`, and takes in nothing, if steps
    /// are missing before them.
    ///
    /// # Shapes
    /// `images`, `losses`, `accuracies`: \[steps\]; values beyond the shortest of them are ignored.
    pub fn push(&mut self, id: u32, first_step: u64, images: &[f32], losses: &[f32], accuracies: &[f32]) -> bool {
        let run = self.run_mut(id);
        if first_step > run.loss.len() {
            return false;
        }
        if first_step < run.loss.len() {
            run.loss.cut(first_step);
            run.accuracy.cut(first_step);
            // The lane's position before the next step.
            let seen = if first_step == 0 { 0.0 } else { run.loss.end() };
            run.judgements.retain(|judgement| judgement.images <= seen);
            run.weights.cut(seen);
            self.marks.retain(|mark| mark.lane != Some(id) || mark.images <= seen);
        }
        let run = self.run_mut(id);
        for ((&images, &loss), &accuracy) in images.iter().zip(losses).zip(accuracies) {
            run.loss.push(f64::from(images), loss);
            run.accuracy.push(f64::from(images), accuracy);
        }
        true
    }

    /// Takes in an evaluation; one at the same position is replaced.
    pub fn judge(&mut self, id: u32, judgement: Judgement) {
        let judgements = &mut self.run_mut(id).judgements;
        judgements.retain(|before| before.images < judgement.images);
        judgements.push(judgement);
    }

    /// Takes in the parameters of a lane's norm layers.
    pub fn weigh(&mut self, id: u32, images: f64, norms: &[NormWeights]) {
        self.run_mut(id).weights.push(images, norms);
    }

    /// Forgets a lane.
    pub fn remove(&mut self, id: u32) {
        self.runs.retain(|(of, _)| *of != id);
        self.styles.retain(|style| style.id != id);
        self.marks.retain(|mark| mark.lane != Some(id));
        self.ghosts.retain(|ghost| ghost.lane != id);
    }

    /// The published curves of a view.
    pub fn ghosts_of(&self, view: View) -> impl Iterator<Item = &Ghost> {
        self.ghosts.iter().filter(move |ghost| ghost.view == view)
    }

    /// Whether a shown lane has been evaluated.
    pub fn is_judged(&self) -> bool {
        self.styles.iter().any(|style| !self.run(style.id).judgements.is_empty())
    }

    /// Images that the furthest of the shown lanes has seen.
    pub fn reached(&self) -> f64 {
        self.styles.iter().map(|style| self.run(style.id).end()).fold(0.0, f64::max)
    }

    /// End of the time axis, in images.
    pub fn end(&self) -> f64 {
        /// The end before there is any data.
        const NOTHING_YET: f64 = 1000.0;
        let reached = self.reached();
        let ghosts = self.ghosts.iter().flat_map(|ghost| &ghost.points).map(|point| point.0 * self.epoch_images);
        let empty = if reached > 0.0 { 0.0 } else { ghosts.fold(0.0, f64::max) };
        let end = reached.max(self.least_end).max(empty);
        if end > 0.0 { end } else { NOTHING_YET }
    }

    /// Lanes that represent themselves or several seeds, each with the lanes it represents, itself first.
    pub fn groups(&self) -> Vec<Vec<&LaneStyle>> {
        let is_shown = |id: u32| self.styles.iter().any(|style| style.id == id);
        let leader = |style: &LaneStyle| style.seed_of.filter(|&id| is_shown(id)).unwrap_or(style.id);
        let leaders = self.styles.iter().filter(|style| leader(style) == style.id);
        let seeds = |of: &LaneStyle| {
            let id = of.id;
            self.styles.iter().filter(move |style| style.id != id && leader(style) == id)
        };
        leaders.map(|style| std::iter::once(style).chain(seeds(style)).collect()).collect()
    }

    /// The values at `x` pixels of a chart whose time axis runs from `left` to `right` and ends at `end` images; beyond its
    /// ends, the values at them.
    pub fn hit(&self, x: f64, left: f64, right: f64, end: f64) -> Hit {
        let images = ((x - left) / (right - left).max(1.0)).clamp(0.0, 1.0) * end;
        Hit { images, lanes: self.at(images) }
    }

    /// The values of each shown lane when it had seen this many images.
    pub fn at(&self, images: f64) -> Vec<LaneHit> {
        let hit = |style: &LaneStyle| {
            let run = self.run(style.id);
            let is_there = images <= run.end();
            let mean = |trace: &Trace| trace.at(images).filter(|_| is_there)?.mean();
            let n_judged = run.judgements.partition_point(|judgement| judgement.images <= images);
            LaneHit {
                id: style.id,
                train_loss: mean(&run.loss),
                train_accuracy: mean(&run.accuracy),
                judgement: n_judged.checked_sub(1).map(|at| run.judgements[at]),
            }
        };
        self.styles.iter().map(hit).collect()
    }
}

impl Run {
    /// Images seen.
    pub fn end(&self) -> f64 {
        self.loss.end().max(self.judgements.last().map_or(0.0, |judgement| judgement.images))
    }
}
