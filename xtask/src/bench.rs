//! Runs the bench page in headless Chromium and prints its rows next to those of plain JavaScript in the same run.

use crate::headless::Headless;
use anyhow::{Context, Result, bail, ensure};
use xshell::Shell;

/// What to time.
pub struct BenchOptions {
    device: String,
    only: String,
}

impl Default for BenchOptions {
    fn default() -> Self {
        Self { device: "cpu".to_owned(), only: String::new() }
    }
}

impl BenchOptions {
    /// Sets an option from the command line.
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        match name {
            "device" if ["cpu", "gpu"].contains(&value) => self.device = value.to_owned(),
            "device" => bail!("{value} is neither cpu nor gpu"),
            "only" => self.only = value.to_owned(),
            _ => bail!("bench has no option --{name}"),
        }
        Ok(())
    }
}

/// Prints the table.
pub fn run(sh: &Shell, options: &BenchOptions) -> Result<()> {
    let rows = Headless::start(sh)?.bench(&options.device, &options.only)?;
    let rows = rows.as_array().context("the bench page returned no rows")?;
    ensure!(!rows.is_empty(), "no item's name contains {}", options.only);
    println!("engine: {}\n", options.device);
    println!("| item | ours, ms | plain JS, ms | ratio | largest relative error |");
    println!("| --- | --- | --- | --- | --- |");
    for row in rows {
        let number =
            |key: &str, digits: usize| row[key].as_f64().map_or(String::new(), |value| format!("{value:.digits$}"));
        let error = row["error"].as_f64().map_or(String::new(), |error| format!("{error:.0e}"));
        let name = row["name"].as_str().unwrap_or("?");
        println!("| {name} | {} | {} | {} | {error} |", number("ours", 2), number("plain", 2), number("ratio", 1));
    }
    Ok(())
}
