//! `cargo xtask …`: builds, serves, tests and measures Blue Cube. `cargo xtask help` lists the commands.

mod agree;
mod bench;
mod browser;
mod budgets;
mod build;
mod consumers;
mod data_files;
mod deploys;
mod dist;
mod engines;
mod epoch;
mod headless;
mod one_file;
mod package;
mod experiment;
mod fresh;
mod serve;
mod ship;
mod site;
mod size;
mod steps;
mod tests;
mod tools;
mod types;
mod workspace;

use agree::AgreeOptions;
use anyhow::{Context, Result, bail};
use bench::BenchOptions;
use epoch::EpochOptions;
use experiment::ExperimentOptions;
use lexopt::prelude::*;
use std::path::PathBuf;
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask COMMAND

  play [--port 8080] [--no-open]  build, serve the page on 127.0.0.1 and open a browser
  test                            run everything: lint, native, GPU, types, size, browsers, end to end
  build [--out dist] [--keep DIR] build the release wasm, its bindings, and dist/ for any static host; with --keep, the
                                  files of the builds in DIR stay available to pages from a cache
  build --one-file [--out blue-cube.html]
                                  the page as one file, which opens without a server
  accuracy                        print each norm's largest errors against f64, on CPU and GPU (software Vulkan)
  size                            compare the gzip size of each artefact with its budget
  budgets                         measure the page's weight and times in headless Chromium against limits
  epoch [--norms none,batch,layer,instance,group:5] [--seeds 2] [--epochs 1] [--batch 32]
        [--device cpu]            train on MNIST in headless Chromium, compare with Keras
  agree [--norms none,batch,layer,instance,group:5] [--steps 20] [--batch 32]
                                  compare the losses on WebGPU with those on the CPU engine
  bench [--device cpu] [--only fwd]
                                  time moments, norms, matrix products and training, ours and plain JavaScript's
  experiment NAME [--quick] [--check] [--threads N] [--epochs N] [--lane NAME]... [--resume]
                                  run a source's experiment natively, next to its figures and claims;
                                  --check fails if a claim does not hold; --resume keeps every run after each
                                  epoch, under target/experiments, and goes on with those kept by the same bits
  experiment NAME [--quick] [--check] --page
                                  run it in the page, in headless Chromium
  lint, test-native, test-page, test-web, test-e2e, test-engines
                                  run single parts of `test`
";

fn main() -> ExitCode {
    match parse().and_then(Command::run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

enum Command {
    Help,
    Build { out: Option<PathBuf>, kept: Option<PathBuf>, is_one_file: bool },
    Play { port: u16, open: bool },
    Test(tests::Part),
    Size,
    Budgets,
    Accuracy,
    Epoch(EpochOptions),
    Agree(AgreeOptions),
    Bench(BenchOptions),
    Experiment(ExperimentOptions),
}

impl Command {
    fn run(self) -> Result<()> {
        let sh = workspace::shell()?;
        match self {
            Self::Help => print!("{HELP}"),
            Self::Build { out, is_one_file: true, .. } => {
                build::wasm(&sh, &build::FOR_THE_PAGE)?;
                let out = sh.current_dir().join(out.unwrap_or_else(|| "blue-cube.html".into()));
                one_file::write(&workspace::www_dir(&sh), &out)?;
            }
            Self::Build { out, kept, is_one_file: false } => {
                build::wasm(&sh, &build::ALL)?;
                let folder = |path: PathBuf| sh.current_dir().join(path);
                let (out, kept) = (folder(out.unwrap_or_else(|| "dist".into())), kept.map(folder));
                dist::write(&workspace::www_dir(&sh), &out, kept.as_deref())?;
                package::write(&sh, &out.join("pkg/package"))?;
            }
            Self::Play { port, open } => {
                build::wasm(&sh, &build::FOR_THE_PAGE)?;
                serve::play(&sh, port, open)?;
            }
            Self::Test(part) => tests::run(&sh, part)?,
            Self::Accuracy => tests::accuracy(&sh)?,
            Self::Size => {
                build::wasm(&sh, &build::ALL)?;
                size::check(&sh)?;
            }
            Self::Budgets => {
                build::wasm(&sh, &build::FOR_THE_PAGE)?;
                budgets::run(&sh)?;
            }
            Self::Epoch(options) => {
                build::wasm(&sh, &build::FOR_THE_PAGE)?;
                epoch::run(&sh, &options)?;
            }
            Self::Bench(options) => {
                build::wasm(&sh, &build::ALL)?;
                bench::run(&sh, &options)?;
            }
            Self::Experiment(options) => experiment::run(&sh, &options)?,
            Self::Agree(options) => {
                build::wasm(&sh, &build::FOR_THE_PAGE)?;
                agree::run(&sh, &options)?;
            }
        }
        Ok(())
    }
}

impl Command {
    /// Sets an option of a command that has a module of its own.
    fn set(&mut self, name: &str, value: &str) -> Result<()> {
        match self {
            Self::Epoch(options) => options.set(name, value),
            Self::Bench(options) => options.set(name, value),
            Self::Agree(options) => options.set(name, value),
            Self::Experiment(options) => options.set(name, value),
            Self::Help
            | Self::Build { .. }
            | Self::Play { .. }
            | Self::Test(_)
            | Self::Size
            | Self::Budgets
            | Self::Accuracy => {
                bail!("this command has no option --{name}")
            }
        }
    }
}

fn parse() -> Result<Command> {
    let mut parser = lexopt::Parser::from_env();
    let mut command = match parser.next()? {
        None | Some(Short('h') | Long("help")) => Command::Help,
        Some(Value(name)) => named(&name.string()?)?,
        Some(other) => return Err(other.unexpected().into()),
    };
    while let Some(arg) = parser.next()? {
        match (&mut command, arg) {
            (Command::Build { out, .. }, Long("out")) => *out = Some(parser.value()?.into()),
            (Command::Build { kept, .. }, Long("keep")) => *kept = Some(parser.value()?.into()),
            (Command::Build { is_one_file, .. }, Long("one-file")) => *is_one_file = true,
            (Command::Play { port, .. }, Long("port")) => *port = parser.value()?.parse()?,
            (Command::Play { open, .. }, Long("no-open")) => *open = false,
            (Command::Experiment(options), Value(name)) if options.name.is_empty() => options.name = name.string()?,
            (Command::Experiment(options), Long("quick")) => options.is_quick = true,
            (Command::Experiment(options), Long("check")) => options.is_checked = true,
            (Command::Experiment(options), Long("resume")) => options.is_resumed = true,
            (Command::Experiment(options), Long("page")) => options.in_page = true,
            (
                command @ (Command::Epoch(_) | Command::Bench(_) | Command::Agree(_) | Command::Experiment(_)),
                Long(name),
            ) => {
                let name = name.to_owned();
                command.set(&name, &parser.value()?.string()?).with_context(|| format!("--{name}"))?;
            }
            (_, other) => return Err(other.unexpected().into()),
        }
    }
    Ok(command)
}

fn named(name: &str) -> Result<Command> {
    Ok(match name {
        "help" => Command::Help,
        "build" => Command::Build { out: None, kept: None, is_one_file: false },
        "play" => Command::Play { port: 8080, open: true },
        "test" => Command::Test(tests::Part::All),
        "lint" => Command::Test(tests::Part::Lint),
        "test-native" => Command::Test(tests::Part::Native),
        "test-page" => Command::Test(tests::Part::Page),
        "test-web" => Command::Test(tests::Part::Web),
        "test-e2e" => Command::Test(tests::Part::EndToEnd),
        "test-engines" => Command::Test(tests::Part::Engines),
        "size" => Command::Size,
        "budgets" => Command::Budgets,
        "accuracy" => Command::Accuracy,
        "bench" => Command::Bench(BenchOptions::default()),
        "agree" => Command::Agree(AgreeOptions::default()),
        "experiment" => Command::Experiment(ExperimentOptions::default()),
        "epoch" => Command::Epoch(EpochOptions::default()),
        other => bail!("there is no command {other}\n\n{HELP}"),
    })
}
