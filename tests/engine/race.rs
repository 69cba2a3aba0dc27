//! Lanes start alike, draw the same images, fork and change without losing anything.

use blue_cube::data::Dataset;
use blue_cube::exec::DeviceChoice;
use blue_cube::grouping::tiling::Axis;
use blue_cube::model::zoo::ModelKind;
use blue_cube::norm::{AxesNorm, Norm};
use blue_cube::optimizer::plateau::ReduceOnPlateau;
use blue_cube::optimizer::{MomentumRule, OptimizerSpec};
use blue_cube::race::lane::Judged;
use blue_cube::race::lane::Lane;
use blue_cube::race::{MAX_LANES, Race, RaceError};
use blue_cube::train::{Change, DataPart, RunSpec, Snapshot, State as _, TrainError, Trainer};
use pollster::block_on;

/// Room for all snapshots of a short race.
const ROOM: usize = 1 << 30;

fn spec(norm: Norm) -> RunSpec {
    RunSpec { norm, batch: 4, device: DeviceChoice::Cpu, ..RunSpec::default() }
}

fn losses(lane: &Lane) -> Vec<u32> {
    lane.history().steps.iter().map(|step| step.loss.to_bits()).collect()
}

fn race(norms: &[Norm]) -> Race {
    let mut race = Race::new(ROOM);
    for &norm in norms {
        block_on(race.add(&format!("{norm:?}"), spec(norm))).unwrap();
    }
    race
}

fn run(race: &mut Race, data: &Dataset, n_steps: u32) {
    (0..n_steps).for_each(|_| block_on(race.step(data)).unwrap());
}

#[test]
fn lanes_start_alike_and_draw_the_same_images() {
    let data = crate::bars::dataset(64);
    let mut race = race(&[Norm::None, Norm::Batch, Norm::Layer, Norm::BatchInstance, Norm::Switchable]);
    let starts: Vec<u64> = race.lanes().iter().map(Lane::start_hash).collect();
    assert!(starts.iter().all(|&start| start == starts[0]), "{starts:x?}");
    run(&mut race, &data, 3);
    let orders: Vec<u64> = race.lanes().iter().map(Lane::order_hash).collect();
    assert!(orders.iter().all(|&order| order == orders[0]) && race.orders_agree(), "{orders:x?}");
    assert_ne!(losses(&race.lanes()[0]), losses(&race.lanes()[1]));

    let other = block_on(Trainer::new(RunSpec { seed: 2, ..spec(Norm::None) })).unwrap();
    assert_ne!(other.start_hash(), starts[0]);
}

#[test]
fn batches_of_other_sizes_draw_the_same_order() {
    let data = crate::bars::dataset(64);
    let mut race = Race::new(ROOM);
    block_on(race.add("4", spec(Norm::Batch))).unwrap();
    block_on(race.add("8", RunSpec { batch: 8, ..spec(Norm::Batch) })).unwrap();
    let until = |race: &Race| race.lanes().iter().all(|lane| lane.history().n_images() == 48);
    for _ in 0..18 {
        block_on(race.turn(&data, 0.0, u32::MAX, 0)).unwrap().unwrap();
    }
    assert!(until(&race) && race.orders_agree());
    assert_eq!(race.lanes()[0].order_hash(), race.lanes()[1].order_hash());
}

#[test]
fn a_fork_without_a_change_is_the_lane_itself() {
    let data = crate::bars::dataset(64);
    let mut race = race(&[Norm::Batch]);
    run(&mut race, &data, 12);
    let kept: Vec<u32> = race.lanes()[0].kept().steps().collect();
    assert_eq!(kept, (0..=12).collect::<Vec<u32>>());
    let same = block_on(race.fork(0, 5, "same", None)).unwrap();
    let slower = block_on(race.fork(0, 5, "slower", Some(Change::LearningRate(1e-5)))).unwrap();
    for _ in 0..14 {
        block_on(race.turn(&data, 0.0, u32::MAX, 0)).unwrap();
    }
    assert_eq!(losses(&race.lanes()[same]), losses(&race.lanes()[0])[..12]);
    assert_ne!(losses(&race.lanes()[slower]), losses(&race.lanes()[0])[..12]);
    assert!(race.orders_agree());
    assert_eq!(race.lanes()[slower].history().marks.len(), 1);
}

#[test]
fn snapshots_stay_within_their_budget_and_thin_out_evenly() {
    let data = crate::bars::dataset(64);
    let mut one = Race::new(ROOM);
    block_on(one.add("one", spec(Norm::Batch))).unwrap();
    let snapshot_bytes = one.lanes()[0].kept().n_bytes();
    let mut race = Race::new(5 * snapshot_bytes);
    block_on(race.add("BN", spec(Norm::Batch))).unwrap();
    run(&mut race, &data, 20);
    let kept = race.lanes()[0].kept();
    assert!(kept.n_bytes() <= 5 * snapshot_bytes);
    assert_eq!(kept.steps().collect::<Vec<u32>>(), [0, 8, 16]);
    assert_eq!(kept.at_or_before(15).unwrap().step(), 8);
}

#[test]
fn a_change_goes_on_from_the_same_weights() {
    let data = crate::bars::dataset(64);
    let changes = [Change::Epsilon(1e-3), Change::Momentum(0.5), Change::Batch(8), Change::LearningRate(0.01)];
    for change in changes {
        let mut race = race(&[Norm::Batch, Norm::Batch]);
        run(&mut race, &data, 4);
        let lane = race.lane_mut(0).unwrap();
        let before = block_on(lane.trainer().weights()).unwrap();
        block_on(lane.change(change)).unwrap();
        assert_eq!(block_on(lane.trainer().weights()).unwrap(), before, "{change:?}");
        assert_eq!(lane.trainer().steps_done(), 4, "{change:?}");
        let mark = *lane.history().marks.last().unwrap();
        assert_eq!((mark.step, mark.change), (4, change));
        assert_eq!(lane.spec(), &change.of(&spec(Norm::Batch)), "{change:?}");
    }
}

#[test]
fn a_fork_to_another_norm_keeps_all_weights_that_are_no_norms() {
    let data = crate::bars::dataset(64);
    let to = [Norm::None, Norm::Group { groups: 5.try_into().unwrap() }, Norm::BatchInstance, Norm::Switchable];
    for norm in to.into_iter().chain([Norm::Axes(AxesNorm::over(&[Axis::C, Axis::H, Axis::W]))]) {
        let mut race = race(&[Norm::Batch]);
        run(&mut race, &data, 5);
        let at_fork = block_on(race.lane_mut(0).unwrap().trainer().shared_hash()).unwrap();
        run(&mut race, &data, 3);
        let fork = block_on(race.fork(0, 5, "fork", Some(Change::Norm(norm)))).unwrap();
        let trainer = race.lane_mut(fork).unwrap().trainer();
        assert_eq!(block_on(trainer.shared_hash()).unwrap(), at_fork, "{norm:?}");
        assert_eq!((trainer.steps_done(), &trainer.spec().norm), (5, &norm));
        let weights = block_on(trainer.weights()).unwrap();
        let gamma = weights.values("norm_0.gamma");
        assert!(gamma.is_none_or(|gamma| gamma.iter().all(|&gamma| gamma == 1.0)), "{norm:?}: gamma starts at 1");
        for _ in 0..3 {
            block_on(race.lane_mut(fork).unwrap().advance(&data, 1)).unwrap();
        }
        let [from, fork] = [0, fork].map(|at| &race.lanes()[at]);
        assert_eq!(from.history().n_images(), fork.history().n_images());
        assert_eq!(from.order_hash(), fork.order_hash(), "{norm:?}");
        assert_eq!(losses(fork)[..5], losses(from)[..5], "the steps before the fork are the lane's");
        assert_ne!(losses(fork)[5..], losses(from)[5..], "{norm:?}");
        assert_eq!(fork.history().marks.last().unwrap().change, Change::Norm(norm));
    }
}

#[test]
fn a_fork_there_and_back_has_the_moments_of_the_weights_that_are_no_norms() {
    let data = crate::bars::dataset(64);
    // Without γ and β there is nothing to reset: after a detour through another norm the run is as it was, moments
    // included.
    let mut race = race(&[Norm::None]);
    run(&mut race, &data, 4);
    let fork = block_on(race.fork(0, 4, "there", Some(Change::Norm(Norm::Layer)))).unwrap();
    block_on(race.lane_mut(fork).unwrap().change(Change::Norm(Norm::None))).unwrap();
    run(&mut race, &data, 4);
    assert_eq!(losses(&race.lanes()[fork]), losses(&race.lanes()[0]));
    assert_eq!(race.lanes()[fork].history().marks.len(), 2);
}

#[test]
fn a_fork_to_another_batch_or_epsilon_keeps_weights_and_order() {
    let data = crate::bars::dataset(64);
    for change in [Change::Batch(8), Change::Epsilon(1e-3)] {
        let mut race = race(&[Norm::Batch]);
        run(&mut race, &data, 4);
        let at_fork = block_on(race.lane_mut(0).unwrap().trainer().shared_hash()).unwrap();
        let fork = block_on(race.fork(0, 4, "fork", Some(change))).unwrap();
        assert_eq!(block_on(race.lane_mut(fork).unwrap().trainer().shared_hash()).unwrap(), at_fork, "{change:?}");
        for _ in 0..6 {
            block_on(race.turn(&data, 0.0, u32::MAX, 0)).unwrap();
        }
        let [from, fork] = [0, fork].map(|at| &race.lanes()[at]);
        assert_eq!(from.history().n_images(), fork.history().n_images(), "{change:?}");
        assert!(race.orders_agree(), "{change:?}");
    }
}

#[test]
fn changes_that_do_not_fit_leave_the_run_as_it_was() {
    let data = crate::bars::dataset(64);
    let mut race = race(&[Norm::Batch]);
    run(&mut race, &data, 2);
    let lane = race.lane_mut(0).unwrap();
    let error = block_on(lane.change(Change::Epsilon(-1.0))).unwrap_err();
    assert_eq!(error.to_string(), "epsilon is -1, not a finite number above 0");
    assert_eq!(lane.trainer().steps_done(), 2);
    assert_eq!(lane.spec(), &spec(Norm::Batch));
}

#[test]
fn a_race_is_full_at_its_most_lanes() {
    let mut race = race(&[Norm::None; MAX_LANES]);
    assert_eq!(block_on(race.add("one more", spec(Norm::None))).unwrap_err(), RaceError::Full);
    assert_eq!(block_on(race.fork(0, 0, "one more", None)).unwrap_err(), RaceError::Full);
    race.remove(MAX_LANES - 1).unwrap();
    assert_eq!(race.remove(MAX_LANES - 1).unwrap_err().to_string(), "there is no lane 23: there are 23");
}

#[test]
fn the_two_judgements_of_batch_norm_differ_and_change_nothing() {
    let data = crate::bars::dataset(64);
    let mut race = race(&[Norm::Batch, Norm::Group { groups: 5.try_into().unwrap() }]);
    run(&mut race, &data, 6);
    for lane_idx in [0, 1] {
        let lane = race.lane_mut(lane_idx).unwrap();
        let before = block_on(lane.trainer().weights()).unwrap();
        block_on(lane.evaluate(&data)).unwrap();
        assert_eq!(block_on(lane.trainer().weights()).unwrap(), before, "evaluation trains nothing");
    }
    let batch = &race.lanes()[0].history().evaluations;
    assert_eq!(batch.iter().map(|evaluation| evaluation.batch_statistics).collect::<Vec<_>>(), [None, Some(4)]);
    assert_ne!(batch[0].loss.to_bits(), batch[1].loss.to_bits());
    assert_eq!(race.lanes()[1].history().evaluations.len(), 1);
    assert_eq!(race.lanes()[0].facts().n_statistics, 20);
    assert_eq!(race.lanes()[1].facts().n_statistics, 0);
}

#[test]
fn every_network_and_optimizer_goes_on_from_its_bytes_bit_for_bit() {
    let data = crate::bars::dataset(64);
    let sgd = |rule| OptimizerSpec::Sgd { momentum: 0.9, rule };
    let plateau = Some(ReduceOnPlateau::SOURCE_D);
    let small = RunSpec { batch: 2, plateau, epsilon: 1e-3, momentum: 0.1, ..spec(Norm::Batch) };
    let specs = [
        RunSpec { model: ModelKind::SourceD, optimizer: OptimizerSpec::AmsGrad, ..small.clone() },
        RunSpec { model: ModelKind::Deep, optimizer: sgd(MomentumRule::Keras), ..small.clone() },
        RunSpec { optimizer: sgd(MomentumRule::Pytorch), clip_norm: Some(0.5), ..small.clone() },
        RunSpec { clip_norm: Some(2.0), ..small },
    ];
    for spec in specs {
        let mut trainer = block_on(Trainer::new(spec.clone())).unwrap();
        block_on(trainer.step(&data, 3)).unwrap();
        let lowered: Vec<_> = (0..4).filter_map(|_| trainer.end_epoch(0.5)).collect();
        assert_eq!(lowered, [0.2 * spec.learning_rate], "three epochs without an improvement");
        let bytes = block_on(trainer.snapshot()).unwrap().to_bytes(DataPart::None);
        let (snapshot, _) = Snapshot::from_bytes(&bytes).unwrap();
        let mut again = block_on(Trainer::restore(snapshot)).unwrap();
        assert_eq!([trainer.spec(), again.spec()], [&spec; 2], "a schedule changes no setting");
        assert_eq!(again.learning_rate(), lowered[0]);
        assert_eq!(again.order_hash(), trainer.order_hash());
        let [a, b] = [&mut trainer, &mut again].map(|trainer| block_on(trainer.step(&data, 3)).unwrap());
        assert_eq!(a, b, "{spec:?}");
    }
}

#[test]
fn keras_and_pytorchs_momentum_agree_while_the_rate_stays() {
    let data = crate::bars::dataset(64);
    let losses = [MomentumRule::Keras, MomentumRule::Pytorch].map(|rule| {
        let optimizer = OptimizerSpec::Sgd { momentum: 0.9, rule };
        // A power of two: products with it round nothing.
        let spec = RunSpec { optimizer, learning_rate: 0.015_625, ..spec(Norm::Layer) };
        let mut trainer = block_on(Trainer::new(spec)).unwrap();
        block_on(trainer.step(&data, 8)).unwrap()
    });
    assert_eq!(losses[0], losses[1]);
}

#[test]
fn a_lane_that_diverges_does_not_stop_the_others() {
    let data = crate::bars::dataset(64);
    let mut race = race(&[Norm::None, Norm::Batch, Norm::Layer]);
    let wild = RunSpec { learning_rate: 1e30, ..spec(Norm::None) };
    let wild = block_on(race.add("wild", wild)).unwrap();
    for _ in 0..200 {
        block_on(race.turn(&data, 0.0, 64, 16)).unwrap();
    }
    let ended: Vec<bool> = race.lanes().iter().map(|lane| lane.ended().is_some()).collect();
    assert_eq!(ended, [false, false, false, true]);
    assert!(race.lanes()[..wild].iter().all(|lane| lane.history().n_images() == 64), "the others arrive");
    let lane = race.lane_mut(wild).unwrap();
    let Some(&TrainError::Diverged { step, .. }) = lane.ended() else { panic!("{:?}", lane.ended()) };
    let steps = &lane.history().steps;
    assert_eq!(steps.len() as u32, step - 1, "its history ends at the last step with a loss");
    assert!(steps.iter().all(|step| step.loss.is_finite()));

    // Its bytes know it, and so does whoever takes them up.
    let snapshot = block_on(lane.trainer().snapshot()).unwrap();
    assert!(snapshot.has_nan());
    let (snapshot, _) = Snapshot::from_bytes(&snapshot.to_bytes(DataPart::None)).unwrap();
    let again = block_on(race.restore("again", snapshot, Judged::default())).unwrap();
    let told = race.lanes()[again].ended().unwrap().to_string();
    assert!(told.ends_with("weights are NaN: training has diverged"), "{told}");
    assert_eq!(race.next(u32::MAX), Some(0));
}

#[test]
fn a_seed_that_is_no_finite_float_is_not_taken_for_divergence() {
    let seeded = RunSpec { seed: f32::NAN.to_bits(), ..spec(Norm::Batch) };
    let mut trainer = block_on(Trainer::new(seeded)).unwrap();
    assert!(!block_on(trainer.snapshot()).unwrap().has_nan());
}

#[test]
fn clipping_holds_the_norm_and_changes_nothing_below_it() {
    let data = crate::bars::dataset(64);
    let sgd = OptimizerSpec::Sgd { momentum: 0.0, rule: MomentumRule::Pytorch };
    let run = |clip_norm| {
        let spec = RunSpec { clip_norm, optimizer: sgd, learning_rate: 1.0, ..spec(Norm::Batch) };
        let mut trainer = block_on(Trainer::new(spec)).unwrap();
        let before = block_on(trainer.weights()).unwrap();
        block_on(trainer.step(&data, 1)).unwrap();
        let after = block_on(trainer.weights()).unwrap();
        let pairs = before.tensors.iter().zip(&after.tensors).filter(|(tensor, _)| !tensor.name.contains("running"));
        let moved = pairs.flat_map(|(before, after)| before.values.iter().zip(&after.values));
        // With a rate of 1 and no momentum, a step is the gradient.
        let norm = moved.map(|(before, after)| f64::from(after - before).powi(2)).sum::<f64>().sqrt();
        (after, norm)
    };
    let (free, norm) = run(None);
    assert!(norm > 0.5, "{norm}");
    assert_eq!(run(Some(2.0 * norm as f32)).0, free, "to the bit");
    for most in [0.25, 1e-3] {
        let (_, clipped) = run(Some(most));
        // The weights are rounded to f32, 866,798 of them by about 1e-9.
        assert!((clipped / f64::from(most) - 1.0).abs() < 1e-2, "{clipped}, at most {most}");
    }
}
