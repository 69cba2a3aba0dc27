//! A lane in the cube: x̂ and y, γ, β and running statistics are those of the lane's norm layer, as in its weights.

use crate::common::nets::every_norm;
use blue_cube::cube::shown::{give, shown};
use blue_cube::cube::tensor::Tensor;
use blue_cube::data::IMAGE_LEN;
use blue_cube::exec::DeviceChoice;
use blue_cube::ledger::account::Account;
use blue_cube::ledger::backward::gradient;
use blue_cube::ledger::sums::Sums;
use blue_cube::message::SeenLayer;
use blue_cube::model::weights::Weights;
use blue_cube::model::zoo::ModelKind;
use blue_cube::norm::Norm;
use blue_cube::scene::layout::Layout;
use blue_cube::scene::{Method, Mode, Place, Scene};
use blue_cube::train::look::Look;
use blue_cube::train::{RunSpec, Trainer};
use pollster::block_on;

const EPSILON: f32 = 2e-4;
const MOMENTUM: f32 = 0.25;
const N_IMAGES: usize = 4;

/// The input of a lane's first norm layer after some steps, and the lane's weights.
fn lane(model: ModelKind, norm: Norm) -> (Look, Weights) {
    let data = crate::bars::dataset(64);
    let spec = RunSpec {
        model,
        norm,
        batch: 8,
        epsilon: EPSILON,
        momentum: MOMENTUM,
        learning_rate: 1e-2,
        device: DeviceChoice::Cpu,
        ..RunSpec::default()
    };
    let mut trainer = block_on(Trainer::new(spec)).unwrap();
    block_on(trainer.step(&data, 12)).unwrap();
    let look = block_on(trainer.look(0, &data.test().pixels()[..N_IMAGES * IMAGE_LEN])).unwrap();
    (look, block_on(trainer.weights()).unwrap())
}

/// The scene in which the page shows it.
fn in_cube(look: &Look, mode: Mode) -> Scene {
    let before = Scene::default();
    let layer = SeenLayer::of(&look.layer).learned(look.shape).expect("the layer that was sent");
    assert_eq!(layer, look.layer, "as the page gets it");
    let tensor = Tensor::of(look.shape, look.x.clone()).into_layer(layer);
    let file = Some(give("a lane", Layout::Usual, tensor, false, &before));
    let (epsilon, momentum) = (look.layer.epsilon, look.layer.momentum);
    let method = Method::Norm(look.layer.norm);
    let selected = Place { n: 1, c: 2, h: look.shape.h / 2, w: look.shape.w / 2 };
    Scene { file, shape: look.shape, method, epsilon, momentum, mode, selected, ..before }
}

fn norms() -> Vec<Norm> {
    every_norm(4, 10).into_iter().filter(|&norm| norm != Norm::None).collect()
}

#[test]
fn y_in_the_cube_is_the_y_of_the_lane() {
    let nets = [ModelKind::Tutorial, ModelKind::RowRnn { units: 6 }];
    for (model, norm) in nets.into_iter().flat_map(|model| norms().into_iter().map(move |norm| (model, norm))) {
        if (RunSpec { model, norm, batch: 8, ..RunSpec::default() }).check().is_err() {
            continue;
        }
        let (look, weights) = lane(model, norm);
        let scene = in_cube(&look, Mode::Eval);
        let account = Account::new(scene.clone(), shown(&scene)).unwrap();
        let y = |index: u32| account.values().stages(index, look.x[index as usize])[2];
        let off = (0..look.shape.len()).map(|index| (y(index) - look.y[index as usize]).abs()).fold(0.0, f32::max);
        // The cube's moments and the engine's are merged in different orders.
        assert!(off <= 2e-5, "{model:?} {norm:?}: {off}");
        let label = if model == ModelKind::Tutorial { "norm_0" } else { "row_rnn_0.norm" };
        let kept = if model == ModelKind::Tutorial { "norm_0" } else { "row_rnn_0.norm_0" };
        let of = |part: &str| weights.values(part).unwrap_or(&[]);
        assert_eq!(
            [&look.layer.gamma[..], &look.layer.beta],
            ["gamma", "beta"].map(|part| of(&format!("{label}.{part}")))
        );
        let statistics = ["running_mean", "running_variance"].map(|part| of(&format!("{kept}.{part}")));
        assert_eq!([&look.layer.running_mean[..], &look.layer.running_variance], statistics, "{model:?} {norm:?}");
        assert_eq!([&look.layer.rho[..], &look.layer.logits], ["norm_0.rho", "norm_0.logits"].map(of));
        assert!(look.layer.gamma.iter().any(|gamma| (gamma - 1.0).abs() > 1e-3), "{norm:?} has learned something");
    }
}

#[test]
fn the_ledger_takes_what_a_batch_norm_lane_has_learned_and_kept() {
    let (look, weights) = lane(ModelKind::Tutorial, Norm::Batch);
    let scene = in_cube(&look, Mode::Eval);
    let account = Account::new(scene.clone(), shown(&scene)).unwrap();
    let sums = Sums::of(&account, scene.selected).unwrap();
    let channel = scene.selected.c as usize;
    let of = |part: &str| weights.values(&format!("norm_0.{part}")).unwrap()[channel];
    let [mean, variance, gamma, beta] = ["running_mean", "running_variance", "gamma", "beta"].map(of);
    assert_eq!(sums.learned.map(|here| [here.gamma, here.beta]), Some([gamma, beta]));
    let text = |value: f32| format!("{value:.4}").replace('-', "−");
    let kept = sums.kept.unwrap();
    assert_eq!([&kept.mean[0], &kept.variance[0]], [&text(mean), &text(variance)]);
    assert!(sums.sets[0].is_kept);
    let written = serde_json::to_string(&sums.lines).unwrap();
    for value in [mean, variance, gamma, beta.abs()] {
        assert!(written.contains(&text(value)), "{value} is in {written}");
    }
    let star = gradient(&account, account.index(scene.selected)).unwrap();
    let want = gamma / (variance + EPSILON).sqrt();
    assert!((star.direct - want).abs() <= 1e-5 * want.abs(), "{} and {want}", star.direct);
}

#[test]
fn by_the_batch_s_own_statistics_gamma_and_beta_are_still_the_lanes() {
    let (look, _) = lane(ModelKind::Tutorial, Norm::Batch);
    let scene = in_cube(&look, Mode::Train);
    let account = Account::new(scene.clone(), shown(&scene)).unwrap();
    let index = account.index(scene.selected);
    let [_, hat, y] = account.values().stages(index, look.x[index as usize]);
    let [gamma, beta] = [&look.layer.gamma, &look.layer.beta].map(|values| values[scene.selected.c as usize]);
    assert!((y - (gamma * hat + beta)).abs() < 1e-5);
}

#[test]
fn another_method_takes_the_scenes_own_parameters_and_the_dials_keep_the_lanes() {
    let (look, _) = lane(ModelKind::Tutorial, Norm::Batch);
    let lanes = in_cube(&look, Mode::Eval);
    let other = Scene { method: Method::Norm(Norm::Switchable), gamma: 2.0, ..lanes.clone() };
    let mut account = Account::new(lanes.clone(), shown(&lanes)).unwrap();
    let kept = |account: &Account| (0..lanes.shape.c).map(|c| account.running().unwrap().at(c)).collect::<Vec<_>>();
    let running = kept(&account);
    account.renew(other.clone()).unwrap();
    let index = account.index(other.selected);
    assert_eq!(account.parameters().learned_at(index), None);
    assert_eq!(account.parameters().affine_at(index), [2.0, 0.0]);
    assert_ne!(kept(&account), running, "running statistics are those of the sample again");
    account.renew(lanes.clone()).unwrap();
    assert_eq!(kept(&account), running);
    let dialed = Scene { contrast: 2.0, ..lanes.clone() };
    let account = Account::new(dialed.clone(), shown(&dialed)).unwrap();
    assert_eq!(kept(&account), running);
    assert!(account.parameters().learned_at(index).is_some());
}
