//! A GPU may be lost or fail at any moment, in any call, also twice in a row: no run is lost, at most 50 steps are
//! repeated, and the error says what happened. Random failures, 20 or as many as the environment's `LOSSES` says: 200 take
//! about two minutes on lavapipe, most of it for making devices and for the steps of [`LONG`].

use crate::common::Data;
use crate::common::gpu::gpu_or_skip;
use blue_cube::data::Dataset;
use blue_cube::exec::gpu::device::GpuDevice;
use blue_cube::exec::{DeviceChoice, DeviceKind, ExecError};
use blue_cube::norm::Norm;
use blue_cube::race::lane::{Judged, Lane};
use blue_cube::race::{Race, RaceError};
use blue_cube::train::evaluate::Evaluating;
use blue_cube::train::{Change, RunSpec, Snapshot, State as _, TrainError};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Instant;

/// Devices that fail, if the environment does not say how many.
const LOSSES: u32 = 20;

/// The largest number of steps that a failure may cost.
const MAX_REPEATED: u32 = 50;

/// Steps from one state of the CPU's run in which the others begin to the next. A step on lavapipe takes 30 ms and keeps
/// 0.3 MB, since it compiles most passes anew, so that they are not trained from the start.
const STRIDE: u32 = 8;

/// States in which runs begin.
const N_STATES: u32 = 8;

/// Steps after which a failure would cost more than it may, were the state not copied before.
const LONG: u32 = 56;

/// Steps trained after the last failure.
const REST: u32 = 16;

/// Steps of the CPU's run.
const GOAL: u32 = STRIDE * N_STATES + LONG + 6 * 16 + REST;

fn spec(device: DeviceChoice) -> RunSpec {
    RunSpec { norm: Norm::Batch, batch: 2, learning_rate: 1e-4, seed: 38, device, ..RunSpec::default() }
}

/// A run that has the CPU from the start.
struct Expected {
    losses: Vec<f32>,
    states: Vec<Snapshot>,
}

impl Expected {
    fn new(data: &Dataset) -> Self {
        let mut race = Race::new(1_000_000);
        pollster::block_on(race.add("cpu", spec(DeviceChoice::Cpu))).unwrap();
        let lane = race.lane_mut(0).unwrap();
        let mut states = Vec::new();
        while lane.trainer().steps_done() < GOAL {
            if lane.trainer().steps_done() == STRIDE * states.len() as u32 {
                states.push(pollster::block_on(lane.trainer().snapshot()).unwrap());
            }
            pollster::block_on(lane.advance(data, 1)).unwrap();
        }
        states.truncate(N_STATES as usize);
        Self { losses: lane.history().steps.iter().map(|step| step.loss).collect(), states }
    }

    /// That every step is in the history once, with its loss.
    fn check(&self, lane: &Lane, what: &str) {
        let history = lane.history();
        let (start, now) = (history.earlier_steps as usize, steps_of(lane));
        assert_eq!(history.steps.len(), now - start, "{what}: every step is in the history once");
        for ((step, got), want) in (start..).zip(&history.steps).zip(&self.losses[start..]) {
            assert!((got.loss - want).abs() <= 1e-3, "{what}: {} at step {step}, {want} on the CPU", got.loss);
        }
    }
}

/// Steps done, as the history says.
fn steps_of(lane: &Lane) -> usize {
    (lane.history().n_images() / lane.spec().batch) as usize
}

/// What is done when the GPU fails.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Work {
    /// A lane is made at step 0, up to the first read.
    Add,
    /// A lane is made that continues from a state.
    Restore,
    Fork,
    Train,
    /// After more steps than may be repeated.
    TrainLong,
    Save,
    Look,
    Judge,
    Change,
    /// Nothing.
    Idle,
}

/// All, with about as many calls of the device as each makes.
const WORKS: [(Work, u32); 10] = [
    (Work::Add, 600),
    (Work::Restore, 600),
    (Work::Fork, 150),
    (Work::Train, 8),
    (Work::TrainLong, 8),
    (Work::Save, 3),
    (Work::Look, 4),
    (Work::Judge, 4),
    (Work::Change, 120),
    (Work::Idle, 1),
];

async fn work(lane: &mut Lane, work: Work, data: &Dataset) -> Result<(), TrainError> {
    match work {
        Work::Save => lane.trainer().snapshot().await.map(drop).map_err(TrainError::Exec),
        Work::Look => lane.look(0, None, data.test().image(0)).await.map(drop),
        Work::Judge => {
            let mut under_way = Evaluating::default().of_first(100);
            lane.trainer().queue_evaluation(data, &mut under_way);
            lane.trainer().finish_evaluation(&mut under_way).await.map(drop).map_err(TrainError::Exec)
        }
        // To what it is: the losses stay those of the run on the CPU.
        Work::Change => lane.change(Change::Epsilon(lane.spec().epsilon)).await,
        Work::Add | Work::Restore | Work::Fork | Work::Train | Work::TrainLong | Work::Idle => {
            lane.advance(data, 4).await.map(drop)
        }
    }
}

/// A failure, as the device is told of it; none for a loss.
type Failure = Option<ExecError>;

fn failure(random: &mut Data) -> Failure {
    let reason = "only in this test".to_owned();
    match random.below(4) {
        0 => Some(ExecError::Refused { what: "createBuffer".to_owned(), reason }),
        1 => Some(ExecError::OutOfMemory { reason }),
        _ => None,
    }
}

/// That the error is what happened, in particular that none is called a lack of memory that is none.
fn check_told(error: &ExecError, failure: &Failure, what: &str) {
    match failure {
        Some(failure) => assert_eq!(error, failure, "{what}"),
        None => assert!(matches!(error, ExecError::Lost { .. }), "{what}: {error}"),
    }
}

/// Counts of what happened.
#[derive(Default, Debug)]
struct Seen {
    losses: u32,
    /// Of them, those after which a lane went on on the CPU, by what was being done.
    told: BTreeMap<Work, u32>,
    /// Those at which another device was opened at once, before anything had begun.
    replaced: u32,
    most_repeated: u32,
    /// Wall time in milliseconds, by what was being done.
    millis: BTreeMap<Work, u128>,
}

/// Does some work, which the CPU takes over if the GPU fails.
fn do_safely(lane: &mut Lane, what: Work, data: &Dataset, failure: &Failure, seen: &mut Seen) {
    while let Err(error) = pollster::block_on(work(lane, what, data)) {
        let TrainError::Exec(error) = error else { panic!("{what:?}: {error}") };
        check_told(&error, failure, &format!("{what:?}"));
        assert_ne!(lane.trainer().device().kind, DeviceKind::Cpu, "{what:?}: the CPU does not fail: {error}");
        let before = lane.trainer().steps_done();
        lane.fall_back();
        let repeated = before - lane.trainer().steps_done();
        assert!(repeated <= MAX_REPEATED, "{what:?} costs {repeated} steps");
        assert_eq!(steps_of(lane), lane.trainer().steps_done() as usize, "{what:?}: history and run agree");
        *seen.told.entry(what).or_default() += 1;
        seen.most_repeated = seen.most_repeated.max(repeated);
    }
}

/// A lane just made: if the GPU failed at that, it says why, and has the CPU.
fn check_made(lane: &mut Lane, what: Work, failure: &Failure, seen: &mut Seen) {
    if let Some(told) = lane.trainer().take_gpu_failure() {
        check_told(&told, failure, &format!("{what:?}"));
        assert_eq!(lane.trainer().device().kind, DeviceKind::Cpu);
        *seen.told.entry(what).or_default() += 1;
    }
}

/// One device that fails while a lane of the race, which is made if that is part of the work, does `what`.
fn lose(race: &mut Race, what: Work, expected: &Expected, data: &Dataset, random: &mut Data, seen: &mut Seen) {
    let (_, n_calls) = WORKS[what as usize];
    let n_told = |seen: &Seen| seen.told.values().sum::<u32>();
    let told_before = n_told(seen);
    let state = &expected.states[random.below(N_STATES) as usize].clone().on(DeviceChoice::Gpu);
    let failure = failure(random);
    let device = pollster::block_on(GpuDevice::shared()).unwrap();
    let fail = |random: &mut Data| device.fail_at(random.below(n_calls), failure.clone());
    let restored = |race: &mut Race| pollster::block_on(race.restore("lane", state.clone(), Judged::default()));
    let made = match what {
        Work::Add => {
            fail(random);
            pollster::block_on(race.add("lane", spec(DeviceChoice::Gpu)))
        }
        Work::Restore => {
            fail(random);
            restored(race)
        }
        Work::Fork => {
            let from = restored(race).unwrap();
            fail(random);
            let same = Change::Epsilon(state.spec().epsilon);
            pollster::block_on(race.fork(from, state.step(), "fork", Some(same)))
        }
        Work::Train | Work::TrainLong | Work::Save | Work::Look | Work::Judge | Work::Change | Work::Idle => {
            restored(race)
        }
    };
    let lane_idx = made.expect("a lane is made, on one engine or the other");
    check_made(race.lane_mut(lane_idx).unwrap(), what, &failure, seen);
    let lane = race.lane_mut(lane_idx).unwrap();
    let n_before = if what == Work::TrainLong { LONG } else { random.below(3) };
    let goal = lane.trainer().steps_done() + n_before;
    while lane.trainer().steps_done() < goal {
        do_safely(lane, Work::Train, data, &failure, seen);
    }
    if !matches!(what, Work::Add | Work::Restore | Work::Fork) {
        fail(random);
        do_safely(lane, what, data, &failure, seen);
    }
    let is_over = !Rc::ptr_eq(&device, &pollster::block_on(GpuDevice::shared()).unwrap());
    let failure = if is_over {
        failure
    } else {
        // It is lost while nobody uses it.
        device.destroy();
        None
    };
    seen.losses += 1;
    // All lanes of the race: what was forked was on the device too.
    for lane_idx in 0..race.lanes().len() {
        let lane = race.lane_mut(lane_idx).unwrap();
        for _ in 0..REST / 4 {
            do_safely(lane, Work::Idle, data, &failure, seen);
        }
        expected.check(lane, &format!("{what:?}"));
    }
    seen.replaced += u32::from(n_told(seen) == told_before);
}

#[test]
fn no_run_is_lost_by_any_failure_of_the_gpu() {
    if gpu_or_skip().is_none() {
        return;
    }
    let n_losses = std::env::var("LOSSES").map_or(LOSSES, |losses| losses.parse().expect("LOSSES is a number"));
    let (data, mut random, mut seen) = (crate::mnist::dataset(), Data::new(38), Seen::default());
    let expected = Expected::new(&data);
    let start = Instant::now();
    while seen.losses < n_losses {
        let (what, _) = WORKS[(seen.losses as usize) % WORKS.len()];
        let mut race = Race::new(1_000_000);
        let begun = Instant::now();
        lose(&mut race, what, &expected, &data, &mut random, &mut seen);
        *seen.millis.entry(what).or_default() += begun.elapsed().as_millis();
        // The next lane gets another device, which may be lost as well.
        if random.below(4) == 0 {
            let (again, _) = WORKS[random.below(WORKS.len() as u32) as usize];
            lose(&mut race, again, &expected, &data, &mut random, &mut seen);
        }
    }
    println!("{seen:?} in {:?}", start.elapsed());
    GpuDevice::forget_shared();
}

#[test]
fn a_fork_whose_gpu_fails_is_made_on_the_cpu() {
    if gpu_or_skip().is_none() {
        return;
    }
    let data = crate::mnist::dataset();
    for n_calls in (0..600).step_by(60) {
        let mut race = Race::new(1_000_000);
        pollster::block_on(race.add("from", spec(DeviceChoice::Gpu))).unwrap();
        pollster::block_on(race.lane_mut(0).unwrap().advance(&data, 4)).unwrap();
        pollster::block_on(GpuDevice::shared()).unwrap().fail_at(n_calls, None);
        let change = Some(Change::Norm(Norm::Layer));
        let made: Result<usize, RaceError> = pollster::block_on(race.fork(0, 4, "fork", change));
        let lane = race.lane_mut(made.unwrap()).unwrap();
        assert_eq!(lane.spec().norm, Norm::Layer);
        lane.trainer().lose_gpu();
        do_safely(lane, Work::Train, &data, &None, &mut Seen::default());
    }
    GpuDevice::forget_shared();
}
