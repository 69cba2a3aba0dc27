//! Writes the package as npm expects it: the output of the bindings generator, with a package.json, a README and the
//! licences.
//!
//! Its texts are in `src/web/package/`; its version is Cargo's.

use crate::tools;
use crate::workspace::{LIB_NAME, target_dir, www_dir};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use xshell::{Shell, cmd};

/// The text in `src/web/package/package.json` that the version replaces.
const NO_VERSION: &str = "\"version\": \"0.0.0\"";

/// The wasm in the package's exports is not a module: it has no types.
const WASM_ENTRY: &str = "./blue_cube_bg.wasm";

/// What is changed in the generated glue, and how often it occurs, if that is known. Its own errors get codes; an object
/// that is not a run, or was freed, is told so, and so is a call before the wasm is loaded. Promises are rejected and
/// calls refused after a panic, with its text.
const CHANGES: [(&str, Option<usize>, &str); 10] = [
    (
        "throw new Error(getStringFromWasm0(arg0, arg1));",
        Some(1),
        "throw withCode(new Error(getStringFromWasm0(arg0, arg1)), \"bad-message\");",
    ),
    (
        "obj.__wbg_ptr = ptr;\n        RunFinalization.register(obj, obj.__wbg_ptr, obj);",
        Some(1),
        "POINTERS.set(obj, ptr);\n        RunFinalization.register(obj, ptr, obj);",
    ),
    (
        "const ptr = this.__wbg_ptr;\n        this.__wbg_ptr = 0;",
        Some(1),
        "const ptr = pointerOf(this);\n        POINTERS.delete(this);",
    ),
    ("(this.__wbg_ptr", None, "(pointerOf(this)"),
    ("let wasmModule, wasmInstance, wasm;", Some(1), "let wasmModule, wasmInstance, wasm = NOT_LOADED;"),
    ("if (wasm !== undefined) return wasm;", Some(2), "if (wasm !== NOT_LOADED) return wasm;"),
    ("wasm = instance.exports;", Some(1), "wasm = withCodes(instance.exports);"),
    ("new Promise(", None, "unsettled("),
    ("console.error(getStringFromWasm0(arg0, arg1));", Some(1), "printPanic(getStringFromWasm0(arg0, arg1));"),
    ("export { initSync, __wbg_init as default };", Some(1), "export { loadSync as initSync, load as default };"),
];

/// What those changes use, and the exports in place of the generated ones.
const HELPERS: &str = include_str!("package_glue.js");

/// How the generated documentation of a function that returns a promise ends.
const RETURNS_PROMISE: &str = "@returns {Promise<";

/// Gives a code to the errors that the package's bindings throw themselves, and an end to every promise.
pub fn give_codes(sh: &Shell) -> Result<()> {
    let glue = www_dir(sh).join("pkg/package").join(format!("{LIB_NAME}.js"));
    let mut text = sh.read_file(&glue)?;
    for (from, times, to) in CHANGES {
        let found = text.matches(from).count();
        let fits = times.map_or(found > 0, |times| found == times);
        ensure!(fits, "{}: {found} times, not as often as expected: {from}", glue.display());
        text = text.replace(from, to);
    }
    ensure!(!text.contains("__wbg_ptr"), "{} reads a pointer unchecked", glue.display());
    let promising = promising(&text).with_context(|| format!("{} calls no wasm", glue.display()))?;
    let (types, code) = text.split_once('\n').with_context(|| format!("{} has one line", glue.display()))?;
    Ok(sh.write_file(&glue, format!("{types}\n{promising}\n{HELPERS}\n{code}"))?)
}

/// The exports of the wasm that return promises, as a set in JavaScript.
fn promising(glue: &str) -> Option<String> {
    let call = |function: &str| Some(function.split_once(" wasm.")?.1.split_once('(')?.0.to_owned());
    let names: Vec<String> = glue.split(RETURNS_PROMISE).skip(1).map(call).collect::<Option<_>>()?;
    Some(format!("\n/** The exports that return promises. */\nconst PROMISING = new Set({names:?});\n"))
}

/// Writes the package to `folder`, from the bindings in `www/pkg/package`.
pub fn write(sh: &Shell, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let bindings = www_dir(sh).join("pkg/package");
    let names = [".js", ".d.ts", "_bg.wasm"].map(|end| format!("{LIB_NAME}{end}"));
    for name in &names {
        copy(&bindings.join(name), &folder.join(name))?;
    }
    for name in ["LICENSE-MIT", "LICENSE-APACHE"] {
        copy(&sh.current_dir().join(name), &folder.join(name))?;
    }
    let texts = sh.current_dir().join("src/web/package");
    copy(&texts.join("README.md"), &folder.join("README.md"))?;
    Ok(fs::write(folder.join("package.json"), manifest(sh, &texts.join("package.json"))?)?)
}

/// Packs the package as `npm publish` would; returns the path of the tarball.
pub fn pack(sh: &Shell) -> Result<PathBuf> {
    tools::npm(sh)?;
    let out = target_dir(sh).join("npm");
    sh.remove_path(&out)?;
    let folder = out.join("package");
    write(sh, &folder)?;
    let printed = cmd!(sh, "npm pack {folder} --pack-destination {out} --json").read()?;
    let packed: Value = serde_json::from_str(&printed).with_context(|| format!("npm pack printed {printed}"))?;
    // npm 12 prints an object by package, earlier ones a list.
    let packed = packed.get(0).or_else(|| packed.as_object()?.values().next()).context("npm packed nothing")?;
    let files = packed["files"].as_array().context("npm pack lists no files")?;
    println!("{files} files, {bytes} bytes", files = files.len(), bytes = packed["size"]);
    Ok(out.join(packed["filename"].as_str().context("npm pack names no file")?))
}

/// Checks the tarball with publint and "are the types wrong"; any finding is a failure.
pub fn lint(sh: &Shell, tarball: &Path) -> Result<()> {
    let publint = tools::publint(sh)?;
    cmd!(sh, "{publint} run {tarball} --strict").run()?;
    // The package is an ES module only, so problems with `require` or TypeScript's oldest resolution do not matter.
    let attw = tools::attw(sh)?;
    Ok(cmd!(sh, "{attw} {tarball} --no-color --profile esm-only --exclude-entrypoints {WASM_ENTRY}").run()?)
}

/// Returns the text of package.json with Cargo's version.
fn manifest(sh: &Shell, path: &Path) -> Result<String> {
    let text = fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
    let ours: Value = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
    let metadata = cmd!(sh, "cargo metadata --no-deps --format-version 1").quiet().read()?;
    let metadata: Value = serde_json::from_str(&metadata).context("cargo metadata")?;
    let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    let cargos = packages.iter().find(|package| package["name"] == ours["name"]).context("no crate with that name")?;
    ensure!(ours["license"] == cargos["license"], "the licences in package.json and Cargo.toml differ");
    ensure!(text.contains(NO_VERSION), "{} has no {NO_VERSION}", path.display());
    Ok(text.replace(NO_VERSION, &format!("\"version\": {}", cargos["version"])))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| format!("copy {} to {}", from.display(), to.display()))?;
    Ok(())
}
