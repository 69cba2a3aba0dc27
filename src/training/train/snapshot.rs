//! The state of a run between two steps: taken from an engine, given to another, and as bytes that outlast the program.
//!
//! The bytes hold everything that the run is made of, including its data if wanted, so that it continues with the same
//! bits. Reading them checks every number before use and every length before memory is allocated. Opens no file.

mod bytes;
mod error;
mod spec;

pub use error::{SnapshotError, SnapshotFault};

use super::{RunSpec, Trainer};
use crate::engine::exec::{ExecError, Executor};
use crate::engine::plan::Plan;
use crate::kernel::tick::Clock;
use crate::network::optimizer::plateau::Plateau;
use crate::training::data::{Batches, BatchesState, Dataset, IMAGE_LEN, Pass, TrainSet};
pub(super) use bytes::{NO_BYTES_HASH, fnv1a_on};
use bytes::{Reader, Writer, fnv1a};
use std::rc::Rc;

/// A run between two steps, without its data.
#[derive(Clone, PartialEq, Debug)]
pub struct Snapshot {
    spec: RunSpec,
    step: u32,
    batches: BatchesState,
    plateau: Option<Plateau>,
    order: u64,
    /// The contents of the slots of `Plan::state`.
    state: Vec<Vec<f32>>,
}

/// How much of a run's data is written to its bytes.
#[derive(Clone, Copy)]
pub enum DataPart<'a> {
    /// Nothing: the reader must know which data they are.
    None,
    /// A fingerprint, by which the right data are recognized.
    Fingerprint(&'a TrainSet),
    /// All images and labels.
    Whole(&'a TrainSet),
}

/// How much of a run's data was in its bytes.
pub enum KeptData {
    /// Nothing.
    None,
    /// A fingerprint.
    Fingerprint(Fingerprint),
    /// A complete set to train on.
    Whole(Box<Dataset>),
}

/// Identifies a data set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fingerprint {
    /// Images in the set.
    pub n_images: u32,
    /// A hash of its pixels and labels.
    pub hash: u64,
}

/// The first bytes: not text, and broken by anything that converts line endings.
const MAGIC: [u8; 8] = *b"\x93BCRUN\r\n";

/// Incremented whenever a reader for the bytes before would misread those after.
const VERSION: u32 = 3;

/// The first version, for runs of the tutorial net with Adam: still readable.
const FIRST_VERSION: u32 = 1;

/// The last version in which a schedule had no separate rate: the spec's rate was the one in force.
const LAST_VERSION_OF_ONE_RATE: u32 = 2;

impl Trainer {
    /// Returns the current state of the run.
    ///
    /// # Errors
    /// [`ExecError`] if the engine failed; see [`Trainer::fall_back`].
    pub async fn snapshot(&mut self) -> Result<Snapshot, ExecError> {
        let state = self.executor.read(&self.plan.state()).await?;
        let (spec, batches, plateau) = (self.spec.clone(), self.batches.state(), self.plateau);
        Ok(Snapshot { spec, step: self.step, batches, plateau, order: self.order, state })
    }

    /// Makes a run that continues from `snapshot`, on the engine that the spec asks for.
    ///
    /// # Errors
    /// [`super::TrainError`] if the GPU is asked for and not available.
    pub async fn restore(snapshot: Snapshot) -> Result<Self, super::TrainError> {
        Ok(Self::new(snapshot.spec.clone()).await?.resume(snapshot))
    }

    /// The same run, going on from `snapshot`.
    pub fn resume(mut self, snapshot: Snapshot) -> Self {
        self.take_up(&snapshot);
        self.snapshot = Some(Rc::new(snapshot));
        self.checked.clone_from(&self.snapshot);
        self
    }

    pub(super) fn take_up(&mut self, snapshot: &Snapshot) {
        snapshot.write(&self.plan, &mut self.executor);
        (self.step, self.batches, self.plateau) = (snapshot.step, Batches::from(snapshot.batches), snapshot.plateau);
        self.order = snapshot.order;
        // A change may have set a rate other than that of the saved clock.
        self.write_own_rate();
    }
}

/// A state of a run that can be kept.
pub trait State {
    /// Steps done.
    fn step(&self) -> u32;

    /// Its size in bytes.
    fn n_bytes(&self) -> usize;
}

impl State for Snapshot {
    fn step(&self) -> u32 {
        self.step
    }

    fn n_bytes(&self) -> usize {
        self.state.iter().map(|values| size_of_val(&values[..])).sum()
    }
}

impl Snapshot {
    /// The run's settings; the learning rate is the one in force.
    pub fn spec(&self) -> &RunSpec {
        &self.spec
    }

    /// Whether a number in it is NaN, as most are once training has diverged.
    pub fn has_nan(&self) -> bool {
        // Seeds in clocks are not floats. All other tables have another length: a multiple of four words.
        let tables = self.state.iter().filter(|table| table.len() != size_of::<Clock>() / 4);
        tables.flatten().any(|value| value.is_nan())
    }

    /// Returns the same state for another engine.
    pub fn on(self, device: crate::engine::exec::DeviceChoice) -> Self {
        Self { spec: RunSpec { device, ..self.spec }, ..self }
    }

    /// Returns the same state for a run with another spec, whose state has the same tables.
    pub(super) fn with(self, spec: RunSpec) -> Self {
        Self { spec, ..self }
    }

    /// Its position in the order of images.
    pub(super) fn batches(&self) -> BatchesState {
        self.batches
    }

    /// Hands the state to an engine for `plan`.
    pub(super) fn write(&self, plan: &Plan, executor: &mut Executor) {
        for (slot, values) in plan.state().into_iter().zip(&self.state) {
            executor.write(slot, 0, bytemuck::cast_slice(values));
        }
    }

    /// The contents of the slots of the plan's state, in order.
    pub(super) fn tables(&self) -> &[Vec<f32>] {
        &self.state
    }

    pub(super) fn set_tables(&mut self, tables: Vec<Vec<f32>>) {
        self.state = tables;
    }

    /// Returns bytes from which [`Snapshot::from_bytes`] makes the same snapshot.
    ///
    /// Little-endian words: magic and version; the spec and the plateau schedule; the hash of the order; steps, pass
    /// (0 loading, 1 epoch), its number, pool, images drawn; the number of state tables, and for each its length and
    /// f32 values; the part of the data (0 to 2) with its number of images, and their hash or pixels and labels; the
    /// FNV-1a hash of everything before it.
    pub fn to_bytes(&self, data: DataPart<'_>) -> Vec<u8> {
        self.written(data).finish(true)
    }

    /// As [`Snapshot::to_bytes`] without data, and with 0 in the place of the hash: for bytes that stay within one browser.
    /// Hashing them would take longer than all the rest.
    pub fn to_unsealed_bytes(&self) -> Vec<u8> {
        self.written(DataPart::None).finish(false)
    }

    fn written(&self, data: DataPart<'_>) -> Writer {
        let n_values: usize = self.state.iter().map(|values| values.len() + 1).sum();
        let n_data = if let DataPart::Whole(data) = data { data.n_ready() as usize * (IMAGE_LEN + 1) } else { 0 };
        let mut writer = Writer::with_capacity(4 * n_values + n_data + 128);
        writer.bytes(&MAGIC);
        writer.word(VERSION);
        spec::write(&mut writer, &self.spec);
        spec::write_plateau(&mut writer, self.plateau);
        writer.bytes(&self.order.to_le_bytes());
        let (pass, number) = match self.batches.pass {
            Pass::Loading(number) => (0, number),
            Pass::Epoch(number) => (1, number),
        };
        for word in [self.step, pass, number, self.batches.pool, self.batches.drawn, self.state.len() as u32] {
            writer.word(word);
        }
        for values in &self.state {
            writer.word(values.len() as u32);
            writer.floats(values);
        }
        match data {
            DataPart::None => writer.word(0),
            DataPart::Fingerprint(data) => {
                let Fingerprint { n_images, hash } = Fingerprint::of(data);
                writer.word(1);
                writer.word(n_images);
                writer.bytes(&hash.to_le_bytes());
            }
            DataPart::Whole(data) => {
                writer.word(2);
                writer.word(data.n_ready());
                writer.bytes(data.pixels());
                writer.bytes(data.labels());
            }
        }
        writer
    }

    /// Reads the snapshot that [`Snapshot::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`SnapshotError`] names the first byte that is invalid.
    pub fn from_bytes(bytes: &[u8]) -> Result<(Self, KeptData), SnapshotError> {
        let mut reader = Reader::new(bytes);
        reader.magic(MAGIC)?;
        let known = |version| (FIRST_VERSION..=VERSION).contains(&version).then_some(version);
        let version = reader.choice("version", known, "1 to 3")?;
        let (spec, plateau) = spec::read(&mut reader, version)?;
        let mut kept_order = || Ok(u64::from_le_bytes(reader.array("the hash of the order")?));
        let order = if version == FIRST_VERSION { Ok(NO_BYTES_HASH) } else { kept_order() }?;
        let step = reader.word("the steps done")?;
        let batches = read_batches(&mut reader, spec.seed)?;
        let state = read_state(&mut reader, &spec, step)?;
        let data = read_data(&mut reader)?;
        reader.seal()?;
        Ok((Self { spec, step, batches, plateau, order, state }, data))
    }
}

impl Fingerprint {
    /// The fingerprint of the part of a set that has arrived.
    pub fn of(data: &TrainSet) -> Self {
        Self { n_images: data.n_ready(), hash: fnv1a(data.pixels().iter().chain(data.labels())) }
    }
}

fn read_batches(reader: &mut Reader<'_>, seed: u32) -> Result<BatchesState, SnapshotError> {
    let pass: fn(u32) -> Pass = reader.choice(
        "kind of pass",
        |word| [Pass::Loading as _, Pass::Epoch as _].get(word as usize).copied(),
        "0 or 1",
    )?;
    // The highest bit distinguishes the two kinds in the stream of random numbers.
    let number = reader.choice("number of the pass", |word| (word < 1 << 31).then_some(word), "less than 2³¹")?;
    let pool = reader.word("the pool")?;
    let drawn =
        reader.choice("number of images drawn", |word| (word <= pool).then_some(word), "no more than the pool")?;
    Ok(BatchesState { seed, pass: pass(number), pool, drawn })
}

fn read_state(reader: &mut Reader<'_>, spec: &RunSpec, step: u32) -> Result<Vec<Vec<f32>>, SnapshotError> {
    let unfit = |at: usize, source| SnapshotError::new(at, SnapshotFault::Model(source));
    let planned = spec.plan().map_err(|source| unfit(reader.at(), source))?;
    let (plan, clock): (Plan, _) = (planned.plan, planned.train.clock);
    let slots = plan.state();
    let expected = slots.len() as u32;
    reader.count("state tables", expected)?;
    let mut state = Vec::new();
    for slot in slots {
        reader.count("values of a state table", plan.view(slot).len)?;
        let start = reader.at();
        let values = reader.floats(plan.view(slot).len as usize, "a state table")?;
        if slot == clock {
            let Clock { step: found, .. } = *bytemuck::from_bytes(bytemuck::cast_slice(&values));
            if found != step {
                return Err(SnapshotError::new(start, SnapshotFault::Count { what: "steps", found, expected: step }));
            }
        }
        state.push(values);
    }
    Ok(state)
}

fn read_data(reader: &mut Reader<'_>) -> Result<KeptData, SnapshotError> {
    match reader.choice("kind of data", |word| (word <= 2).then_some(word), "0, 1 or 2")? {
        0 => Ok(KeptData::None),
        1 => {
            let n_images = reader.word("the number of images")?;
            let hash = u64::from_le_bytes(reader.array("the hash of the data")?);
            Ok(KeptData::Fingerprint(Fingerprint { n_images, hash }))
        }
        _ => {
            let n_images = reader.word("the number of images")? as usize;
            let start = reader.at();
            // In 64 bits, 2³² images of 784 bytes can be counted; in 32 bits, they are more than any file has.
            let images = reader.take(n_images.saturating_mul(IMAGE_LEN), "the images")?;
            let labels = reader.take(n_images, "the labels")?;
            let data = Dataset::to_train(images, labels);
            let data = data.map_err(|source| SnapshotError::new(start, SnapshotFault::Data(source)))?;
            Ok(KeptData::Whole(Box::new(data)))
        }
    }
}
