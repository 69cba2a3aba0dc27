//! Whose turn it is in a race, when lanes are evaluated, and what a look into them shows.

use blue_cube::data::{DataName, Dataset, IMAGE_LEN, TrainOn};
use blue_cube::exec::DeviceChoice;
use blue_cube::model::zoo::ModelKind;
use blue_cube::norm::Norm;
use blue_cube::normalize::{NormOptions, normalize};
use blue_cube::race::Race;
use blue_cube::race::lane::{Due, Judged};
use blue_cube::shape::Shape;
use blue_cube::train::evaluate::Evaluating;
use blue_cube::train::{RunSpec, Trainer};
use pollster::block_on;

/// Room for all snapshots of a short race.
const ROOM: usize = 1 << 30;

/// Long enough that a turn ends for another reason.
const LONG: f32 = 1e9;

fn spec(norm: Norm, batch: u32) -> RunSpec {
    RunSpec { norm, batch, device: DeviceChoice::Cpu, ..RunSpec::default() }
}

fn race_of(batches: &[u32]) -> Race {
    let mut race = Race::new(ROOM);
    for &batch in batches {
        block_on(race.add("BN", spec(Norm::Batch, batch))).unwrap();
    }
    race
}

#[test]
fn lanes_go_on_to_the_goal_and_stand() {
    let data = crate::bars::dataset(64);
    let mut race = race_of(&[4, 8]);
    while block_on(race.turn(&data, LONG, 40, 0)).unwrap().is_some() {
        for lane in 0..2 {
            let lane = race.lane_mut(lane).unwrap();
            if lane.is_due(0).is_some() {
                block_on(lane.evaluate(&data)).unwrap();
            }
        }
    }
    let seen: Vec<u32> = race.lanes().iter().map(|lane| lane.history().n_images()).collect();
    assert_eq!(seen, [40, 40]);
    assert_eq!(race.next(40), None);
    assert_eq!(race.next(41), Some(0));
}

#[test]
fn a_turn_ends_where_a_judgement_is_due() {
    let data = crate::bars::dataset(64);
    let mut race = race_of(&[4]);
    let mut dues = Vec::new();
    while block_on(race.turn(&data, LONG, 136, 24)).unwrap().is_some() {
        let lane = race.lane_mut(0).unwrap();
        let due = lane.is_due(24).unwrap_or_else(|| panic!("stopped at {}", lane.history().n_images()));
        dues.push((lane.history().n_images(), due));
        lane.take_judgements(&[]);
        assert_eq!(lane.is_due(24), None);
        if dues.len() == 6 {
            break;
        }
    }
    let expected = [(24, Due::Within), (48, Due::Within), (64, Due::Epoch), (88, Due::Within), (112, Due::Within)];
    assert_eq!(dues[..5], expected);
    assert_eq!(dues[5], (128, Due::Epoch));
}

#[test]
fn part_of_the_test_images_can_be_judged() {
    let data = crate::bars::dataset(400);
    let mut trainer = block_on(Trainer::new(spec(Norm::Batch, 4))).unwrap();
    let mut judge = |mut under_way: Evaluating| loop {
        trainer.queue_evaluation(&data, &mut under_way);
        if let Some(evaluation) = block_on(trainer.finish_evaluation(&mut under_way)).unwrap() {
            break evaluation;
        }
    };
    let [all, part] = [judge(Evaluating::default()), judge(Evaluating::default().of_first(100))];
    assert_eq!([all.n_images, part.n_images], [400, 100]);
    assert!(all.loss != part.loss && part.loss.is_finite());
    // The batches of this evaluation have 4 images, as in training.
    assert_eq!(judge(Evaluating::by_batch().of_first(102)).n_images, 100);
}

#[test]
fn a_restored_lane_counts_on_and_goes_on_by_the_same_bits() {
    let data = crate::bars::dataset(64);
    let mut race = race_of(&[4]);
    block_on(race.turn(&data, LONG, 72, 72)).unwrap();
    race.lane_mut(0).unwrap().take_judgements(&[]);
    block_on(race.turn(&data, LONG, 72, 0)).unwrap();
    let snapshot = block_on(race.lane_mut(0).unwrap().trainer().snapshot()).unwrap();
    let restored = block_on(race.restore("again", snapshot, Judged::default())).unwrap();
    let history = race.lanes()[restored].history();
    assert_eq!((history.earlier_steps, history.n_images()), (18, 72));
    for _ in 0..3 {
        block_on(race.step(&data)).unwrap();
    }
    let [a, b] = [0, restored].map(|lane_idx| race.lanes()[lane_idx].history());
    assert_eq!(a.steps[18..], b.steps);
    assert_eq!(race.lanes()[0].order_hash(), race.lanes()[restored].order_hash());
}

/// As a long experiment of the command does.
#[test]
fn a_resumed_lane_has_its_whole_history_and_goes_on_by_the_same_bits() {
    let data = crate::bars::dataset(64);
    let mut race = race_of(&[4]);
    block_on(race.turn(&data, LONG, 64, 0)).unwrap();
    let lane = race.lane_mut(0).unwrap();
    block_on(lane.evaluate(&data)).unwrap();
    let (snapshot, history) = (block_on(lane.trainer().snapshot()).unwrap(), lane.history().clone());
    let resumed = block_on(race.resume("again", snapshot, history)).unwrap();
    for lane_idx in [0, resumed] {
        let lane = race.lane_mut(lane_idx).unwrap();
        block_on(lane.advance(&data, 3)).unwrap();
        block_on(lane.evaluate(&data)).unwrap();
    }
    let [a, b] = [0, resumed].map(|lane_idx| race.lanes()[lane_idx].history());
    assert!(a.steps.len() > 16 && a.evaluations.len() >= 2, "{a:?}");
    assert_eq!(a, b);
    assert!(race.orders_agree());
}

/// A race is saved at any step, also where an evaluation is due or has just been made.
#[test]
fn a_restored_lane_is_evaluated_where_it_would_have_been() {
    const JUDGE_EVERY: u32 = 20;
    let data = crate::bars::dataset(64);
    // Evaluations so far, as the page keeps them.
    let go_on = |race: &mut Race, lane_idx: usize, until: u32, mut found: Vec<Judged>| {
        loop {
            let lane = race.lane_mut(lane_idx).unwrap();
            if lane.is_due(JUDGE_EVERY).is_some() && lane.history().n_images() < until {
                block_on(lane.evaluate(&data)).unwrap();
                found.push(Judged { n_images: lane.history().n_images(), epochs: lane.epoch() });
            } else if lane.history().n_images() < until {
                block_on(lane.advance(&data, 1)).unwrap();
            } else {
                return found;
            }
        }
    };
    let unbroken = go_on(&mut race_of(&[4]), 0, 200, vec![]);
    assert!(unbroken.iter().any(|judged| judged.epochs == 2) && unbroken.len() > 8, "{unbroken:?}");
    for until in [4, 20, 24, 60, 64, 128] {
        for is_judged in [false, true] {
            let mut race = race_of(&[4]);
            let mut before = go_on(&mut race, 0, until, vec![]);
            if is_judged && race.lanes()[0].is_due(JUDGE_EVERY).is_some() {
                before = go_on(&mut race, 0, until + 1, before);
                assert_eq!(before.last().unwrap().n_images, until);
            }
            let lane = race.lane_mut(0).unwrap();
            let snapshot = block_on(lane.trainer().snapshot()).unwrap();
            let judged = before.iter().rfind(|judged| judged.n_images <= lane.history().n_images()).copied();
            let again = block_on(race.restore("again", snapshot, judged.unwrap_or_default())).unwrap();
            assert_eq!(go_on(&mut race, again, 200, before), unbroken, "saved at {until}, {is_judged}");
        }
    }
}

#[test]
fn a_look_sees_what_the_norm_normalizes_and_changes_nothing() {
    let data = crate::bars::dataset(64);
    let group = Norm::Group { groups: 5.try_into().unwrap() };
    let mut trainer = block_on(Trainer::new(spec(group, 4))).unwrap();
    block_on(trainer.step(&data, 4)).unwrap();
    let before = block_on(trainer.weights()).unwrap();
    let norms = block_on(trainer.norm_weights()).unwrap();
    let look = block_on(trainer.look(0, &data.test().pixels()[..3 * IMAGE_LEN])).unwrap();
    assert_eq!(block_on(trainer.weights()).unwrap(), before);
    assert_eq!(look.shape, Shape::new(3, 10, 26, 26));
    assert_eq!(trainer.norm_shapes().collect::<Vec<_>>(), [Shape::new(1, 10, 26, 26)]);

    let [gamma, beta] = [&norms[0].gamma, &norms[0].beta].map(|values| Some(&values[..]));
    let options = NormOptions { gamma, beta, device: DeviceChoice::Cpu, ..NormOptions::new(group) };
    let expected = block_on(normalize(&look.x, look.shape, &options)).unwrap();
    let off = expected.y.iter().zip(&look.y).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(off <= 1e-6, "{off}");

    let sums: Vec<f32> = look.probabilities.chunks(10).map(|of_image| of_image.iter().sum()).collect();
    assert!(sums.len() == 3 && sums.iter().all(|sum| (sum - 1.0).abs() < 1e-6), "{sums:?}");
    let alone = block_on(trainer.look(0, &data.test().pixels()[IMAGE_LEN..2 * IMAGE_LEN])).unwrap();
    assert_eq!(alone.probabilities[..], look.probabilities[10..20]);
}

#[test]
fn one_can_look_back_at_what_a_norm_saw() {
    let data = crate::bars::dataset(64);
    let pixels = &data.test().pixels()[..2 * IMAGE_LEN];
    for model in [ModelKind::Tutorial, ModelKind::SourceD] {
        let mut race = Race::new(0);
        block_on(race.add("BN", RunSpec { model, ..spec(Norm::Batch, 4) })).unwrap();
        let mut looks = Vec::new();
        for _ in 0..4 {
            let trainer = race.lane_mut(0).unwrap().trainer();
            let last = trainer.norm_shapes().len() - 1;
            looks.push(block_on(trainer.look(last, pixels)).unwrap());
            block_on(race.step(&data)).unwrap();
        }
        let lane = &race.lanes()[0];
        assert_eq!(lane.fronts().steps().collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        assert!(lane.kept().steps().len() == 2 && lane.fronts().n_bytes() < 1_000_000);
        for (step, look) in (0..).zip(&looks) {
            let mut back = block_on(lane.fronts().at_or_before(step).unwrap().open()).unwrap();
            let last = back.norm_shapes().len() - 1;
            let again = block_on(back.look(last, pixels)).unwrap();
            assert_eq!((&again.x, &again.y), (&look.x, &look.y), "{model:?}, step {step}");
        }
        assert_ne!(looks[0].x, looks[3].x);
    }
}

#[test]
fn the_parameters_of_every_norm_are_told() {
    let norms = |norm| block_on(block_on(Trainer::new(spec(norm, 4))).unwrap().norm_weights()).unwrap();
    let [switchable, mixed, none] = [Norm::Switchable, Norm::BatchInstance, Norm::None].map(norms);
    assert_eq!(switchable[0].mix, [1.0 / 3.0; 6]);
    assert_eq!((mixed[0].rho.len(), mixed[0].gamma.len(), mixed[0].mix.len()), (10, 10, 0));
    assert!(none.iter().all(|norm| norm.gamma.is_empty() && norm.mix.is_empty()), "{none:?}");
}

#[test]
fn a_part_of_a_set_keeps_all_test_images() {
    let whole: Dataset = crate::bars::dataset(64);
    assert!(TrainOn::Train.part(&whole).unwrap().is_none());
    let few = TrainOn::FirstOfEachClass(2).part(&whole).unwrap().unwrap();
    assert_eq!((few.n_ready(), few.test().n_ready()), (20, 64));
    let test = TrainOn::Test.part(&whole).unwrap().unwrap();
    assert_eq!(test.train().pixels(), whole.test().pixels());
    assert_eq!(DataName::FashionMnist.folder(), "fashion-mnist");
}
