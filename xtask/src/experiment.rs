//! Runs a source's experiment: natively through `examples/experiment`, which has the engine, or in the page itself.

use crate::build;
use crate::headless::Headless;
use anyhow::{Result, bail, ensure};
use serde::Deserialize;
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::time::Instant;
use xshell::{Shell, cmd};

/// Looks at the race and keeps it going.
const LOOK: &str = include_str!("experiment.js");

/// What to run.
#[derive(Default)]
pub struct ExperimentOptions {
    /// Its name, such as `D-bs1`.
    pub name: String,
    /// Whether to run the short form.
    pub is_quick: bool,
    /// Whether a claim that does not hold is an error.
    pub is_checked: bool,
    /// Whether to run in the page, in headless Chromium.
    pub in_page: bool,
    /// Whether to go on with the runs that were kept, and to keep them after each epoch.
    pub is_resumed: bool,
    more: Vec<String>,
}

/// The script's answer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Look {
    clock: String,
    is_done: bool,
    said: Vec<String>,
    /// The names of the columns of the page's table.
    columns: Vec<String>,
    /// Rows of the page's table: epoch, lane and figures.
    rows: Vec<Vec<String>>,
    /// Lane, figure, the reported value, and the value here.
    reported: Vec<Vec<String>>,
    /// Whether each claim holds, empty while undecided, and its words.
    claims: Vec<(String, String)>,
}

impl ExperimentOptions {
    /// Sets an option from the command line.
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        match name {
            "threads" | "epochs" | "lane" => self.more.extend([format!("--{name}"), value.to_owned()]),
            _ => bail!("experiment has no option --{name}"),
        }
        Ok(())
    }
}

/// Prints the example's output, or the contents of the page's table after each epoch.
pub fn run(sh: &Shell, options: &ExperimentOptions) -> Result<()> {
    let ExperimentOptions { name, is_quick, is_checked, in_page, is_resumed, more } = options;
    if *in_page {
        ensure!(more.is_empty(), "--page runs the experiment as its link opens it: leave out {}", more.join(" "));
        ensure!(!is_resumed, "--page keeps nothing: leave out --resume");
        ensure!(!name.is_empty(), "--page needs the name of an experiment");
        build::wasm(sh, &build::FOR_THE_PAGE)?;
        let n_open = run_in_page(sh, &format!("{name}{}", if *is_quick { "-quick" } else { "" }))?;
        ensure!(!is_checked || n_open == 0, "{name}: {n_open} of its claims do not hold");
        return Ok(());
    }
    let (quick, check) = (is_quick.then_some("--quick"), is_checked.then_some("--check"));
    let resume = is_resumed.then_some("--resume");
    cmd!(sh, "cargo run --quiet --release --example experiment -- {name} {quick...} {check...} {resume...} {more...}")
        .run()?;
    Ok(())
}

/// Returns the number of claims that do not hold or are undecided.
fn run_in_page(sh: &Shell, link: &str) -> Result<usize> {
    let (start, mut told, mut n_open) = (Instant::now(), HashSet::new(), 0);
    Headless::start(sh)?.watch(&format!("#p={link}"), LOOK, |answer| {
        let look: Look = serde_json::from_value(answer)?;
        ensure!(look.said.is_empty(), "the page says: {}", look.said.join("; "));
        // The last step of an epoch may reach into the next.
        let whole: Vec<_> =
            look.rows.iter().filter(|row| row.first().is_some_and(|epoch| !epoch.contains('.'))).collect();
        for row in &whole {
            let [epoch, lane, figures @ ..] = row.as_slice() else { bail!("a row of the page's table is too short") };
            let is_judged = figures.get(3).is_some_and(|accuracy| accuracy != "·");
            if !is_judged || !told.insert((epoch.clone(), lane.clone())) {
                continue;
            }
            let named = look.columns.iter().skip(2).zip(figures).filter(|(_, value)| *value != "·");
            let figures: Vec<_> = named.map(|(name, value)| format!("{name} {value}")).collect();
            println!("{:5.0} s  {lane}, epoch {epoch}: {}", start.elapsed().as_secs_f64(), figures.join(", "));
        }
        // The last evaluations come after the last steps, and their rows after those.
        let n_told = |lane: &String| told.iter().filter(|(_, of)| of == lane).count();
        let counts: Vec<_> = look.rows.iter().filter_map(|row| row.get(1)).map(n_told).collect();
        let is_even = counts.iter().all(|count| *count > 0 && *count == counts[0]);
        if !look.is_done || told.len() < whole.len() || counts.is_empty() || !is_even {
            return Ok(ControlFlow::Continue(()));
        }
        println!("\n{}\nreported and measured here:", look.clock);
        for row in &look.reported {
            println!("  {}", row.join("  "));
        }
        for (holds, words) in &look.claims {
            println!("{words}");
            n_open += usize::from(holds != "true");
        }
        Ok(ControlFlow::Break(()))
    })?;
    Ok(n_open)
}
