//! Trains the same runs on WebGPU and on the CPU engine in headless Chromium and compares their losses step by step.

use crate::headless::{Headless, NormName, Run, positive};
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use xshell::Shell;

/// Greatest difference between the loss of any step and the CPU's.
const TOLERANCE: f64 = 1e-3;

/// What to compare.
pub struct AgreeOptions {
    norms: Vec<NormName>,
    steps: u32,
    batch: u32,
}

impl Default for AgreeOptions {
    fn default() -> Self {
        Self { norms: NormName::tutorial(), steps: 20, batch: 32 }
    }
}

impl AgreeOptions {
    /// Sets an option from the command line.
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        match name {
            "norms" => self.norms = value.split(',').map(NormName::parse).collect::<Result<_>>()?,
            "steps" => self.steps = positive(value)?,
            "batch" => self.batch = positive(value)?,
            _ => bail!("agree has no option --{name}"),
        }
        Ok(())
    }
}

/// Prints the table; fails if a loss differs by more than the tolerance.
pub fn run(sh: &Shell, options: &AgreeOptions) -> Result<()> {
    let headless = Headless::start(sh)?;
    println!("MNIST, the first {} steps, batch {}, Adam 1e-3, seed 1\n", options.steps, options.batch);
    println!(
        "| norm | last loss, CPU | last loss, WebGPU | largest difference | at step | ms per step, CPU | WebGPU |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    let mut far = Vec::new();
    for norm in &options.norms {
        let [cpu, gpu] = [train(&headless, norm, "cpu", options)?, train(&headless, norm, "gpu", options)?];
        let differences = cpu.losses.iter().zip(&gpu.losses).map(|(cpu, gpu)| (cpu - gpu).abs());
        // NaN sorts as the largest under total_cmp, so it shows up here.
        let worst = differences.enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b));
        let (step, difference) = worst.context("no losses to compare")?;
        let (name, last) = (norm.as_str(), cpu.losses.len() - 1);
        println!(
            "| {name} | {:.6} | {:.6} | {difference:.1e} | {} | {:.1} | {:.1} |",
            cpu.losses[last],
            gpu.losses[last],
            step + 1,
            cpu.step_millis,
            gpu.step_millis,
        );
        if difference.is_nan() || difference > TOLERANCE {
            far.push(name);
        }
    }
    ensure!(far.is_empty(), "losses differ by more than {TOLERANCE}: {}", far.join(", "));
    Ok(())
}

struct Curve {
    losses: Vec<f64>,
    step_millis: f64,
}

fn train(headless: &Headless<'_>, norm: &NormName, device: &str, options: &AgreeOptions) -> Result<Curve> {
    let run = Run { norm, batch: options.batch, seed: 1, device };
    let result = headless.train(&run, ("steps", options.steps))?;
    let losses: Vec<f64> = result["losses"]
        .as_array()
        .context("no losses came back")?
        .iter()
        // JSON writes NaN and infinities as null.
        .map(|loss| loss.as_f64().unwrap_or(f64::NAN))
        .collect();
    ensure!(losses.len() == options.steps as usize, "{} losses came back on {device}", losses.len());
    // A run that fell back to the other engine would agree trivially.
    let engine = &result["device"];
    ensure!(engine_is(engine, device), "asked for {device}, got {engine}");
    let seconds = result["seconds"].as_f64().context("no seconds came back")?;
    Ok(Curve { losses, step_millis: 1000.0 * seconds / f64::from(options.steps) })
}

fn engine_is(engine: &Value, device: &str) -> bool {
    engine["kind"].as_str().is_some_and(|kind| kind.starts_with(device))
}
