//! Turns a scene into one that can be shown, and reports what it changed.

pub use crate::norms::grouping::divisors::{divisors, nearest_divisor};

use super::layout::Layout;
use super::opened::OPENED;
use super::{Method, OwnTile, Place, Scene};
use crate::network::layer::norm::gain::Start;
use crate::norms::grouping::tiling::{Axes, Axis};
use crate::norms::norm::Norm;
use crate::norms::norm::fit::Misfit;
use crate::norms::shape::Shape;
use serde::Serialize;
use tsify::Tsify;

/// Most values that the page holds: 64 MiB of f32.
pub const MAX_VALUES: u32 = 1 << 24;

/// Most letters in the name of a tensor.
const MAX_NAME: usize = 80;

/// Most errata that a scene can name; there are fewer.
const MAX_ERRATA: usize = 32;

/// A scene that can be shown.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
pub struct Clamped {
    /// The scene.
    pub scene: Scene,
    /// What had to change, in sentences; empty if nothing did that a reader would notice.
    pub changes: Vec<String>,
}

impl Scene {
    /// Returns the nearest scene that can be shown. A scene that can be shown stays as it is.
    pub fn clamp(mut self) -> Clamped {
        let mut changes = vec![];
        let shape = self.shape.clamp();
        if shape != self.shape {
            let Shape { n, c, h, w } = self.shape;
            let least = "every axis has at least 1 place".to_owned();
            let most = format!("this page holds at most {MAX_VALUES} values, 64 MiB");
            let lengths = [n, c, h, w].map(|length| length.max(1));
            let fits = lengths.iter().try_fold(1_u32, |product, length| product.checked_mul(*length));
            let is_empty = lengths != [n, c, h, w];
            let why = match (is_empty, fits.is_some_and(|product| product <= MAX_VALUES)) {
                (true, true) => least,
                (true, false) => format!("{least}, and {most}"),
                (false, _) => most,
            };
            changes.push(format!("the shape is {shape} now: {why}"));
        }
        self.shape = shape;
        if !self.layout.fits(shape) {
            let said = self.layout.letters();
            changes.push(format!("the axes are N, C, H, W again: a tensor of {shape} has others than {said}"));
            self.layout = Layout::Usual;
        }
        self.method = self.method.clamp(shape, self.layout, &mut changes);
        self.uncentred &= matches!(self.method, Method::Norm(Norm::Axes(_)));
        self.selected = self.selected.clamp(shape);
        self.pins = [self.pins[0].min(shape.n - 1), self.pins[1].min(shape.c - 1)];
        self.poke = self.poke.filter(|poke| poke.is_finite()).map(|poke| poke.clamp(-1e6, 1e6) + 0.0);
        self.file = self.file.map(|name| clean_name(&name)).filter(|name| !name.is_empty());
        for (rule, number) in [(&mut self.gamma_rule, &mut self.gamma), (&mut self.beta_rule, &mut self.beta)] {
            if let Start::Constant(value) = rule.start {
                (rule.start, *number) = (Start::Number, value);
            }
        }
        let first = Self::default();
        for (number, usual, least, most) in [
            (&mut self.contrast, first.contrast, 0.01, 100.0),
            (&mut self.brightness, first.brightness, -1e6, 1e6),
            (&mut self.gamma, first.gamma, -100.0, 100.0),
            (&mut self.beta, first.beta, -100.0, 100.0),
            (&mut self.epsilon, first.epsilon, 0.0, 1.0),
            (&mut self.momentum, first.momentum, 0.0, 1.0),
            (&mut self.rho, first.rho, 0.0, 1.0),
            (&mut self.explode, first.explode, 0.0, 1.0),
            (&mut self.turn, first.turn, -25.0, 25.0),
            (&mut self.zoom, first.zoom, 1.0, 8.0),
        ] {
            *number = within(*number, usual, least, most);
        }
        let most = self.zoom - 1.0;
        self.pan = self.pan.map(|by| within(by, 0.0, -most, most));
        for logit in self.mean_logits.iter_mut().chain(&mut self.variance_logits) {
            *logit = within(*logit, 1.0, -20.0, 20.0);
        }
        self.race = self.race.clamp(&mut changes);
        self.line = self.line.clamp(1, 8);
        self.open = OPENED.iter().map(|(_, part)| *part).filter(|part| self.open.contains(part)).collect();
        let mut seen: Vec<String> = vec![];
        self.as_written.retain(|name| {
            let is_new = is_name(name) && seen.len() < MAX_ERRATA && !seen.contains(name);
            if is_new {
                seen.push(name.clone());
            }
            is_new
        });
        Clamped { scene: self, changes }
    }
}

impl Shape {
    /// The nearest shape that has values, but not too many.
    fn clamp(self) -> Self {
        let mut room = MAX_VALUES;
        let [n, c, h, w] = [self.n, self.c, self.h, self.w].map(|length| {
            let length = length.clamp(1, room);
            room /= length;
            length
        });
        Self { n, c, h, w }
    }
}

impl Place {
    fn clamp(self, shape: Shape) -> Self {
        let Self { n, c, h, w } = self;
        Self { n: n.min(shape.n - 1), c: c.min(shape.c - 1), h: h.min(shape.h - 1), w: w.min(shape.w - 1) }
    }
}

impl Method {
    pub(super) fn clamp(self, shape: Shape, layout: Layout, changes: &mut Vec<String>) -> Self {
        match self {
            Self::Norm(mut norm) => {
                if let Some(axes) = norm.axes_mut().filter(|axes| axes.axes.is_empty()) {
                    axes.axes = Axes::new(&[Axis::C, Axis::H, Axis::W]);
                }
                // A mean over axes that the array lacks could not be said in its words.
                if let Some(axes) = norm.axes_mut().filter(|axes| !axes.axes.iter().any(|axis| layout.has(axis))) {
                    let lost: String = axes.axes.capitals();
                    let ours: Vec<Axis> = layout.axes().filter(|axis| *axis != Axis::N).collect();
                    axes.axes = Axes::new(&ours);
                    changes.push(format!(
                        "the mean is over {} now: {} has no {lost}",
                        letters(&ours, layout),
                        layout.letters()
                    ));
                }
                let misfit = norm.fit(shape.c, shape.n, [Axis::C, Axis::N].map(|axis| layout.counted(axis)));
                // Without a batch it has no parts, but a count of them.
                let words = norm.kind().number().words();
                let words = if layout.has(Axis::N) { words } else { words.trim_end_matches(" of the batch") };
                changes.extend(misfit.map(|misfit| format!("{words} {misfit}")));
                Self::Norm(norm)
            }
            Self::Own(own) => {
                let [of_n, of_c] = [Axis::N, Axis::C].map(|axis| layout.counted(axis));
                let (images, of_images) = Misfit::of(own.images, shape.n, of_n);
                let (channels, of_channels) = Misfit::of(own.channels, shape.c, of_c);
                changes.extend(of_images.map(|misfit| format!("your tile’s {of_n}s {misfit}")));
                changes.extend(of_channels.map(|misfit| format!("your tile’s {of_c}s {misfit}")));
                Self::Own(OwnTile { images, channels, pixel: own.pixel })
            }
        }
    }
}

fn letters(axes: &[Axis], layout: Layout) -> String {
    axes.iter().map(|axis| layout.letter(*axis).to_string()).collect::<Vec<_>>().join(", ")
}

/// A name that fits in a link: without the characters that separate its parts, and not too long.
pub fn clean_name(name: &str) -> String {
    let plain = |letter: char| if letter.is_control() || "&=#%".contains(letter) { '_' } else { letter };
    name.trim().chars().map(plain).take(MAX_NAME).collect::<String>().trim_end().to_owned()
}

/// The nearest number from `least` to `most`; minus zero is 0.
fn within(number: f32, usual: f32, least: f32, most: f32) -> f32 {
    if number.is_nan() { usual } else { number.clamp(least, most) + 0.0 }
}

fn is_name(name: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    (1..=32).contains(&name.len()) && name.chars().all(plain)
}
