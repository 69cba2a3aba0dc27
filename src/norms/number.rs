//! Numbers as people write them: one reader and one writer for links, fields and calls. `www/ui/lib/number_text.js` is the page's
//! own; `tests/numbers.json` holds both to the same.
//!
//! Read are `0.001`, `0,001`, `1e-5`, `10⁻⁵`, `2·10^-5`, `−0.5`, and thousands apart by spaces. Written are a true minus sign
//! and no zero with a sign.

/// Spaces that part thousands.
const SPACES: [char; 5] = [' ', '\u{a0}', '\u{2007}', '\u{2009}', '\u{202f}'];

const SUPERSCRIPTS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];

/// The number that a text is; `None` if it is none, or not finite.
pub fn read(text: &str) -> Option<f64> {
    ascii(text)?.parse().ok().filter(|value: &f64| value.is_finite())
}

/// As [`read`], rounded once to what an f32 holds.
pub fn read_f32(text: &str) -> Option<f32> {
    ascii(text)?.parse().ok().filter(|value: &f32| value.is_finite())
}

/// A whole number in digits, without a sign; one too great to be held counts as the greatest.
pub fn whole(text: &str) -> Option<u32> {
    is_digits(text).then(|| text.parse().unwrap_or(u32::MAX))
}

/// Whether a whole number reads differently in different countries: "1,000" and "1.000" are 1 to some and 1000 to others.
pub fn is_ambiguous(text: &str) -> bool {
    let parts = text.trim().split_once([',', '.']);
    parts.is_some_and(|(whole, part)| whole.bytes().any(|byte| byte.is_ascii_digit()) && part == "000")
}

/// Whether a letter is of a power of ten, in "2·10⁻⁵" or "2*10^-5".
pub fn is_of_power(letter: char) -> bool {
    matches!(letter, '·' | '×' | '*' | '^' | '⁻') || SUPERSCRIPTS.contains(&letter)
}

/// A text as Rust writes a number: "10⁻⁵" as "1e-5".
fn ascii(text: &str) -> Option<String> {
    let text = unspaced(text.trim())?;
    let (sign, size) = match text.strip_prefix(['-', '+']) {
        Some(size) => (&text[..1], size),
        None => ("", &text[..]),
    };
    let (mantissa, power) = if let Some((mantissa, power)) = size.split_once("·10") {
        (mantissa, raised(power)?)
    } else if let Some(power) = size.strip_prefix("10").and_then(raised) {
        ("1", power)
    } else if let Some((mantissa, power)) = size.split_once('e') {
        (mantissa, Some(power.to_owned()).filter(|power| is_whole(power))?)
    } else {
        (size, "0".to_owned())
    };
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    is_digits(&format!("{whole}{part}")).then(|| format!("{sign}{mantissa}e{power}"))
}

/// The text without spaces between thousands, about a sign of multiplication or behind the sign, and with one letter for all that mean
/// the same; `None` if another space is in it.
fn unspaced(text: &str) -> Option<String> {
    let letters: Vec<char> = text.chars().map(plain_letter).collect();
    let digits_from = |at: usize| letters[at..].iter().take_while(|letter| letter.is_ascii_digit()).count();
    let mut unspaced = String::new();
    for (at, &letter) in letters.iter().enumerate() {
        if !SPACES.contains(&letter) {
            unspaced.push(letter);
            continue;
        }
        let before = letters[..at].iter().rev().find(|letter| !SPACES.contains(letter));
        let after = letters[at..].iter().find(|letter| !SPACES.contains(letter));
        let is_about_sign =
            before == Some(&'·') || after == Some(&'·') || (unspaced.len() == 1 && unspaced.starts_with(['-', '+']));
        let parts_thousands = at > 0 && letters[at - 1].is_ascii_digit() && digits_from(at + 1) == 3;
        if !is_about_sign && !parts_thousands {
            return None;
        }
    }
    Some(unspaced)
}

fn plain_letter(letter: char) -> char {
    match letter {
        '−' => '-',
        ',' => '.',
        '×' | '*' => '·',
        'E' => 'e',
        other => other,
    }
}

/// The power in "^-5" or "⁻⁵".
fn raised(power: &str) -> Option<String> {
    if let Some(power) = power.strip_prefix('^') {
        return is_whole(power).then(|| power.to_owned());
    }
    let lowered = |letter: char| match SUPERSCRIPTS.iter().position(|known| *known == letter) {
        Some(digit) => char::from_digit(digit as u32, 10),
        None => (letter == '⁻').then_some('-'),
    };
    power.chars().map(lowered).collect::<Option<String>>().filter(|power| is_whole(power))
}

fn is_whole(text: &str) -> bool {
    is_digits(text.strip_prefix(['-', '+']).unwrap_or(text))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

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

/// A share of 1 as results are printed, in `digits` figures: ".902", and 1 as "1.00".
pub fn share(value: f64, digits: usize) -> String {
    let text = fixed(value, digits);
    match text.strip_prefix("0.") {
        Some(part) => format!(".{part}"),
        None => fixed(value, digits.saturating_sub(1)),
    }
}

/// A difference with its sign: "+0.013", "−0.010"; zero is "+0.000".
pub fn signed(value: f64, digits: usize) -> String {
    let text = fixed(value, digits);
    if text.starts_with('−') { text } else { format!("+{text}") }
}

/// Without the digits that an f32 does not have, and without an exponent: "0.1" for the f32 nearest to it.
pub fn decimal(value: f32) -> String {
    // Six figures, as a decimal that is written without an exponent.
    let near: f64 = format!("{value:.5e}").parse().unwrap_or(f64::NAN);
    near.to_string().replace('-', "−")
}

/// A number as mantissa and power of ten, both as short as f32 allows: 2e−5 is "2" and "−5". The mantissa is empty of 1.
pub fn scientific(value: f32) -> (String, String) {
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mantissa = if mantissa == "1" { String::new() } else { mantissa.replace('-', "−") };
    (mantissa, exponent.replace('-', "−"))
}

/// A power of ten with its exponent raised: "10⁻⁵".
pub fn power_of_ten(exponent: &str) -> String {
    let raised = |letter: char| letter.to_digit(10).map_or('⁻', |digit| SUPERSCRIPTS[digit as usize]);
    format!("10{}", exponent.chars().map(raised).collect::<String>())
}

/// A number as short as f32 allows: "0.62", "2·10⁻⁵", "−0.5".
pub fn plain(value: f32) -> String {
    /// Smaller ones are written as powers of ten.
    const SMALL: f32 = 1e-3;
    if value == 0.0 {
        return "0".into();
    }
    if value.abs() >= SMALL {
        return value.to_string().replace('-', "−");
    }
    let (mantissa, exponent) = scientific(value);
    let power = power_of_ten(&exponent);
    match mantissa.as_str() {
        "" => power,
        "−1" => format!("−{power}"),
        mantissa => format!("{mantissa}·{power}"),
    }
}

/// A count as a sentence says it: from 10,000 on with narrow spaces between thousands, "12 544".
pub fn count(value: u32) -> String {
    /// The first number with spaces.
    const LONG: u32 = 10_000;
    let digits = value.to_string();
    if value < LONG {
        return digits;
    }
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// A noun after its count: "image" for 1, "images" for any other.
pub fn noun(count: u32, singular: &str) -> String {
    if count == 1 { singular.to_owned() } else { format!("{singular}s") }
}

/// A count with its noun: "1 image", "4 images", "12 544 images".
pub fn plural(value: u32, singular: &str) -> String {
    format!("{} {}", count(value), noun(value, singular))
}
