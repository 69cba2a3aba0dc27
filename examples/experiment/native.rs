//! The example itself.

use crate::kept::KeptRun;
use anyhow::{Context as _, Result, bail, ensure};
use blue_cube::data::{DataFile, Dataset};
use blue_cube::exec::DeviceChoice;
use blue_cube::race::experiment::claim::Found;
use blue_cube::race::experiment::course::LaneCourse;
use blue_cube::race::experiment::sweep::ExperimentRun;
use blue_cube::race::experiment::{Experiment, ExperimentLane, NAMES, experiment};
use blue_cube::train::{RunSpec, Trainer};
use std::io::Read as _;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

struct Options {
    name: String,
    is_quick: bool,
    /// Whether a claim that does not hold, or is undecided, is an error.
    is_checked: bool,
    n_threads: usize,
    epochs: Option<u32>,
    lanes: Vec<String>,
    /// Whether runs go on from where they were stopped, and are kept after each epoch.
    is_resumed: bool,
}

pub(crate) fn main() -> Result<()> {
    let options = read_options()?;
    let mut experiment = experiment(&options.name, options.is_quick)
        .with_context(|| format!("there is no experiment {}; there are {}", options.name, NAMES.join(", ")))?;
    experiment.epochs = options.epochs.unwrap_or(experiment.epochs);
    let mut runs = experiment.runs();
    let is_named =
        |name: &str, run: &ExperimentRun| run.lane.name == name || experiment.lanes[run.lane_idx].name == name;
    for name in &options.lanes {
        let names = || experiment.lanes.iter().map(|lane| &*lane.name).collect::<Vec<_>>().join("; ");
        ensure!(runs.iter().any(|run| is_named(name, run)), "there is no lane {name}; there are: {}", names());
    }
    if !options.lanes.is_empty() {
        runs.retain(|run| options.lanes.iter().any(|name| is_named(name, run)));
    }
    let whole = dataset(experiment.data.folder())?;
    let part = experiment.train_on.part(&whole)?;
    let data = part.as_ref().unwrap_or(&whole);
    println!("{}: {}\n{}\n", experiment.name, experiment.reproduces, experiment.differs);
    tell_time(&experiment, &runs, data, &whole, options.n_threads)?;
    let found = run_all(&experiment, &runs, data, &options)?;
    let n_open = tell_verdicts(&experiment, &found);
    ensure!(!options.is_checked || n_open == 0, "{}: {n_open} of its claims do not hold", experiment.name);
    Ok(())
}

/// Prints every claim and its verdict; returns the number of claims that do not hold or are undecided.
fn tell_verdicts(experiment: &Experiment, found: &[Found]) -> usize {
    let verdicts = experiment.verdicts(found);
    println!();
    verdicts.iter().for_each(|verdict| println!("{}", verdict.said()));
    verdicts.iter().filter(|verdict| verdict.holds != Some(true)).count()
}

fn read_options() -> Result<Options> {
    let n_cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut options = Options {
        name: String::new(),
        is_quick: false,
        is_checked: false,
        n_threads: n_cores,
        epochs: None,
        lanes: Vec::new(),
        is_resumed: false,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--quick" => options.is_quick = true,
            "--resume" => options.is_resumed = true,
            "--check" => options.is_checked = true,
            "--threads" => options.n_threads = value()?.parse()?,
            "--epochs" => options.epochs = Some(value()?.parse()?),
            "--lane" => options.lanes.push(value()?),
            name if options.name.is_empty() && !name.starts_with('-') => options.name = name.to_owned(),
            other => bail!("unknown option {other}"),
        }
    }
    Ok(options)
}

fn dataset(folder: &str) -> Result<Dataset> {
    let mut files = Vec::new();
    for file in [DataFile::TrainImages, DataFile::TrainLabels, DataFile::TestImages, DataFile::TestLabels] {
        let path = Path::new("www/data").join(folder).join(format!("{}.gz", file.name()));
        let packed = std::fs::File::open(&path).with_context(|| path.display().to_string())?;
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(packed).read_to_end(&mut bytes)?;
        files.push(bytes);
    }
    Ok(Dataset::from_idx(&files[0], &files[1], &files[2], &files[3])?)
}

/// On the CPU, where one seed always gives the same curve.
fn on_cpu(lane: &ExperimentLane) -> RunSpec {
    RunSpec { device: DeviceChoice::Cpu, ..lane.spec.clone() }
}

/// Times some steps of every run and prints an estimate for all of them; for a quick form also for the full one.
fn tell_time(
    experiment: &Experiment,
    runs: &[ExperimentRun],
    data: &Dataset,
    whole: &Dataset,
    n_threads: usize,
) -> Result<()> {
    let full =
        blue_cube::race::experiment::experiment(experiment.name, false).context("an experiment has a full form")?;
    let full_images = full.train_on.n_images(whole.n_ready(), whole.test().n_ready());
    let mut total = 0.0;
    for ExperimentRun { lane_idx, lane } in runs {
        let mut trainer = pollster::block_on(Trainer::new(on_cpu(lane)))?;
        let n_steps = experiment.n_steps(lane, data.n_ready());
        let few = n_steps.min(8);
        // The first steps allocate memory.
        pollster::block_on(trainer.step(data, few)).ok();
        let start = Instant::now();
        pollster::block_on(trainer.step(data, few)).ok();
        let millis = 1e3 * start.elapsed().as_secs_f64() / f64::from(few);
        total += experiment.seconds(lane, data.n_ready(), millis);
        let facts = trainer.facts();
        println!(
            "{:24} {millis:7.2} ms per step, {n_steps} steps; {} parameters, {} statistics, {} kB of state",
            lane.name,
            facts.n_parameters,
            facts.n_statistics,
            facts.state_bytes / 1000,
        );
        let hours = full.seconds(lane, full_images, millis) / 3600.0;
        let source = full.lanes.get(*lane_idx).and_then(|lane| lane.source_seconds);
        let source =
            source.map_or(String::new(), |seconds| format!("; the source took {:.1} h", f64::from(seconds) / 3600.0));
        println!("    in full {} epochs of {full_images} images: {hours:.2} h of one core{source}", full.epochs);
    }
    let seconds = total / n_threads.min(runs.len()).max(1) as f64;
    println!("\nEstimated time: {seconds:.0} s on {n_threads} threads, without evaluation.\n");
    Ok(())
}

fn run_all(experiment: &Experiment, runs: &[ExperimentRun], data: &Dataset, options: &Options) -> Result<Vec<Found>> {
    let (next, output) = (AtomicUsize::new(0), Mutex::new(()));
    println!("lane, epoch: figures (the source's, difference)");
    std::thread::scope(|scope| {
        let work = || -> Result<Vec<Found>> {
            let mut found = Vec::new();
            while let Some(run) = runs.get(next.fetch_add(1, Ordering::Relaxed)) {
                found.push(pollster::block_on(run_one(experiment, &run.lane, data, options, &output))?);
            }
            Ok(found)
        };
        let threads: Vec<_> = (0..options.n_threads.max(1)).map(|_| scope.spawn(work)).collect();
        let of_threads = threads.into_iter().map(|thread| thread.join().expect("a lane does not panic"));
        Ok(of_threads.collect::<Result<Vec<_>>>()?.concat())
    })
}

/// Runs one lane as the page does, and prints its figures after every epoch.
async fn run_one(
    experiment: &Experiment,
    preset_lane: &ExperimentLane,
    data: &Dataset,
    options: &Options,
    output: &Mutex<()>,
) -> Result<Found> {
    let start = Instant::now();
    let kept = options.is_resumed.then(|| KeptRun::of(experiment, options.is_quick, preset_lane));
    let resumed = kept.as_ref().map(|kept| kept.read(data)).transpose()?.flatten();
    let mut course = match resumed {
        Some(state) => LaneCourse::resume(preset_lane, state).await?,
        None => LaneCourse::new(preset_lane).await?,
    };
    if course.epoch() > 0 {
        let _guard = output.lock();
        println!("{}", course.lines(data).join("\n"));
    }
    while course.epoch() < experiment.epochs {
        if !course.train_epoch(data).await? {
            let error = course.lane().ended().map(ToString::to_string);
            println!("{}: {}", preset_lane.name, error.unwrap_or_default());
            break;
        }
        if let Some(kept) = &kept {
            kept.write(&course.state().await?, data)?;
        }
        let _guard = output.lock();
        println!("{}", course.line(data));
        println!("    {:.0} s, order {:016x}", start.elapsed().as_secs_f64(), course.lane().order_hash());
    }
    Ok(course.found(data))
}
