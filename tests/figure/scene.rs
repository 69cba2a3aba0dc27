//! The scene: links hold it exactly, no link breaks the page, clamping says what it changed, fields accept what
//! divides.

use blue_cube::data::{DataName, TrainOn};
use blue_cube::exec::DeviceChoice;
use blue_cube::grouping::tiling::{Axes, Axis};
use blue_cube::layer::norm::gain::Gain;
use blue_cube::layer::norm::rules::AffineRules;
use blue_cube::norm::{AffineAxes, AxesNorm, Norm, NormKind};
use blue_cube::scene::clamp::{MAX_VALUES, nearest_divisor};
use blue_cube::scene::field::SceneField;
use blue_cube::scene::layout::LAYOUTS;
use blue_cube::scene::opened::OPENED;
use blue_cube::scene::{Dialect, Method, Mode, OwnTile, Place, Scene, Stage, hash};
use blue_cube::setup::{LaneSetup, Net, Optimizer, Schedule, Setup};
use blue_cube::shape::Shape;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use std::num::NonZeroU32;

fn some(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).unwrap()
}

fn axes_norm() -> impl Strategy<Value = AxesNorm> {
    let affine = select(vec![None, Some(AffineAxes::Channel), Some(AffineAxes::Reduced), Some(AffineAxes::Scalar)]);
    (vec(select(vec![Axis::N, Axis::C, Axis::H, Axis::W]), 0..5), 1u32..40, affine)
        .prop_map(|(axes, groups, affine)| AxesNorm { axes: Axes::new(&axes), groups: some(groups), affine })
}

fn norm() -> impl Strategy<Value = Norm> {
    (select(NormKind::ALL.to_vec()), 1u32..40, axes_norm()).prop_map(|(kind, count, axes)| {
        let mut norm = kind.first();
        if let Some(old) = norm.axes_mut() {
            *old = axes;
        } else if let Some(old) = norm.count_mut() {
            *old = some(count);
        }
        norm
    })
}

fn method() -> impl Strategy<Value = Method> {
    prop_oneof![
        8 => norm().prop_map(Method::Norm),
        1 => (1u32..40, 1u32..40, any::<bool>()).prop_map(|(images, channels, pixel)| {
            Method::Own(OwnTile { images: some(images), channels: some(channels), pixel })
        }),
    ]
}

fn race() -> impl Strategy<Value = Setup> {
    let count = || prop_oneof![0u32..40, any::<u32>()];
    let own = (proptest::option::of(count()), proptest::option::of(any::<f32>()), proptest::option::of(any::<f32>()));
    let lane = (method(), own, [gain(), gain()]).prop_map(|(method, (batch, rate, epsilon), [gamma, beta])| {
        let norm = if let Method::Norm(norm) = method { norm } else { Norm::None };
        LaneSetup { norm, batch, rate, epsilon, affine: AffineRules { gamma, beta } }
    });
    let train_on = prop_oneof![Just(TrainOn::Train), Just(TrainOn::Test), count().prop_map(TrainOn::FirstOfEachClass)];
    let words = (
        proptest::option::of("[A-Za-z0-9-]{0,26}|.{0,3}"),
        select(vec![DataName::Mnist, DataName::FashionMnist]),
        select(vec![Net::Tutorial, Net::SourceD, Net::Deep, Net::RowRnn]),
        select(vec![Optimizer::Adam, Optimizer::AmsGrad, Optimizer::Sgd]),
        select(vec![DeviceChoice::Auto, DeviceChoice::Gpu, DeviceChoice::Cpu]),
    );
    let schedules = select(vec![Schedule::Constant, Schedule::Plateau, Schedule::Keras21]);
    let flags = (schedules, proptest::option::of(any::<f32>()));
    (words, train_on, vec(count(), 4), vec(any::<f32>(), 3), flags, vec(lane, 0..12)).prop_map(
        |((experiment, data, net, optimizer, device), train_on, counts, f, (plateau, clip), lanes)| Setup {
            experiment,
            data,
            train_on,
            epochs: counts[0],
            net,
            optimizer,
            plateau,
            clip_norm: clip,
            rate: f[0],
            batch: counts[1],
            epsilon: f[1],
            momentum: f[2],
            seed: counts[2],
            seeds: counts[3],
            device,
            lanes,
        },
    )
}

/// What a call can say of γ or β.
fn gain() -> impl Strategy<Value = Gain> {
    let start = select(vec!["", "no~", "uniform,-0.05,0.05~", "normal,0.1,2~", "const,0.25~"]);
    let rules = select(vec!["", "nonneg~l2,0.01", "max,2~l1,0.5", "minmax,0,1,0.25", "unit~l1,1~l2,1"]);
    (start, rules).prop_map(|(start, rules)| format!("{start}{rules}").parse().expect("both parts are known"))
}

fn scene() -> impl Strategy<Value = Scene> {
    let length = || prop_oneof![0u32..20, any::<u32>()];
    let shape = (length(), length(), length(), length());
    let place = (any::<u32>(), any::<u32>(), 0u32..9, 0u32..9);
    let stage = select(vec![Stage::X, Stage::XHat, Stage::Y, Stage::Gradient]);
    let numbers = (vec(any::<f32>(), 18), proptest::option::of(any::<f32>()));
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    let words = vec("[a-z0-9-]{0,40}|.{0,4}", 0..40);
    let dialect = select(vec![
        Dialect::Paper,
        Dialect::Pytorch,
        Dialect::Keras,
        Dialect::Keras2,
        Dialect::Tfa,
        Dialect::Jax,
        Dialect::Nnx,
    ]);
    let file = proptest::option::of(".{0,100}");
    let open = vec(select(OPENED.map(|(_, part)| part).to_vec()), 0..4);
    let layout = select(LAYOUTS.map(|(_, layout)| layout).to_vec());
    let counts =
        (any::<u32>(), any::<[u32; 2]>(), any::<u32>(), ((dialect, open), file, layout, race(), [gain(), gain()]));
    (method(), shape, place, stage, numbers, flags, words, counts).prop_map(
        |(
            method,
            (n, c, h, w),
            at,
            stage,
            (f, poke),
            (eval, all_groups, unfolded),
            as_written,
            (seed, pins, line, ((dialect, open), file, layout, race, [gamma_rule, beta_rule])),
        )| {
            Scene {
                gamma_rule,
                beta_rule,
                uncentred: all_groups,
                method,
                shape: Shape { n, c, h, w },
                seed,
                file,
                layout,
                contrast: f[14],
                brightness: f[15],
                mode: if eval { Mode::Eval } else { Mode::Train },
                selected: Place { n: at.0, c: at.1, h: at.2, w: at.3 },
                poke,
                stage,
                gamma: f[0],
                beta: f[1],
                epsilon: f[2],
                momentum: f[3],
                rho: f[4],
                mean_logits: [f[5], f[6], f[7]],
                variance_logits: [f[8], f[9], f[10]],
                explode: f[11],
                all_groups,
                unfolded,
                turn: f[12],
                zoom: f[13],
                pan: [f[16], f[17]],
                pins,
                line,
                as_written,
                open,
                race,
                dialect,
            }
        },
    )
}

/// Whether everything that a scene promises holds.
fn is_sound(scene: &Scene) -> bool {
    let Shape { n, c, h, w } = scene.shape;
    let at = scene.selected;
    scene.shape.checked_len().is_some_and(|len| (1..=MAX_VALUES).contains(&len))
        && scene.method.tilings(scene.shape).is_ok()
        && (at.n < n && at.c < c && at.h < h && at.w < w)
        && (scene.pins[0] < n && scene.pins[1] < c)
        && (1..=8).contains(&scene.line)
        && [scene.gamma, scene.beta, scene.epsilon, scene.rho, scene.turn, scene.zoom, scene.pan[0], scene.pan[1]]
            .iter()
            .all(|x| x.is_finite())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn any_scene_becomes_one_that_can_be_shown(scene in scene()) {
        let clamped = scene.clamp().scene;
        prop_assert!(is_sound(&clamped), "{clamped:?}");
        let again = clamped.clone().clamp();
        prop_assert_eq!(&again.scene, &clamped);
        prop_assert!(again.changes.is_empty(), "{:?}", again.changes);
    }

    #[test]
    fn a_link_holds_a_scene_exactly(scene in scene()) {
        let scene = scene.clamp().scene;
        let link = hash::write(&scene);
        let read = hash::read(&link);
        prop_assert_eq!(&read.scene, &scene, "{}", link);
        prop_assert!(read.changes.is_empty(), "{}: {:?}", link, read.changes);
        prop_assert_eq!(hash::write(&read.scene), link);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn no_link_breaks_the_page(
        pairs in vec(
            (
                prop_oneof![
                    select(vec!["v", "m", "g", "axes", "affine", "part", "devices", "tile", "pixel", "shape", "seed", "file", "contrast", "bright", "mode", "sel", "show", "poke", "gamma", "eps", "wmean", "pin", "step", "bug", "zoom", "pan", "dialect"]).prop_map(str::to_owned),
                    ".{0,6}",
                ],
                prop_oneof![".{0,12}", "[0-9,.e-]{0,24}", select(vec!["gn", "own", "axes", "ghost", "eval", "nchw", "%2", "%FF", "-0", "inf", "99999999999"]).prop_map(str::to_owned)],
            ),
            0..12,
        ),
        around in ".{0,8}",
    ) {
        let link = format!("#{around}{}", pairs.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("&"));
        let scene = hash::read(&link).scene;
        prop_assert!(is_sound(&scene), "{link}: {scene:?}");
        prop_assert_eq!(hash::read(&hash::write(&scene)).scene, scene);
    }
}

#[test]
fn links_are_readable() {
    let first = Scene::default();
    assert_eq!(hash::write(&first), "");
    let link = |change: &dyn Fn(&mut Scene)| {
        let mut scene = first.clone();
        change(&mut scene);
        hash::write(&scene)
    };
    assert_eq!(link(&|scene| scene.method = Method::Norm(Norm::Batch)), "v=1&m=bn");
    assert_eq!(link(&|scene| scene.method = Method::Norm(Norm::Group { groups: some(3) })), "v=1&m=gn3");
    assert_eq!(link(&|scene| scene.shape.n = 1), "v=1&shape=1,6,4,4");
    assert_eq!(link(&|scene| scene.selected = Place { n: 0, c: 1, h: 2, w: 3 }), "v=1&sel=0,1,2,3");
    assert_eq!(link(&|scene| scene.as_written.clear()), "v=1&bug=");
    assert_eq!(link(&|scene| scene.contrast = 1.5), "v=1&contrast=1.5");
    assert_eq!(link(&|scene| scene.file = Some("a b.npy".into())), "v=1&file=a%20b.npy");
    assert_eq!(link(&|scene| scene.dialect = Dialect::Keras), "v=1&dialect=keras");
    let own = Method::Own(OwnTile { images: some(4), channels: some(3), pixel: true });
    assert_eq!(link(&|scene| scene.method = own), "v=1&m=own&tile=4,3&pixel=1");
    // The axes of Keras' LayerNormalization(axis=1): H.
    let down = AxesNorm::over(&[Axis::H]);
    assert_eq!(link(&|scene| scene.method = Method::Norm(Norm::Axes(down))), "v=1&m=axes-h");
}

#[test]
fn what_cannot_be_had_is_said() {
    let said = |link: &str| hash::read(link).changes.join("; ");
    assert_eq!(said("#m=gn&g=3&sel=3,5,3,3&ui=cube&theme=dark"), "");
    for (link, sentence) in [
        ("#unknown=1", "“unknown=1” in the link means nothing here and was left out"),
        ("#m=bn&g=2", "“g=2” in the link means nothing here and was left out"),
        ("#sel=9,9,9,9", "“sel=9,9,9,9” in the link became 3,5,3,3"),
        ("#eps=-1", "“eps=-1” in the link became 0"),
        ("#zoom=99&turn=-99", "“zoom=99” in the link became 8; “turn=-99” in the link became -25"),
        ("#gamma=0.10000000001", "“gamma=0.10000000001” in the link became 0.1"),
        ("#seed=99999999999", "“seed=99999999999” in the link became 4294967295"),
        ("#eps=0.1&eps=0.2", "“eps=0.1” in the link was left out: the same key comes again later"),
        ("#m=bn&eps", "“eps” in the link has no value and was left out"),
        ("#v=2", "“v=2” in the link means nothing here and was left out"),
        ("#theme=dark", "“theme=dark” in the link means nothing here and was left out"),
        ("#m=axes-hw-2", "the link’s norm axes-hw-2 became axes-hw"),
        ("#m=bn&shape=0,1,1,1", "the shape is 1×1×1×1 now: every axis has at least 1 place"),
        (
            "#m=ln&shape=0,99999999,1,1",
            "the shape is 1×16777216×1×1 now: every axis has at least 1 place, and this page holds at most 16777216 values, 64 MiB",
        ),
    ] {
        assert_eq!(said(link), sentence);
    }
    assert_eq!(said("#code"), "", "a part of the page");
    assert!(said("#m=quux").contains("“m=quux” in the link cannot be read"), "{}", said("#m=quux"));
    assert!(said("#m=gn&g=4").contains("went from 4 to 3: 4 does not divide 6 channels"), "{}", said("#m=gn&g=4"));
    assert!(
        said("#shape=64,64,1024,1024").contains("the shape is 64×64×1024×4 now"),
        "{}",
        said("#shape=64,64,1024,1024")
    );
    assert_eq!(hash::read("#shape=64%2C16,112,112").scene.shape, Shape { n: 64, c: 16, h: 112, w: 112 });
    assert_eq!(said("#shape=64,16,112,112"), "");
}

#[test]
fn groups_move_to_the_nearest_divisor() {
    for (asked, length, want) in [(2, 6, 2), (4, 6, 3), (5, 6, 6), (2, 5, 1), (3, 8, 4), (32, 10, 10), (7, 64, 8)] {
        assert_eq!(nearest_divisor(some(asked), length).get(), want, "{asked} of {length}");
    }
}

#[test]
fn fields_step_over_what_divides_and_say_what_would_do() {
    let scene = Scene::default();
    let field = SceneField::Groups;
    assert_eq!([-9, -1, 0, 1, 2, 9].map(|steps| field.stepped(&scene, steps)), [1, 1, 2, 3, 6, 6]);
    assert_eq!((field.scaled(&scene, true), field.scaled(&scene, false)), (6, 1));
    assert_eq!(field.read(&scene, " 3 "), Ok(3));
    assert_eq!(field.read(&scene, "4").unwrap_err(), "4 does not divide 6 channels; 1, 2, 3, 6 do");
    assert_eq!(field.read(&scene, "two").unwrap_err(), "“two” is not a whole number above 0");
    let images = SceneField::Images;
    for (typed, value) in [("1e3", 1000), ("1 000", 1000), ("7.0", 7), ("+5", 5)] {
        assert_eq!(images.read(&scene, typed), Ok(value), "{typed}");
    }
    for typed in ["1,000", " 12.000 ", "001,000"] {
        let refused = images.read(&scene, typed).unwrap_err();
        assert!(refused.ends_with("leave out the mark"), "{typed}: {refused}");
    }
    assert_eq!((images.stepped(&scene, -9), images.scaled(&scene, true), images.scaled(&scene, false)), (1, 8, 2));
    assert_eq!(images.range(&scene).most, MAX_VALUES / 96);
    assert!(images.read(&scene, "999999").unwrap_err().starts_with("999999 is too large, at most 174762 fits"));
    let wider = SceneField::Channels.write(&scene, 5).clamp();
    assert_eq!(wider.changes, ["the number of groups went from 2 to 1: 2 does not divide 5 channels"]);
}
