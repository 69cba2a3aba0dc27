//! Plotters' backend for our charts: SVG as text, in CSS pixels.
//!
//! Plotters' own SVG supports neither dashes nor halos nor lane attributes, and draws in whole pixels; this one has a
//! [`Pen`] for what plotters' styles cannot express. No styles and no scripts, so that a strict content policy allows it;
//! words stay text.

use super::Color;
use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingErrorKind, FontStyle};
use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::fmt::Write;

/// Plotters draws in whole units; a quarter of a pixel is fine enough to look smooth.
pub const UNITS_PER_PIXEL: i32 = 4;

/// Attributes of the next marks that plotters' styles lack.
#[derive(Default)]
pub struct Pen {
    /// `stroke-dasharray`, in pixels; empty for none.
    pub dash: RefCell<String>,
    /// The lane of the marks, written to `data-lane`.
    pub lane: Cell<Option<u32>>,
    /// The halo behind words that overlap lines.
    pub halo: Cell<Option<Color>>,
}

/// Writes a document; the opening and closing tags are the caller's.
pub struct Svg<'a> {
    /// The document so far.
    pub text: &'a mut String,
    /// In pixels.
    pub size: (u32, u32),
    /// Attributes of the next marks.
    pub pen: &'a Pen,
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

/// A number of units, written in pixels.
struct Px(i32);

impl std::fmt::Display for Px {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const PARTS: [&str; UNITS_PER_PIXEL as usize] = ["", ".25", ".5", ".75"];
        let (sign, units) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        let per_pixel = UNITS_PER_PIXEL.unsigned_abs();
        write!(f, "{sign}{}{}", units / per_pixel, PARTS[(units % per_pixel) as usize])
    }
}

impl Svg<'_> {
    /// Writes a tag up to its paint. Writing to a string cannot fail.
    fn open(&mut self, tag: &str) {
        self.text.push('<');
        self.text.push_str(tag);
        if let Some(lane) = self.pen.lane.get() {
            let _ = write!(self.text, " data-lane=\"{lane}\"");
        }
    }

    fn color(&mut self, name: &str, color: BackendColor) {
        let (r, g, b) = color.rgb;
        let _ = write!(self.text, " {name}=\"{}\"", Color(RGBColor(r, g, b)));
        if color.alpha < 1.0 {
            let _ = write!(self.text, " {name}-opacity=\"{:.2}\"", color.alpha);
        }
    }

    fn stroke<S: BackendStyle>(&mut self, style: &S) {
        self.color("stroke", style.color());
        let _ = write!(self.text, " stroke-width=\"{}\"", Px(style.stroke_width() as i32));
        let dash = self.pen.dash.borrow();
        if !dash.is_empty() {
            let _ = write!(self.text, " stroke-dasharray=\"{dash}\"");
        }
    }

    fn paint<S: BackendStyle>(&mut self, style: &S, is_filled: bool) {
        if is_filled {
            self.color("fill", style.color());
        } else {
            self.text.push_str(" fill=\"none\"");
            self.stroke(style);
        }
    }

    fn points(&mut self, path: impl IntoIterator<Item = BackendCoord>) {
        self.text.push_str(" points=\"");
        for (x, y) in path {
            let _ = write!(self.text, "{},{} ", Px(x), Px(y));
        }
        self.text.push_str("\"/>\n");
    }
}

impl DrawingBackend for Svg<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        let units = UNITS_PER_PIXEL.unsigned_abs();
        (self.size.0 * units, self.size.1 * units)
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, at: BackendCoord, color: BackendColor) -> Drawn {
        let (right, below) = (at.0 + 1, at.1 + 1);
        self.draw_rect(at, (right, below), &color, true)
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(&mut self, a: BackendCoord, b: BackendCoord, style: &S, fill: bool) -> Drawn {
        self.open("rect");
        let (width, height) = (Px(b.0 - a.0), Px(b.1 - a.1));
        let _ = write!(self.text, " x=\"{}\" y=\"{}\" width=\"{width}\" height=\"{height}\"", Px(a.0), Px(a.1));
        self.paint(style, fill);
        self.text.push_str("/>\n");
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        self.open("polyline");
        self.paint(style, false);
        self.points(path);
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        self.open("polygon");
        self.paint(style, true);
        self.points(path);
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(&mut self, at: BackendCoord, radius: u32, style: &S, fill: bool) -> Drawn {
        self.open("circle");
        let _ = write!(self.text, " cx=\"{}\" cy=\"{}\" r=\"{}\"", Px(at.0), Px(at.1), Px(radius as i32));
        self.paint(style, fill);
        self.text.push_str("/>\n");
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, words: &str, style: &S, at: BackendCoord) -> Drawn {
        let (size, anchor) = (style.size(), style.anchor());
        // From the anchor down to the baseline, in font sizes.
        let down = match anchor.v_pos {
            VPos::Top => 0.76,
            VPos::Center => 0.35,
            VPos::Bottom => -0.24,
        };
        let baseline = at.1 + (down * size * f64::from(UNITS_PER_PIXEL)).round() as i32;
        self.open("text");
        let _ = write!(self.text, " x=\"{}\" y=\"{}\"", Px(at.0), Px(baseline));
        self.text.push_str(match anchor.h_pos {
            HPos::Left => "",
            HPos::Center => " text-anchor=\"middle\"",
            HPos::Right => " text-anchor=\"end\"",
        });
        let _ = write!(self.text, " font-family=\"{}\" font-size=\"{size}\"", style.family().as_str());
        self.text.push_str(match style.style() {
            FontStyle::Normal => "",
            FontStyle::Italic | FontStyle::Oblique => " font-style=\"italic\"",
            FontStyle::Bold => " font-weight=\"bold\"",
        });
        self.color("fill", style.color());
        if let Some(halo) = self.pen.halo.get() {
            let _ = write!(
                self.text,
                " paint-order=\"stroke\" stroke=\"{halo}\" stroke-width=\"5\" stroke-linejoin=\"round\""
            );
        }
        self.text.push('>');
        for letter in words.chars() {
            match letter {
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '&' => self.text.push_str("&amp;"),
                _ => self.text.push(letter),
            }
        }
        self.text.push_str("</text>\n");
        Ok(())
    }
}
