//! One reader and one writer of numbers: the table that `tests/numbers.test.mjs` reads too, and everything that people type or
//! that links hold.

use blue_cube::dialect;
use blue_cube::number;
use blue_cube::scene::field::SceneField;
use blue_cube::scene::{Scene, hash};
use blue_cube::setup::field::RaceField;
use blue_cube::shape::Shape;
use serde_json::Value;

fn table(name: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("../numbers.json")).unwrap();
    all[name].as_array().unwrap().clone()
}

#[test]
fn numbers_are_read_as_people_write_them() {
    for row in table("read") {
        let (text, want) = (row[0].as_str().unwrap(), row[1].as_f64());
        assert_eq!(number::read(text), want, "“{text}”");
        assert_eq!(number::read_f32(text), want.map(|want| want as f32), "“{text}” as f32");
    }
}

#[test]
fn numbers_are_written_alike() {
    for row in table("plain") {
        let value = row[0].as_f64().unwrap() as f32;
        let text = number::plain(value);
        assert_eq!(text, row[1].as_str().unwrap());
        assert_eq!(number::read_f32(&text), Some(value), "{text}");
    }
    for row in table("fixed") {
        let (value, digits) = (row[0].as_f64().unwrap(), row[1].as_u64().unwrap() as usize);
        assert_eq!(number::fixed(value, digits), row[2].as_str().unwrap());
    }
    for row in table("share") {
        let (value, digits) = (row[0].as_f64().unwrap(), row[1].as_u64().unwrap() as usize);
        assert_eq!(number::share(value, digits), row[2].as_str().unwrap());
    }
    for row in table("decimal") {
        assert_eq!(number::decimal(row[0].as_f64().unwrap() as f32), row[1].as_str().unwrap());
    }
}

/// What one place reads, all read.
#[test]
fn every_place_reads_the_same() {
    for text in ["10⁻⁵", "1e-5", "0,00001", "0.00001", "10^-5"] {
        assert_eq!(RaceField::Epsilon.read(text), Ok(1e-5), "{text}");
        for (key, epsilon) in [("eps", true), ("leps", false)] {
            let blue_cube::scene::clamp::Clamped { scene, changes } = hash::read(&format!("{key}={text}"));
            assert_eq!(if epsilon { scene.epsilon } else { scene.race.epsilon }, 1e-5, "{key}={text}");
            assert_eq!(changes, Vec::<String>::new(), "{key}={text}");
        }
        // A comma parts the arguments of a call.
        if !text.contains(',') {
            let call = dialect::read(&format!("nn.BatchNorm2d(6, eps={text})"), Scene::default().shape).unwrap();
            assert_eq!(call.epsilon, 1e-5, "{text}");
        }
    }
    assert_eq!(hash::read("gamma=−0.5").scene.gamma, -0.5);
    let axis = dialect::read("layers.LayerNormalization(axis=−1)", Shape { n: 4, c: 6, h: 4, w: 4 }).unwrap();
    assert_eq!(axis, dialect::read("layers.LayerNormalization(axis=-1)", Shape { n: 4, c: 6, h: 4, w: 4 }).unwrap());
    let scene = Scene::default();
    assert_eq!(SceneField::Images.read(&scene, "1 000"), Ok(1000));
    assert_eq!(SceneField::Images.read(&scene, "8.0"), Ok(8));
    for text in ["2.5", "0", "−4", "inf", ""] {
        assert!(SceneField::Images.read(&scene, text).is_err(), "{text}");
    }
    assert_eq!(
        RaceField::Batch.read("1\u{2009}000").unwrap_err(),
        "the batch size must be a whole number from 1 to 512, not 1\u{2009}000"
    );
}
