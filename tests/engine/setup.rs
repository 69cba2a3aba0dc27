//! The race's setup: links hold it exactly, mistakes in its numbers get specific messages, experiments become setups.

use blue_cube::data::{DataName, TrainOn};
use blue_cube::grouping::tiling::Axis;
use blue_cube::layer::norm::NormSpec;
use blue_cube::layer::norm::rules::AffineRules;
use blue_cube::norm::{AxesNorm, Norm};
use blue_cube::race::MAX_LANES;
use blue_cube::race::experiment;
use blue_cube::scene::clamp::Clamped;
use blue_cube::scene::{Scene, hash};
use blue_cube::setup::choices::Choice;
use blue_cube::setup::field::RaceField;
use blue_cube::setup::{LaneSetup, Net, Optimizer, Setup};
use blue_cube::train::RunSpec;
use std::num::NonZeroU32;

fn group(groups: u32) -> Norm {
    Norm::Group { groups: NonZeroU32::new(groups).unwrap() }
}

fn clamped(race: Setup) -> (Setup, Vec<String>) {
    let clamped = Scene { race, ..Scene::default() }.clamp();
    (clamped.scene.race, clamped.changes)
}

#[test]
fn the_first_setup_is_seven_networks_and_says_nothing_in_a_link() {
    let setup = Setup::default();
    assert_eq!(clamped(setup.clone()), (setup.clone(), vec![]));
    assert_eq!(hash::write(&Scene::default()), "");
    let names: Vec<String> = setup.runs().runs.into_iter().map(|run| run.name).collect();
    assert_eq!(names, ["none", "BN", "LN", "IN", "GN 8", "BIN", "SN"]);
    setup.runs().runs.iter().for_each(|run| run.spec.check().unwrap());
}

#[test]
fn the_channels_of_a_net_are_the_fewest_that_its_norms_see() {
    for &net in Net::ALL {
        let plans = |groups: u32| {
            let norm = NormSpec::new(Norm::Group { groups: NonZeroU32::new(groups).unwrap() });
            net.kind().model(norm).plan(2, net.kind().evaluation_batch()).is_ok()
        };
        let channels = net.norm_channels();
        // The simple recurrent net normalizes one value per image and channel, and no group of a single value.
        let is_single = net == Net::RowRnn;
        let most = if is_single { channels / 2 } else { channels };
        assert_eq!([plans(most), plans(2 * channels)], [true, false], "{net:?}");
        assert_eq!(plans(channels), !is_single, "{net:?}");
    }
}

#[test]
fn a_link_of_a_race_reads_as_a_person_would() {
    let link = "data=mnist&on=all&net=tutorial&opt=sgd&lr=0.05&bs=32&seeds=3&lanes=bn,gn5~e0.001,axes-c,ghost8~b16,in~u&epochs=1";
    let Clamped { scene, changes } = hash::read(link);
    assert_eq!(changes, Vec::<String>::new());
    let race = scene.race.clone();
    assert_eq!((race.data, race.train_on, race.net), (DataName::Mnist, TrainOn::Train, Net::Tutorial));
    assert_eq!((race.optimizer, race.rate, race.batch, race.seeds), (Optimizer::Sgd, 0.05, 32, 3));
    assert_eq!(race.lanes[1], LaneSetup { epsilon: Some(1e-3), ..LaneSetup::of(group(5)) });
    assert_eq!(race.lanes[3].batch, Some(16));
    assert_eq!(race.lanes[4].affine, AffineRules::RANDOM_UNIFORM);
    let runs = race.runs().runs;
    assert_eq!(runs.len(), 15);
    assert_eq!((runs[5].name.as_str(), runs[5].spec.seed), ("GN 5, seed 3", 3));
    assert_eq!(hash::read(&hash::write(&scene)).scene, scene);
    let mut keys: Vec<_> = runs.iter().map(|run| run.key.clone()).collect();
    keys.dedup();
    assert_eq!(keys.len(), runs.len(), "one key per run");
}

#[test]
fn what_does_not_fit_the_network_is_told() {
    let (race, changes) =
        clamped(Setup { net: Net::Tutorial, lanes: vec![LaneSetup::of(group(8))], ..Setup::default() });
    assert_eq!(race.lanes[0].norm, group(10));
    assert_eq!(changes, ["in the race, groups went from 8 to 10: 8 does not divide 10 channels"]);
    let (race, changes) = clamped(Setup { seeds: 5, ..Setup::default() });
    assert_eq!((race.seeds, changes.len()), (3, 1), "{changes:?}");
    let many = (1..=20).map(|batch| LaneSetup { batch: Some(batch), ..LaneSetup::of(Norm::Batch) });
    assert_eq!(clamped(Setup { lanes: many.collect(), ..Setup::default() }).0.lanes.len(), 8);
}

#[test]
fn every_experiment_is_a_setup_of_the_runs_that_a_race_has_room_for() {
    for name in experiment::NAMES {
        for is_quick in [false, true] {
            let experiment = experiment::experiment(name, is_quick).unwrap();
            let setup = Setup::of_experiment(&experiment, name.to_owned());
            assert_eq!(clamped(setup.clone()), (setup.clone(), vec![]), "{name}");
            let runs = setup.runs();
            assert_eq!((runs.course.data, runs.course.train_on), (experiment.data, experiment.train_on));
            let specs: Vec<_> = runs.runs.iter().map(|run| &run.spec).collect();
            let all: Vec<RunSpec> = experiment.runs().into_iter().map(|run| run.lane.spec).collect();
            let is_shown = |spec: &&RunSpec| {
                let is_on_the_way = name == "B-smallbatch" && !is_quick && ![1, 4, 32, 128].contains(&spec.batch);
                spec.model == all[0].model && !is_on_the_way
            };
            let expected: Vec<&RunSpec> = all.iter().filter(is_shown).take(MAX_LANES).collect();
            assert_eq!(specs, expected, "{name}");
            assert!(expected.len() == all.len() || ["B-smallbatch", "B-rnn"].contains(&name), "{name}");
            let seeds = &experiment.sweep.seeds;
            assert!(
                seeds.windows(2).all(|pair| pair[1] == pair[0] + 1),
                "{name}: a race counts its seeds from the first"
            );
            let scene = Scene { race: setup, ..Scene::default() };
            assert_eq!(hash::read(&hash::write(&scene)).scene, scene, "{name}");
        }
    }
}

#[test]
fn norms_that_a_recurrent_net_refuses_say_why_before_the_start() {
    let two = NonZeroU32::new(2).unwrap();
    let image = AxesNorm::over(&[Axis::C, Axis::H, Axis::W]);
    let refused = [
        (Norm::Instance, "instance norm, which takes every value for its own mean"),
        (group(64), "group norm, which takes every value for its own mean"),
        (Norm::BatchInstance, "batch-instance norm, which mixes in instance norm"),
        (Norm::Switchable, "switchable norm, which mixes in instance norm"),
        (Norm::Axes(image), "only by batch, layer or group norm"),
        (Norm::Rms(image), "only by batch, layer or group norm"),
    ];
    let able = [Norm::None, Norm::Batch, Norm::Layer, group(8), Norm::GhostBatch { size: two }];
    let of =
        |net, norm| Setup { net, batch: 4, lanes: vec![LaneSetup::of(norm)], ..Setup::default() }.runs().runs.remove(0);
    for (norm, words) in refused {
        let run = of(Net::RowRnn, norm);
        let refusal = run.refusal.unwrap_or_default();
        assert!(refusal.starts_with("a recurrent net’s states") && refusal.contains(words), "{norm:?}: {refusal}");
        assert!(run.spec.check().is_err(), "{norm:?} is what the trainer refuses too");
        // A gate has three values per unit, so groups of one unit have three.
        assert_eq!(of(Net::RowGru, norm).refusal.is_some(), norm != group(64), "{norm:?}");
        assert_eq!(of(Net::SourceD, norm).refusal, None, "{norm:?}");
    }
    for (norm, net) in able.into_iter().flat_map(|norm| [Net::RowRnn, Net::RowGru].map(|net| (norm, net))) {
        let run = of(net, norm);
        assert_eq!((run.refusal, run.spec.check()), (None, Ok(())), "{norm:?}");
    }
}

#[test]
fn sgd_on_a_recurrent_net_is_advised_to_clip() {
    let advice = |net, optimizer, clip_norm, norm| {
        let lanes = vec![LaneSetup::of(Norm::None), LaneSetup::of(norm)];
        Setup { net, optimizer, clip_norm, lanes, ..Setup::default() }.runs().advice
    };
    assert!(advice(Net::RowRnn, Optimizer::Sgd, None, Norm::Layer).is_some());
    assert!(advice(Net::RowRnn, Optimizer::Sgd, None, group(8)).is_some());
    assert_eq!(advice(Net::RowRnn, Optimizer::Sgd, Some(1.0), Norm::Layer), None);
    assert_eq!(advice(Net::RowRnn, Optimizer::Adam, None, Norm::Layer), None);
    assert_eq!(advice(Net::RowRnn, Optimizer::Sgd, None, Norm::Batch), None);
    assert_eq!(advice(Net::Tutorial, Optimizer::Sgd, None, Norm::Layer), None);
}

#[test]
fn a_link_says_where_gradients_are_clipped() {
    let race = |link| hash::read(link).scene.race;
    assert_eq!(race("net=rnn&clip=2.5").clip_norm, Some(2.5));
    assert_eq!(race("net=rnn").clip_norm, None);
    assert_eq!(race("net=rnn&clip=0").clip_norm, None);
    assert_eq!(race("clip=2.5").runs().runs[0].spec.clip_norm, Some(2.5));
    let clipped = clamped(Setup { clip_norm: Some(f32::INFINITY), ..Setup::default() }).0;
    assert_eq!(clipped.clip_norm, Some(1e6));
    assert_eq!(clamped(Setup { clip_norm: Some(-1.0), ..Setup::default() }).0.clip_norm, None);
}

#[test]
fn slips_are_told_apart() {
    let cases = [
        (RaceField::Batch, "0", "the batch size must be a whole number from 1 to 512, not 0"),
        (RaceField::Batch, "513", "the batch size must be a whole number from 1 to 512, not 513"),
        (RaceField::Batch, "2.5", "the batch size must be a whole number from 1 to 512, not 2.5"),
        (RaceField::Batch, "", "the batch size is missing; try 32"),
        (RaceField::Batch, "1,000", "“1,000” may be 1 or 1000: leave out the mark"),
        (RaceField::Rate, "abc", "“abc” is not a number; the learning rate is one such as 0.001"),
        (RaceField::Rate, "0", "the learning rate must be a number from 0.0000001 to 1, not 0"),
        (RaceField::Rate, "-1", "the learning rate must be a number from 0.0000001 to 1, not -1"),
        (RaceField::Rate, "nan", "“nan” is not a number; the learning rate is one such as 0.001"),
        (RaceField::Rate, "2", "the learning rate must be a number from 0.0000001 to 1, not 2"),
        (RaceField::Seed, "-1", "the seed must be a whole number from 0 to 4294967295, not -1"),
        (RaceField::Seeds, "2", "the number of seeds is 1, 3 or 5, not 2"),
        (RaceField::Momentum, "1.5", "the momentum of running statistics must be a number from 0 to 1, not 1.5"),
    ];
    for (field, typed, message) in cases {
        assert_eq!(field.read(typed), Err(message.to_owned()));
    }
    assert_eq!(RaceField::Rate.read(" 1e-3 "), Ok(1e-3));
    assert_eq!(RaceField::Batch.read("32.0"), Ok(32.0));
}

#[test]
fn numbers_step_along_rungs() {
    assert_eq!(RaceField::Rate.stepped(1e-3, 1), 2e-3);
    assert_eq!(RaceField::Rate.stepped(f64::from(1e-3_f32), -1), 5e-4);
    assert_eq!(RaceField::Rate.stepped(1.0, 3), 1.0);
    assert_eq!(RaceField::Momentum.stepped(0.0, 1), 1e-3);
    assert_eq!(RaceField::Batch.stepped(1.0, -1), 1.0);
    assert_eq!(RaceField::Batch.scaled(3.0, false), 1.0);
    assert_eq!(RaceField::Seeds.stepped(1.0, 1), 3.0);
    assert_eq!(RaceField::Seeds.clamp(f64::from(u32::MAX)), 5.0);
    assert_eq!(RaceField::Epsilon.scaled(1.0, true), 1.0);
}
