//! The architecture, read from the sources: which module may use which, and where the edges of the program are.

#![cfg(not(target_arch = "wasm32"))]

mod common;

use common::assert_no_failures;
use std::path::{Path, PathBuf};

/// Modules in order: each may use those before it, save where [`SIDE_BRANCHES`] says less.
const ORDER: [&str; 29] = [
    "shape",
    "grouping",
    "moments",
    "norm",
    "random",
    "kernel",
    "plan",
    "layer",
    "optimizer",
    "model",
    "exec",
    "normalize",
    "data",
    "train",
    "race",
    "files",
    "bench",
    "message",
    "setup",
    "chart",
    "scene",
    "walkthrough",
    "errata",
    "cube",
    "ledger",
    "sentence",
    "preset",
    "dialect",
    "web",
];

/// Modules that hang on the side, with all that they may use.
const SIDE_BRANCHES: [(&str, &[&str]); 11] = [
    ("data", &["shape"]),
    ("files", &["shape", "grouping", "norm", "random", "plan", "layer", "optimizer", "model", "data"]),
    ("chart", &["shape", "grouping", "norm", "train"]),
    ("scene", &["shape", "grouping", "norm", "setup"]),
    ("walkthrough", &["shape", "grouping", "moments", "norm", "random", "kernel", "scene"]),
    ("errata", &["shape", "grouping", "moments", "norm", "random", "kernel", "scene", "walkthrough"]),
    ("cube", &["shape", "grouping", "moments", "norm", "random", "kernel", "scene"]),
    ("ledger", &["shape", "grouping", "moments", "norm", "scene", "cube"]),
    ("sentence", &["shape", "grouping", "norm", "scene", "cube"]),
    ("dialect", &["shape", "grouping", "norm", "scene"]),
    ("preset", &["shape", "grouping", "norm", "scene", "cube", "walkthrough"]),
];

/// All that a chart or the cube may take from `train`: what it reports, not how it runs.
const REPORTS: [&str; 4] = ["Report", "Evaluation", "RunSpec", "NormWeights"];

const MAX_LINES: usize = 400;
const MAX_SHADER_LINES: usize = 120;

/// Seams where the target shows: `web`, the device, the clock, SIMD.
const MAX_TARGET_CFGS: usize = 6;

/// A source file: its path from the root of the repository, with slashes, and its text.
#[derive(Clone)]
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// The module at the top of the tree that the file is part of; "lib" for the root.
    fn module(&self) -> &str {
        let inner = self.path.trim_start_matches("src/");
        inner.split(['/', '.']).next().expect("split gives one part at least")
    }

    /// The lines of code, numbered from 1, without comments.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines().map(|line| line.split("//").next().unwrap_or("")))
    }

    fn places_of(&self, needle: &str) -> Vec<String> {
        let hits = self.code().filter(|(_, line)| has_word(line, needle));
        hits.map(|(number, line)| format!("{}:{number}: {}", self.path, line.trim())).collect()
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files under `folder` with this extension; none if there is no such folder.
fn files(folder: &str, extension: &str) -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.expect("a folder of ours is readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                let name = path.strip_prefix(root()).expect("below the root").to_string_lossy().replace('\\', "/");
                let text = std::fs::read_to_string(&path).expect("sources are UTF-8");
                found.push(Source { path: name, text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn sources() -> Vec<Source> {
    let sources = files("src", "rs");
    assert!(sources.len() >= 10, "only {} files found in src", sources.len());
    sources
}

fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether `needle` stands in `line` as a word of its own.
fn has_word(line: &str, needle: &str) -> bool {
    line.match_indices(needle)
        .any(|(at, _)| !line[..at].ends_with(is_word_char) && !line[at + needle.len()..].starts_with(is_word_char))
}

/// A path that starts at the root of the crate: its first two names and its line.
#[derive(PartialEq, Debug)]
struct Use {
    line: usize,
    module: String,
    item: String,
}

/// Every `crate::module::item` in the code, braces taken apart.
fn uses(source: &Source) -> Vec<Use> {
    let mut text = String::new();
    for (_, line) in source.code() {
        text.push_str(line);
        text.push('\n');
    }
    let mut found = Vec::new();
    for (at, start) in text.match_indices("crate::") {
        if text[..at].ends_with(|c| is_word_char(c) || c == '$') {
            continue;
        }
        let line = text[..at].matches('\n').count() + 1;
        for path in leaves(&text[at + start.len()..]) {
            let mut names = path.split("::").map(str::to_owned);
            let module = names.next().unwrap_or_default();
            found.push(Use { line, module, item: names.next().unwrap_or_default() });
        }
    }
    found
}

/// The paths of a use tree, `{a, b::{c, d}}` as `a`, `b::c`, `b::d`; stops where the path ends.
fn leaves(tree: &str) -> Vec<String> {
    let tree = tree.trim_start();
    if let Some(inner) = tree.strip_prefix('{') {
        return items(inner).iter().flat_map(|item| leaves(item)).collect();
    }
    let name: String = tree.chars().take_while(|&c| is_word_char(c) || c == '*').collect();
    match tree[name.len()..].strip_prefix("::") {
        Some(rest) => leaves(rest).iter().map(|leaf| format!("{name}::{leaf}")).collect(),
        None => vec![name],
    }
}

/// The comma-separated items up to the brace that closes.
fn items(inner: &str) -> Vec<String> {
    let (mut items, mut depth) = (vec![String::new()], 0);
    for c in inner.chars() {
        match c {
            '}' if depth == 0 => break,
            ',' if depth == 0 => items.push(String::new()),
            _ => {
                depth += i32::from(c == '{') - i32::from(c == '}');
                items.last_mut().expect("never empty").push(c);
            }
        }
    }
    items.retain(|item| !item.trim().is_empty());
    items
}

fn rank(module: &str) -> Option<usize> {
    ORDER.iter().position(|&name| name == module)
}

/// Why `from` may not use `module::item`.
fn objection(from: &str, module: &str, item: &str) -> Option<String> {
    if from == module || from == "lib" {
        return None;
    }
    let Some(rank_of_module) = rank(module) else {
        return Some(format!("`crate::{module}` is not in the order of modules"));
    };
    if let Some((_, allowed)) = SIDE_BRANCHES.iter().find(|(branch, _)| *branch == from) {
        if !allowed.contains(&module) {
            return Some(format!("`{from}` is a side branch: it may use {} only, not `{module}`", allowed.join(", ")));
        }
        let only_reports = module != "train" || REPORTS.contains(&item);
        return (!only_reports).then(|| format!("`{from}` may use the reports of `train` only, not `{item}`"));
    }
    let looks_back = rank(from).is_some_and(|rank_of_from| rank_of_module < rank_of_from);
    (!looks_back).then(|| format!("`{from}` comes before `{module}`: it may not use it"))
}

fn wrong_directions(source: &Source) -> Vec<String> {
    let mut failures = Vec::new();
    if source.module() != "lib" && rank(source.module()).is_none() {
        failures.push(format!("{}:1: module `{}` is not in the order of modules", source.path, source.module()));
    }
    for Use { line, module, item } in uses(source) {
        if let Some(objection) = objection(source.module(), &module, &item) {
            failures.push(format!("{}:{line}: {objection}", source.path));
        }
    }
    for (line, code) in source.code() {
        // From a file at the top, `super` is the root unless it stands in a module of the file.
        let at_top = source.path.matches('/').count() == 1;
        let inner_module = source.code().any(|(at, code)| at < line && has_word(code, "mod") && code.contains('{'));
        if code.contains("super::super") || (at_top && code.contains("super::") && !inner_module) {
            failures.push(format!("{}:{line}: `super` climbs to the root: write `crate::`", source.path));
        }
    }
    for place in source.places_of("blue_cube") {
        failures.push(format!("{place}: write `crate::`"));
    }
    failures
}

#[test]
fn modules_use_those_above_them_only() {
    let failures: Vec<String> = sources().iter().flat_map(wrong_directions).collect();
    assert_no_failures("layering", &failures);
}

/// The order here is the order of lib.rs.
#[test]
fn lib_declares_the_modules_in_this_order() {
    let lib = sources().into_iter().find(|source| source.path == "src/lib.rs").expect("the crate has a root");
    let declared: Vec<String> = lib
        .code()
        .filter_map(|(_, line)| line.trim().strip_prefix("pub mod ")?.strip_suffix(';').map(str::to_owned))
        .collect();
    assert_eq!(declared, ORDER);
}

#[test]
fn the_reader_of_sources_sees_what_is_wrong() {
    let source = |path: &str, text: &str| Source { path: path.into(), text: text.into() };
    let wrong = [
        ("src/shape.rs", "use crate::grouping::Grouping;", "src/shape.rs:1"),
        ("src/kernel/relu.rs", "\n\nuse crate::exec::Executor;", "src/kernel/relu.rs:3"),
        ("src/norm.rs", "fn f() { crate::train::step(); }", "src/norm.rs:1"),
        ("src/kernel.rs", "use crate::{shape::Shape, plan::{Plan, Slot}};", "`kernel` comes before `plan`"),
        ("src/kernel.rs", "use crate::{\n    shape::Shape,\n    web,\n};", "`kernel` comes before `web`"),
        ("src/data/idx.rs", "use crate::norm::Norm;", "side branch"),
        ("src/chart.rs", "use crate::cube::Scene;", "side branch"),
        ("src/chart.rs", "use crate::train::Trainer;", "reports of `train` only"),
        ("src/cube/scene.rs", "use crate::exec::DeviceInfo;", "side branch"),
        ("src/exec/cpu.rs", "use crate::data::Dataset;", "comes before `data`"),
        ("src/train.rs", "pub(in crate::web) fn f() {}", "comes before `web`"),
        ("src/train.rs", "use crate::wbe::Page;", "not in the order"),
        ("src/misc.rs", "", "not in the order"),
        ("src/shape.rs", "use super::web::Page;", "climbs to the root"),
        ("src/kernel/relu.rs", "use super::super::web::Page;", "climbs to the root"),
        ("src/shape.rs", "use blue_cube::web::Page;", "src/shape.rs:1"),
    ];
    for (path, text, want) in wrong {
        let failures = wrong_directions(&source(path, text));
        assert!(failures.iter().any(|failure| failure.contains(want)), "{path} with {text:?} gives {failures:?}");
    }
    let right = [
        ("src/grouping.rs", "use crate::shape::Shape;"),
        ("src/shape.rs", "// use crate::web::Page;\n/// See [`crate::web`].\nstruct A;"),
        ("src/shape.rs", "mod tests {\n    use super::*;\n}"),
        ("src/kernel/relu.rs", "use super::Params;\nuse crate::{kernel::Kernel, shape::Shape};"),
        ("src/chart/loss.rs", "use crate::train::{Evaluation, Report};"),
        ("src/web/page.rs", "use crate::{chart, cube::Scene, message::FromWorker};"),
        ("src/train.rs", "use crate::data::Dataset;"),
        ("src/lib.rs", "pub use crate::web::Page;"),
    ];
    for (path, text) in right {
        assert_eq!(wrong_directions(&source(path, text)), [""; 0], "{path} with {text:?}");
    }
}

/// The places of `words` in files whose path does not start with `home`.
fn strays(words: &[&str], home: &str) -> Vec<String> {
    let outside = sources().into_iter().filter(|source| !source.path.starts_with(home));
    outside
        .flat_map(|source| words.iter().flat_map(move |word| source.clone().places_of(word)).collect::<Vec<_>>())
        .collect()
}

#[test]
fn wgpu_stays_in_the_gpu_executor() {
    assert_no_failures("wgpu outside src/exec/gpu", &strays(&["wgpu", "naga"], "src/exec/gpu"));
}

#[test]
fn javascript_stays_in_web() {
    let words = ["wasm_bindgen", "web_sys", "js_sys", "wasm_bindgen_futures", "serde_wasm_bindgen"];
    assert_no_failures("JavaScript outside src/web", &strays(&words, "src/web"));
}

#[test]
fn the_target_shows_at_few_seams() {
    let is_cfg = |place: &String| place.contains("cfg");
    let places: Vec<String> =
        sources().iter().flat_map(|source| source.places_of("target_arch")).filter(is_cfg).collect();
    assert!(places.len() <= MAX_TARGET_CFGS, "{} cfgs on the target:\n{}", places.len(), places.join("\n"));
    assert!(!places.is_empty(), "lib.rs has one for `web`: the reader of sources sees none");
}

#[test]
fn shaders_have_twins_and_headers() {
    let mut failures = Vec::new();
    for shader in files("shaders", "wgsl") {
        if shader.path.starts_with("shaders/lib/") {
            continue;
        }
        let stem = shader.path.trim_start_matches("shaders/").trim_end_matches(".wgsl");
        let twin = format!("src/kernel/{stem}.rs");
        if !root().join(&twin).is_file() {
            failures.push(format!("{}:1: no CPU twin at {twin}", shader.path));
        }
        let header: Vec<&str> = shader.text.lines().take_while(|line| line.starts_with("//")).collect();
        if !header.iter().any(|line| line.contains(&format!("Twin: {twin}"))) {
            failures.push(format!("{}:1: the header does not say \"Twin: {twin}\"", shader.path));
        }
    }
    assert_no_failures("shaders", &failures);
}

#[test]
fn files_are_short() {
    let long = |extension, folder, most| {
        let all = files(folder, extension).into_iter();
        all.map(|source| (source.path, source.text.lines().count()))
            .filter(move |(_, n_lines)| *n_lines > most)
            .map(move |(path, n_lines)| format!("{path}: {n_lines} lines, at most {most}"))
    };
    let failures: Vec<String> = long("rs", "src", MAX_LINES)
        .chain(long("rs", "tests", MAX_LINES))
        .chain(long("rs", "xtask/src", MAX_LINES))
        .chain(long("wgsl", "shaders", MAX_SHADER_LINES))
        .collect();
    assert_no_failures("long files", &failures);
}
