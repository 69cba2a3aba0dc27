//! The eight lines: their tokens, the shape after each, the values to print, and a remark.

use super::{CHANNELS_A_GROUP, GROUPS, N_LINES, ROOT_LINE, SHAPE, Topic};
use serde::Serialize;
use tsify::Tsify;

/// A line of the walkthrough.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// Counted from 1.
    pub number: u32,
    /// Its code, in pieces.
    pub tokens: Vec<Token>,
    /// The shape of its result, in letters.
    pub shape: Vec<Letter>,
    /// What can be printed after it.
    pub values: Vec<Printed>,
    /// A remark about it.
    pub remark: &'static str,
}

/// A piece of a line.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    /// The text as it is in the code.
    pub text: &'static str,
    /// What it names.
    pub topic: Option<Topic>,
    /// Whether it is the mistake, or the correction that replaces it.
    pub mark: Option<TokenMark>,
}

/// How a token is marked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum TokenMark {
    /// Wrong.
    Wrong,
    /// Corrected.
    Corrected,
}

/// An axis in a shape, written like an element in a chemical formula: N₆₄.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
pub struct Letter {
    /// Empty for an axis of length 1 that was reduced away.
    pub name: &'static str,
    /// Its length.
    pub length: u32,
    /// What it names.
    pub topic: Option<Topic>,
}

/// A named tensor, as the walkthrough prints it.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
pub struct Printed {
    /// Its variable's name.
    pub name: &'static str,
    /// The type that the walkthrough prints.
    pub kind: &'static str,
    /// The shape as Python writes it.
    pub shape: String,
    /// Which tensor's statistics it shows.
    pub measure: Measure,
}

/// A tensor whose statistics are computed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// The random tensor, lines 1 to 5.
    Input,
    /// The means of the groups.
    Means,
    /// The variances of the groups.
    Variances,
    /// The output without the root.
    Written,
    /// The output with it.
    Corrected,
}

/// Returns the lines, with line 6 as it was published or corrected.
pub fn lines(as_written: bool) -> Vec<Line> {
    let line = |number| Line {
        number,
        tokens: tokens(number, as_written),
        shape: letters(number),
        values: values(number, as_written),
        remark: remark(number, as_written),
    };
    (1..=N_LINES).map(line).collect()
}

fn plain(text: &'static str) -> Token {
    Token { text, topic: None, mark: None }
}

fn named(text: &'static str, topic: Topic) -> Token {
    Token { text, topic: Some(topic), mark: None }
}

fn tokens(line: u32, as_written: bool) -> Vec<Token> {
    use Topic::{Beta, C, ChannelsOfGroup, G, Gamma, H, Mean, N, W};
    let comma = || plain(", ");
    match line {
        1 => vec![
            plain("tensor = np.random.random(("),
            named("64", N),
            comma(),
            named("16", C),
            comma(),
            named("112", H),
            comma(),
            named("112", W),
            plain("))"),
        ],
        2 => axes([plain(""), plain(" = tensor.shape")]),
        3 => vec![named("G", G), plain(" = 4")],
        4 => vec![
            plain("tensor = tf.reshape(tensor, ["),
            named("N", N),
            comma(),
            named("G", G),
            comma(),
            named("C // G", ChannelsOfGroup),
            comma(),
            named("H", H),
            comma(),
            named("W", W),
            plain("])"),
        ],
        5 => vec![
            named("mean", Mean),
            comma(),
            named("var", Topic::Variance),
            plain(" = tf.nn.moments(tensor, ["),
            named("2", ChannelsOfGroup),
            comma(),
            named("3", H),
            comma(),
            named("4", W),
            plain("], keepdims=True)"),
        ],
        ROOT_LINE => {
            let mut tokens = vec![plain("tensor = (tensor - "), named("mean", Mean), plain(") / ")];
            tokens.extend(divisor(as_written));
            tokens
        }
        7 => axes([plain("tensor = tf.reshape(tensor, ["), plain("])")]),
        _ => vec![plain("tensor = tensor * "), named("gamma", Gamma), plain(" + "), named("beta", Beta)],
    }
}

/// N, C, H, W between two pieces.
fn axes([before, after]: [Token; 2]) -> Vec<Token> {
    let letters = [("N", Topic::N), ("C", Topic::C), ("H", Topic::H), ("W", Topic::W)];
    let mut tokens = vec![before];
    for (i, (letter, topic)) in letters.into_iter().enumerate() {
        if i > 0 {
            tokens.push(plain(", "));
        }
        tokens.push(named(letter, topic));
    }
    tokens.push(after);
    tokens.retain(|token| !token.text.is_empty());
    tokens
}

/// The divisor in line 6.
fn divisor(as_written: bool) -> [Token; 5] {
    let (mark, start) = if as_written { (TokenMark::Wrong, "(") } else { (TokenMark::Corrected, "tf.sqrt(") };
    let (variance, epsilon) = (named("var", Topic::Variance), named("1e-5", Topic::Epsilon));
    [plain(start), variance, plain(" + "), epsilon, plain(")")].map(|token| Token { mark: Some(mark), ..token })
}

fn letters(line: u32) -> Vec<Letter> {
    let letter = |name, length, topic| Letter { name, length, topic: Some(topic) };
    let one = || Letter { name: "", length: 1, topic: None };
    let n = letter("N", SHAPE.n, Topic::N);
    let g = letter("G", GROUPS, Topic::G);
    let (h, w) = (letter("H", SHAPE.h, Topic::H), letter("W", SHAPE.w, Topic::W));
    match line {
        3 => vec![g],
        4 | ROOT_LINE => vec![n, g, letter("C∕G", CHANNELS_A_GROUP, Topic::ChannelsOfGroup), h, w],
        5 => vec![n, g, one(), one(), one()],
        _ => vec![n, letter("C", SHAPE.c, Topic::C), h, w],
    }
}

fn values(line: u32, as_written: bool) -> Vec<Printed> {
    /// The types that the walkthrough prints, without their modules.
    const KINDS: [&str; 2] = ["ndarray", "EagerTensor"];
    let output = if as_written { Measure::Written } else { Measure::Corrected };
    let printed = |name, kind, shape: &[u32], measure| {
        let lengths: Vec<String> = shape.iter().map(u32::to_string).collect();
        Printed { name, kind, shape: format!("({})", lengths.join(", ")), measure }
    };
    let Shapes { four, five, moments } = Shapes::new();
    match line {
        1..=3 => vec![printed("tensor", KINDS[0], &four, Measure::Input)],
        4 => vec![printed("tensor", KINDS[1], &five, Measure::Input)],
        5 => vec![
            printed("mean", KINDS[1], &moments, Measure::Means),
            printed("var", KINDS[1], &moments, Measure::Variances),
        ],
        ROOT_LINE => vec![printed("tensor", KINDS[1], &five, output)],
        _ => vec![printed("tensor", KINDS[1], &four, output)],
    }
}

/// The three shapes of the walkthrough.
struct Shapes {
    four: [u32; 4],
    five: [u32; 5],
    moments: [u32; 5],
}

impl Shapes {
    fn new() -> Self {
        let (n, h, w) = (SHAPE.n, SHAPE.h, SHAPE.w);
        Self { four: [n, SHAPE.c, h, w], five: [n, GROUPS, CHANNELS_A_GROUP, h, w], moments: [n, GROUPS, 1, 1, 1] }
    }
}

fn remark(line: u32, as_written: bool) -> &'static str {
    match line {
        1 => "12 845 056 values, uniform between 0 and 1, drawn here from the scene’s seed.",
        2 => "Four letters for four axes, the same as on the cube.",
        3 => {
            "The post calls G the group size. It is the number of groups; with 16 channels and G = 4 both are 4, which \
             hides the swap."
        }
        4 => "No value moves. A channel only gets two indices: its group, and its place in the group.",
        5 => "256 means and 256 variances, each from 50 176 values: 4 channels × 112 × 112 of one image.",
        ROOT_LINE if as_written => {
            "The square root is missing: the spread is 1∕σ, near 3.464, where it should be 1. The post \
             prints 3.4636 and moves on."
        }
        ROOT_LINE => "With the root the spread is 1, apart from ε: 0.9999.",
        7 => "Back to four letters.",
        _ => "γ = 1 and β = 0: a single number each here, where the layer has one per channel.",
    }
}
