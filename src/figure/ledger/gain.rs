//! γ and β of one value, as its call starts, constrains and penalizes them.

use super::account::Account;
use crate::engine::plan::parameter::{Constraint, Regularizer};
use crate::engine::random::Init;
use crate::figure::scene::{Mode, Scene};
use crate::network::layer::norm::gain::{Gain, Start};
use crate::norms::number::{fixed, plain};
use serde::Serialize;
use tsify::Tsify;

/// γ or β of one value, and what the call makes of it.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct GainHere {
    /// Its value; 1 for a γ and 0 for a β that the layer does not have.
    pub value: f32,
    /// Whether the scene's number sets it.
    pub can_be_set: bool,
    /// What the call says of it: "drawn from −0.05 to 0.05", "kept at 0 or above"; empty if nothing.
    pub note: String,
}

impl GainHere {
    /// γ and β of the value at a row-major index.
    pub fn of(account: &Account, index: u32) -> [Self; 2] {
        let (scene, parameters) = (account.scene(), account.parameters());
        let is_learned = parameters.learned_at(index).is_some();
        let [gamma, beta] = parameters.affine_at(index);
        let penalties = parameters.penalties(scene);
        let beta_rule = if scene.has_beta() { scene.beta_rule } else { Gain::ABSENT };
        let here = |value, gain: Gain, penalty| {
            let can_be_set = !is_learned && gain.start == Start::Number;
            Self { value, can_be_set, note: if is_learned { String::new() } else { note(scene, gain, penalty) } }
        };
        [here(gamma, scene.gamma_rule, penalties[0]), here(beta, beta_rule, penalties[1])]
    }
}

/// What is said of a parameter under a scene, the penalty with its number in training.
fn note(scene: &Scene, gain: Gain, penalty: f64) -> String {
    /// Digits of the penalty.
    const DIGITS: usize = 4;
    let mut words = words(gain);
    if gain.is_present() && gain.regularizer != Regularizer::default() && scene.mode == Mode::Train {
        words.push(format!("which is {} here", fixed(penalty, DIGITS)));
    }
    words.join(", ")
}

/// What a rule says, part by part; empty for a plain parameter.
pub fn words(gain: Gain) -> Vec<String> {
    let mut words = vec![];
    match gain.start {
        Start::Absent => return vec!["this layer has none".into()],
        Start::Number => {}
        Start::Constant(value) => words.push(format!("{} at the start", plain(value))),
        Start::Drawn(Init::Normal { mean, deviation }) => {
            words.push(format!(
                "drawn from a normal distribution of mean {} and deviation {}",
                plain(mean),
                plain(deviation)
            ));
        }
        Start::Drawn(Init::Uniform { low, high }) => {
            words.push(format!("drawn from {} to {} at the start", plain(low), plain(high)));
        }
        Start::Drawn(_) => words.push("drawn at random".into()),
    }
    words.extend(gain.constraint.map(|constraint| match constraint {
        Constraint::NonNegative => "kept at 0 or above".into(),
        Constraint::UnitNorm => "scaled to a norm of 1".into(),
        Constraint::MaxNorm { max } => format!("scaled to a norm of at most {}", plain(max)),
        Constraint::MinMaxNorm { min, max, rate: 1.0 } => {
            format!("scaled to a norm from {} to {}", plain(min), plain(max))
        }
        Constraint::MinMaxNorm { min, max, rate } => {
            format!("scaled towards a norm from {} to {}, by {} of the way", plain(min), plain(max), plain(rate))
        }
        Constraint::Clip { min, max } => format!("kept from {} to {}", plain(min), plain(max)),
    }));
    let Regularizer { l1, l2 } = gain.regularizer;
    let terms = [(l1, "Σ|w|"), (l2, "Σw²")];
    let terms: Vec<String> = terms
        .into_iter()
        .filter(|(factor, _)| *factor != 0.0)
        .map(|(factor, sum)| format!("{}·{sum}", plain(factor)))
        .collect();
    if !terms.is_empty() {
        words.push(format!("training adds {} to the loss", terms.join(" + ")));
    }
    words
}
