//! A scene as the fragment of a link: `v=1&m=gn3&shape=4,6,4,4&sel=0,1,2,3`. Readable, versioned, defaults left out.
//!
//! `ui=cube` and `theme=dark` belong to the page (www/ui/lib/link.js): they say how it looks, not what it shows.
//! Reading never fails, and nothing in a link is changed silently: what is not known, cannot be read or cannot be shown as
//! the link says is reported, each in a sentence.

use super::clamp::Clamped;
use super::layout::Layout;
use super::opened;
use super::{Dialect, Method, Mode, OwnTile, Place, Scene, Stage};
use crate::norms::grouping::tiling::Axes;
use crate::norms::norm::AffineAxes;
use crate::norms::norm::catalog::Number;
use crate::norms::number;
use crate::norms::shape::Shape;
use crate::training::setup;
use std::fmt::Display;
use std::num::NonZeroU32;

/// The version that is written. A link without a version is read as this one.
const VERSION: &str = "1";

/// The dialects in the order of their menu, and their names in links.
pub const DIALECTS: [(&str, Dialect); 7] = [
    ("paper", Dialect::Paper),
    ("pytorch", Dialect::Pytorch),
    ("keras", Dialect::Keras),
    ("keras2", Dialect::Keras2),
    ("tfa", Dialect::Tfa),
    ("jax", Dialect::Jax),
    ("nnx", Dialect::Nnx),
];

/// Keys that belong to the method.
const METHOD_KEYS: [&str; 7] = ["g", "axes", "affine", "part", "devices", "tile", "pixel"];

/// Returns the fragment of a scene, without `#`; empty for the first scene.
pub fn write(scene: &Scene) -> String {
    let mut pairs = pairs(scene);
    let first = self::pairs(&Scene::default());
    if method_pairs(&pairs) == method_pairs(&first) {
        pairs.retain(|(key, _)| !is_of_method(key));
    }
    pairs.retain(|pair| is_of_method(pair.0) || !first.contains(pair));
    if pairs.is_empty() {
        return String::new();
    }
    let written = std::iter::once(("v", VERSION.to_owned())).chain(pairs);
    written.map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("&")
}

/// Reads the scene of a fragment, with or without `#`; `changes` lists what could not be read or shown as the link
/// says.
pub fn read(fragment: &str) -> Clamped {
    read_over(Scene::default(), fragment)
}

/// As [`read`], with `first` for whatever the fragment does not set. The key `p` is [`crate::figure::preset`]'s.
pub fn read_over(first: Scene, fragment: &str) -> Clamped {
    let fragment = decoded(fragment.trim_start_matches('#'));
    let pairs = pairs_in(&fragment);
    let mut scene = first;
    let mut told = vec![];
    let mut tell = |(key, value): (&str, &str), what: &str| {
        told.push(format!("“{}={}” in the link {what}", shortened(key), shortened(value)));
    };
    if let Some(&pair) = pairs.iter().rfind(|(key, _)| *key == "m") {
        match method(pair.1) {
            Some(method) => scene.method = method,
            None => tell(pair, "cannot be read and was left out"),
        }
    }
    let mut taken = vec![];
    for (at, &pair) in pairs.iter().enumerate() {
        let (key, value) = pair;
        if let Some((_, last)) = pairs[at + 1..].iter().rfind(|(later, _)| *later == key) {
            if *last != value {
                tell(pair, "was left out: the same key comes again later");
            }
        } else if key != "m" && !is_of_page(&pairs, pair) {
            match take(&mut scene, key, value) {
                Some(true) => taken.push(pair),
                Some(false) => tell(pair, "means nothing here and was left out"),
                None => tell(pair, "cannot be read and was left out"),
            }
        }
    }
    // A fragment without a single pair names a part of the page.
    let is_link = !pairs.is_empty();
    for word in fragment.split('&').filter(|word| is_link && !word.is_empty() && !word.contains('=')) {
        told.push(format!("“{}” in the link has no value and was left out", shortened(word)));
    }
    let asked = scene.method;
    let Clamped { scene, mut changes } = scene.clamp();
    told.append(&mut changes);
    let mut of_method = vec![];
    asked.clamp(scene.shape, scene.layout, &mut of_method);
    if scene.method != asked && of_method.is_empty() {
        told.push(format!("the link’s norm {} became {}", name(asked), name(scene.method)));
    }
    let written = self::pairs(&scene);
    told.extend(taken.into_iter().filter_map(|pair| change(&scene, &written, pair)));
    Clamped { scene, changes: told }
}

/// The value that a fragment gives a key; the last one, as in [`read`].
pub fn value_of(fragment: &str, key: &str) -> Option<String> {
    let fragment = decoded(fragment.trim_start_matches('#'));
    pairs_in(&fragment).into_iter().rfind(|(known, _)| *known == key).map(|(_, value)| value.to_owned())
}

fn pairs_in(fragment: &str) -> Vec<(&str, &str)> {
    fragment.split('&').filter_map(|pair| pair.split_once('=')).collect()
}

/// Whether a pair is read elsewhere: the version, the preset's name, or how the page looks.
fn is_of_page(pairs: &[(&str, &str)], pair: (&str, &str)) -> bool {
    match pair {
        ("v", version) => version == VERSION,
        ("p", _) | ("ui", "cube") => true,
        ("theme", "light" | "dark") => pairs.contains(&("ui", "cube")),
        _ => false,
    }
}

/// What a sentence shows of a text from a link.
fn shortened(text: &str) -> String {
    let mut letters = text.chars();
    let shown: String = letters.by_ref().take(24).collect();
    if letters.next().is_some() { shown + "…" } else { shown }
}

/// Reads any key but `m`. `None` if the value cannot be read; whether the key means anything.
fn take(scene: &mut Scene, key: &str, value: &str) -> Option<bool> {
    if METHOD_KEYS.contains(&key) { refine(&mut scene.method, key, value) } else { set(scene, key, value) }
}

/// What became of a pair that was read, if the scene does not have it as the link says. Clamping reports the shape, its axes,
/// the norm, the lanes and the seeds itself.
fn change(scene: &Scene, written: &[(&'static str, String)], (key, value): (&str, &str)) -> Option<String> {
    if METHOD_KEYS.contains(&key) || ["shape", "layout", "lanes", "seeds"].contains(&key) {
        return None;
    }
    let mut again = scene.clone();
    // It was read before.
    let _ = take(&mut again, key, value);
    let of_key = |pairs: &[(&'static str, String)]| {
        pairs.iter().find(|(known, _)| *known == key).map(|(_, text)| without_sign(text))
    };
    let (said, now) = (of_key(&pairs(&again)), of_key(written));
    if said == now && now.as_deref().is_none_or(|now| is_same_number(value, now)) {
        return None;
    }
    let became = match now {
        Some(now) => format!("became {}", shortened(&decoded(&now))),
        None => "was left out".to_owned(),
    };
    let limits = setup::hash::limits(key).map_or(String::new(), |limits| format!(": {limits}"));
    Some(format!("“{key}={}” in the link {became}{limits}", shortened(value)))
}

/// Numbers in which minus zero is 0.
fn without_sign(numbers: &str) -> String {
    let unsigned = numbers.split(',').map(|number| if number == "-0" { "0" } else { number });
    unsigned.collect::<Vec<_>>().join(",")
}

/// Whether two texts are the same number, or the same numbers; true of texts that are none.
fn is_same_number(value: &str, now: &str) -> bool {
    let is_same = |(value, now): (&str, &str)| match (number::read(value), number::read(now)) {
        (Some(value), Some(now)) => value == now,
        _ => true,
    };
    let is_one = number::read(now).is_some();
    if is_one { is_same((value, now)) } else { value.split(',').zip(now.split(',')).all(is_same) }
}

fn is_of_method(key: &str) -> bool {
    key == "m" || METHOD_KEYS.contains(&key)
}

fn method_pairs<'a>(pairs: &'a [(&'static str, String)]) -> Vec<&'a (&'static str, String)> {
    pairs.iter().filter(|(key, _)| is_of_method(key)).collect()
}

/// Everything that a fragment can say about a scene.
fn pairs(scene: &Scene) -> Vec<(&'static str, String)> {
    let Scene { shape, selected, .. } = scene;
    let mut pairs = vec![("m", name(scene.method))];
    numbers(scene.method, &mut pairs);
    pairs.extend([
        ("shape", list(&[shape.n, shape.c, shape.h, shape.w])),
        ("layout", scene.layout.name().to_owned()),
        ("seed", scene.seed.to_string()),
        ("contrast", scene.contrast.to_string()),
        ("bright", scene.brightness.to_string()),
        ("mode", if scene.mode == Mode::Eval { "eval" } else { "train" }.to_owned()),
        ("sel", list(&[selected.n, selected.c, selected.h, selected.w])),
        ("show", stage(scene.stage).to_owned()),
        ("gamma", scene.gamma.to_string()),
        ("beta", scene.beta.to_string()),
        ("gammarule", scene.gamma_rule.to_string()),
        ("betarule", scene.beta_rule.to_string()),
        ("uncentred", u8::from(scene.uncentred).to_string()),
        ("eps", scene.epsilon.to_string()),
        ("momentum", scene.momentum.to_string()),
        ("rho", scene.rho.to_string()),
        ("wmean", list(&scene.mean_logits)),
        ("wvar", list(&scene.variance_logits)),
        ("explode", scene.explode.to_string()),
        ("all", u8::from(scene.all_groups).to_string()),
        ("fold", u8::from(scene.unfolded).to_string()),
        ("turn", scene.turn.to_string()),
        ("zoom", scene.zoom.to_string()),
        ("pan", list(&scene.pan)),
        ("pin", list(&scene.pins)),
        ("step", scene.line.to_string()),
        ("bug", scene.as_written.join(",")),
        ("open", opened::text(&scene.open)),
        ("dialect", dialect_name(scene.dialect).to_owned()),
    ]);
    pairs.extend(scene.poke.map(|poke| ("poke", poke.to_string())));
    pairs.extend(setup::hash::pairs(&scene.race));
    pairs.extend(scene.file.as_deref().map(|name| ("file", encoded(name))));
    pairs
}

/// A norm as its text; the reader's own tile has its spans in keys of its own.
fn name(method: Method) -> String {
    match method {
        Method::Own(_) => "own".to_owned(),
        Method::Norm(norm) => norm.to_string(),
    }
}

/// Returns the method with this name, with numbers that [`refine`] may replace.
fn method(name: &str) -> Option<Method> {
    let two = NonZeroU32::MIN.saturating_add(1);
    if name == "own" {
        return Some(Method::Own(OwnTile { images: two, channels: two, pixel: false }));
    }
    name.parse().ok().map(Method::Norm)
}

fn numbers(method: Method, pairs: &mut Vec<(&'static str, String)>) {
    if let Method::Own(own) = method {
        pairs.push(("tile", list(&[own.images, own.channels])));
        if own.pixel {
            pairs.push(("pixel", "1".to_owned()));
        }
    }
}

/// Reads a key of the method. `None` if it cannot be read, false for a key of another method. The numbers of norms are in
/// their text; links of before that had keys of their own, as `<norm-cube>`'s attributes have still.
fn refine(method: &mut Method, key: &str, value: &str) -> Option<bool> {
    match method {
        Method::Own(own) => match key {
            "tile" => {
                let [images, channels] = lengths(value)?;
                (own.images, own.channels) = (NonZeroU32::new(images)?, NonZeroU32::new(channels)?);
            }
            "pixel" => own.pixel = flag(value)?,
            _ => return Some(false),
        },
        Method::Norm(norm) => match (key, norm.kind().number()) {
            ("g", Number::Groups | Number::Axes) | ("part", Number::Part) | ("devices", Number::Devices) => {
                *norm.count_mut()? = whole(value)?;
            }
            ("axes", Number::Axes) => norm.axes_mut()?.axes = Axes::of_letters(value)?,
            ("affine", Number::Axes) => norm.axes_mut()?.affine = Some(AffineAxes::named(value)?),
            _ => return Some(false),
        },
    }
    Some(true)
}

/// Reads any other key. `None` if it cannot be read, false for an unknown key.
fn set(scene: &mut Scene, key: &str, value: &str) -> Option<bool> {
    match key {
        "shape" => {
            let [n, c, h, w] = lengths(value)?;
            scene.shape = Shape { n, c, h, w };
        }
        "layout" => scene.layout = Layout::named(value)?,
        "seed" => [scene.seed] = lengths(value)?,
        "contrast" => scene.contrast = number::read_f32(value)?,
        "bright" => scene.brightness = number::read_f32(value)?,
        "file" => scene.file = Some(value.to_owned()),
        "mode" => {
            let known = [("train", Mode::Train), ("eval", Mode::Eval)];
            scene.mode = known.into_iter().find(|(name, _)| *name == value)?.1;
        }
        "sel" => {
            let [n, c, h, w] = lengths(value)?;
            scene.selected = Place { n, c, h, w };
        }
        "show" => {
            let known = [Stage::X, Stage::XHat, Stage::Y, Stage::Gradient];
            scene.stage = known.into_iter().find(|known| stage(*known) == value)?;
        }
        "poke" => scene.poke = Some(number::read_f32(value)?),
        "gamma" => scene.gamma = number::read_f32(value)?,
        "beta" => scene.beta = number::read_f32(value)?,
        "gammarule" => scene.gamma_rule = value.parse().ok()?,
        "betarule" => scene.beta_rule = value.parse().ok()?,
        "uncentred" => scene.uncentred = flag(value)?,
        "eps" => scene.epsilon = number::read_f32(value)?,
        "momentum" => scene.momentum = number::read_f32(value)?,
        "rho" => scene.rho = number::read_f32(value)?,
        "wmean" => scene.mean_logits = floats(value)?,
        "wvar" => scene.variance_logits = floats(value)?,
        "explode" => scene.explode = number::read_f32(value)?,
        "all" => scene.all_groups = flag(value)?,
        "fold" => scene.unfolded = flag(value)?,
        "turn" => scene.turn = number::read_f32(value)?,
        "zoom" => scene.zoom = number::read_f32(value)?,
        "pan" => scene.pan = floats(value)?,
        "pin" => scene.pins = lengths(value)?,
        "step" => [scene.line] = lengths(value)?,
        "bug" => scene.as_written = value.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
        "open" => scene.open = opened::read(value)?,
        "dialect" => scene.dialect = DIALECTS.iter().find(|(name, _)| *name == value)?.1,
        _ => return setup::hash::set(&mut scene.race, key, value),
    }
    Some(true)
}

fn dialect_name(dialect: Dialect) -> &'static str {
    DIALECTS.iter().find(|(_, known)| *known == dialect).map_or("", |(name, _)| name)
}

fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::X => "x",
        Stage::XHat => "xhat",
        Stage::Y => "y",
        Stage::Gradient => "gradient",
    }
}

fn list(values: &[impl Display]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// Parses whole numbers; one that is too large counts as the largest.
fn lengths<const COUNT: usize>(value: &str) -> Option<[u32; COUNT]> {
    value.split(',').map(number::whole).collect::<Option<Vec<_>>>()?.try_into().ok()
}

fn whole(value: &str) -> Option<NonZeroU32> {
    lengths::<1>(value).and_then(|[value]| NonZeroU32::new(value))
}

fn floats<const COUNT: usize>(value: &str) -> Option<[f32; COUNT]> {
    value.split(',').map(number::read_f32).collect::<Option<Vec<_>>>()?.try_into().ok()
}

fn flag(value: &str) -> Option<bool> {
    [("1", true), ("0", false)].into_iter().find(|(name, _)| *name == value).map(|(_, flag)| flag)
}

/// Writes everything except plain letters as `%20` and the like.
fn encoded(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._,()".contains(&byte);
    let one = |byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    name.bytes().map(one).collect()
}

/// Replaces `%2C` and the like by the characters that they stand for, as some programs write links.
fn decoded(fragment: &str) -> String {
    let mut bytes = Vec::with_capacity(fragment.len());
    let mut rest = fragment.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = (byte == b'%').then(|| after.get(..2)).flatten();
        let code = code.and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        bytes.push(code.unwrap_or(byte));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
