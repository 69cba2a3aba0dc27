//! Nothing that a link says is changed silently: 100,000 links, made of keys and values of every kind.

use blue_cube::norms::number;
use blue_cube::scene::clamp::Clamped;
use blue_cube::scene::{Scene, hash};
use blue_cube::{preset, setup};
use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};

/// Where a scene has a number.
type Number = fn(&Scene) -> f64;

/// Keys whose value is one number, and where the scene has it.
const NUMBERS: [(&str, Number); 18] = [
    ("seed", |scene| scene.seed.into()),
    ("contrast", |scene| shortest(scene.contrast)),
    ("bright", |scene| shortest(scene.brightness)),
    ("gamma", |scene| shortest(scene.gamma)),
    ("beta", |scene| shortest(scene.beta)),
    ("eps", |scene| shortest(scene.epsilon)),
    ("momentum", |scene| shortest(scene.momentum)),
    ("rho", |scene| shortest(scene.rho)),
    ("explode", |scene| shortest(scene.explode)),
    ("turn", |scene| shortest(scene.turn)),
    ("zoom", |scene| shortest(scene.zoom)),
    ("step", |scene| scene.line.into()),
    ("epochs", |scene| scene.race.epochs.into()),
    ("lr", |scene| shortest(scene.race.rate)),
    ("bs", |scene| scene.race.batch.into()),
    ("leps", |scene| shortest(scene.race.epsilon)),
    ("lmom", |scene| shortest(scene.race.momentum)),
    ("lseed", |scene| scene.race.seed.into()),
];

/// Other keys that a link can have, and some that it cannot.
const OTHERS: [&str; 30] = [
    "layout", "v", "m", "g", "axes", "affine", "part", "devices", "tile", "pixel", "shape", "file", "mode", "sel",
    "show", "poke", "wmean", "pin", "bug", "dialect", "data", "on", "net", "opt", "plateau", "seeds", "engine",
    "lanes", "race", "p",
];

const VALUES: [&str; 47] = [
    "nlc",
    "nchw",
    "",
    "0",
    "1",
    "2",
    "3",
    "4",
    "7",
    "100",
    "513",
    "99999999999",
    "-1",
    "-0.5",
    "0.1",
    "0.30000001192",
    "1e-9",
    "1e9",
    "1e-60",
    "nan",
    "inf",
    "10⁻⁵",
    "0,001",
    "gn",
    "gn4",
    "bn",
    "none",
    "own",
    "axes-c",
    "axes-hw-2",
    "rms-chw-scalar",
    "ghost3",
    "1,1,1,1",
    "9,9,9,9",
    "0,1,1,1",
    "4,6,1,1",
    "bn,bn",
    "none,bn,ln,in,gn8,bin,sn,gn4,gn2",
    "bn~b9999,bn~r10",
    "in~u,in~e-1",
    "bn~b8,gn5~e0.1",
    "D-bs1",
    "B-rate-quick",
    "nope",
    "train",
    "mnist",
    "deep",
];

/// The number that a person reads in an f32.
fn shortest(value: f32) -> f64 {
    value.to_string().parse().unwrap()
}

struct Dice(TestRng);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0.next_u32() as usize % n
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn link(&mut self) -> Vec<(String, String)> {
        let n = 1 + self.below(6);
        (0..n).map(|_| (self.key(), self.value())).collect()
    }

    fn key(&mut self) -> String {
        match self.below(10) {
            0 => self.letters(),
            1..=5 => self.of(&NUMBERS).0.to_owned(),
            _ => self.of(&OTHERS).to_owned(),
        }
    }

    fn value(&mut self) -> String {
        match self.below(10) {
            0 => self.letters(),
            1 => (f64::from(self.0.next_u32() as i32) / 1e6).to_string(),
            2 => format!("{},{},{},{}", self.below(6), self.below(70), self.below(20), self.below(20)),
            _ => self.of(&VALUES).to_owned(),
        }
    }

    /// Any letters, but not those that part a link.
    fn letters(&mut self) -> String {
        let n = 1 + self.below(5);
        (0..n).map(|_| self.of(&['a', 'ä', 'Ω', '0', '9', '-', '.', ',', '~', '∞', ' ', '/', '?'])).collect()
    }
}

#[test]
fn no_link_is_changed_in_silence() {
    let mut dice = Dice(TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let (mut n_changed, mut n_whole) = (0, 0);
    for _ in 0..100_000 {
        let pairs = dice.link();
        let link = pairs.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("&");
        let Clamped { scene, changes } = preset::read(&link);
        let told = changes.join("\n");
        n_whole += u32::from(changes.is_empty());
        for pair @ (key, value) in &pairs {
            if is_as_said(&scene, &pairs, pair) {
                continue;
            }
            n_changed += 1;
            assert!(is_told(&told, key, value, &link), "#{link}: nothing is told of {key}={value}:\n{told}");
        }
    }
    println!("100,000 links: {n_whole} as they were, {n_changed} values changed and told");
    assert!(n_whole > 1000 && n_changed > 100_000, "{n_whole}, {n_changed}: the links are all of one kind");
}

/// What a link names twice, or what is not there, is told; a minus before a zero is nothing.
#[test]
fn what_means_nothing_is_told() {
    for (link, words) in [
        ("bug=banana", "“bug=banana” in the link names no erratum of this page by banana, which was left out"),
        ("bug=walk-root,no-such", "“bug=walk-root,no-such” in the link names no erratum of this page by no-such"),
        ("m=axes&axes=cc", "“axes=cc” in the link cannot be read and was left out"),
        ("m=axes-cc", "“m=axes-cc” in the link cannot be read and was left out"),
    ] {
        let told = preset::read(link).changes.join("\n");
        assert!(told.contains(words), "#{link}: {told}");
    }
    let Clamped { scene, changes } = preset::read("eps=-0&beta=-0");
    assert_eq!((hash::write(&scene), changes), ("v=1&eps=0".to_owned(), vec![]));
}

/// Whether the scene has a value as the link says it. A value that a later one replaces is as good as changed.
fn is_as_said(scene: &Scene, pairs: &[(String, String)], (key, value): &(String, String)) -> bool {
    if pairs.iter().rfind(|(other, _)| other == key).is_some_and(|(_, last)| last != value) {
        return false;
    }
    if let Some((_, found)) = NUMBERS.iter().find(|(number, _)| number == key) {
        return number::read(value) == Some(found(scene));
    }
    match key.as_str() {
        "v" => value == "1",
        // A preset's scene is changed by the rest of the link.
        "p" => ["D-bs1", "B-rate-quick"].contains(&value.as_str()),
        "lanes" => {
            let said: Vec<&str> = value.split(',').filter(|lane| !lane.is_empty()).collect();
            let found: Vec<String> = scene.race.lanes.iter().map(setup::hash::lane).collect();
            // A norm without its number has its first, and a number is written in one way.
            said.len() == found.len()
                && said.iter().zip(&found).all(|(said, found)| said == found || found.starts_with(*said))
        }
        "shape" => {
            let [n, c, h, w] = [scene.shape.n, scene.shape.c, scene.shape.h, scene.shape.w];
            value == &format!("{n},{c},{h},{w}")
        }
        "seeds" => value == &scene.race.seeds.to_string(),
        "race" => scene.race.experiment.as_ref() == Some(value),
        // What a pair means to a scene that has it already is nothing new, and no mistake.
        _ => {
            let again = hash::read_over(scene.clone(), &format!("{key}={value}"));
            again.scene == *scene && again.changes.is_empty()
        }
    }
}

/// Whether a sentence is about a value: it quotes the link, or names what the key is for.
fn is_told(told: &str, key: &str, value: &str, link: &str) -> bool {
    let start: String = value.chars().take(24).collect();
    let is_quoted = told.contains(&format!("“{key}={start}"));
    let of_method =
        ["the number of groups", "the part of the batch", "the number of devices", "your tile’s", "the link’s norm"];
    is_quoted
        || match key {
            "m" | "g" | "part" | "devices" | "tile" | "axes" | "affine" => {
                // A number of a norm is replaced by a later key of its own.
                of_method.iter().any(|words| told.contains(words))
                    || ["g=", "part=", "devices=", "tile=", "axes=", "affine=", "pixel="]
                        .iter()
                        .any(|key| link.contains(key))
            }
            "lanes" | "seeds" => told.contains("in the race, "),
            "shape" => told.contains("the shape is"),
            "layout" => told.contains("the axes are N, C, H, W again"),
            _ => false,
        }
}

/// What a reader opened on the page is in the link; a part that is not known is told.
#[test]
fn a_link_says_what_is_open() {
    use blue_cube::scene::opened::{OPENED, Opened};
    for (name, part) in OPENED {
        let link = hash::write(&Scene { open: vec![part], ..Scene::default() });
        assert_eq!(link, format!("v=1&open={name}"));
        let read = hash::read(&link);
        assert_eq!((read.scene.open, read.changes), (vec![part], vec![]), "{name}");
    }
    let both = hash::read("open=rows,cells");
    assert_eq!((both.scene.open, both.changes), (vec![Opened::Cells, Opened::Rows], vec![]));
    let unknown = hash::read("open=cells,attic");
    assert_eq!(unknown.scene.open, []);
    assert_eq!(unknown.changes, ["“open=cells,attic” in the link cannot be read and was left out"]);
}
