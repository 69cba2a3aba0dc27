//! A GPU may be lost or fail at any moment, in any call, also twice in a row: no run is lost, and at most 50 steps are
//! repeated. 200 random failures.

use crate::common::Data;
use crate::common::gpu::gpu_or_skip;
use blue_cube::data::Dataset;
use blue_cube::exec::gpu::device::GpuDevice;
use blue_cube::exec::{DeviceChoice, DeviceKind, ExecError};
use blue_cube::model::zoo::ModelKind;
use blue_cube::norm::Norm;
use blue_cube::race::lane::Judged;
use blue_cube::race::lane::Lane;
use blue_cube::race::{Race, RaceError};
use blue_cube::train::{Change, RunSpec, State as _, TrainError};

/// Failures, each of one lane.
const N_FAILURES: u32 = 200;

/// The largest number of steps that a failure may cost.
const MAX_REPEATED: u32 = 50;

/// Steps of every lane.
const GOAL: u32 = 60;

const LANES: u32 = 8;

fn spec(seed: u32, device: DeviceChoice) -> RunSpec {
    let model = ModelKind::RowRnn { units: 6 };
    RunSpec { model, norm: Norm::Layer, batch: 4, learning_rate: 1e-3, seed, device, ..RunSpec::default() }
}

/// The losses of a lane that has the CPU from the start.
fn expected(seed: u32, data: &Dataset) -> Vec<f32> {
    let mut race = Race::new(1_000_000);
    pollster::block_on(race.add("cpu", spec(seed, DeviceChoice::Cpu))).unwrap();
    let lane = race.lane_mut(0).unwrap();
    while lane.history().n_images() < 4 * GOAL {
        pollster::block_on(lane.advance(data, 16)).unwrap();
    }
    losses(lane)
}

fn losses(lane: &Lane) -> Vec<f32> {
    lane.history().steps.iter().map(|step| step.loss).collect()
}

/// What is done when the GPU fails.
#[derive(Clone, Copy, Debug)]
enum Work {
    Train,
    Save,
    Look,
    Judge,
    Change,
}

const WORKS: [Work; 5] = [Work::Train, Work::Save, Work::Look, Work::Judge, Work::Change];

async fn work(lane: &mut Lane, work: Work, data: &Dataset) -> Result<(), TrainError> {
    match work {
        Work::Train => lane.advance(data, 16).await.map(drop),
        Work::Save => lane.trainer().snapshot().await.map(drop).map_err(TrainError::Exec),
        Work::Look => lane.look(0, None, data.test().image(0)).await.map(drop),
        Work::Judge => {
            let mut under_way = blue_cube::train::evaluate::Evaluating::default().of_first(100);
            lane.trainer().queue_evaluation(data, &mut under_way);
            lane.trainer().finish_evaluation(&mut under_way).await.map(drop).map_err(TrainError::Exec)
        }
        // To what it is: the losses stay those of the run on the CPU.
        Work::Change => lane.change(Change::Epsilon(lane.spec().epsilon)).await,
    }
}

/// Counts of what happened.
#[derive(Default, Debug)]
struct Seen {
    failures: u32,
    at_the_start: u32,
    repeated: u32,
    most_repeated: u32,
}

fn is_out_of_memory(error: &ExecError) -> bool {
    matches!(error, ExecError::OutOfMemory { .. })
}

/// Does some work, which the CPU takes over if the GPU fails.
fn do_safely(lane: &mut Lane, what: Work, data: &Dataset, is_memory: bool, seen: &mut Seen) {
    while let Err(error) = pollster::block_on(work(lane, what, data)) {
        let TrainError::Exec(error) = error else { panic!("{what:?}: {error}") };
        assert!(is_memory || !is_out_of_memory(&error), "{what:?}: {error}");
        assert_ne!(lane.trainer().device().kind, DeviceKind::Cpu, "{what:?}: the CPU does not fail: {error}");
        let before = lane.trainer().steps_done();
        lane.fall_back();
        let repeated = before - lane.trainer().steps_done();
        assert!(repeated <= MAX_REPEATED, "{what:?} costs {repeated} steps");
        seen.failures += 1;
        seen.repeated += repeated;
        seen.most_repeated = seen.most_repeated.max(repeated);
    }
}

#[test]
#[ignore = "a round takes a minute and 3 GB on lavapipe: to be made cheaper before it runs with the others (issue 11, kind 6)"]
fn no_run_is_lost_by_two_hundred_failures() {
    if gpu_or_skip().is_none() {
        return;
    }
    let (data, mut random, mut seen) = (crate::mnist::dataset(), Data::new(38), Seen::default());
    let wanted: Vec<Vec<f32>> = (0..LANES).map(|seed| expected(seed, &data)).collect();
    while seen.failures < N_FAILURES {
        let device = pollster::block_on(GpuDevice::shared()).unwrap();
        let mut race = Race::new(1_000_000);
        // One in four has less time than a lane takes to be made: it fails at a buffer, a pipeline or the first read.
        let n_calls = if random.below(4) == 0 { random.below(300) } else { 3_000 + random.below(4_000) };
        let memory = "only in this test".to_owned();
        let failure = match random.below(4) {
            0 => Some(ExecError::Refused { what: "createBuffer".to_owned(), reason: memory }),
            1 => Some(ExecError::OutOfMemory { reason: memory }),
            _ => None,
        };
        let is_memory = failure.as_ref().is_some_and(is_out_of_memory);
        device.fail_at(n_calls, failure);
        for seed in 0..LANES {
            let made = pollster::block_on(race.add(&seed.to_string(), spec(seed, DeviceChoice::Gpu)));
            let lane_idx = made.expect("a lane is made, on one engine or the other");
            let lane = race.lane_mut(lane_idx).unwrap();
            if let Some(failure) = lane.trainer().take_gpu_failure() {
                assert!(is_memory || !is_out_of_memory(&failure), "{failure}");
                assert_eq!(lane.trainer().device().kind, DeviceKind::Cpu);
                (seen.failures, seen.at_the_start) = (seen.failures + 1, seen.at_the_start + 1);
            }
        }
        let mut is_doomed = false;
        while let Some(lane_idx) = race.next(4 * GOAL) {
            // If nothing has happened by then, it is lost while it is idle.
            let lane = race.lane_mut(lane_idx).unwrap();
            if !is_doomed && lane.trainer().steps_done() > GOAL / 4 + random.below(GOAL / 3) {
                // The one in use: the first may have failed before.
                pollster::block_on(GpuDevice::shared()).unwrap().destroy();
                is_doomed = true;
            }
            let n_left = GOAL - lane.trainer().steps_done();
            let what = WORKS[random.below(12).saturating_sub(7) as usize];
            match what {
                Work::Train if n_left < 16 => do_one(lane, n_left, &data, is_memory, &mut seen),
                what => do_safely(lane, what, &data, is_memory, &mut seen),
            }
        }
        for (lane, want) in race.lanes().iter().zip(&wanted) {
            let got = losses(lane);
            assert_eq!(got.len(), want.len(), "every step is in the history once");
            for (step, (got, want)) in got.iter().zip(want).enumerate() {
                assert!((got - want).abs() <= 1e-3, "{} at step {step}: {got}, {want}", lane.name());
            }
        }
        second_failure(&mut race, &data, is_memory, &mut seen);
        println!("{seen:?}");
    }
    GpuDevice::forget_shared();
}

/// Trains to the goal.
fn do_one(lane: &mut Lane, n: u32, data: &Dataset, is_memory: bool, seen: &mut Seen) {
    if pollster::block_on(lane.advance(data, n)).is_err() {
        do_safely(lane, Work::Save, data, is_memory, seen);
    }
}

/// A lane that is forked or restored after the first failure gets another device, which is lost as well.
fn second_failure(race: &mut Race, data: &Dataset, is_memory: bool, seen: &mut Seen) {
    let snapshot = pollster::block_on(race.lane_mut(0).unwrap().trainer().snapshot()).unwrap();
    let step = snapshot.step();
    let snapshot = snapshot.on(DeviceChoice::Gpu);
    let restored = pollster::block_on(race.restore("restored", snapshot, Judged::default()));
    let lane = race.lane_mut(restored.expect("it is made")).unwrap();
    lane.trainer().lose_gpu();
    do_safely(lane, Work::Train, data, false, seen);
    assert!(lane.trainer().steps_done() > step, "it goes on");
    let device = lane.trainer().device().kind;
    assert_eq!(device, DeviceKind::Cpu, "{is_memory}");
}

#[test]
fn a_fork_whose_gpu_fails_is_made_on_the_cpu() {
    if gpu_or_skip().is_none() {
        return;
    }
    let data = crate::mnist::dataset();
    for n_calls in (0..600).step_by(60) {
        let mut race = Race::new(1_000_000);
        pollster::block_on(race.add("from", spec(1, DeviceChoice::Gpu))).unwrap();
        pollster::block_on(race.lane_mut(0).unwrap().advance(&data, 4)).unwrap();
        pollster::block_on(GpuDevice::shared()).unwrap().fail_at(n_calls, None);
        let change = Some(Change::Norm(Norm::Batch));
        let made: Result<usize, RaceError> = pollster::block_on(race.fork(0, 4, "fork", change));
        let lane = race.lane_mut(made.unwrap()).unwrap();
        assert_eq!(lane.spec().norm, Norm::Batch);
        lane.trainer().lose_gpu();
        do_safely(lane, Work::Train, &data, false, &mut Seen::default());
    }
    GpuDevice::forget_shared();
}
