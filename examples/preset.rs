//! Runs a preset without a page: `cargo xtask preset NAME [--quick] [--threads N] [--epochs N] [--lane NAME]...`.
//!
//! Tells how long it will take before it starts, then prints every lane's figures beside the source's.

use anyhow::{Context as _, Result, bail};
use blue_cube::data::{DataFile, Dataset};
use blue_cube::exec::DeviceChoice;
use blue_cube::race::preset::{Figure, NAMES, Preset, PresetLane, TrainOn, preset};
use blue_cube::train::{Evaluation, RunSpec, TrainError, Trainer};
use std::io::Read as _;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

struct Options {
    name: String,
    is_quick: bool,
    n_threads: usize,
    epochs: Option<u32>,
    lanes: Vec<String>,
}

fn main() -> Result<()> {
    let options = read_options()?;
    let mut preset = preset(&options.name, options.is_quick)
        .with_context(|| format!("there is no preset {}; there are {}", options.name, NAMES.join(", ")))?;
    preset.epochs = options.epochs.unwrap_or(preset.epochs);
    if !options.lanes.is_empty() {
        preset.lanes.retain(|lane| options.lanes.contains(&lane.name));
    }
    let whole = dataset(preset.data.folder())?;
    let data = part(&whole, preset.train_on)?;
    println!("{}: {}\n{}\n", preset.name, preset.reproduces, preset.differs);
    tell_time(&preset, &data, options.n_threads)?;
    run_all(&preset, &data, options.n_threads)
}

fn read_options() -> Result<Options> {
    let n_cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut options =
        Options { name: String::new(), is_quick: false, n_threads: n_cores, epochs: None, lanes: Vec::new() };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--quick" => options.is_quick = true,
            "--threads" => options.n_threads = value()?.parse()?,
            "--epochs" => options.epochs = Some(value()?.parse()?),
            "--lane" => options.lanes.push(value()?),
            name if options.name.is_empty() && !name.starts_with('-') => options.name = name.to_owned(),
            other => bail!("{other} is not understood"),
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

/// The images that the preset trains on, and all test images.
fn part(whole: &Dataset, train_on: TrainOn) -> Result<Dataset> {
    let (train, test) = (whole.train(), (whole.test().pixels(), whole.test().labels()));
    Ok(match train_on {
        TrainOn::Train => Dataset::from_arrays((train.pixels(), train.labels()), test)?,
        TrainOn::Test => Dataset::from_arrays(test, test)?,
        TrainOn::FirstOfEachClass(n) => {
            let (pixels, labels) = train.first_of_each_class(n);
            Dataset::from_arrays((&pixels, &labels), test)?
        }
    })
}

/// On the CPU, where one seed gives one curve.
fn on_cpu(lane: &PresetLane) -> RunSpec {
    RunSpec { device: DeviceChoice::Cpu, ..lane.spec.clone() }
}

/// Measures some steps of every lane and tells what all will take.
fn tell_time(preset: &Preset, data: &Dataset, n_threads: usize) -> Result<()> {
    let n_images = data.n_ready();
    let mut total = 0.0;
    for lane in &preset.lanes {
        let mut trainer = pollster::block_on(Trainer::new(on_cpu(lane)))?;
        let n_steps = preset.n_steps(lane, n_images);
        let few = n_steps.min(8);
        // The first steps set memory aside.
        pollster::block_on(trainer.step(data, few)).ok();
        let start = Instant::now();
        pollster::block_on(trainer.step(data, few)).ok();
        let seconds = start.elapsed().as_secs_f64() / f64::from(few);
        total += seconds * f64::from(n_steps);
        let facts = trainer.facts();
        println!(
            "{:24} {:7.2} ms a step, {n_steps} steps; {} parameters, {} statistics, {} kB of state",
            lane.name,
            1e3 * seconds,
            facts.n_parameters,
            facts.n_statistics,
            facts.state_bytes / 1000,
        );
    }
    let seconds = total / n_threads.min(preset.lanes.len()).max(1) as f64;
    println!("\nEstimated time: {seconds:.0} s on {n_threads} threads, judging apart.\n");
    Ok(())
}

fn run_all(preset: &Preset, data: &Dataset, n_threads: usize) -> Result<()> {
    let (next, output) = (AtomicUsize::new(0), Mutex::new(()));
    println!("lane, epoch: figure ours (the source's; difference)");
    std::thread::scope(|scope| {
        let work = || {
            while let Some(lane) = preset.lanes.get(next.fetch_add(1, Ordering::Relaxed)) {
                pollster::block_on(run(preset, lane, data, &output))?;
            }
            Ok(())
        };
        let threads: Vec<_> = (0..n_threads.max(1)).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("a lane does not panic"))
    })
}

/// Runs one lane and prints a line an epoch.
async fn run(preset: &Preset, lane: &PresetLane, data: &Dataset, output: &Mutex<()>) -> Result<()> {
    let start = Instant::now();
    let mut trainer = Trainer::new(on_cpu(lane)).await?;
    for epoch in 1..=preset.epochs {
        let (mut loss, mut n_right, mut n_seen, mut n_steps) = (0.0, 0.0, 0, 0);
        for _ in 0..trainer.steps_to_epoch_end(data) {
            let result = match trainer.step(data, 1).await {
                Ok(results) => results[0],
                Err(error @ TrainError::Diverged { .. }) => {
                    println!("{}: {error}", lane.name);
                    return Ok(());
                }
                Err(error) => return Err(error.into()),
            };
            loss += f64::from(result.loss);
            n_right += f64::from(result.n_right);
            n_seen += lane.spec.batch;
            n_steps += 1;
        }
        let judged = trainer.evaluate(data).await?;
        let by_batch = trainer.evaluate_by_batch(data).await?;
        let train = [(loss / f64::from(n_steps)) as f32, (n_right / f64::from(n_seen)) as f32];
        let lowered = trainer.end_epoch(judged.loss);
        let _guard = output.lock();
        tell(lane, epoch, train, judged, by_batch);
        let lowered = lowered.map_or(String::new(), |rate| format!("; learning rate now {rate}"));
        println!("    {:.0} s, order {:016x}{lowered}", start.elapsed().as_secs_f64(), trainer.order_hash());
    }
    Ok(())
}

fn tell(lane: &PresetLane, epoch: u32, train: [f32; 2], judged: Evaluation, by_batch: Option<Evaluation>) {
    let beside = |figure, ours: f32| match lane.reported(epoch, figure) {
        Some(reported) => format!("{ours:.4} ({reported:.4}; {:+.4})", ours - reported),
        None => format!("{ours:.4}"),
    };
    println!(
        "{}, epoch {epoch}: train loss {}, accuracy {}; test loss {}, accuracy {}",
        lane.name,
        beside(Figure::TrainLoss, train[0]),
        beside(Figure::TrainAccuracy, train[1]),
        beside(Figure::TestLoss, judged.loss),
        beside(Figure::TestAccuracy, judged.accuracy),
    );
    if let Some(by_batch) = by_batch {
        let size = by_batch.batch_statistics.unwrap_or_default();
        println!(
            "    by the statistics of each batch of {size}: test loss {:.4}, accuracy {}",
            by_batch.loss,
            beside(Figure::TestAccuracyByBatch, by_batch.accuracy)
        );
    }
}
