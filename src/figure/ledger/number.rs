//! How many digits the ledger shows, so that its sums hold.

pub use crate::norms::number::{fixed, scientific};

/// Most digits after the point.
pub const MOST_DIGITS: usize = 12;

/// A number that a reader chose, as exactly as f32 holds it, with at least `least` digits after the point.
pub fn chosen(value: f32, least: usize) -> String {
    let shortest = value.to_string();
    let digits = shortest.split_once('.').map_or(0, |(_, digits)| digits.len());
    fixed(f64::from(value), digits.clamp(least, MOST_DIGITS))
}

/// The decimal number that [`chosen`] shows for an f32.
pub fn decimal(value: f32) -> f64 {
    value.to_string().parse().unwrap_or(f64::from(value))
}

/// A number rounded to `digits` digits after the point: what [`fixed`] shows.
pub fn rounded(value: f64, digits: usize) -> f64 {
    let text = format!("{value:.digits$}");
    text.parse().unwrap_or(value)
}

/// The least number of digits, at least `least`, for which `formula`, which rounds its operands to that many, gives
/// `result` as shown with `shown` digits; [`MOST_DIGITS`] if none does.
pub fn digits_that_hold(result: f64, shown: usize, least: usize, formula: impl Fn(usize) -> f64) -> usize {
    let want = fixed(result, shown);
    (least..MOST_DIGITS).find(|&digits| fixed(formula(digits), shown) == want).unwrap_or(MOST_DIGITS)
}
