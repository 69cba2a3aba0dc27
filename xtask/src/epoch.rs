//! Trains the tutorial net with each norm on MNIST in headless Chromium and compares the test accuracy with Keras's.
//!
//! The page `www/headless.html` does the training; this file asks for runs and prints the table.

use crate::browser::Driver;
use crate::serve::{Faults, Server};
use crate::workspace::www_dir;
use anyhow::{Context, Result, bail, ensure};
use fantoccini::Client;
use serde_json::{Value, json};
use std::time::Duration;
use xshell::Shell;

/// The longest a single run may take.
const RUN_LIMIT: Duration = Duration::from_secs(20 * 60);

/// How far the mean accuracy may be from Keras's.
const TOLERANCE: f64 = 0.01;

/// Adam's learning rate in the Keras runs.
const LEARNING_RATE: f64 = 1e-3;

/// Test accuracy of Keras after one epoch of the 60,000, batch 32, Adam 1e-3, mean of seeds; Keras's layer norm has
/// γ and β per element, ours per channel.
const KERAS: [(&str, f64); 5] =
    [("none", 0.9635), ("batch", 0.9587), ("layer", 0.9533), ("instance", 0.9622), ("group:5", 0.9572)];

/// Runs in `www/headless.html`: trains and answers `{ok}` or `{error}`.
const TRAIN: &str = "
    const [spec, options, done] = arguments;
    (async () => window.headless.train(spec, options))().then(
        (ok) => done({ ok }),
        (error) => done({ error: String(error?.message ?? error) }),
    );";

/// What to train.
pub struct EpochOptions {
    norms: Vec<NormName>,
    seeds: u32,
    epochs: u32,
    batch: u32,
    device: String,
    /// Fewer steps than the epochs have, for a trial; then nothing is compared.
    steps: Option<u32>,
}

/// A norm as written on the command line: `none`, `batch`, `layer`, `instance` or `group:G`.
struct NormName(String);

impl Default for EpochOptions {
    fn default() -> Self {
        let norms = KERAS.iter().map(|(name, _)| NormName((*name).to_owned())).collect();
        Self { norms, seeds: 2, epochs: 1, batch: 32, device: "cpu".to_owned(), steps: None }
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
            "steps" => self.steps = Some(positive(value)?),
            "device" => {
                ensure!(["auto", "cpu", "gpu"].contains(&value), "{value} is none of auto, cpu, gpu");
                self.device = value.to_owned();
            }
            _ => bail!("epoch has no such option"),
        }
        Ok(())
    }

    /// Whether Keras's figures were made with these settings.
    fn is_comparable(&self) -> bool {
        self.steps.is_none() && self.epochs == 1 && self.batch == 32
    }
}

/// Trains each norm with each seed and prints the table; fails if a mean is too far from Keras's figure.
pub fn run(sh: &Shell, options: &EpochOptions) -> Result<()> {
    let server = Server::start(&www_dir(sh), 0, Faults::None)?;
    let driver = Driver::start(sh)?;
    let runtime = tokio::runtime::Runtime::new()?;
    let rows = runtime.block_on(async {
        let client = driver.session(sh, RUN_LIMIT).await?;
        let rows = train_all(&client, &format!("{}headless.html", server.url()), options).await;
        client.close().await?;
        rows
    })?;
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
        // Written so that an accuracy that is no number counts as far.
        let is_near = self.keras().is_none_or(|keras| (self.mean() - keras).abs() <= TOLERANCE);
        options.is_comparable() && !is_near
    }
}

async fn train_all<'a>(client: &Client, url: &str, options: &'a EpochOptions) -> Result<Vec<Row<'a>>> {
    let mut rows = Vec::new();
    for norm in &options.norms {
        let mut row = Row { norm: &norm.0, accuracies: Vec::new(), seconds: 0.0 };
        for seed in 1..=options.seeds {
            // A fresh page a run: what one run leaves in memory shall not slow the next.
            client.goto(url).await?;
            let result = train(client, norm, seed, options).await.with_context(|| format!("{} seed {seed}", norm.0))?;
            let evaluation = result["evaluations"].as_array().and_then(|all| all.last());
            let accuracy = evaluation.and_then(|last| last["accuracy"].as_f64()).context("no accuracy came back")?;
            let seconds = result["seconds"].as_f64().context("no seconds came back")?;
            eprintln!("{} seed {seed}: {accuracy:.4} in {seconds:.1} s on {}", norm.0, result["device"]);
            row.accuracies.push(accuracy);
            row.seconds += seconds;
        }
        rows.push(row);
    }
    Ok(rows)
}

async fn train(client: &Client, norm: &NormName, seed: u32, options: &EpochOptions) -> Result<Value> {
    let spec = json!({
        "norm": norm.to_json()?,
        "batch": options.batch,
        "learningRate": LEARNING_RATE,
        "seed": seed,
        "device": options.device,
    });
    let mut how = json!({ "data": "mnist", "epochs": options.epochs });
    if let Some(steps) = options.steps {
        how["steps"] = steps.into();
    }
    wait_for_headless(client).await?;
    let mut answer = client.execute_async(TRAIN, vec![spec, how]).await?;
    match answer["error"].as_str() {
        Some(error) => bail!("{error}"),
        None => Ok(answer["ok"].take()),
    }
}

/// The page's module script may still be loading.
async fn wait_for_headless(client: &Client) -> Result<()> {
    for _ in 0..600 {
        if client.execute("return typeof window.headless?.train === 'function'", vec![]).await? == Value::Bool(true) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bail!("headless.html offers no window.headless.train after a minute")
}

fn print_table(rows: &[Row<'_>], options: &EpochOptions) {
    let EpochOptions { epochs, batch, device, .. } = options;
    println!("\nMNIST, {epochs} epoch(s), batch {batch}, Adam {LEARNING_RATE}, engine {device}");
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

impl NormName {
    fn parse(text: &str) -> Result<Self> {
        let name = Self(text.to_owned());
        name.to_json()?;
        Ok(name)
    }

    fn to_json(&self) -> Result<Value> {
        match self.0.split_once(':') {
            Some(("group", groups)) => Ok(json!({ "kind": "group", "groups": positive(groups)? })),
            None if ["none", "batch", "layer", "instance"].contains(&self.0.as_str()) => Ok(json!({ "kind": self.0 })),
            _ => bail!("{} is none of none, batch, layer, instance, group:G", self.0),
        }
    }
}

fn positive(text: &str) -> Result<u32> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => bail!("{text} is no whole number above 0"),
    }
}
