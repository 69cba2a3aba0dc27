//! γ and β as a call says them, and what each framework stores: in the scene's y, in its gradient, in the ledger.

use blue_cube::cube::gradient::Gradient;
use blue_cube::cube::parameters::Parameters;
use blue_cube::cube::reductions::Reductions;
use blue_cube::cube::shown::{give, shown};
use blue_cube::cube::tensor::Tensor;
use blue_cube::cube::values::{Poked, Values};
use blue_cube::dialect::{Dialect, read};
use blue_cube::ledger::account::Account;
use blue_cube::ledger::formula::Formula;
use blue_cube::ledger::sums::Sums;
use blue_cube::norm::Norm;
use blue_cube::scene::clamp::Clamped;
use blue_cube::scene::layout::Layout;
use blue_cube::scene::{FIRST_SHAPE, Method, Mode, Place, Scene, Stage};
use blue_cube::setup::{Net, Setup, hash};
use blue_cube::shape::Shape;

/// The scene of a typed call, with γ and β at other numbers than 1 and 0.
fn typed(text: &str, gamma: f32, beta: f32) -> Scene {
    let call = read(text, FIRST_SHAPE).unwrap_or_else(|slip| panic!("{text}: {slip} ({})", slip.hint));
    Scene {
        method: call.method,
        epsilon: call.epsilon,
        momentum: call.momentum.unwrap_or(0.01),
        mode: call.mode.unwrap_or(Mode::Train),
        dialect: call.dialect,
        gamma: call.patch.gamma.unwrap_or(gamma),
        beta: call.patch.beta.unwrap_or(beta),
        gamma_rule: call.patch.gamma_rule,
        beta_rule: call.patch.beta_rule,
        uncentred: call.patch.uncentred,
        ..Scene::default()
    }
}

/// x, x̂ and y of every value.
fn values(scene: &Scene) -> Vec<[f32; 3]> {
    let tensor = shown(scene);
    let x = Poked { tensor: &tensor, poke: None };
    let values = Values::of(scene, x, &Reductions::of(scene, &tensor).unwrap()).unwrap();
    (0..scene.shape.len()).map(|index| values.stages(index, x.value(index))).collect()
}

fn sums(scene: &Scene) -> Sums {
    let account = Account::new(scene.clone(), shown(scene)).unwrap();
    Sums::of(&account, scene.selected).unwrap()
}

/// The general formula of y.
fn formula_of_y(scene: &Scene) -> String {
    let line = sums(scene).lines.pop().unwrap();
    crate::ledger_support::text(&line.general.unwrap_or(Formula::Sign { text: "" }))
}

#[test]
fn what_a_call_leaves_out_does_not_move_y() {
    // The call, γ and β that act when they are set to 2 and 0.5, and y's formula.
    let cases = [
        ("layers.LayerNormalization(axis=3)", [2.0, 0.5], "γ x̂ + β"),
        ("layers.LayerNormalization(axis=3, center=False)", [2.0, 0.0], "γ x̂"),
        ("layers.LayerNormalization(axis=3, scale=False)", [1.0, 0.5], "x̂ + β"),
        ("nn.GroupNorm(2, 6, affine=False)", [1.0, 0.0], "x̂"),
        ("nn.GroupNorm(2, 6, bias=False)", [2.0, 0.0], "γ x̂"),
        ("nn.BatchNorm2d(6, bias=False)", [2.0, 0.0], "γ x̂"),
        ("nn.RMSNorm([6, 4, 4])", [2.0, 0.0], "γ x̂"),
        ("layers.LayerNormalization(axis=3, rms_scaling=True)", [2.0, 0.0], "γ x̂"),
        (
            "layers.BatchNormalization(gamma_initializer=Constant(0.25), beta_initializer=\"ones\")",
            [0.25, 1.0],
            "γ x̂ + β",
        ),
    ];
    for (text, [gamma, beta], formula) in cases {
        let scene = typed(text, 2.0, 0.5);
        for [_, x_hat, y] in values(&scene) {
            let want = gamma * x_hat + beta;
            assert!((y - want).abs() < 1e-5, "{text}: {y}, want {want}");
        }
        assert_eq!(formula_of_y(&scene), formula, "{text}");
    }
}

#[test]
fn constraints_act_on_y_as_keras_formulas() {
    // γ before, and after one step of training; 6 channels, so ‖γ‖ = √6·|γ|.
    let root = 6.0_f32.sqrt();
    let cases = [
        ("non_neg", -1.5, 0.0),
        ("non_neg", 1.5, 1.5),
        ("unit_norm", 2.0, 1.0 / root),
        ("max_norm", 0.5, 0.5),
        ("max_norm", 4.0, 2.0 / root),
        ("min_max_norm", 4.0, 1.0 / root),
    ];
    for (constraint, before, after) in cases {
        let scene = typed(&format!("layers.BatchNormalization(gamma_constraint=\"{constraint}\")"), before, 0.0);
        for [_, x_hat, y] in values(&scene) {
            assert!((y - after * x_hat).abs() < 1e-5, "{constraint} of {before}: {y} of {x_hat}");
        }
        let [gamma, _] = sums(&scene).gains;
        assert!((gamma.value - after).abs() < 1e-6 && gamma.can_be_set && !gamma.note.is_empty(), "{gamma:?}");
    }
}

#[test]
fn random_starts_are_drawn_per_channel() {
    let scene = typed("layers.BatchNormalization(gamma_initializer=\"random_uniform\")", 7.0, 0.0);
    let parameters = Parameters::of(&scene, &shown(&scene));
    let gammas: Vec<f32> = (0..6).map(|channel| parameters.affine_at(channel * 16)[0]).collect();
    assert!(gammas.iter().all(|gamma| gamma.abs() <= 0.05), "{gammas:?}");
    assert!(gammas.windows(2).all(|pair| pair[0] != pair[1]), "{gammas:?}");
    for (index, [_, x_hat, y]) in values(&scene).into_iter().enumerate() {
        assert!((y - gammas[index / 16 % 6] * x_hat).abs() < 1e-6);
    }
    let [gamma, beta] = sums(&scene).gains;
    assert!(!gamma.can_be_set && beta.can_be_set && gamma.note.contains("drawn from −0.05 to 0.05"), "{gamma:?}");
    // A γ for every value of an image, each drawn.
    let whole = typed("layers.LayerNormalization([1, 2, 3], gamma_initializer=RandomNormal(stddev=2))", 1.0, 0.0);
    let parameters = Parameters::of(&whole, &shown(&whole));
    let differs = (1..96).filter(|&index| parameters.affine_at(index)[0] != parameters.affine_at(0)[0]).count();
    assert_eq!(differs, 95);
    assert_eq!(parameters.affine_at(5)[0], parameters.affine_at(96 + 5)[0], "the same for every image");
}

#[test]
fn penalties_are_counted_in_training() {
    let text = "layers.BatchNormalization(gamma_regularizer=L1L2(l1=0.5, l2=0.25), beta_regularizer=\"l2\")";
    let scene = typed(text, -2.0, 0.5);
    let [gamma, beta] = sums(&scene).gains;
    // 6·(0.5·2 + 0.25·4), and 6·0.01·0.25.
    assert!(gamma.note.ends_with("which is 12.0000 here"), "{}", gamma.note);
    assert!(beta.note.ends_with("which is 0.0150 here"), "{}", beta.note);
    let [gamma, _] = sums(&Scene { mode: Mode::Eval, ..scene }).gains;
    assert!(!gamma.note.contains("here"), "{}", gamma.note);
}

/// Compares the gradients of the y at `star` with central differences.
fn gradients_are_slopes(scene: &Scene, star: u32, indices: impl IntoIterator<Item = u32>) {
    const STEP: f32 = 1e-2;
    let tensor = shown(scene);
    let poked = |poke| Poked { tensor: &tensor, poke };
    let values = |x| Values::of(scene, x, &Reductions::of(scene, &tensor).unwrap()).unwrap();
    let of = |poke| f64::from(values(poked(poke)).at(Stage::Y, star, poked(poke).value(star)));
    let x = poked(None);
    let gradient = Gradient::of(scene, &values(x), x, star).unwrap();
    for index in indices {
        let value = x.value(index);
        let slope = (of(Some((index, value + STEP))) - of(Some((index, value - STEP)))) / (2.0 * f64::from(STEP));
        let found = gradient.at(index, value).sum();
        assert!((found - slope).abs() < 5e-3 * slope.abs().max(1.0), "{index}: {found}, want {slope}");
    }
}

/// Keras' rms_scaling: γ·x/√(var + ε), with the variance about the mean (keras#21234).
#[test]
fn rms_scaling_divides_by_the_deviation() {
    let scene = typed("layers.LayerNormalization(axis=3, rms_scaling=True)", 1.5, 0.5);
    let tensor = shown(&scene);
    let at = |n: u32, c: u32, k: u32| f64::from(tensor.values()[((n * 6 + c) * 16 + k) as usize]);
    for (index, [_, _, y]) in (0..).zip(values(&scene)) {
        let (n, c, k) = (index / 96, index / 16 % 6, index % 16);
        let mean = (0..6).map(|c| at(n, c, k)).sum::<f64>() / 6.0;
        let variance = (0..6).map(|c| (at(n, c, k) - mean).powi(2)).sum::<f64>() / 6.0;
        let want = 1.5 * at(n, c, k) / (variance + 1e-3).sqrt();
        assert!((f64::from(y) - want).abs() < 2e-5 * want.abs().max(1.0), "{y}, want {want}");
    }
    gradients_are_slopes(&scene, 37, (37 % 16..96).step_by(16));
}

/// The same where the groups are whole planes, which have tables of their own.
#[test]
fn a_centred_variance_also_divides_whole_images() {
    let scene = typed("layers.LayerNormalization(axis=[1,2,3], rms_scaling=True)", 1.5, 0.0);
    let tensor = shown(&scene);
    for (index, [x, _, y]) in (0..).zip(values(&scene)) {
        let image = tensor.run(index as u32 / 96 * 96, 96);
        let image = image.iter().map(|x| f64::from(*x));
        let mean = image.clone().sum::<f64>() / 96.0;
        let variance = image.map(|x| (x - mean).powi(2)).sum::<f64>() / 96.0;
        let want = 1.5 * f64::from(x) / (variance + 1e-3).sqrt();
        assert!((f64::from(y) - want).abs() < 2e-5 * want.abs().max(1.0), "{index}: {y}, want {want}");
    }
    gradients_are_slopes(&scene, 37, [0, 36, 37, 38, 95]);
}

/// 1, 2, 3, 4 (keras#10443): what is stored of their variance.
#[test]
fn every_framework_stores_its_own_variance() {
    let cases = [
        (Dialect::Pytorch, Norm::Batch, "1.6667", false),
        (Dialect::Keras, Norm::Batch, "1.2500", true),
        (Dialect::Keras2, Norm::Batch, "1.6667", false),
        (Dialect::Jax, Norm::Batch, "1.2500", true),
        (Dialect::Nnx, Norm::Batch, "1.2500", true),
        (Dialect::Paper, Norm::Batch, "1.6667", false),
        // Keras 2 cannot use its fused kernel for parts of a batch.
        (Dialect::Keras2, Norm::GhostBatch { size: std::num::NonZeroU32::new(4).unwrap() }, "1.2500", true),
    ];
    let first = Scene { shape: Shape::new(4, 1, 1, 1), ..Scene::default() };
    let name = give("keras10443", Layout::Usual, Tensor::of(first.shape, vec![1.0, 2.0, 3.0, 4.0]), true, &first);
    for (dialect, norm, stored, stores_biased) in cases {
        let method = Method::Norm(norm);
        let selected = Place { n: 0, c: 0, h: 0, w: 0 };
        let scene = Scene { file: Some(name.clone()), method, dialect, momentum: 1.0, selected, ..first.clone() };
        let kept = sums(&scene).kept.unwrap();
        assert_eq!((kept.stored.as_str(), kept.stores_biased), (stored, stores_biased), "{dialect:?}");
        assert_eq!(kept.variance[1], stored, "with a momentum of 1 the stored variance is the batch’s");
        // In evaluation it is the one that normalizes.
        let [_, x_hat, _] = values(&Scene { mode: Mode::Eval, epsilon: 0.0, ..scene })[3];
        let variance: f32 = stored.parse().unwrap();
        assert!((x_hat - 1.5 / variance.sqrt()).abs() < 1e-3, "{dialect:?}: {x_hat}");
    }
}

#[test]
fn a_call_is_raced_with_what_it_says_or_the_page_says_what_is_left_out() {
    let cases = [
        ("layers.BatchNormalization(center=False, gamma_constraint=\"non_neg\", epsilon=0.5)", "bn~e0.5~gnonneg~sno"),
        ("layers.GroupNormalization(groups=2, scale=False, beta_regularizer=\"l2\")", "gn2~e0.001~gno~sl2:0.01"),
        ("nn.BatchNorm2d(6, affine=False)", "bn~gno~sno"),
        ("nn.GroupNorm(2, 6)", "gn2"),
        ("layers.LayerNormalization(axis=3, gamma_initializer=\"zeros\")", "axes-c~e0.001~gconst:0"),
        (
            "tfa.layers.InstanceNormalization(axis=3, beta_initializer=\"random_uniform\", gamma_initializer=\"random_uniform\")",
            "in~e0.001~u",
        ),
        ("nn.RMSNorm([6, 4, 4], eps=1e-5)", "rms-chw~sno"),
    ];
    for (text, lane) in cases {
        let scene = typed(text, 1.0, 0.0);
        let made = scene.lane().unwrap();
        assert_eq!(hash::lane(&made.lane), lane, "{text}");
        let race = Setup { lanes: vec![made.lane.clone()], net: Net::RowRnn, ..scene.race.clone() };
        // What the lane says is what the race trains.
        let Clamped { scene, .. } = Scene { race, ..scene }.clamp();
        assert_eq!(scene.race.lanes[0].affine, made.lane.affine, "{text}");
        assert_eq!(scene.race.runs().runs[0].spec.affine, made.lane.affine, "{text}");
    }
    let moved = Scene { gamma: 2.0, beta: -0.5, ..Scene::default() };
    assert_eq!(hash::lane(&moved.lane().unwrap().lane), "gn2~gconst:2~sconst:-0.5");
    let momentum = typed("nn.BatchNorm2d(6, momentum=0.25)", 1.0, 0.0).lane().unwrap();
    assert_eq!(momentum.left_out, ["its momentum, 0.25: all lanes share 0.01"]);
    let kept = "layers.LayerNormalization(axis=3, rms_scaling=True)";
    assert!(typed(kept, 1.0, 0.0).lane().unwrap_err().contains("without subtracting the mean"));
}
