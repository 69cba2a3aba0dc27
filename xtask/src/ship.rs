//! What a browser receives of our scripts and style sheets: they are as they are written, without their comments, which are a
//! quarter and a tenth of their gzipped size. `dist/` holds them so, the servers of `play` and of the tests send them so, and
//! `size` weighs them so.

use anyhow::{Context, Result, ensure};
use oxc_allocator::Allocator;
use oxc_codegen::{Codegen, CodegenOptions, CommentOptions, IndentChar};
use oxc_parser::Parser;
use oxc_span::SourceType;
use std::ffi::OsStr;
use std::ops::Range;
use std::path::Path;

/// How codegen writes the address of a file beside a module: what is before and after the name in quotes.
const ADDRESS: [&str; 2] = ["new URL(", ", import.meta.url)"];

/// How a script refers to another file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Use {
    /// `import … from "x"`: the script does not run without it.
    Import,
    /// `import("x")`.
    Late,
    /// `new URL("x", import.meta.url)`: a worker, wasm, or data.
    Address,
}

/// A reference of a script to another file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reference {
    /// How it refers to it.
    pub how: Use,
    /// The place of the string in the script, in bytes, with its quotes.
    pub place: Range<usize>,
    /// The string, without its quotes.
    pub name: String,
    /// The path of the file from the root of the site, with slashes.
    pub target: String,
}

/// What a script refers to, in the order of the text. `script` is as [`shipped`] returns it, `file` its path from the root of
/// the site, with slashes.
pub fn references(file: &str, script: &str) -> Result<Vec<Reference>> {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, script, SourceType::mjs()).parse();
    ensure!(parsed.diagnostics.is_empty(), "{file}: {}", parsed.diagnostics[0]);
    let record = &parsed.module_record;
    let imports = record.requested_modules.values().flatten().map(|request| (Use::Import, request.span));
    let late = record.dynamic_imports.iter().map(|import| (Use::Late, import.module_request));
    let mut places: Vec<_> =
        imports.chain(late).map(|(how, span)| (how, span.start as usize..span.end as usize)).collect();
    for (start, before) in script.match_indices(ADDRESS[0]) {
        let from = start + before.len();
        if let Some((name, _)) = script[from..].split_once(ADDRESS[1])
            && name.len() > 1
            && name.starts_with('"')
            && !name[1..name.len() - 1].contains('"')
        {
            places.push((Use::Address, from..from + name.len()));
        }
    }
    places.sort_by_key(|(_, place)| place.start);
    let read = |(how, place): (Use, Range<usize>)| {
        let text = &script[place.clone()];
        let name = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        let name = name.with_context(|| format!("{file}: {text} is not the plain name of a file"))?.to_owned();
        Ok(Reference { how, place, target: resolved(file, &name)?, name })
    };
    places.into_iter().map(read).collect()
}

/// The path from the root of the site of what `file` calls `name`.
fn resolved(file: &str, name: &str) -> Result<String> {
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in name.split('/') {
        match part {
            "." => {}
            ".." => ensure!(parts.pop().is_some(), "{file}: {name} is outside the site"),
            part => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

/// The bytes of a file of the page as they are shipped.
pub fn shipped(file: &Path, bytes: Vec<u8>) -> Result<Vec<u8>> {
    match file.extension().and_then(OsStr::to_str) {
        Some("js") => without_comments(file, &String::from_utf8(bytes)?).map(String::into_bytes),
        Some("css") => sheet_without_comments(file, &String::from_utf8(bytes)?).map(String::into_bytes),
        _ => Ok(bytes),
    }
}

/// A style sheet without its comments, and without the lines that they leave empty. Comments do not nest, and what looks like
/// one in a quoted string is text. One between two letters separates them, so an empty one stays.
fn sheet_without_comments(file: &Path, sheet: &str) -> Result<String> {
    let is_part = |letter: char| !letter.is_ascii_whitespace() && !"{};,".contains(letter);
    let (mut kept, mut rest) = (String::new(), sheet);
    while let Some(at) = rest.find(['"', '\'', '/']) {
        let (before, found) = rest.split_at(at);
        kept += before;
        rest = if let Some(comment) = found.strip_prefix("/*") {
            let end = comment.find("*/").with_context(|| format!("{}: a comment has no end", file.display()))?;
            let after = &comment[end + 2..];
            if kept.ends_with(is_part) && after.starts_with(is_part) {
                kept += "/**/";
            }
            after
        } else {
            let quote = &found[..1];
            let n_bytes = if quote == "/" { 1 } else { string_len(found) };
            kept += &found[..n_bytes];
            &found[n_bytes..]
        };
    }
    kept += rest;
    let lines: Vec<&str> = kept.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    Ok(lines.join("\n"))
}

/// Bytes of the quoted string that a text begins with; a backslash takes the next character into it.
fn string_len(text: &str) -> usize {
    let quote = text.chars().next();
    let mut is_escaped = false;
    let end = text.char_indices().skip(1).find(|&(_, letter)| {
        let ends = !is_escaped && Some(letter) == quote;
        is_escaped = !is_escaped && letter == '\\';
        ends
    });
    end.map_or(text.len(), |(at, _)| at + 1)
}

fn without_comments(file: &Path, script: &str) -> Result<String> {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, script, SourceType::mjs()).parse();
    ensure!(parsed.diagnostics.is_empty(), "{}: {}", file.display(), parsed.diagnostics[0]);
    let options = CodegenOptions {
        comments: CommentOptions::disabled(),
        indent_char: IndentChar::Space,
        indent_width: 0,
        ..CodegenOptions::default()
    };
    Ok(Codegen::new().with_options(options).build(&parsed.program).code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_comments_go() {
        let script = "// A comment.\nimport a from \"./a.js\";\n/** Doc. */\nexport const s = \"// kept\", r = /\\/\\*x*/g, t = `/* kept ${a /* gone */} */`;\n";
        let shipped = without_comments(Path::new("a.js"), script).expect("it parses");
        assert!(!shipped.contains("comment") && !shipped.contains("Doc") && !shipped.contains("gone"), "{shipped}");
        for kept in ["\"./a.js\"", "\"// kept\"", "/\\/\\*x*/g", "/* kept ${a} */"] {
            assert!(shipped.contains(kept), "{kept} is missing in {shipped}");
        }
    }

    #[test]
    fn references_are_found_where_they_are() {
        let script = "import a from './a.js';\nexport { b } from \"../b.js\";\nawait import('./late/c.js');\n\
            new Worker(new URL('worker.js', import.meta.url));\nnew URL(\"x.js\", location.href);\nnew URL(a, import.meta.url);";
        let script = without_comments(Path::new("ui/a.js"), script).expect("it parses");
        let found = references("ui/sub/main.js", &script).expect("the names are plain");
        let seen: Vec<_> = found.iter().map(|found| (found.how, found.target.as_str())).collect();
        let want = [
            (Use::Import, "ui/sub/a.js"),
            (Use::Import, "ui/b.js"),
            (Use::Late, "ui/sub/late/c.js"),
            (Use::Address, "ui/sub/worker.js"),
        ];
        assert_eq!(seen, want);
        for Reference { place, name, .. } in found {
            assert_eq!(script[place], format!("\"{name}\""));
        }
        assert!(references("main.js", "import(name)").is_err(), "a name that is computed is refused");
    }

    #[test]
    fn what_is_no_script_is_named() {
        let error = without_comments(Path::new("broken.js"), "export const = 1;").expect_err("it does not parse");
        assert!(error.to_string().starts_with("broken.js: "), "{error}");
    }

    #[test]
    fn other_files_stay_as_they_are() {
        let bytes = b"/* style */ a { }".to_vec();
        assert_eq!(shipped(Path::new("a.html"), bytes.clone()).expect("it is passed on"), bytes);
    }

    #[test]
    fn a_sheet_keeps_all_but_its_comments() {
        let sheet = "/* One. */\na/* or */b { color: red; } /* two\n*/\n\n  b::after { content: \"/* \\\" kept */\"; font: 1px/2px '/*'; }\n";
        let shipped = shipped(Path::new("a.css"), sheet.as_bytes().to_vec()).expect("it is passed on");
        let want = "a/**/b { color: red; }\nb::after { content: \"/* \\\" kept */\"; font: 1px/2px '/*'; }";
        assert_eq!(String::from_utf8(shipped).expect("it is text"), want);
        let error = sheet_without_comments(Path::new("a.css"), "a { } /* b").expect_err("it has no end");
        assert_eq!(error.to_string(), "a.css: a comment has no end");
    }
}
