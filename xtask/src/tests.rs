//! The parts of `cargo xtask test`, in the order in which they run.

use crate::browser::Driver;
use crate::engines::{Engine, EngineDriver};
use crate::serve::{Faults, Server};
use crate::steps::{Count, Steps, run_tests};
use crate::workspace::{WASM_TARGET, target_dir, www_dir};
use crate::{build, consumers, one_file, package, size, tools};
use anyhow::{Context, Result};
use std::env;
use std::path::PathBuf;
use std::process::Command;
use xshell::{Shell, cmd};

/// Seconds after which the crate's browser tests count as hung; the tool's own 20 are too short for a software GPU.
const WEB_TEST_SECONDS: &str = "600";

/// The scripts of the page and of its workers, whose platforms differ; each with the types that it imports.
const TYPED_PROJECTS: [&str; 2] = ["www/tsconfig.json", "www/tsconfig.worker.json"];

/// A program that is checked against the package's types.
const PACKAGE_SAMPLE: &str = "tests/package_sample.ts";

/// What to run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Everything.
    All,
    /// Format and lints, of Rust and of the scripts.
    Lint,
    /// `cargo test` with its GPU tests on a software Vulkan.
    Native,
    /// Builds the page, checks its types, runs its own tests, packs the package and uses it, and measures all sizes.
    Page,
    /// The crate's tests in a browser.
    Web,
    /// The page in a browser.
    EndToEnd,
    /// What must work in every browser engine, in Firefox and WebKitGTK.
    Engines,
}

/// Runs a part and prints the summary.
pub fn run(sh: &Shell, part: Part) -> Result<()> {
    let mut steps = Steps::default();
    match part {
        Part::All => {
            lint(sh, &mut steps);
            native(sh, &mut steps);
            page(sh, &mut steps);
            web(sh, &mut steps);
            end_to_end(sh, &mut steps);
            engines(sh, &mut steps);
        }
        Part::Lint => lint(sh, &mut steps),
        Part::Native => native(sh, &mut steps),
        Part::Page => page(sh, &mut steps),
        Part::Web => web(sh, &mut steps),
        Part::EndToEnd => {
            steps.step("build", |_| build::wasm(sh, &build::ALL));
            end_to_end(sh, &mut steps);
        }
        Part::Engines => {
            steps.step("build", |_| build::wasm(sh, &build::ALL));
            engines(sh, &mut steps);
        }
    }
    steps.finish()
}

/// Prints the table of `tests/engine/accuracy.rs`.
pub fn accuracy(sh: &Shell) -> Result<()> {
    let manifest = tools::software_vulkan(sh)?;
    let command = cmd!(sh, "cargo test --test engine accuracy:: -- --nocapture")
        .env("REQUIRE_GPU", "1")
        .env("VK_DRIVER_FILES", &manifest)
        .env("VK_ICD_FILENAMES", &manifest);
    let printed = command.ignore_stderr().read()?;
    printed.lines().filter(|line| line.starts_with('|')).for_each(|line| println!("{line}"));
    Ok(())
}

fn lint(sh: &Shell, steps: &mut Steps) {
    steps.step("format", |_| {
        cmd!(sh, "cargo fmt --all --check").run()?;
        // Only the compiler sees the modules that `kernels!` declares.
        let kernels = sh.read_dir("src/kernel")?;
        Ok(cmd!(sh, "rustfmt --edition 2024 --check {kernels...}").run()?)
    });
    steps.step("clippy, native", |_| {
        // The end-to-end tests are not part of --all-targets, nor of a plain `cargo test`.
        Ok(cmd!(sh, "cargo clippy --all-targets --test e2e -- -D warnings").run()?)
    });
    steps.step("clippy, wasm", |_| {
        tools::wasm_target(sh)?;
        Ok(cmd!(sh, "cargo clippy --target {WASM_TARGET} --lib --tests --all-features -- -D warnings").run()?)
    });
    steps.step("clippy, xtask", |_| Ok(cmd!(sh, "cargo clippy --package xtask --all-targets -- -D warnings").run()?));
    steps.step("documentation", |_| {
        let target = ["--target", WASM_TARGET];
        for target in [&[] as &[&str], &target] {
            cmd!(sh, "cargo doc --no-deps --lib --all-features {target...}")
                .env("RUSTDOCFLAGS", "-D warnings")
                .run()?;
        }
        Ok(())
    });
    steps.step("licences, sources and duplicates of the crates we depend on", |_| {
        let deny = tools::cargo_deny(sh)?;
        Ok(cmd!(sh, "{deny} --locked check licenses bans sources").run()?)
    });
    steps.step("format of the scripts", |_| {
        tools::node(sh)?;
        let prettier = tools::prettier(sh)?;
        // Read by prettier itself: what git ignores is left out.
        let scripts = "**/*.{js,mjs,ts}";
        Ok(cmd!(sh, "{prettier} --check --log-level warn {scripts}").run()?)
    });
    steps.step("eslint", |_| lint_scripts(sh));
}

/// Types of the wasm are known to it only where that has been built.
fn lint_scripts(sh: &Shell) -> Result<()> {
    tools::node(sh)?;
    let eslint = tools::eslint(sh)?;
    Ok(cmd!(sh, "{eslint} --max-warnings 0 .").run()?)
}

fn native(sh: &Shell, steps: &mut Steps) {
    let mut manifest = PathBuf::new();
    steps.step("software Vulkan", |_| {
        manifest = tools::software_vulkan(sh)?;
        println!("{}", manifest.display());
        Ok(())
    });
    steps.step("native tests, the GPU's on software Vulkan", |count| {
        // REQUIRE_GPU turns a GPU test without an adapter from a skip into a failure.
        let command = cmd!(sh, "cargo test")
            .env("REQUIRE_GPU", "1")
            .env("VK_DRIVER_FILES", &manifest)
            .env("VK_ICD_FILENAMES", &manifest);
        run_tests(command.into(), count)
    });
    steps.step("tests of the xtask", |count| run_tests(cmd!(sh, "cargo test --package xtask").into(), count));
}

fn page(sh: &Shell, steps: &mut Steps) {
    steps.step("build", |_| build::wasm(sh, &build::ALL));
    steps.step("types of the scripts and of the package", |_| {
        let tsc = tools::typescript(sh)?;
        for project in TYPED_PROJECTS {
            cmd!(sh, "{tsc} --project {project}").run()?;
        }
        // Like somebody else's program, with the compiler's defaults.
        Ok(cmd!(sh, "{tsc} --strict --noEmit {PACKAGE_SAMPLE}").run()?)
    });
    steps.step("eslint, with the types of the wasm", |_| lint_scripts(sh));
    steps.step("tests of the page's scripts", |count| {
        tools::node(sh)?;
        let tests = script_tests(sh)?;
        run_tests(cmd!(sh, "node --test {tests...}").into(), count)
    });
    let mut tarball = PathBuf::new();
    steps.step("the package as npm packs it", |_| {
        tarball = package::pack(sh)?;
        package::lint(sh, &tarball)
    });
    steps.step("programs that use the package", |count| consumers::run(sh, &tarball, count));
    steps.step("size", |_| size::check(sh));
}

fn web(sh: &Shell, steps: &mut Steps) {
    steps.step("browser tools", |_| {
        tools::wasm_target(sh)?;
        tools::wasm_pack(sh)?;
        tools::chromedriver(sh)?;
        Ok(())
    });
    steps.step("browser tests", |count| {
        let command = cmd!(sh, "wasm-pack test --headless --chrome").env("WASM_BINDGEN_TEST_TIMEOUT", WEB_TEST_SECONDS);
        run_tests(command.into(), count)
    });
}

fn end_to_end(sh: &Shell, steps: &mut Steps) {
    steps.step("end to end", |count| {
        let server = Server::start(&www_dir(sh), 0, Faults::ForTests)?;
        let driver = Driver::start(sh)?;
        let one_file = target_dir(sh).join("blue-cube.html");
        one_file::write(&www_dir(sh), &one_file)?;
        let mut command = e2e(sh, &server, &driver, &["--skip", "engines::"])?;
        command.env("BLUE_CUBE_FILE", one_file);
        run_tests(command, count)
    });
}

/// An engine that a person's machine cannot have is named in the summary; in CI it is a failure.
fn engines(sh: &Shell, steps: &mut Steps) {
    let may_lack = env::var_os("CI").is_none();
    for engine in Engine::ALL {
        let run = |engine_driver: EngineDriver, count: &mut Count| {
            let server = Server::start(&www_dir(sh), 0, Faults::ForTests)?;
            let driver = Driver::start(sh)?;
            let mut command = e2e(sh, &server, &driver, &[engine.filter()])?;
            command.env(engine.variable(), engine_driver.url());
            run_tests(command, count)
        };
        steps.step_with(engine.name(), may_lack, || engine.start(sh), run);
    }
    let tools = || {
        tools::wasm_target(sh)?;
        tools::wasm_pack(sh)?;
        Ok((tools::geckodriver(sh)?, tools::software_vulkan(sh)?))
    };
    steps.step_with("every kernel on Firefox's GPU", may_lack, tools, |(driver, manifest), count| {
        // Only the kernels: its promises take a tenth of a second each, and training is compared end to end.
        let command = cmd!(sh, "wasm-pack test --headless --firefox --geckodriver {driver} -- --test twins")
            .env("WASM_BINDGEN_TEST_TIMEOUT", WEB_TEST_SECONDS)
            .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", sh.current_dir().join("webdriver_firefox.json"))
            .env("VK_DRIVER_FILES", &manifest)
            .env("VK_ICD_FILENAMES", &manifest);
        run_tests(command.into(), count)
    });
}

/// The end-to-end tests, one at a time: they measure times, and software GPUs share the processor.
fn e2e(sh: &Shell, server: &Server, driver: &Driver, options: &[&str]) -> Result<Command> {
    let axe = tools::axe(sh)?;
    let command = cmd!(sh, "cargo test --test e2e -- --test-threads=1 {options...}")
        .env("RUST_LIB_BACKTRACE", "0")
        .env("BLUE_CUBE_URL", server.url())
        .env("WEBDRIVER_URL", driver.url())
        .env("AXE_JS", axe);
    Ok(command.into())
}

/// The page's tests for Node: `tests/*.test.mjs`.
fn script_tests(sh: &Shell) -> Result<Vec<PathBuf>> {
    let files = sh.read_dir("tests").context("read tests/")?;
    Ok(files.into_iter().filter(|path| path.to_string_lossy().ends_with(".test.mjs")).collect())
}
