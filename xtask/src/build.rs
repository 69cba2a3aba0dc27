//! Builds the release wasm with its bindings into `www/pkg`, that of the bench page into `www/pkg/bench`, and `dist/`, which any static host serves from any path.

use crate::tools;
use crate::workspace::{LIB_NAME, WASM_TARGET, files_under, find_program, target_dir, www_dir};
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::Path;
use wasm_bindgen_cli_support::Bindgen;
use xshell::{Shell, cmd};

/// What Chromium accepts, one by one: with `--all-features` wasm-opt writes imports that browsers reject.
const WASM_FEATURES: [&str; 7] = [
    "--enable-simd",
    "--enable-bulk-memory",
    "--enable-sign-ext",
    "--enable-nontrapping-float-to-int",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// Files of `www/` that serve development only.
const NOT_SHIPPED: [&str; 1] = ["jsconfig.json"];

/// Compiles the library for the browser and writes `www/pkg`, without what the bench page needs.
pub fn wasm(sh: &Shell) -> Result<()> {
    bindings(sh, &[], &www_dir(sh).join("pkg"))
}

/// As [`wasm`], and the bench page's own build into `www/pkg/bench`.
pub fn wasm_and_bench(sh: &Shell) -> Result<()> {
    wasm(sh)?;
    bindings(sh, &["bench"], &www_dir(sh).join("pkg/bench"))
}

fn bindings(sh: &Shell, features: &[&str], pkg: &Path) -> Result<()> {
    tools::wasm_target(sh)?;
    let features = features.join(",");
    cmd!(sh, "cargo build --release --target {WASM_TARGET} --lib --features={features}").run()?;
    let input = target_dir(sh).join(WASM_TARGET).join("release").join(format!("{LIB_NAME}.wasm"));
    sh.remove_path(pkg)?;
    Bindgen::new()
        .input_path(&input)
        .web(true)
        .and_then(|bindgen| {
            // `init()` without an argument shall find the wasm beside the glue; the library's default leaves that out.
            bindgen
                .typescript(true)
                .out_name(LIB_NAME)
                .omit_default_module_path(false)
                // The names of functions are a fifth of the file, and serve stack traces only.
                .remove_name_section(true)
                .generate(pkg)
        })
        .with_context(|| format!("bindings of {}", input.display()))?;
    optimize(sh, &pkg.join(format!("{LIB_NAME}_bg.wasm")))
}

/// Copies the built page to `out`; an earlier copy is replaced.
pub fn dist(sh: &Shell, out: &Path) -> Result<()> {
    let www = www_dir(sh);
    let out = sh.current_dir().join(out);
    ensure!(!out.starts_with(&www), "--out {} lies in www/", out.display());
    let is_ours = out.join("pkg").join(format!("{LIB_NAME}_bg.wasm")).is_file();
    let is_empty = !out.exists() || fs::read_dir(&out)?.next().is_none();
    ensure!(is_ours || is_empty, "--out {} holds something else; name an empty folder", out.display());
    sh.remove_path(&out)?;
    for file in files_under(&www)? {
        if NOT_SHIPPED.iter().any(|name| file.ends_with(name)) {
            continue;
        }
        let to = out.join(&file);
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::copy(www.join(&file), &to).with_context(|| format!("copy to {}", to.display()))?;
    }
    println!("dist: {}", out.display());
    Ok(())
}

fn optimize(sh: &Shell, wasm: &Path) -> Result<()> {
    let before = fs::metadata(wasm)?.len();
    if find_program(sh, &["wasm-opt"]).is_none() {
        println!("wasm: {before} bytes; wasm-opt is not on PATH, so it was not run");
        return Ok(());
    }
    cmd!(sh, "wasm-opt -O3 {WASM_FEATURES...} {wasm} -o {wasm}").run()?;
    println!("wasm: {before} bytes, {} after wasm-opt", fs::metadata(wasm)?.len());
    Ok(())
}
