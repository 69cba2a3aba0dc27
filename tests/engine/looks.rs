//! Looks into lanes, for every network and norm: whatever a reader asks for with a lane's name, a menu, the time axis
//! or the pad is answered, or refused with a reason.

use crate::common::nets::every_norm;
use blue_cube::data::{Dataset, IMAGE_LEN};
use blue_cube::exec::DeviceChoice;
use blue_cube::message::Shown;
use blue_cube::model::zoo::ModelKind;
use blue_cube::norm::Norm;
use blue_cube::norm::catalog::NormKind;
use blue_cube::race::Race;
use blue_cube::race::lane::{Judged, Lane};
use blue_cube::shape::Shape;
use blue_cube::train::{DataPart, RunSpec, Snapshot};
use pollster::block_on;

const UNITS: u32 = 6;

/// Every network, with its number of places for a norm.
const NETS: [(ModelKind, usize); 5] = [
    (ModelKind::Tutorial, 1),
    (ModelKind::SourceD, 2),
    (ModelKind::Deep, 8),
    (ModelKind::RowRnn { units: UNITS }, 28),
    (ModelKind::RowGru { units: UNITS }, 56),
];

/// The least number of channels of a norm layer in [`NETS`].
const CHANNELS: u32 = 6;

fn norms() -> Vec<Norm> {
    every_norm(4, CHANNELS)
}

fn spec(model: ModelKind, norm: Norm) -> RunSpec {
    RunSpec { model, norm, batch: 4, device: DeviceChoice::Cpu, ..RunSpec::default() }
}

/// A lane after two steps.
fn trained(race: &mut Race, spec: RunSpec, data: &Dataset) -> usize {
    let lane_idx = block_on(race.add("lane", spec)).unwrap();
    for _ in 0..2 {
        block_on(race.lane_mut(lane_idx).unwrap().advance(data, 1)).unwrap();
    }
    lane_idx
}

fn look(lane: &mut Lane, norm: u32, step: Option<u32>, shown: &Shown, data: &Dataset) -> Result<(), String> {
    let pixels = shown.pixels(data.test(), lane.trainer().look_len());
    let n_images = pixels.len() / IMAGE_LEN;
    let shapes: Vec<Shape> = lane.trainer().norm_shapes().collect();
    let (at_step, look) = block_on(lane.look(norm as usize, step, pixels)).map_err(|error| error.to_string())?;
    assert_eq!(look.shape, Shape { n: n_images as u32, ..shapes[norm as usize] });
    assert_eq!([look.x.len(), look.y.len()], [look.shape.len() as usize; 2]);
    assert!(look.x.iter().chain(&look.y).all(|value| value.is_finite()));
    assert_eq!(at_step, step.unwrap_or(2).min(2));
    let n_sums = if at_step < 2 { 0 } else { n_images };
    let sums: Vec<f32> = look.probabilities.chunks(10).map(|of_image| of_image.iter().sum()).collect();
    assert!(sums.len() == n_sums && sums.iter().all(|sum| (sum - 1.0).abs() < 1e-5), "{sums:?}");
    Ok(())
}

#[test]
fn every_look_into_every_network_is_answered_or_refused_in_words() {
    let data = crate::bars::dataset(64);
    let drawn = |n_pixels| Shown::Drawn { pixels: vec![9; n_pixels] };
    let test = |n_images| Shown::Test { n_images };
    let mut n_lanes = 0;
    for (model, n_places) in NETS {
        for norm in norms().into_iter().filter(|&norm| spec(model, norm).check().is_ok()) {
            let mut race = Race::new(1 << 30);
            let lane_idx = trained(&mut race, spec(model, norm), &data);
            let lane = race.lane_mut(lane_idx).unwrap();
            assert_eq!(lane.trainer().norm_shapes().len(), n_places, "{model:?} {norm:?}");
            let last = n_places as u32 - 1;
            let asked = [
                (0, None, test(0)),
                (last, None, test(4)),
                (last / 2, Some(99), drawn(IMAGE_LEN)),
                (0, Some(0), test(u32::MAX)),
                (last, Some(1), drawn(IMAGE_LEN)),
            ];
            for (norm_idx, step, shown) in asked {
                let answer = look(lane, norm_idx, step, &shown, &data);
                assert_eq!(answer, Ok(()), "{model:?} {norm:?}, {norm_idx} at {step:?}");
            }
            for step in [None, Some(1)] {
                let none = look(lane, last + 1, step, &test(4), &data).unwrap_err();
                assert_eq!(none, format!("this network has no norm layer {} to show", n_places + 1));
                assert!(look(lane, u32::MAX, step, &test(4), &data).is_err());
                let blank = look(lane, last, step, &drawn(IMAGE_LEN - 1), &data).unwrap_err();
                assert_eq!(blank, "a network sees whole images of 28×28 pixels, and 783 pixels are not a whole image");
            }
            // The other requests that read a lane's state.
            let trainer = lane.trainer();
            block_on(trainer.norm_weights()).unwrap();
            let bytes = block_on(trainer.snapshot()).unwrap().to_bytes(DataPart::None);
            let (snapshot, _) = Snapshot::from_bytes(&bytes).unwrap();
            let again = block_on(race.restore("again", snapshot, Judged::default())).unwrap();
            let fork = block_on(race.fork(lane_idx, 1, "fork", None)).unwrap();
            for other in [again, fork] {
                let at = race.lane_mut(other).unwrap();
                assert!(block_on(at.look(last as usize, None, &[9; IMAGE_LEN])).is_ok(), "{model:?} {norm:?}");
            }
            n_lanes += 1;
        }
    }
    // Recurrent steps accept the norms whose tiles are planes: none, batch, layer, group, ghost and sync batch.
    assert_eq!(n_lanes, 3 * NormKind::ALL.len() + 2 * 6);
}

#[test]
fn a_recurrent_net_shows_the_norm_of_every_row() {
    let data = crate::bars::dataset(64);
    for (model, width) in [(ModelKind::RowRnn { units: UNITS }, UNITS), (ModelKind::RowGru { units: UNITS }, 3 * UNITS)]
    {
        let mut race = Race::new(1 << 30);
        let lane_idx = trained(&mut race, spec(model, Norm::Layer), &data);
        let lane = race.lane_mut(lane_idx).unwrap();
        let pixels = &data.test().pixels()[..2 * IMAGE_LEN];
        let at = |lane: &mut Lane, norm_idx| block_on(lane.look(norm_idx, None, pixels)).unwrap().1;
        let n_places = lane.trainer().norm_shapes().len();
        let looks: Vec<_> = (0..n_places).map(|norm_idx| at(lane, norm_idx)).collect();
        for look in &looks {
            assert_eq!(look.shape, Shape::table(2, width));
            for y in look.y.chunks(width as usize) {
                // After two steps γ is still about 1 and β about 0: a layer norm leaves almost no mean.
                let mean = y.iter().sum::<f32>() / width as f32;
                assert!(mean.abs() < 0.02, "{model:?}: {mean}");
            }
        }
        assert!(looks.windows(2).all(|pair| pair[0].x != pair[1].x), "{model:?}: each row differs from the one before");
    }
}

#[test]
fn one_can_look_back_into_a_recurrent_net() {
    let data = crate::bars::dataset(64);
    let pixels = &data.test().pixels()[..2 * IMAGE_LEN];
    for (model, n_places) in [NETS[3], NETS[4]] {
        for norm in [Norm::None, Norm::Batch, Norm::Layer] {
            let mut race = Race::new(1 << 30);
            let lane_idx = block_on(race.add("lane", spec(model, norm))).unwrap();
            let lane = race.lane_mut(lane_idx).unwrap();
            let mut then = Vec::new();
            for _ in 0..3 {
                then.push(block_on(lane.look(n_places - 1, None, pixels)).unwrap().1);
                block_on(lane.advance(&data, 1)).unwrap();
            }
            for (step, then) in (0..).zip(&then) {
                let (at_step, back) = block_on(lane.look(n_places - 1, Some(step), pixels)).unwrap();
                assert_eq!((at_step, &back.x, &back.y), (step, &then.x, &then.y), "{model:?} {norm:?}");
            }
            assert_ne!(then[0].x, then[2].x);
        }
    }
}
