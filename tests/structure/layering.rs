//! The architecture, read from the sources: which module may use which, and where the edges of the program are.
//!
//! The order of the storeys is the order of lib.rs. What a module may use is the line "Uses:" of its documentation.
//! Where a storey says "Each module uses only those listed before it", its own list is an order too.

use crate::common::assert_no_failures;
use crate::sources::{Source, files, has_word, root, sources, uses};

/// Lines per file, of Rust and of the scripts.
const MAX_LINES: usize = 400;
const MAX_SHADER_LINES: usize = 120;

/// Seams where the target shows: `web`, the device, the clock, SIMD.
const MAX_TARGET_CFGS: usize = 6;

/// What the sources say about their own order.
struct Architecture {
    /// Every source.
    sources: Vec<Source>,
    /// The storeys, in their order.
    storeys: Vec<String>,
}

impl Architecture {
    fn of(sources: Vec<Source>) -> Self {
        let lib = sources.iter().find(|source| source.path == "src/lib.rs").expect("the crate has a root");
        Self { storeys: lib.declared(), sources }
    }

    fn read() -> Self {
        Self::of(sources())
    }

    fn rank(&self, storey: &str) -> Option<usize> {
        self.storeys.iter().position(|name| name == storey)
    }

    fn file(&self, module: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.path == format!("src/{module}.rs"))
    }

    /// The modules of a storey in their order, where the storey says that they have one.
    fn inner_order(&self, storey: &str) -> Option<Vec<String>> {
        let file = self.file(storey)?;
        file.module_doc().contains("Each module uses only those listed before it").then(|| file.declared())
    }

    /// Why `from` may not use `path`.
    fn objection(&self, from: &[&str], path: &[String]) -> Option<String> {
        let named = path.join("::");
        let (Some(&storey), Some(target)) = (from.first(), path.first()) else { return None };
        if storey == "lib" {
            return None;
        }
        let Some(rank_of_target) = self.rank(target) else {
            return Some(format!("`crate::{target}` is not a storey: write the path from its storey"));
        };
        let rank = self.rank(storey)?;
        if rank_of_target > rank {
            return Some(format!("`{storey}` comes before `{target}`: it may not use it"));
        }
        let allowed = |module: &str| self.file(module).and_then(Source::allowed);
        if target != storey {
            let Some(allowed) = allowed(storey) else {
                return Some(format!("src/{storey}.rs does not say what it uses"));
            };
            if !covers(&allowed, path) {
                return Some(format!("src/{storey}.rs does not name `{named}` under \"Uses:\""));
            }
        }
        let inner = from.get(1)?;
        let is_own = target == storey && path.get(1).is_some_and(|name| name == inner);
        if is_own {
            return None;
        }
        if let Some(allowed) = allowed(&format!("{storey}/{inner}"))
            && !covers(&allowed, path)
        {
            return Some(format!("src/{storey}/{inner}.rs does not name `{named}` under \"Uses:\""));
        }
        if target == storey
            && let Some(order) = self.inner_order(storey)
        {
            let rank = |name: &str| order.iter().position(|other| other == name);
            let looks_up = rank(path.get(1)?) > rank(inner);
            return looks_up.then(|| format!("`{storey}::{inner}` comes before `{named}`: it may not use it"));
        }
        None
    }

    fn wrong_directions(&self, source: &Source) -> Vec<String> {
        let module = source.module();
        let mut failures = Vec::new();
        if module != ["lib"] && self.rank(module[0]).is_none() {
            failures.push(format!("{}:1: module `{}` is not a storey of lib.rs", source.path, module[0]));
        }
        for used in uses(source) {
            if let Some(objection) = self.objection(&module, &used.path) {
                failures.push(format!("{}:{}: {objection}", source.path, used.line));
            }
        }
        // `super` is the root from a storey's own file, and from a module of a storey that is a list of modules, the list.
        let is_top = module.len() == 1 || (module.len() == 2 && self.inner_order(module[0]).is_some());
        for (line, code) in source.code() {
            let inner_module = source.code().any(|(at, code)| at < line && has_word(code, "mod") && code.contains('{'));
            if code.contains("super::super") || (is_top && code.contains("super::") && !inner_module) {
                failures.push(format!("{}:{line}: `super` climbs too far: write `crate::`", source.path));
            }
        }
        for place in source.places_of("blue_cube") {
            failures.push(format!("{place}: write `crate::`"));
        }
        failures
    }
}

/// Whether a path is one of `allowed` or lies below one, or is a module on the way to one.
fn covers(allowed: &[Vec<String>], path: &[String]) -> bool {
    allowed.iter().any(|allowed| path.starts_with(allowed))
}

#[test]
fn modules_use_those_above_them_only() {
    let architecture = Architecture::read();
    let failures: Vec<String> =
        architecture.sources.iter().flat_map(|source| architecture.wrong_directions(source)).collect();
    assert_no_failures("layering", &failures);
}

/// A line "Uses:" that names what is not there, or not below, would let nothing through and nobody would notice.
#[test]
fn what_modules_say_they_use_is_there() {
    let architecture = Architecture::read();
    let mut failures = Vec::new();
    for source in &architecture.sources {
        for path in source.allowed().unwrap_or_default() {
            let file = path.iter().take_while(|name| name.starts_with(char::is_lowercase)).cloned().collect::<Vec<_>>();
            if architecture.file(&file.join("/")).is_none() {
                failures.push(format!("{}: \"Uses:\" names {}, which is no module", source.path, path.join("::")));
            }
        }
    }
    let silent = architecture
        .storeys
        .iter()
        .filter(|storey| architecture.file(storey).is_none_or(|file| file.allowed().is_none()));
    failures.extend(silent.map(|storey| format!("src/{storey}.rs does not say what it uses")));
    assert_no_failures("Uses:", &failures);
}

fn source(path: &str, text: &str) -> Source {
    Source { path: path.into(), text: text.into() }
}

#[test]
fn the_reader_of_sources_sees_what_is_wrong() {
    let architecture = Architecture::of(vec![
        source("src/lib.rs", "pub mod norms;\npub mod kernel;\npub mod training;\npub mod chart;\npub mod web;"),
        source(
            "src/norms.rs",
            "//! Each module uses only those listed before it.\n//!\n//! Uses: nothing.\npub mod shape;\npub mod norm;",
        ),
        source("src/kernel.rs", "//! Uses: norms."),
        source("src/training.rs", "//! Uses: norms, kernel."),
        source("src/training/data.rs", "//! Uses: norms::shape."),
        source("src/chart.rs", "//! Uses: norms,\n//! training::train::Report."),
        source("src/web.rs", "//! Uses: norms, kernel, training, chart."),
    ]);
    let wrong = [
        ("src/norms/shape.rs", "use crate::norms::norm::Norm;", "src/norms/shape.rs:1: `norms::shape` comes before"),
        ("src/kernel/relu.rs", "\n\nuse crate::training::Trainer;", "src/kernel/relu.rs:3"),
        ("src/norms/norm.rs", "fn f() { crate::training::step(); }", "src/norms/norm.rs:1: `norms` comes before"),
        ("src/kernel.rs", "use crate::{norms::Shape, training::{Plan, Slot}};", "`kernel` comes before `training`"),
        ("src/kernel.rs", "use crate::{\n    norms::Shape,\n    web,\n};", "`kernel` comes before `web`"),
        ("src/training/data/idx.rs", "use crate::norms::norm::Norm;", "does not name `norms::norm::Norm`"),
        ("src/chart.rs", "use crate::kernel::Kernel;", "does not name `kernel::Kernel`"),
        ("src/chart.rs", "use crate::training::train::Trainer;", "does not name `training::train::Trainer`"),
        ("src/training/train.rs", "pub(in crate::web) fn f() {}", "`training` comes before `web`"),
        ("src/training/train.rs", "use crate::wbe::Page;", "not a storey"),
        ("src/web/page.rs", "use crate::shape::Shape;", "not a storey"),
        ("src/misc.rs", "", "not a storey of lib.rs"),
        ("src/norms.rs", "use super::web::Page;", "climbs too far"),
        ("src/norms/shape.rs", "use super::norm::Norm;", "climbs too far"),
        ("src/kernel/relu/a.rs", "use super::super::web::Page;", "climbs too far"),
        ("src/norms/shape.rs", "use blue_cube::web::Page;", "src/norms/shape.rs:1"),
    ];
    for (path, text, want) in wrong {
        let failures = architecture.wrong_directions(&source(path, text));
        assert!(failures.iter().any(|failure| failure.contains(want)), "{path} with {text:?} gives {failures:?}");
    }
    let right = [
        ("src/norms/norm.rs", "use crate::norms::shape::Shape;"),
        ("src/norms/shape.rs", "// use crate::web::Page;\n/// See [`crate::web`].\nstruct A;"),
        ("src/norms/shape.rs", "mod tests {\n    use super::*;\n}"),
        ("src/training/race/lane.rs", "use super::Params;\nuse crate::{kernel::Kernel, training::train::Trainer};"),
        ("src/training/data/idx.rs", "use crate::norms::shape::Shape;\nuse crate::training::data::Pixels;"),
        ("src/chart/loss.rs", "use crate::training::train::Report;"),
        ("src/web/page.rs", "use crate::{chart, training::FromWorker};"),
        ("src/lib.rs", "pub use crate::web::Page;"),
    ];
    for (path, text) in right {
        assert_eq!(architecture.wrong_directions(&source(path, text)), [""; 0], "{path} with {text:?}");
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
    assert_no_failures("wgpu outside src/engine/exec/gpu", &strays(&["wgpu", "naga"], "src/engine/exec/gpu"));
}

#[test]
fn javascript_stays_in_web() {
    let words = ["wasm_bindgen", "web_sys", "js_sys", "wasm_bindgen_futures", "serde_wasm_bindgen"];
    // What a browser's GPU throws reaches nobody but the file that listens to it.
    let mut strays = strays(&words, "src/web");
    strays.retain(|place| !place.starts_with("src/engine/exec/gpu/browser.rs"));
    assert_no_failures("JavaScript outside src/web", &strays);
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
    let eslint = std::fs::read_to_string(root().join("eslint.config.mjs")).expect("the scripts have a linter");
    assert!(
        eslint.contains(&format!("const MOST_LINES = {{ file: {MAX_LINES}, ")),
        "eslint.config.mjs has another limit"
    );
}
