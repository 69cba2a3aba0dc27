//! Reads the sources of the program: files, lines of code, and the paths that they use.

use std::path::{Path, PathBuf};

/// A source file: its path from the root of the repository, with slashes, and its text.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    /// The file's module from the root of the crate: `src/training/race/lane.rs` is training, race, lane.
    pub(crate) fn module(&self) -> Vec<&str> {
        let inner = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        inner.split('/').collect()
    }

    /// The lines of code, numbered from 1, without comments.
    pub(crate) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines().map(|line| line.split("//").next().unwrap_or("")))
    }

    pub(crate) fn places_of(&self, needle: &str) -> Vec<String> {
        let hits = self.code().filter(|(_, line)| has_word(line, needle));
        hits.map(|(number, line)| format!("{}:{number}: {}", self.path, line.trim())).collect()
    }

    /// The modules that the file declares as public, in order.
    pub(crate) fn declared(&self) -> Vec<String> {
        let name = |line: &str| line.trim().strip_prefix("pub mod ")?.strip_suffix(';').map(str::to_owned);
        self.code().filter_map(|(_, line)| name(line)).collect()
    }

    /// The module's documentation as one line of words.
    pub(crate) fn module_doc(&self) -> String {
        let lines = self.text.lines().map_while(|line| line.strip_prefix("//!"));
        lines.map(str::trim).collect::<Vec<_>>().join(" ")
    }

    /// The paths after "Uses:" in the module's documentation, each split at `::`; none at all if it says nothing of it.
    pub(crate) fn allowed(&self) -> Option<Vec<Vec<String>>> {
        let doc = self.module_doc();
        let (_, list) = doc.split_once("Uses: ")?;
        let list = list.split_once('.').map_or(list, |(list, _)| list);
        let paths = list.split(", ").filter(|&path| path != "nothing");
        Some(paths.map(|path| path.split("::").map(str::to_owned).collect()).collect())
    }
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files under `folder` with this extension; none if there is no such folder.
pub(crate) fn files(folder: &str, extension: &str) -> Vec<Source> {
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

pub(crate) fn sources() -> Vec<Source> {
    let sources = files("src", "rs");
    assert!(sources.len() >= 10, "only {} files found in src", sources.len());
    sources
}

fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether `needle` is in `line` as a word of its own.
pub(crate) fn has_word(line: &str, needle: &str) -> bool {
    line.match_indices(needle)
        .any(|(at, _)| !line[..at].ends_with(is_word_char) && !line[at + needle.len()..].starts_with(is_word_char))
}

/// A path that starts at the root of the crate, and its line.
#[derive(PartialEq, Debug)]
pub(crate) struct Use {
    pub(crate) line: usize,
    pub(crate) path: Vec<String>,
}

/// Every `crate::…` in the code, braces taken apart.
pub(crate) fn uses(source: &Source) -> Vec<Use> {
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
            found.push(Use { line, path: path.split("::").map(str::to_owned).collect() });
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
