//! Writes numbers: with a real minus sign, without negative zero, with the digits asked for.

/// Most digits after the point.
pub const MOST_DIGITS: usize = 12;

/// A number with `digits` digits after the point.
pub fn fixed(value: f64, digits: usize) -> String {
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "∞".into() } else { "−∞".into() };
    }
    let text = format!("{value:.digits$}");
    match text.strip_prefix('-') {
        Some(size) if size.bytes().all(|byte| matches!(byte, b'0' | b'.')) => size.into(),
        Some(size) => format!("−{size}"),
        None => text,
    }
}

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

/// A number as mantissa and power of ten, both as short as f32 allows: 2e−5 is "2" and "−5". A mantissa of 1 is empty.
pub fn scientific(value: f32) -> (String, String) {
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mantissa = if mantissa == "1" { String::new() } else { mantissa.replace('-', "−") };
    (mantissa, exponent.replace('-', "−"))
}

/// The least number of digits, at least `least`, for which `formula`, which rounds its operands to that many, gives
/// `result` as shown with `shown` digits; [`MOST_DIGITS`] if none does.
pub fn digits_that_hold(result: f64, shown: usize, least: usize, formula: impl Fn(usize) -> f64) -> usize {
    let want = fixed(result, shown);
    (least..MOST_DIGITS).find(|&digits| fixed(formula(digits), shown) == want).unwrap_or(MOST_DIGITS)
}
