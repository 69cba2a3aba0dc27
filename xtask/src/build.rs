//! Builds the release wasm with its bindings, each side separately, into `www/pkg`.

use crate::fresh::Inputs;
use crate::workspace::{LIB_NAME, WASM_TARGET, target_dir, www_dir};
use crate::{tools, types};
use anyhow::{Context, Result};
use std::path::Path;
use wasm_bindgen_cli_support::Bindgen;
use xshell::{Shell, cmd};

/// A side of the wasm, with its own exports and nothing else: a feature of the library, and a folder of `www/pkg`.
pub struct Side {
    feature: &'static str,
    folder: &'static str,
    /// Optimization level of our crate; the other crates are always optimized for size.
    opt_level: &'static str,
    /// Types that its users need but none of its functions mention: what is thrown, what goes through `postMessage`.
    types: &'static [&'static str],
}

/// For code that works on millions of values.
const QUICK: &str = "3";
/// For code that users wait for: as fast on the page's own tensors, and smaller.
const SMALL: &str = "s";

/// The page's main thread, which users wait for at the start.
const PAGE: Side =
    Side { feature: "page", folder: "", opt_level: SMALL, types: &["FromWorker", "ToWorker", "NormKind"] };
/// The Code part, loaded when it scrolls into view.
const CODE: Side = Side { feature: "code", folder: "code", opt_level: QUICK, types: &[] };
/// The charts, loaded when they scroll into view.
const CHARTS: Side = Side { feature: "charts", folder: "charts", opt_level: SMALL, types: &[] };
/// The training worker.
const WORKER: Side = Side { feature: "worker", folder: "worker", opt_level: QUICK, types: &[] };
/// The typed package, which the tests import, and whose file readers the page loads when the first array file is
/// opened.
const PACKAGE: Side = Side { feature: "package", folder: "package", opt_level: QUICK, types: &["BlueCubeError"] };
/// The bench page.
const BENCH: Side = Side { feature: "bench", folder: "bench", opt_level: QUICK, types: &[] };

/// The sides that the page needs.
pub const FOR_THE_PAGE: [Side; 5] = [PAGE, CODE, CHARTS, WORKER, PACKAGE];
/// All sides.
pub const ALL: [Side; 6] = [PAGE, CODE, CHARTS, WORKER, PACKAGE, BENCH];

/// Compiles sides of the library for the browser and writes them to `www/pkg`; the first is [`PAGE`]. Does nothing where
/// they are there already.
pub fn wasm(sh: &Shell, sides: &[Side]) -> Result<()> {
    let inputs = Inputs::read(sh)?;
    let features: Vec<&str> = sides.iter().map(|side| side.feature).collect();
    if inputs.are_built(sh, &features) {
        println!("www/pkg is up to date");
        return Ok(());
    }
    tools::wasm_target(sh)?;
    let pkg = www_dir(sh).join("pkg");
    sh.remove_path(&pkg)?;
    sides.iter().try_for_each(|side| bindings(sh, side, &pkg.join(side.folder)))?;
    crate::package::give_codes(sh)?;
    inputs.note(sh, &features)
}

fn bindings(sh: &Shell, &Side { feature, opt_level, types, .. }: &Side, pkg: &Path) -> Result<()> {
    cmd!(sh, "cargo build --release --target {WASM_TARGET} --lib --no-default-features --features={feature}")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", opt_level)
        .run()?;
    let input = target_dir(sh).join(WASM_TARGET).join("release").join(format!("{LIB_NAME}.wasm"));
    Bindgen::new()
        .input_path(&input)
        .web(true)
        .and_then(|bindgen| {
            // `init()` without an argument must find the wasm next to the glue; the library's default omits that.
            bindgen
                .typescript(true)
                .out_name(LIB_NAME)
                .omit_default_module_path(false)
                // The names of functions are a fifth of the file, and only stack traces use them.
                .remove_name_section(true)
                .generate(pkg)
        })
        .with_context(|| format!("bindings of {}", input.display()))?;
    let declarations = pkg.join(format!("{LIB_NAME}.d.ts"));
    let pruned = types::prune(&sh.read_file(&declarations)?, types);
    sh.write_file(&declarations, pruned.with_context(|| format!("{}", declarations.display()))?)?;
    Ok(())
}
