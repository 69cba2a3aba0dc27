//! The scene's layer as a lane of its race.

use super::{Method, Scene};
use crate::network::layer::norm::gain::{Gain, Start};
use crate::network::layer::norm::rules::AffineRules;
use crate::norms::norm::catalog::Mixes;
use crate::norms::number::plain;
use crate::training::setup::LaneSetup;
use serde::Serialize;
use tsify::Tsify;

/// A lane that trains a scene's layer.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct SceneLane {
    /// The lane.
    pub lane: LaneSetup,
    /// What it does not have of the scene's layer, in clauses.
    pub left_out: Vec<String>,
}

impl Scene {
    /// The lane that trains this layer: its norm, its γ and β with their rules, and its ε.
    ///
    /// # Errors
    /// Why the race has no such layer, in a sentence without its full stop.
    pub fn lane(&self) -> Result<SceneLane, String> {
        let Method::Norm(norm) = self.method else {
            return Err("A tile of your own has no layer that a network could train".into());
        };
        if self.uncentred {
            return Err("No layer of the race divides by the deviation without subtracting the mean".into());
        }
        let started = |rule: Gain, number: f32| match rule.start {
            Start::Number => Gain { start: Start::Constant(number), ..rule },
            Start::Absent | Start::Constant(_) | Start::Drawn(_) => rule,
        };
        let beta = if self.has_beta() { started(self.beta_rule, self.beta) } else { Gain::ABSENT };
        let affine = AffineRules { gamma: started(self.gamma_rule, self.gamma), beta }.settled(norm);
        let epsilon = Some(self.epsilon).filter(|epsilon| *epsilon != self.race.epsilon);
        let mut left_out = vec![];
        if norm.keeps_running() && self.momentum != self.race.momentum {
            let [own, shared] = [self.momentum, self.race.momentum].map(plain);
            left_out.push(format!("its momentum, {own}: all lanes share {shared}"));
        }
        match norm.kind().mixes() {
            Mixes::Nothing => {}
            Mixes::Results => left_out.push("its ρ: a lane learns it, starting at 1".into()),
            Mixes::Moments => left_out.push("its logits: a lane learns them, starting at 1".into()),
        }
        Ok(SceneLane { lane: LaneSetup { affine, epsilon, ..LaneSetup::of(norm) }, left_out })
    }
}
