//! What is said of γ and β, as arguments of a layer in each framework.

use super::Dialect;
use super::write::shown;
use crate::engine::plan::parameter::{Constraint, Regularizer};
use crate::engine::random::Init;
use crate::figure::scene::Scene;
use crate::network::layer::norm::gain::{Gain, Start};
use crate::norms::norm::Norm;

/// A layer and its arguments so far.
pub(super) struct Args {
    pub(super) name: String,
    pub(super) args: Vec<String>,
}

impl Args {
    /// The whole call, with some more arguments.
    pub(super) fn close(self, more: Vec<String>) -> String {
        let args: Vec<String> = self.args.into_iter().chain(more).collect();
        format!("{}({})", self.name, args.join(", "))
    }
}

/// The arguments that say what γ and β are, and that the mean stays; `None` if the framework's layer cannot.
pub(super) fn written(scene: &Scene, norm: Norm, dialect: Dialect, layer: &Args) -> Option<Vec<String>> {
    let is_rms = !norm.kind().centers();
    let beta = if is_rms { Gain::ABSENT } else { scene.beta_rule };
    let rules = [scene.gamma_rule, beta];
    if scene.uncentred && dialect != Dialect::Keras {
        return None;
    }
    match dialect {
        Dialect::Pytorch => pytorch(rules, norm, layer),
        Dialect::Keras | Dialect::Keras2 | Dialect::Tfa => keras(scene, rules, is_rms),
        Dialect::Jax | Dialect::Nnx => flax(rules, is_rms),
        Dialect::Paper => Some(vec![]),
    }
}

/// Whether a parameter is there, and starts and trains as any other.
fn is_plain(rule: Gain) -> bool {
    rule == Gain::default()
}

fn pytorch([gamma, beta]: [Gain; 2], norm: Norm, layer: &Args) -> Option<Vec<String>> {
    let has_plain = |rule: Gain| is_plain(rule) || !rule.is_present();
    if !has_plain(gamma) || !has_plain(beta) {
        return None;
    }
    let is_over_shape = matches!(layer.name.as_str(), "nn.LayerNorm" | "nn.RMSNorm");
    let affine = if is_over_shape { "elementwise_affine" } else { "affine" };
    let is_rms = !norm.kind().centers();
    Some(match (gamma.is_present(), beta.is_present()) {
        // Instance norm is the only layer without γ and β by default.
        (false, false) if norm == Norm::Instance => vec![],
        (false, false) => vec![format!("{affine}=False")],
        (false, true) => return None,
        (true, false) if is_rms => vec![],
        (true, false) => {
            let takes_bias = ["nn.BatchNorm1d", "nn.BatchNorm2d", "nn.SyncBatchNorm", "nn.GroupNorm", "nn.LayerNorm"];
            return takes_bias.contains(&layer.name.as_str()).then(|| vec!["bias=False".into()]);
        }
        (true, true) if norm == Norm::Instance => vec!["affine=True".into()],
        (true, true) => vec![],
    })
}

fn keras(scene: &Scene, [gamma, beta]: [Gain; 2], is_rms: bool) -> Option<Vec<String>> {
    if is_rms {
        return is_plain(gamma).then(Vec::new);
    }
    let mut args = vec![];
    if scene.uncentred {
        args.push("rms_scaling=True".to_owned());
    }
    let parts = [("gamma", "scale", gamma, scene.uncentred), ("beta", "center", beta, scene.uncentred)];
    for (name, flag, rule, is_settled) in parts {
        if !rule.is_present() {
            // Keras' rms_scaling leaves β out and γ in, whatever these say.
            match (is_settled, name) {
                (true, "gamma") => return None,
                (true, _) => {}
                (false, _) => args.push(format!("{flag}=False")),
            }
            continue;
        }
        if is_settled && name == "beta" {
            continue;
        }
        let told = |what: &str, value: Option<String>| value.map(|value| format!("{name}_{what}={value}"));
        args.extend(told("initializer", keras_start(rule)?));
        args.extend(told("regularizer", keras_regularizer(rule.regularizer)));
        args.extend(told("constraint", keras_constraint(rule.constraint)?));
    }
    Some(args)
}

/// The initializer, if there is one to write; `None` if Keras has none like it.
#[expect(clippy::option_option, reason = "what cannot be written and what need not be are different")]
fn keras_start(rule: Gain) -> Option<Option<String>> {
    Some(match rule.start {
        Start::Absent | Start::Number => None,
        Start::Constant(value) => Some(format!("Constant({})", shown(value))),
        Start::Drawn(init) if init == Init::RANDOM_UNIFORM => Some("\"random_uniform\"".into()),
        Start::Drawn(init) if init == Init::RANDOM_NORMAL => Some("\"random_normal\"".into()),
        Start::Drawn(Init::Uniform { low, high }) => {
            Some(format!("RandomUniform(minval={}, maxval={})", shown(low), shown(high)))
        }
        Start::Drawn(Init::Normal { mean, deviation }) => {
            Some(format!("RandomNormal(mean={}, stddev={})", shown(mean), shown(deviation)))
        }
        Start::Drawn(_) => return None,
    })
}

fn keras_regularizer(Regularizer { l1, l2 }: Regularizer) -> Option<String> {
    match (l1 != 0.0, l2 != 0.0) {
        (false, false) => None,
        (true, false) => Some(format!("L1({})", shown(l1))),
        (false, true) => Some(format!("L2({})", shown(l2))),
        (true, true) => Some(format!("L1L2(l1={}, l2={})", shown(l1), shown(l2))),
    }
}

/// The constraint, if there is one to write; `None` if Keras has none like it.
#[expect(clippy::option_option, reason = "what cannot be written and what need not be are different")]
fn keras_constraint(constraint: Option<Constraint>) -> Option<Option<String>> {
    Some(match constraint {
        None => None,
        Some(Constraint::NonNegative) => Some("\"non_neg\"".into()),
        Some(Constraint::UnitNorm) => Some("\"unit_norm\"".into()),
        Some(Constraint::MaxNorm { max }) => Some(format!("MaxNorm({})", shown(max))),
        Some(Constraint::MinMaxNorm { min, max, rate }) => {
            Some(format!("MinMaxNorm({}, {}, rate={})", shown(min), shown(max), shown(rate)))
        }
        Some(Constraint::Clip { .. }) => return None,
    })
}

fn flax([gamma, beta]: [Gain; 2], is_rms: bool) -> Option<Vec<String>> {
    let mut args = vec![];
    for (name, rule) in [("scale", gamma), ("bias", beta)] {
        if name == "bias" && is_rms {
            continue;
        }
        if rule.constraint.is_some() || rule.regularizer != Regularizer::default() {
            return None;
        }
        match rule.start {
            Start::Absent => args.push(format!("use_{name}=False")),
            Start::Number => {}
            Start::Constant(value) => args.push(format!("{name}_init=nn.initializers.constant({})", shown(value))),
            Start::Drawn(Init::Uniform { low: 0.0, high }) => {
                args.push(format!("{name}_init=nn.initializers.uniform({})", shown(high)));
            }
            Start::Drawn(Init::Normal { mean: 0.0, deviation }) => {
                args.push(format!("{name}_init=nn.initializers.normal({})", shown(deviation)));
            }
            Start::Drawn(_) => return None,
        }
    }
    Some(args)
}
