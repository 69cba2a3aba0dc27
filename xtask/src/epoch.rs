//! Trains the tutorial's network with each norm on MNIST in headless Chromium and compares the test accuracy with that
//! of Keras.
//!
//! The page `www/headless.html` does the training; this file requests runs and prints the table.

use crate::headless::{Headless, NormName, Run, positive};
use anyhow::{Context, Result, bail, ensure};
use xshell::Shell;

/// Greatest difference between the mean accuracy and that of Keras.
const TOLERANCE: f64 = 0.01;

/// Test accuracy in Keras after one epoch of the 60,000 images, batch 32, Adam 1e-3, mean over seeds; Keras' layer norm
/// has γ and β per element, ours per channel.
const KERAS: [(&str, f64); 5] =
    [("none", 0.9635), ("batch", 0.9587), ("layer", 0.9533), ("instance", 0.9622), ("group:5", 0.9572)];

/// What to train.
pub struct EpochOptions {
    norms: Vec<NormName>,
    seeds: u32,
    epochs: u32,
    batch: u32,
    device: String,
}

impl Default for EpochOptions {
    fn default() -> Self {
        let norms = NormName::tutorial();
        Self { norms, seeds: 2, epochs: 1, batch: 32, device: "cpu".to_owned() }
    }
}

impl EpochOptions {
    /// Sets an option from the command line.
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        match name {
            "norms" => self.norms = value.split(',').map(NormName::parse).collect::<Result<_>>()?,
            "seeds" => self.seeds = positive(value)?,
            "epochs" => self.epochs = positive(value)?,
            "batch" => self.batch = positive(value)?,
            "device" => {
                ensure!(["auto", "cpu", "gpu"].contains(&value), "{value} is not auto, cpu or gpu");
                self.device = value.to_owned();
            }
            _ => bail!("epoch has no option --{name}"),
        }
        Ok(())
    }

    /// Whether Keras' figures were made with these settings.
    fn is_comparable(&self) -> bool {
        self.epochs == 1 && self.batch == 32
    }
}

/// Trains each norm with each seed and prints the table; fails if a mean is too far from Keras' figure.
pub fn run(sh: &Shell, options: &EpochOptions) -> Result<()> {
    let headless = Headless::start(sh)?;
    let rows: Vec<Row<'_>> = options.norms.iter().map(|norm| train(&headless, norm, options)).collect::<Result<_>>()?;
    print_table(&rows, options);
    let far: Vec<&str> = rows.iter().filter(|row| row.is_far(options)).map(|row| row.norm).collect();
    ensure!(far.is_empty(), "more than {TOLERANCE} from Keras: {}", far.join(", "));
    Ok(())
}

/// The runs of one norm.
struct Row<'a> {
    norm: &'a str,
    accuracies: Vec<f64>,
    seconds: f64,
}

impl Row<'_> {
    fn mean(&self) -> f64 {
        self.accuracies.iter().sum::<f64>() / self.accuracies.len() as f64
    }

    fn keras(&self) -> Option<f64> {
        KERAS.iter().find(|(name, _)| *name == self.norm).map(|(_, accuracy)| *accuracy)
    }

    fn is_far(&self, options: &EpochOptions) -> bool {
        // Written so that a NaN accuracy counts as far.
        let is_near = self.keras().is_none_or(|keras| (self.mean() - keras).abs() <= TOLERANCE);
        options.is_comparable() && !is_near
    }
}

fn train<'a>(headless: &Headless<'_>, norm: &'a NormName, options: &EpochOptions) -> Result<Row<'a>> {
    let mut row = Row { norm: norm.as_str(), accuracies: Vec::new(), seconds: 0.0 };
    for seed in 1..=options.seeds {
        let run = Run { norm, batch: options.batch, seed, device: &options.device };
        let result = headless.train(&run, ("epochs", options.epochs))?;
        let evaluation = result["evaluations"].as_array().and_then(|all| all.last());
        let accuracy = evaluation.and_then(|last| last["accuracy"].as_f64()).context("no accuracy was returned")?;
        let seconds = result["seconds"].as_f64().context("no seconds were returned")?;
        eprintln!("{} seed {seed}: {accuracy:.4} in {seconds:.1} s on {}", row.norm, result["device"]);
        row.accuracies.push(accuracy);
        row.seconds += seconds;
    }
    Ok(row)
}

fn print_table(rows: &[Row<'_>], options: &EpochOptions) {
    let EpochOptions { epochs, batch, device, .. } = options;
    println!("\nMNIST, {epochs} epoch(s), batch {batch}, Adam 1e-3, engine {device}");
    println!("\n| norm | test accuracy, mean | each seed | Keras | difference | s per epoch |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for row in rows {
        let each = row.accuracies.iter().map(|accuracy| format!("{accuracy:.4}")).collect::<Vec<_>>().join(", ");
        let (keras, difference) = match row.keras().filter(|_| options.is_comparable()) {
            Some(keras) => (format!("{keras:.4}"), format!("{:+.4}", row.mean() - keras)),
            None => ("–".to_owned(), "–".to_owned()),
        };
        let seconds = row.seconds / (row.accuracies.len() as f64 * f64::from(options.epochs));
        println!("| {} | {:.4} | {each} | {keras} | {difference} | {seconds:.1} |", row.norm, row.mean());
    }
}
