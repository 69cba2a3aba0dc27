//! The settings form: every slip has its own words, and none changes what was typed.
#![cfg(not(target_arch = "wasm32"))]

use blue_cube::exec::DeviceChoice;
use blue_cube::form::{Field, Form, NormKind, read};
use blue_cube::message::DataName;
use blue_cube::norm::Norm;

fn form() -> Form {
    Form {
        data: DataName::Mnist,
        norm: NormKind::Group,
        groups: "5".into(),
        batch: "32".into(),
        rate: "0.001".into(),
        seed: "1".into(),
        engine: DeviceChoice::Auto,
    }
}

#[test]
fn a_good_form_is_a_spec() {
    let reading = read(&form());
    let spec = reading.spec.expect("all fields can be used");
    assert_eq!(spec.norm, Norm::Group { groups: 5.try_into().unwrap() });
    assert_eq!((spec.batch, spec.learning_rate, spec.seed), (32, 0.001, 1));
    assert!(reading.errors.is_empty());
}

#[test]
fn numbers_may_be_written_as_people_do() {
    let reading = read(&Form { rate: " 1e-3 ".into(), batch: "32.0".into(), seed: "4294967295".into(), ..form() });
    let spec = reading.spec.expect("all fields can be used");
    assert_eq!((spec.batch, spec.learning_rate, spec.seed), (32, 0.001, u32::MAX));
}

#[test]
fn slips_are_told_apart() {
    let cases = [
        (
            Form { groups: "3".into(), ..form() },
            Field::Groups,
            "3 groups do not divide the 10 channels of the network; 1, 2, 5 and 10 do",
        ),
        (Form { groups: "0".into(), ..form() }, Field::Groups, "G must be a whole number from 1 to 10, not 0"),
        (Form { groups: "".into(), ..form() }, Field::Groups, "G is missing; try 1"),
        (
            Form { batch: "0".into(), ..form() },
            Field::Batch,
            "the batch size must be a whole number from 1 to 512, not 0",
        ),
        (
            Form { batch: "513".into(), ..form() },
            Field::Batch,
            "the batch size must be a whole number from 1 to 512, not 513",
        ),
        (
            Form { batch: "2.5".into(), ..form() },
            Field::Batch,
            "the batch size must be a whole number from 1 to 512, not 2.5",
        ),
        (
            Form { rate: "abc".into(), ..form() },
            Field::Rate,
            "“abc” is not a number; the learning rate is one such as 0.001",
        ),
        (Form { rate: "0".into(), ..form() }, Field::Rate, "the learning rate must be above 0, not 0"),
        (Form { rate: "-1".into(), ..form() }, Field::Rate, "the learning rate must be above 0, not -1"),
        (
            Form { rate: "1e-60".into(), ..form() },
            Field::Rate,
            "a learning rate of 1e-60 is too small to be told from 0",
        ),
        (
            Form { rate: "nan".into(), ..form() },
            Field::Rate,
            "“nan” is not a number; the learning rate is one such as 0.001",
        ),
        (Form { rate: "2".into(), ..form() }, Field::Rate, "the learning rate must be at most 1, not 2"),
        (
            Form { seed: "-1".into(), ..form() },
            Field::Seed,
            "the seed must be a whole number from 0 to 4294967295, not -1",
        ),
    ];
    for (form, field, message) in cases {
        let reading = read(&form);
        assert_eq!(reading.spec, None, "{form:?}");
        let told: Vec<_> = reading.errors.iter().map(|error| (error.field, error.message.as_str())).collect();
        assert_eq!(told, [(field, message)]);
    }
}

#[test]
fn g_counts_for_group_norm_only() {
    let reading = read(&Form { norm: NormKind::Batch, groups: "three".into(), ..form() });
    assert_eq!(reading.spec.map(|spec| spec.norm), Some(Norm::Batch));
}

#[test]
fn all_slips_are_told_at_once_and_a_good_rate_still_counts() {
    let reading = read(&Form { groups: "4".into(), batch: "x".into(), seed: "".into(), ..form() });
    assert_eq!(reading.errors.len(), 3);
    assert_eq!(reading.rate, Some(0.001));
}
