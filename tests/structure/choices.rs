//! What the race's scripts know of the settings by name, and of the numbers that they share with the engine, is written from
//! Rust: `www/ui/race/model/choices.js`.

use crate::catalog::{property, quoted, root};
use blue_cube::data::{DataName, IMAGE_SIDE, N_TEST};
use blue_cube::exec::DeviceChoice;
use blue_cube::layer::LayerSpec;
use blue_cube::layer::norm::NormSpec;
use blue_cube::layer::norm::rules::AffineRules;
use blue_cube::norm::Norm;
use blue_cube::optimizer::OptimizerSpec;
use blue_cube::optimizer::plateau::ReduceOnPlateau;
use blue_cube::setup::choices::Choice;
use blue_cube::setup::{MAX_NAMED, Net, Optimizer, Schedule};
use blue_cube::train::RunSpec;
use serde::Serialize;
use serde_json::Value;
use std::fmt::Write;

const HEAD: &str = r#"// @ts-check
// The race's settings by name, and numbers that the page shares with the engine: src/training/setup/choices.rs and the constants
// of their types. Written by `UPDATE_CATALOG=1 cargo test --test structure choices::`, which checks it.

/** @typedef {import("../../../pkg/blue_cube.js").Setup} Setup */
"#;

/// The name of a value in JSON.
fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value).unwrap().as_str().expect("a value without fields").to_owned()
}

/// `export const NAME = { … };`, from the values' names in JSON.
fn table<T: Choice + Serialize>(to: &mut String, about: &str, name: &str, value: fn(T) -> String) {
    writeln!(to, "\n/** {about} */\nexport const {name} = {{").unwrap();
    for &choice in T::ALL {
        let key = json(&choice);
        let key = if key.contains('-') { quoted(&key) } else { key };
        property(to, 2, &key, &value(choice));
    }
    *to += "};\n";
}

/// Two runs that differ in every setting.
fn unlike_runs() -> [RunSpec; 2] {
    let other = RunSpec {
        norm: Norm::Batch,
        batch: 64,
        learning_rate: 1e-2,
        seed: 77,
        device: DeviceChoice::Cpu,
        model: Net::Deep.kind(),
        optimizer: OptimizerSpec::AmsGrad,
        epsilon: 1e-3,
        momentum: 0.5,
        clip_norm: Some(1.0),
        affine: AffineRules::RANDOM_UNIFORM,
        plateau: Some(ReduceOnPlateau::SOURCE_D),
    };
    [RunSpec::default(), other]
}

/// The settings in which a run and its repetition may differ, by their names in JSON.
fn free_in_repeats() -> Vec<String> {
    let [run, other] = unlike_runs();
    let [fields, other] = [&run, &other].map(|run| serde_json::to_value(run).unwrap());
    let (fields, other) = (fields.as_object().unwrap(), other.as_object().unwrap());
    let is_free = |(name, value): (&String, &Value)| {
        assert_ne!(other[name], *value, "the runs must differ in {name}");
        let mut changed = fields.clone();
        changed.insert(name.clone(), other[name].clone());
        let changed: RunSpec = serde_json::from_value(changed.into()).unwrap();
        changed.is_repeat_of(&run).then(|| quoted(name))
    };
    fields.iter().filter_map(is_free).collect()
}

fn script() -> String {
    let mut to = HEAD.to_owned();
    let words = "in the order of menus";
    table::<DataName>(
        &mut to,
        &format!("The data sets, {words}. @type {{Record<Setup[\"data\"], string>}}"),
        "DATA",
        |data| quoted(data.words()),
    );
    table::<Net>(&mut to, &format!("The networks, {words}. @type {{Record<Setup[\"net\"], string>}}"), "NETS", |net| {
        quoted(net.words())
    });
    let channels = "Channels that groups must divide, of each network. @type {Record<Setup[\"net\"], number>}";
    table::<Net>(&mut to, channels, "NET_CHANNELS", |net| net.norm_channels().to_string());
    let has_convolution = |net: &&Net| {
        let layers = net.kind().model(NormSpec::new(Norm::None)).layers;
        layers.iter().any(|layer| matches!(layer, LayerSpec::Conv2d { .. }))
    };
    let convolutional: Vec<String> =
        Net::ALL.iter().filter(has_convolution).map(|net| quoted(&json(&net.kind()))).collect();
    writeln!(
        to,
        "\n/** Networks with a convolution before every norm, as a run names them. @type {{string[]}} */\nexport const CONVOLUTIONAL = [{}];",
        convolutional.join(", ")
    )
    .unwrap();
    let about = format!("The optimizers, {words}. @type {{Record<Setup[\"optimizer\"], string>}}");
    table::<Optimizer>(&mut to, &about, "OPTIMIZERS", |optimizer| quoted(optimizer.words()));
    let about = format!("When the learning rate is lowered, {words}. @type {{Record<Setup[\"plateau\"], string>}}");
    table::<Schedule>(&mut to, &about, "SCHEDULES", |schedule| quoted(schedule.words()));
    let about = format!("The engines that can be asked for, {words}. @type {{Record<Setup[\"device\"], string>}}");
    table::<DeviceChoice>(&mut to, &about, "ENGINES", |device| quoted(device.words()));
    let free = free_in_repeats().join(", ");
    writeln!(to, "\n/** Settings in which a run and its repetition may differ: `RunSpec::is_repeat_of`. */\nexport const FREE_IN_REPEATS = [{free}];").unwrap();
    writeln!(to, "\n/** The most lanes that a setup can name. */\nexport const MAX_NAMED = {MAX_NAMED};").unwrap();
    writeln!(to, "\n/** Rows, and columns, per image. */\nexport const IMAGE_SIDE = {IMAGE_SIDE};").unwrap();
    writeln!(to, "\n/** Test images of either data set. */\nexport const TEST_IMAGES = {N_TEST};").unwrap();
    to
}

/// `UPDATE_CATALOG=1 cargo test --test structure choices::` writes it.
#[test]
fn the_script_is_written_from_the_settings() {
    let path = root().join("www/ui/race/model/choices.js");
    let script = script();
    if std::env::var_os("UPDATE_CATALOG").is_some() {
        std::fs::write(path, script).unwrap();
        return;
    }
    let old = std::fs::read_to_string(path).unwrap_or_default();
    assert!(old == script, "the script is not what Rust says; run with UPDATE_CATALOG=1");
}

#[test]
fn the_link_of_a_choice_reads_back() {
    fn check<T: Choice + std::fmt::Debug>() {
        for &choice in T::ALL {
            assert_eq!(T::of_link(choice.link()), Some(choice));
        }
    }
    check::<DataName>();
    check::<Net>();
    check::<Schedule>();
    check::<Optimizer>();
    check::<DeviceChoice>();
    assert_eq!(Net::of_link("source-d"), None);
}
