//! Reads formulas back as numbers, and computes the norms of a scene in f64, straight from their definitions.

use blue_cube::ledger::account::Account;
use blue_cube::ledger::formula::Formula;
use blue_cube::norm::Norm;
use blue_cube::scene::{Method, Place, Scene};

/// A formula as a line of text.
pub(crate) fn text(formula: &Formula) -> String {
    match formula {
        Formula::Number { text, .. } => text.clone(),
        Formula::Letter { text, index } => index.map_or((*text).into(), |index| format!("{text}_{index}")),
        Formula::Sign { text } => (*text).into(),
        Formula::Row { parts } => parts.iter().map(text_of).collect::<Vec<_>>().join(" "),
        Formula::Fraction { over, under } => format!("({}) / ({})", text(over), text(under)),
        Formula::Root { of } => format!("√({})", text(of)),
        Formula::Power { base, exponent } => format!("{}^{exponent}", text(base)),
    }
}

fn text_of(formula: &Formula) -> String {
    text(formula)
}

fn parse(text: &str) -> f64 {
    text.replace('−', "-").parse().unwrap_or_else(|_| panic!("{text} is not a number"))
}

/// The value of a formula of numbers, as a reader with a calculator would compute it from what is shown.
pub(crate) fn evaluate(formula: &Formula) -> f64 {
    match formula {
        Formula::Number { text, .. } => parse(text),
        Formula::Letter { text, .. } => panic!("{text} has no value"),
        Formula::Sign { text } => panic!("{text} is alone"),
        Formula::Row { parts } => Row { parts, at: 0 }.sum(),
        Formula::Fraction { over, under } => evaluate(over) / evaluate(under),
        Formula::Root { of } => evaluate(of).sqrt(),
        Formula::Power { base, exponent } => evaluate(base).powf(parse(exponent)),
    }
}

/// A row, read from left to right.
struct Row<'a> {
    parts: &'a [Formula],
    at: usize,
}

impl Row<'_> {
    fn sign(&mut self, wanted: &[&str]) -> Option<&'static str> {
        match self.parts.get(self.at) {
            Some(Formula::Sign { text }) if wanted.contains(text) => {
                self.at += 1;
                Some(text)
            }
            _ => None,
        }
    }

    fn sum(&mut self) -> f64 {
        let mut total = self.product();
        while let Some(sign) = self.sign(&["+", "−"]) {
            let term = self.product();
            total += if sign == "+" { term } else { -term };
        }
        total
    }

    fn product(&mut self) -> f64 {
        let mut total = self.factor();
        while let Some(sign) = self.sign(&["×", "·", "∕"]) {
            let factor = self.factor();
            total = if sign == "∕" { total / factor } else { total * factor };
        }
        total
    }

    fn factor(&mut self) -> f64 {
        if self.sign(&["("]).is_some() {
            let inner = self.sum();
            self.sign(&[")"]).expect("a bracket closes");
            return inner;
        }
        self.at += 1;
        evaluate(&self.parts[self.at - 1])
    }
}

/// x, x̂ and y of a place, in f64.
pub(crate) fn forward(account: &Account, at: Place) -> [f64; 3] {
    let index = account.index(at);
    let x = values(account, None);
    let hat = x_hat(account, &x, at);
    let y = if matches!(account.scene().method, Method::Norm(Norm::None)) {
        hat
    } else {
        f64::from(account.scene().gamma) * hat + beta(account.scene())
    };
    [x[index as usize], hat, y]
}

/// The star's y, after a change of the x at an index.
pub(crate) fn star_y(account: &Account, moved: Option<(u32, f64)>) -> f64 {
    let scene = account.scene();
    let hat = x_hat(account, &values(account, moved), scene.selected);
    let is_none = matches!(scene.method, Method::Norm(Norm::None));
    if is_none { hat } else { f64::from(scene.gamma) * hat + beta(scene) }
}

fn values(account: &Account, moved: Option<(u32, f64)>) -> Vec<f64> {
    let mut x: Vec<f64> = (0..account.scene().shape.len()).map(|index| f64::from(account.x().value(index))).collect();
    if let Some((index, by)) = moved {
        x[index as usize] += by;
    }
    x
}

fn x_hat(account: &Account, x: &[f64], at: Place) -> f64 {
    let scene = account.scene();
    let epsilon = f64::from(scene.epsilon);
    let value = x[account.index(at) as usize];
    let sets: Vec<[f64; 2]> = account
        .sets(at)
        .expect("the method fits the shape")
        .iter()
        .map(|set| {
            if set.is_kept {
                let running = account.running().expect("kept statistics are there").at(at.c);
                return [f64::from(running.mean()), f64::from(running.variance())];
            }
            let members: Vec<f64> = set.tiling.members(set.tile_idx).map(|index| x[index as usize]).collect();
            let n = members.len() as f64;
            let mean = if set.centers { members.iter().sum::<f64>() / n } else { 0.0 };
            [mean, members.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n]
        })
        .collect();
    let normalized = |[mean, variance]: [f64; 2]| (value - mean) / (variance + epsilon).sqrt();
    match (scene.method, sets.as_slice()) {
        (_, []) => value,
        (Method::Norm(Norm::BatchInstance), &[instance, batch]) => {
            let rho = f64::from(scene.rho);
            rho * normalized(batch) + (1.0 - rho) * normalized(instance)
        }
        (Method::Norm(Norm::Switchable), sets) => normalized(blended(scene, sets)),
        (_, sets) => normalized(sets[0]),
    }
}

fn blended(scene: &Scene, sets: &[[f64; 2]]) -> [f64; 2] {
    let mix = |logits: [f32; 3], which: usize| {
        let powers = logits.map(|logit| f64::from(logit).exp());
        let total: f64 = powers.iter().sum();
        powers.iter().zip(sets).map(|(power, set)| power / total * set[which]).sum()
    };
    [mix(scene.mean_logits, 0), mix(scene.variance_logits, 1)]
}

/// β, which no framework's RMS norm has.
fn beta(scene: &Scene) -> f64 {
    let is_rms = matches!(scene.method, Method::Norm(norm) if !norm.kind().centers());
    if is_rms { 0.0 } else { f64::from(scene.beta) }
}
