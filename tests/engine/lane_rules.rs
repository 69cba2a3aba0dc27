//! What a lane says of γ and β: its text comes back, in links, JSON and snapshots, and training keeps to it.

use blue_cube::exec::DeviceChoice;
use blue_cube::exec::gpu::device::GpuDevice;
use blue_cube::layer::norm::affine::AffineSpec;
use blue_cube::layer::norm::rules::AffineRules;
use blue_cube::norm::Norm;
use blue_cube::plan::parameter::{Constraint, Regularizer};
use blue_cube::scene::clamp::Clamped;
use blue_cube::scene::{Scene, hash};
use blue_cube::setup::{LaneSetup, Net, Setup};
use blue_cube::train::{DataPart, RunSpec, Snapshot, Trainer};
use proptest::prelude::*;
use proptest::sample::select;

fn rules(text: &str) -> AffineRules {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A text of one parameter, with numbers of any size.
fn half(letter: char) -> impl Strategy<Value = String> {
    let number = || prop_oneof![-3f32..3.0, Just(0.0), Just(1e-30), Just(f32::MAX), Just(-1e7)];
    let start = (0..5, number(), number()).prop_map(|(kind, a, b): (i32, f32, f32)| match kind {
        0 => "no".to_owned(),
        1 => format!("const:{a}"),
        2 => format!("uniform:{}:{}", a.min(b), a.max(b)),
        3 => format!("normal:{a}:{}", b.abs()),
        _ => String::new(),
    });
    let bounds = (0..6, number(), number()).prop_map(|(kind, a, b): (i32, f32, f32)| match kind {
        0 => "nonneg".to_owned(),
        1 => "unit".to_owned(),
        2 => format!("max:{}", a.abs()),
        3 => format!("minmax:{}:{}:0.5", a.abs().min(b.abs()), a.abs().max(b.abs())),
        4 => format!("clip:{}:{}", a.min(b), a.max(b)),
        _ => String::new(),
    });
    let penalty = |name: &'static str| {
        prop_oneof![Just(String::new()), number().prop_map(move |l| format!("{name}:{}", l.abs()))]
    };
    (start, bounds, penalty("l1"), penalty("l2")).prop_map(move |(a, b, c, d)| {
        let parts = [a, b, c, d].into_iter().filter(|part| !part.is_empty());
        parts.map(|part| format!("{letter}{part}")).collect::<Vec<_>>().join("~")
    })
}

fn any_rules() -> impl Strategy<Value = AffineRules> {
    (half('g'), half('s')).prop_map(|(gamma, beta)| {
        let text = [gamma, beta].into_iter().filter(|half| !half.is_empty()).collect::<Vec<_>>().join("~");
        rules(&text)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn rules_come_back_from_their_text_json_and_link(rules in any_rules(), net in select(vec![Net::Deep, Net::Tutorial])) {
        prop_assert_eq!(rules.to_string().parse::<AffineRules>().unwrap(), rules);
        let spec = RunSpec { norm: Norm::Batch, affine: rules, ..RunSpec::default() };
        let json = serde_json::to_string(&spec).unwrap();
        prop_assert_eq!(serde_json::from_str::<RunSpec>(&json).unwrap(), spec);
        let lane = LaneSetup { affine: rules, ..LaneSetup::of(Norm::Batch) };
        let scene = Scene { race: Setup { lanes: vec![lane], net, ..Setup::default() }, ..Scene::default() };
        let Clamped { scene, .. } = scene.clamp();
        let read = hash::read(&hash::write(&scene));
        prop_assert_eq!(read.changes, Vec::<String>::new());
        prop_assert_eq!(&read.scene, &scene);
        // What has no effect is not kept, and nothing that acts is lost.
        let mut acts = [scene.race.lanes[0].affine.spec(), rules.spec()];
        for AffineSpec { scale, center, gamma, beta } in &mut acts {
            let usual = AffineSpec::default();
            *gamma = if *scale { *gamma } else { usual.gamma };
            *beta = if *center { *beta } else { usual.beta };
        }
        prop_assert_eq!(acts[0], acts[1]);
    }
}

#[test]
fn texts_from_before_are_read_and_wrong_ones_are_refused() {
    let lane = |json: &str| serde_json::from_str::<LaneSetup>(json).unwrap().affine;
    let norm = r#""norm":{"kind":"batch"},"batch":null,"rate":null,"epsilon":null"#;
    assert_eq!(lane(&format!(r#"{{{norm},"isRandom":true}}"#)), AffineRules::RANDOM_UNIFORM);
    assert_eq!(lane(&format!(r#"{{{norm},"isRandom":false}}"#)), AffineRules::default());
    assert_eq!(lane(&format!(r#"{{{norm}}}"#)), AffineRules::default());
    let run = |json: &str| serde_json::from_str::<AffineRules>(json);
    assert_eq!(run("\"random-uniform\"").unwrap(), AffineRules::RANDOM_UNIFORM);
    assert_eq!(run("\"identity\"").unwrap(), AffineRules::default());
    let words = |numbers: [f32; 9]| numbers.map(|number| number.to_bits().to_string()).join(" ");
    let kept = [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    let both = |beta| format!("\"{} {}\"", words(kept), words(beta));
    assert_eq!(run(&both(kept)).unwrap(), rules("gnonneg~snonneg"));
    let (mut unknown, mut wrong, mut between) = (kept, kept, kept);
    (unknown[0], wrong[3], wrong[4], between[3]) = (9.0, 3.0, -1.0, 1.5);
    let wrong =
        [both(unknown), both(wrong), both(between), "\"gno\"".into(), "\"0 0\"".into(), both(kept).replace("\" ", "")];
    for json in wrong.iter().map(String::as_str).filter(|json| *json != both(kept)).chain(["\"\"", "[]", "7"]) {
        assert!(run(json).is_err(), "{json}");
    }
    for text in ["x", "gyes", "no", "g", "gmax:-1", "guniform:1:0", "sl2:NaN", "gno~", "~gno", "γno", "gno:1"] {
        let read = text.parse::<AffineRules>();
        assert!(read.is_err() || text == "g", "{text}: {read:?}");
    }
    let read = hash::read("lanes=bn~gyes");
    assert_eq!(read.changes.len(), 1, "{:?}", read.changes);
    assert_eq!(read.scene.race, Setup::default());
    let read = hash::read("lanes=none~gno,bn~gno~gnonneg");
    assert_eq!(read.changes.len(), 2, "{:?}", read.changes);
    assert!(read.changes[1].contains("bn~gno~gnonneg became bn~gno"), "{:?}", read.changes);
}

#[test]
fn lanes_with_other_rules_have_names_and_keys_of_their_own() {
    let link = "net=tutorial&lanes=bn,bn~gno,bn~sno,bn~gno~sno,bn~gnonneg~gl2:0.01,bn~gmax:2~sconst:0.5,bn~u";
    let Clamped { scene, changes } = hash::read(link);
    assert_eq!(changes, Vec::<String>::new());
    let runs = scene.race.runs().runs;
    let names: Vec<&str> = runs.iter().map(|run| run.name.as_str()).collect();
    let want = [
        "BN",
        "BN, no γ",
        "BN, no β",
        "BN, no γ, no β",
        "BN, γ ≥ 0, γ L2 0.01",
        "BN, γ of norm ≤ 2, β from 0.5",
        "BN, random γ",
    ];
    assert_eq!(names, want);
    assert_eq!(runs[4].key, "bn~gnonneg~gl2:0.01#1");
    runs.iter().for_each(|run| run.spec.check().unwrap());
}

fn trainer(text: &str, norm: Norm, device: DeviceChoice) -> Trainer {
    let spec =
        RunSpec { norm, affine: rules(text), learning_rate: 0.05, batch: 8, seed: 2, device, ..RunSpec::default() };
    pollster::block_on(Trainer::new(spec)).unwrap()
}

fn halves(trainer: &mut Trainer) -> [Vec<f32>; 2] {
    let layer = pollster::block_on(trainer.norm_weights()).unwrap().remove(0);
    [layer.gamma, layer.beta]
}

fn norm_of(values: &[f32]) -> f32 {
    values.iter().map(|value| value * value).sum::<f32>().sqrt()
}

/// A rule, and whether parameters keep to it.
type Kept = (&'static str, fn(&[f32]) -> bool);

/// Each rule, and what holds of γ after every step of training by it and not by another.
const RULES: [Kept; 6] = [
    ("gno", |gamma| gamma.is_empty()),
    ("gnonneg", |gamma| gamma.iter().all(|value| *value >= 0.0)),
    ("gunit", |gamma| (norm_of(gamma) - 1.0).abs() < 1e-5),
    ("gmax:2", |gamma| norm_of(gamma) < 2.0 + 1e-5),
    ("gminmax:0:1:0.5", |gamma| norm_of(gamma) < 2.5),
    ("gclip:0.9:1.1", |gamma| gamma.iter().all(|value| (0.9..=1.1).contains(value))),
];

#[test]
fn a_lane_keeps_to_its_rules_in_every_step() {
    let data = crate::mnist::dataset();
    for (text, holds) in RULES {
        let text = if text == "gnonneg" { "gconst:0.01~gnonneg" } else { text };
        let mut lane = trainer(text, Norm::Instance, DeviceChoice::Cpu);
        for step in 1..=6 {
            pollster::block_on(lane.step(&data, 1)).unwrap();
            let [gamma, beta] = halves(&mut lane);
            assert!(holds(&gamma), "{text}, step {step}: {gamma:?}");
            assert!(beta.iter().any(|value| *value != 0.0), "β trains");
        }
    }
    // A plain lane breaks every one of them, and so would a lane whose rule did nothing.
    let mut plain = trainer("gconst:0.01", Norm::Instance, DeviceChoice::Cpu);
    pollster::block_on(plain.step(&data, 6)).unwrap();
    let [gamma, _] = halves(&mut plain);
    assert!(gamma.iter().any(|value| *value < 0.0), "{gamma:?}");
    let mut plain = trainer("", Norm::Instance, DeviceChoice::Cpu);
    pollster::block_on(plain.step(&data, 6)).unwrap();
    let [gamma, _] = halves(&mut plain);
    RULES
        .iter()
        .filter(|(text, _)| *text != "gnonneg")
        .for_each(|(text, holds)| assert!(!holds(&gamma), "{text}: {gamma:?}"));
}

#[test]
fn what_a_lane_lacks_is_not_counted_and_penalties_pull() {
    let data = crate::mnist::dataset();
    let n = |text| trainer(text, Norm::Batch, DeviceChoice::Cpu).n_parameters();
    assert_eq!([n("gno"), n("sno"), n("gno~sno")], [n("") - 10, n("") - 10, n("") - 20]);
    let size = |text| {
        let mut lane = trainer(text, Norm::Batch, DeviceChoice::Cpu);
        pollster::block_on(lane.step(&data, 16)).unwrap();
        halves(&mut lane).map(|values| norm_of(&values))
    };
    let [plain, l1, l2] = [size(""), size("gl1:100"), size("gl2:100")];
    assert!(l1[0] < 0.5 * plain[0] && l2[0] < 0.5 * plain[0], "{plain:?}, L1 {l1:?}, L2 {l2:?}");
}

#[test]
fn a_snapshot_has_the_rules() {
    let data = crate::mnist::dataset();
    for text in ["", "u", "gno", "gnonneg~gl2:0.01~snormal:0:0.1", "gminmax:0:1:0.25~sno"] {
        let mut lane = trainer(text, Norm::Batch, DeviceChoice::Cpu);
        pollster::block_on(lane.step(&data, 2)).unwrap();
        let snapshot = pollster::block_on(lane.snapshot()).unwrap();
        let bytes = snapshot.to_bytes(DataPart::None);
        let (read, _) = Snapshot::from_bytes(&bytes).unwrap();
        assert_eq!(read.spec(), lane.spec(), "{text}");
        let mut again = pollster::block_on(Trainer::restore(read)).unwrap();
        let losses = [&mut lane, &mut again].map(|lane| pollster::block_on(lane.step(&data, 4)).unwrap());
        assert_eq!(losses[0], losses[1], "{text}: the restored run goes on with the same bits");
    }
}

#[test]
fn the_gpu_keeps_to_the_rules_as_the_cpu_does() {
    if let Err(error) = pollster::block_on(GpuDevice::open()) {
        assert!(std::env::var_os("REQUIRE_GPU").is_none(), "REQUIRE_GPU is set: {error}");
        println!("SKIPPED: {error}");
        return;
    }
    let data = crate::mnist::dataset();
    for text in [
        "gno~sl2:0.5",
        "gconst:0.01~gnonneg~sno",
        "gunit~sl1:0.1",
        "gminmax:0:1:0.5~smax:0.1",
        "guniform:-1:1~gclip:-0.5:0.5",
    ] {
        for norm in [Norm::Batch, Norm::Layer] {
            let run = |device| {
                let spec = RunSpec { norm, affine: rules(text), batch: 8, device, ..RunSpec::default() };
                let mut lane = pollster::block_on(Trainer::new(spec)).unwrap();
                let results = pollster::block_on(lane.step(&data, 12)).unwrap();
                let losses: Vec<f32> = results.iter().map(|result| result.loss).collect();
                (losses, halves(&mut lane).concat())
            };
            let (cpu, gpu) = (run(DeviceChoice::Cpu), run(DeviceChoice::Gpu));
            let far = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert_eq!(cpu.1.len(), gpu.1.len());
            // As in train_curve: rounding grows with the steps. Adam's first steps turn a rounding of a gradient near 0
            // into one of its rate, 1e-3.
            let (losses, halves) = (far(&cpu.0, &gpu.0), far(&cpu.1, &gpu.1));
            assert!(losses <= 1e-3 && halves <= 2e-3, "{text}, {norm:?}: losses {losses}, γ and β {halves}");
        }
    }
}

/// The words of a constraint and a penalty agree with what the engine is told.
#[test]
fn a_text_is_the_rules_of_the_layer() {
    let AffineSpec { center, scale, gamma, beta } = rules("gmax:2~gl1:0.25~sno").spec();
    assert_eq!((scale, center), (true, false));
    assert_eq!(gamma.constraint, Some(Constraint::MaxNorm { max: 2.0 }));
    assert_eq!(gamma.regularizer, Regularizer { l1: 0.25, l2: 0.0 });
    assert_eq!(beta.constraint, None);
    assert_eq!(rules("").spec(), AffineSpec::default());
}
