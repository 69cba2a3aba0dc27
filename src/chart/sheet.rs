//! The sheet of a chart: plotters' drawing area with what its marks and words share.

use super::scale::{Axis, clip};
use super::svg::{Pen, Svg, UNITS_PER_PIXEL};
use super::{Color, Dash, Theme};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::Color as _;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::convert::Infallible;

/// A drawing area with positions in its axes: (images, value).
pub type Plane<'a> = DrawingArea<Svg<'a>, Cartesian2d<Axis, Axis>>;

/// A rectangle, in pixels.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Frame {
    /// x.
    pub left: f64,
    /// y.
    pub top: f64,
    /// x.
    pub right: f64,
    /// y.
    pub bottom: f64,
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Stroke<'a> {
    /// Its colour.
    pub color: Color,
    /// Width in pixels.
    pub width: f64,
    /// Opacity, 0 to 1.
    pub alpha: f64,
    /// Its dash pattern.
    pub dash: Option<&'a Dash>,
    /// The lane it belongs to.
    pub lane: Option<u32>,
}

/// A chart being drawn. Positions are in pixels from the upper left.
pub struct Sheet<'a> {
    root: DrawingArea<Svg<'a>, Shift>,
    pen: &'a Pen,
    /// Its colours.
    pub theme: &'a Theme,
}

/// The fonts of a chart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Font {
    /// Digits.
    Number,
    /// Names.
    Plain,
    /// Remarks.
    Remark,
    /// Main text.
    Claim,
}

/// Draws a document of `width`×`height` pixels.
pub fn document(width: u32, height: u32, theme: &Theme, draw: impl FnOnce(&Sheet<'_>)) -> String {
    let pen = Pen::default();
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n"
    );
    let svg = Svg { text: &mut text, size: (width, height), pen: &pen };
    let sheet = Sheet { root: svg.into_drawing_area(), pen: &pen, theme };
    draw(&sheet);
    drop(sheet);
    text.push_str("</svg>\n");
    text
}

/// Pixels in plotters' units.
pub fn units(pixels: f64) -> i32 {
    (pixels * f64::from(UNITS_PER_PIXEL)).round() as i32
}

/// Drawing on a string cannot fail.
fn done(outcome: Result<(), DrawingAreaErrorKind<Infallible>>) {
    debug_assert!(outcome.is_ok(), "drawing on a string cannot fail");
}

impl<'a> Stroke<'a> {
    /// A solid line of no lane.
    pub fn plain(color: Color, width: f64) -> Self {
        Self { color, width, alpha: 1.0, dash: None, lane: None }
    }

    fn style(&self) -> ShapeStyle {
        self.color.mix(self.alpha).stroke_width(units(self.width) as u32)
    }
}

impl Frame {
    /// x of a time in pixels.
    pub fn x(&self, time: &Axis, images: f64) -> f64 {
        self.left + time.part(images) * (self.right - self.left)
    }

    /// Whether two rectangles overlap.
    pub fn meets(&self, other: &Self) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }

    /// y of a value in pixels.
    pub fn y(&self, axis: &Axis, value: f64) -> f64 {
        self.bottom - axis.part(value) * (self.bottom - self.top)
    }
}

impl<'a> Sheet<'a> {
    /// A frame with its axes.
    pub fn plane(&self, frame: &Frame, x: &Axis, y: &Axis) -> Plane<'a> {
        let pixels = (units(frame.left)..units(frame.right), units(frame.bottom)..units(frame.top));
        self.root.apply_coord_spec(Cartesian2d::new(x.clone(), y.clone(), pixels))
    }

    /// Draws a line, in pixels.
    pub fn line(&self, points: &[(f64, f64)], stroke: &Stroke<'_>) {
        let points: Vec<_> = points.iter().map(|&(x, y)| (units(x), units(y))).collect();
        self.with(stroke, || done(self.root.draw(&PathElement::new(points, stroke.style()))));
    }

    /// Draws a line on a plane, clipped to its y axis; a single point is a dot.
    pub fn curve(&self, plane: &Plane<'_>, points: &[(f64, f64)], stroke: &Stroke<'_>) {
        self.with(stroke, || {
            for run in clip(points.iter().copied(), plane.as_coord_spec().y_spec()) {
                if let [point] = run[..] {
                    let dot = Circle::new(point, units(stroke.width), stroke.color.mix(stroke.alpha).filled());
                    done(plane.draw(&dot));
                } else {
                    done(plane.draw(&PathElement::new(run, stroke.style())));
                }
            }
        });
    }

    /// Draws a filled outline on a plane.
    pub fn area(&self, plane: &Plane<'_>, outline: Vec<(f64, f64)>, stroke: &Stroke<'_>) {
        self.with(stroke, || done(plane.draw(&Polygon::new(outline, stroke.color.mix(stroke.alpha)))));
    }

    /// Draws a filled rectangle, in pixels.
    pub fn block(&self, frame: &Frame, color: Color) {
        let corners = [(units(frame.left), units(frame.top)), (units(frame.right), units(frame.bottom))];
        done(self.root.draw(&Rectangle::new(corners, color.mix(1.0).filled())));
    }

    /// Draws a dot of `radius` pixels in the stroke's colour.
    pub fn dot(&self, at: (f64, f64), radius: f64, stroke: &Stroke<'_>) {
        let style = stroke.color.mix(stroke.alpha).filled();
        let whole = Stroke { dash: None, ..*stroke };
        self.with(&whole, || done(self.root.draw(&Circle::new((units(at.0), units(at.1)), units(radius), style))));
    }

    /// Draws a circle of `radius` pixels, filled with paper.
    pub fn ring(&self, at: (f64, f64), radius: f64, stroke: &Stroke<'_>) {
        self.dot(at, radius, &Stroke { color: self.theme.paper, alpha: 1.0, ..*stroke });
        let whole = Stroke { dash: None, ..*stroke };
        let circle = Circle::new((units(at.0), units(at.1)), units(radius), stroke.style());
        self.with(&whole, || done(self.root.draw(&circle)));
    }

    /// Writes words; empty ones are skipped.
    pub fn text(&self, words: &str, at: (f64, f64), font: Font, color: Color, anchor: (HPos, VPos)) {
        if words.is_empty() {
            return;
        }
        let (family, size, style) = match font {
            Font::Number => (FontFamily::Monospace, 12.0, FontStyle::Normal),
            Font::Plain => (FontFamily::SansSerif, 13.0, FontStyle::Normal),
            Font::Remark => (FontFamily::SansSerif, 12.0, FontStyle::Normal),
            Font::Claim => (FontFamily::Serif, 16.0, FontStyle::Bold),
        };
        let style = FontDesc::new(family, size, style).into_text_style(&self.root).color(&color.0);
        let style = style.pos(Pos::new(anchor.0, anchor.1));
        done(self.root.draw_text(words, &style, (units(at.0), units(at.1))));
    }

    /// Writes words that overlap lines, with a halo.
    pub fn text_on_lines(&self, words: &str, at: (f64, f64), font: Font, color: Color, anchor: (HPos, VPos)) {
        self.pen.halo.set(Some(self.theme.paper));
        self.text(words, at, font, color, anchor);
        self.pen.halo.set(None);
    }

    fn with(&self, stroke: &Stroke<'_>, draw: impl FnOnce()) {
        self.pen.dash.replace(stroke.dash.map_or("", Dash::as_str).to_owned());
        self.pen.lane.set(stroke.lane);
        draw();
        self.pen.dash.take();
        self.pen.lane.set(None);
    }
}
