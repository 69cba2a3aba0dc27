//! Runs on disk: a long experiment can be stopped after any epoch and goes on later by the same bits.

use anyhow::{Context as _, Result, ensure};
use blue_cube::data::Dataset;
use blue_cube::race::experiment::course::{CourseState, LaneCourse};
use blue_cube::race::experiment::{Experiment, ExperimentLane, FigureAt};
use blue_cube::race::lane::History;
use blue_cube::train::{DataPart, Fingerprint, KeptData, RunSpec, Snapshot};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// Where runs are kept, one file each.
const FOLDER: &str = "target/experiments";

/// What is kept of a run besides its snapshot.
#[derive(Serialize, Deserialize)]
struct Record {
    /// Its setup when it began.
    spec: RunSpec,
    history: History,
    /// What its norms had learnt after each epoch.
    learnt: Vec<FigureAt>,
}

/// The file of one run.
pub(crate) struct KeptRun {
    path: PathBuf,
    spec: RunSpec,
}

impl KeptRun {
    pub(crate) fn of(experiment: &Experiment, is_quick: bool, lane: &ExperimentLane) -> Self {
        let name = format!("{}{}", experiment.name, if is_quick { "-quick" } else { "" });
        let file: String =
            lane.name.chars().map(|letter| if letter.is_alphanumeric() { letter } else { '_' }).collect();
        Self { path: Path::new(FOLDER).join(name).join(format!("{file}.run")), spec: LaneCourse::spec(lane) }
    }

    /// The run as it was left; none if it has not begun.
    pub(crate) fn read(&self, data: &Dataset) -> Result<Option<CourseState>> {
        if !self.path.exists() {
            return Ok(None);
        }
        let bytes = fs::read(&self.path)?;
        let resumed = self.parse(&bytes, data).with_context(|| {
            format!("{}: cannot go on from it; without it the run begins anew", self.path.display())
        })?;
        Ok(Some(resumed))
    }

    /// A length, the record as JSON of that length, and the snapshot.
    fn parse(&self, bytes: &[u8], data: &Dataset) -> Result<CourseState> {
        let (length, rest) = bytes.split_first_chunk().context("it is too short")?;
        let n_bytes = u64::from_le_bytes(*length) as usize;
        let (record, snapshot) = rest.split_at_checked(n_bytes).context("it is too short")?;
        let record: Record = serde_json::from_slice(record)?;
        ensure!(record.spec == self.spec, "it was run as {:?}, but this is {:?}", record.spec, self.spec);
        let (snapshot, kept) = Snapshot::from_bytes(snapshot)?;
        let KeptData::Fingerprint(fingerprint) = kept else {
            anyhow::bail!("it does not say on which images it was run")
        };
        ensure!(fingerprint == Fingerprint::of(data.train()), "it was run on other images");
        Ok(CourseState { snapshot, history: record.history, learnt: record.learnt })
    }

    /// Keeps the run as it is after an epoch: the file is replaced whole or not at all.
    pub(crate) fn write(&self, state: &CourseState, data: &Dataset) -> Result<()> {
        let CourseState { snapshot, history, learnt } = state;
        let snapshot = snapshot.to_bytes(DataPart::Fingerprint(data.train()));
        let record = Record { spec: self.spec.clone(), history: history.clone(), learnt: learnt.clone() };
        let record = serde_json::to_vec(&record)?;
        let bytes = [&(record.len() as u64).to_le_bytes()[..], &record, &snapshot].concat();
        fs::create_dir_all(self.path.parent().context("a file is in a folder")?)?;
        let part = self.path.with_extension("part");
        fs::write(&part, bytes)?;
        Ok(fs::rename(part, &self.path)?)
    }
}
