//! Runs an experiment of a source by `examples/preset.rs`, which has the engine.

use anyhow::{Result, bail};
use xshell::{Shell, cmd};

/// What to run.
#[derive(Default)]
pub struct PresetOptions {
    /// Such as `D-bs1`.
    pub name: String,
    /// The short form.
    pub is_quick: bool,
    more: Vec<String>,
}

impl PresetOptions {
    /// Sets an option from the command line.
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        match name {
            "threads" | "epochs" | "lane" => self.more.extend([format!("--{name}"), value.to_owned()]),
            _ => bail!("preset has no such option"),
        }
        Ok(())
    }
}

/// Prints what the example prints.
pub fn run(sh: &Shell, options: &PresetOptions) -> Result<()> {
    let PresetOptions { name, is_quick, more } = options;
    let quick = is_quick.then_some("--quick");
    cmd!(sh, "cargo run --quiet --release --example preset -- {name} {quick...} {more...}").run()?;
    Ok(())
}
