//! What a chart shows, in words.

use super::curves::{Curves, Head, View};
use super::lanes::Lanes;
use super::scale::{order_of, thousands};
use crate::norms::number::{fixed, share};

/// Formats a value of a view with three digits.
pub fn value(view: View, value: f64) -> String {
    if view.is_loss() { fixed(value, 3) } else { share(value, 3) }
}

/// Formats "13 epochs" once the size of an epoch is known and much of one is done, otherwise "780 000 images".
pub fn time(lanes: &Lanes, images: f64) -> String {
    if is_in_epochs(lanes) { counted(images / lanes.epoch_images, "epoch") } else { counted(images, "image") }
}

/// A number with its noun, whole or with one digit after the point: "1 epoch", "1.5 epochs", "780 000 images".
fn counted(value: f64, noun: &str) -> String {
    let tenths = format!("{value:.1}");
    let text = if value >= 1000.0 { thousands(value) } else { tenths.strip_suffix(".0").unwrap_or(&tenths).to_owned() };
    format!("{text} {noun}{}", if text == "1" { "" } else { "s" })
}

/// Whether time is shown in epochs.
pub fn is_in_epochs(lanes: &Lanes) -> bool {
    /// Epochs.
    const FIRST_TOLD: f64 = 0.2;
    lanes.epoch_images > 0.0 && lanes.end() > FIRST_TOLD * lanes.epoch_images
}

/// Images per unit of time shown, and its name.
pub fn unit(lanes: &Lanes) -> (f64, &'static str) {
    if is_in_epochs(lanes) { (lanes.epoch_images, "epochs") } else { (1.0, "images") }
}

/// One plain sentence: the lanes, best first, with their last values.
pub fn description(lanes: &Lanes, curves: &Curves<'_>) -> String {
    let mut name = curves.view.name().to_owned();
    name[..1].make_ascii_uppercase();
    let heads: Vec<&Head<'_>> =
        curves.heads.iter().filter(|head| head.first_lost.is_some() || head.value.is_some()).collect();
    if heads.is_empty() {
        return format!("{name}: nothing yet.");
    }
    let rank = |head: &Head<'_>| match (head.value, curves.view.is_loss()) {
        (None, _) => f64::INFINITY,
        (Some(value), true) => value,
        (Some(value), false) => -value,
    };
    let ranks: Vec<f64> = heads.iter().map(|head| rank(head)).collect();
    let told: Vec<String> = order_of(&ranks).into_iter().map(|at| tell_head(lanes, curves.view, heads[at])).collect();
    let order = if told.len() > 1 { ", best first" } else { "" };
    format!("{name} after {}{order}: {}.", time(lanes, lanes.reached()), told.join(", "))
}

fn tell_head(lanes: &Lanes, view: View, head: &Head<'_>) -> String {
    let label = &head.style.label;
    let lost = head.first_lost.map(|step| format!(" (loss not finite from step {})", thousands(step as f64)));
    let lost = lost.unwrap_or_default();
    let by_batch = view.last_by_batch(lanes.run(head.style.id)).filter(|value| value.is_finite());
    let by_batch = by_batch.map(|own| format!(" ({} with each batch's own statistics)", value(view, own)));
    match head.value {
        Some(last) => format!("{label} {}{}{lost}", value(view, last), by_batch.unwrap_or_default()),
        None => format!("{label} no finite value{lost}"),
    }
}

/// What the kinds of lines mean.
pub fn caption(lanes: &Lanes, curves: &Curves<'_>) -> String {
    let most_seeds = lanes.groups().iter().map(Vec::len).max().unwrap_or(1);
    let seeds = match most_seeds {
        1 => "1 seed.".to_owned(),
        n => format!("{n} seeds: the median, with the single seeds thin."),
    };
    let two = (!curves.two_answers.is_empty())
        .then_some(" Thick: evaluated with running averages; thin: the same weights with each batch's own statistics.");
    let ghosts = lanes.ghosts_of(curves.view).next().is_some().then_some(" Open circles: as reported.");
    [Some(&*seeds), two, ghosts].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn counts_agree_with_their_nouns() {
        let told = [0.0, 1.0, 1.04, 1.5, 2.0, 5.0, 1000.0].map(|value| counted(value, "epoch"));
        let thousand = format!("{} epochs", super::thousands(1000.0));
        assert_eq!(told, ["0 epochs", "1 epoch", "1 epoch", "1.5 epochs", "2 epochs", "5 epochs", &*thousand]);
    }
}
