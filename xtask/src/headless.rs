//! Requests training runs from `www/headless.html`, through WebDriver, in a Chromium with a software GPU.

use crate::browser::{Driver, SoftwareGpu};
use crate::serve::{Faults, Server};
use crate::workspace::www_dir;
use anyhow::{Context, Result, bail};
use fantoccini::Client;
use serde_json::{Value, json};
use std::ops::ControlFlow;
use std::time::Duration;
use tokio::runtime::Runtime;
use xshell::Shell;

/// The longest time that a single run may take.
const RUN_LIMIT: Duration = Duration::from_secs(20 * 60);

/// Interval between two looks at a watched page.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// Adam's learning rate in all runs.
const LEARNING_RATE: f64 = 1e-3;

/// Runs in the page: trains and answers `{ok}` or `{error}`.
const TRAIN: &str = "
    const [spec, options, done] = arguments;
    (async () => window.headless.train(spec, options))().then(
        (ok) => done({ ok }),
        (error) => done({ error: String(error?.message ?? error) }),
    );";

/// Runs in the bench page, likewise.
const BENCH: &str = "
    const [part, done] = arguments;
    (async () => { await window.normBenchReady; return window.normBenchTable(part); })().then(
        (ok) => done({ ok }),
        (error) => done({ error: String(error?.message ?? error) }),
    );";

/// What `cargo xtask budgets` and its end-to-end test measure in the page.
const BUDGETS: &str = include_str!("budgets.js");

/// The same for tensors of 2²⁴ values.
const LARGE_BUDGETS: &str = include_str!("budgets_large.js");

/// The served page and a browser in which to open it.
pub struct Headless<'a> {
    sh: &'a Shell,
    // Fields are dropped in this order.
    runtime: Runtime,
    driver: Driver,
    server: Server,
}

/// Everything that determines a run except the data, which is MNIST.
pub struct Run<'a> {
    /// The norm of the tutorial's network.
    pub norm: &'a NormName,
    /// Images per step.
    pub batch: u32,
    /// Seed of everything random.
    pub seed: u32,
    /// `auto`, `cpu` or `gpu`.
    pub device: &'a str,
}

/// A norm as written on the command line: `none`, `batch`, `layer`, `instance` or `group:G`.
pub struct NormName {
    name: String,
    json: Value,
}

impl<'a> Headless<'a> {
    /// Serves `www/` and starts chromedriver.
    pub fn start(sh: &'a Shell) -> Result<Self> {
        let server = Server::start(&www_dir(sh), 0, Faults::None)?;
        Ok(Self { sh, runtime: Runtime::new()?, driver: Driver::start(sh)?, server })
    }

    /// Trains for the given number of `("epochs", n)` or `("steps", n)`; returns what `window.headless.train` resolves
    /// with.
    ///
    /// Each run has a browser of its own: memory left behind by one must not slow down the next.
    pub fn train(&self, run: &Run<'_>, how_long: (&str, u32)) -> Result<Value> {
        let Run { norm, batch, seed, device } = run;
        let spec = json!({
            "norm": norm.json,
            "batch": batch,
            "learningRate": LEARNING_RATE,
            "seed": seed,
            "device": device,
        });
        let options = json!({ "data": "mnist", how_long.0: how_long.1 });
        self.call(SoftwareGpu::Yes, "headless.html", "window.headless?.train", TRAIN, vec![spec, options])
            .with_context(|| format!("{} seed {seed} on {device}", norm.name))
    }

    /// Returns the rows of the bench page on `device` whose name contains `part`.
    pub fn bench(&self, device: &str, part: &str) -> Result<Value> {
        let page = format!("bench.html?device={device}");
        self.call(SoftwareGpu::Yes, &page, "window.normBenchTable", BENCH, vec![part.into()])
    }

    /// Measures the page's weight and times, opened at a fragment: see `budgets.js`. Without the software GPU, which
    /// would also render the page, several times slower than the processor alone.
    pub fn budgets(&self, fragment: &str) -> Result<Value> {
        self.call(SoftwareGpu::No, fragment, "window.requestAnimationFrame", BUDGETS, vec![])
    }

    /// Measures how long files of 2²⁴ values, and gestures on them, keep the main thread: see `budgets_large.js`.
    pub fn large_budgets(&self) -> Result<Value> {
        self.call(SoftwareGpu::No, "", "window.requestAnimationFrame", LARGE_BUDGETS, vec![])
    }

    /// Opens the page at a fragment and passes on what a script finds there, every second, until that is enough.
    pub fn watch(
        &self,
        fragment: &str,
        script: &str,
        mut each: impl FnMut(Value) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        self.runtime.block_on(async {
            let client = self.driver.session(self.sh, SoftwareGpu::No, RUN_LIMIT).await?;
            client.goto(&format!("{}{fragment}", self.server.url())).await?;
            while each(client.execute(script, vec![]).await?)?.is_continue() {
                tokio::time::sleep(LOOK_INTERVAL).await;
            }
            Ok(client.close().await?)
        })
    }

    /// Opens a page, waits for `function` to be defined, and runs a script that answers `{ok}` or `{error}`.
    fn call(&self, gpu: SoftwareGpu, page: &str, function: &str, script: &str, args: Vec<Value>) -> Result<Value> {
        self.runtime.block_on(async {
            let client = self.driver.session(self.sh, gpu, RUN_LIMIT).await?;
            let answer = answer(&client, &format!("{}{page}", self.server.url()), function, script, args).await;
            client.close().await?;
            answer
        })
    }
}

async fn answer(client: &Client, url: &str, function: &str, script: &str, args: Vec<Value>) -> Result<Value> {
    client.goto(url).await?;
    wait_for(client, function).await?;
    let mut answer = client.execute_async(script, args).await?;
    match answer["error"].as_str() {
        Some(error) => bail!("{error}"),
        None => Ok(answer["ok"].take()),
    }
}

/// The page's module script may still be loading.
async fn wait_for(client: &Client, function: &str) -> Result<()> {
    for _ in 0..600 {
        if client.execute(&format!("return typeof {function} === 'function'"), vec![]).await? == Value::Bool(true) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bail!("the page has no {function} after a minute")
}

impl NormName {
    /// The norms of the tutorial and of the Keras runs.
    pub fn tutorial() -> Vec<Self> {
        let plain = ["none", "batch", "layer", "instance"].map(Self::plain);
        plain.into_iter().chain([Self::group(5)]).collect()
    }

    /// Parses the form used on the command line.
    pub fn parse(text: &str) -> Result<Self> {
        match text.split_once(':') {
            Some(("group", groups)) => Ok(Self::group(positive(groups)?)),
            None if ["none", "batch", "layer", "instance"].contains(&text) => Ok(Self::plain(text)),
            _ => bail!("{text} is not one of none, batch, layer, instance, group:G"),
        }
    }

    /// The form used on the command line.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    fn plain(kind: &str) -> Self {
        Self { name: kind.to_owned(), json: json!({ "kind": kind }) }
    }

    fn group(groups: u32) -> Self {
        Self { name: format!("group:{groups}"), json: json!({ "kind": "group", "groups": groups }) }
    }
}

/// Parses a whole number above 0.
pub fn positive(text: &str) -> Result<u32> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => bail!("{text} is not a whole number above 0"),
    }
}
