//! The setup as Python programs: what they say, and that every norm has one in every framework.
//!
//! Python runs none of them here. `tests/golden/run_programs.py` does, on those that these tests leave in the folder `code` of
//! cargo's folder for tests, where the frameworks are installed.

#![cfg(not(target_arch = "wasm32"))]

mod common;

use blue_cube::files::code::{Framework, Training, write};
use blue_cube::grouping::tiling::Axis;
use blue_cube::layer::LayerSpec;
use blue_cube::layer::norm::NormSpec;
use blue_cube::layer::norm::affine::AffineSpec;
use blue_cube::model::ModelSpec;
use blue_cube::norm::{AffineAxes, AxesNorm, Norm};
use common::nets::every_layer;
use expect_test::expect_file;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::Command;

const FRAMEWORKS: [(Framework, &str); 2] = [(Framework::PyTorch, "pytorch"), (Framework::Keras, "keras")];

fn training() -> Training {
    Training { data: "MNIST".to_owned(), batch: 32, learning_rate: 1e-3, seed: 1, epochs: 5 }
}

fn count(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).expect("not zero")
}

/// Every norm, and of those over axes every way that the programs write them.
fn norms() -> Vec<(&'static str, Norm)> {
    use Axis::{C, H, N, W};
    let grouped = AxesNorm { groups: count(5), ..AxesNorm::over(&[C, H, W]) };
    let by_channel = AxesNorm { affine: Some(AffineAxes::Channel), ..AxesNorm::over(&[H, W]) };
    vec![
        ("none", Norm::None),
        ("batch", Norm::Batch),
        ("layer", Norm::Layer),
        ("instance", Norm::Instance),
        ("group", Norm::Group { groups: count(5) }),
        ("ghost_batch", Norm::GhostBatch { size: count(8) }),
        ("sync_batch", Norm::SyncBatch { devices: count(2) }),
        ("batch_instance", Norm::BatchInstance),
        ("switchable", Norm::Switchable),
        ("axes_chw", Norm::Axes(AxesNorm::over(&[C, H, W]))),
        ("axes_c", Norm::Axes(AxesNorm::over(&[C]))),
        ("axes_h", Norm::Axes(AxesNorm::over(&[H]))),
        ("axes_w", Norm::Axes(AxesNorm::over(&[W]))),
        ("axes_nhw", Norm::Axes(AxesNorm::over(&[N, H, W]))),
        ("axes_chw_grouped", Norm::Axes(grouped)),
        ("axes_hw_by_channel", Norm::Axes(by_channel)),
        ("axes_chw_scalar", Norm::Axes(AxesNorm::instance_as_written())),
        ("rms_chw", Norm::Rms(AxesNorm::over(&[C, H, W]))),
        ("rms_c", Norm::Rms(AxesNorm::over(&[C]))),
        ("rms_h", Norm::Rms(AxesNorm::over(&[H]))),
        ("rms_chw_grouped", Norm::Rms(grouped)),
    ]
}

/// The tutorial's net with a norm that has neither γ nor β.
fn fixed(norm: Norm) -> ModelSpec {
    let affine = AffineSpec { center: false, scale: false, ..AffineSpec::default() };
    let mut model = ModelSpec::tutorial(norm);
    model.layers[1] = LayerSpec::Norm(NormSpec { affine, ..NormSpec::new(norm) });
    model
}

/// Every norm in the tutorial's net, and in a net with every kind of layer and rules for γ and β.
fn programs() -> Vec<(String, String)> {
    let tutorial = norms().into_iter().map(|(name, norm)| (name.to_owned(), ModelSpec::tutorial(norm)));
    let held = norms().into_iter().map(|(name, norm)| (format!("held_{name}"), every_layer(norm)));
    let nets: Vec<_> = tutorial.chain(held).chain([("fixed_batch".to_owned(), fixed(Norm::Batch))]).collect();
    let program = |framework, name: &str, model| {
        write(framework, model, &training()).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    let programs = FRAMEWORKS.iter().flat_map(|(framework, folder)| {
        nets.iter().map(move |(name, model)| (format!("{folder}/{name}.py"), program(*framework, name, model)))
    });
    programs.collect()
}

#[test]
fn every_norm_has_a_program_in_every_framework() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("code");
    let (programs, mut paths) = (programs(), Vec::new());
    assert_eq!(programs.len(), FRAMEWORKS.len() * (2 * norms().len() + 1));
    for (name, program) in programs {
        for (line, text) in (1..).zip(program.lines()) {
            assert!(text.chars().count() <= 120 && text.trim_end() == text, "{name}:{line}: {text}");
            let marker = ["{parameters}", "{loss}", "{after_step}", "{beta", "{epsilon}"]
                .iter()
                .any(|place| text.contains(place));
            assert!(!marker, "{name}:{line}: a place left open: {text}");
        }
        for opening in ["read_idx", "load", "build", "main"].map(|name| format!("\ndef {name}(")) {
            assert_eq!(program.matches(&opening).count(), 1, "{name}: {opening:?}");
        }
        let path = folder.join(&name);
        std::fs::create_dir_all(path.parent().expect("it is in a folder")).expect("cargo's folder can be written");
        std::fs::write(&path, program).expect("cargo's folder can be written");
        paths.push(path);
    }
    check_syntax(&paths);
}

/// Every program parses, where there is a Python; without one prints a skip, or fails if `REQUIRE_PYTHON` is 1.
fn check_syntax(programs: &[PathBuf]) {
    match Command::new("python3").arg("-m").arg("py_compile").args(programs).output() {
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            println!("{} programs parsed by python3", programs.len());
        }
        Err(error) => {
            let is_required = std::env::var("REQUIRE_PYTHON").as_deref() == Ok("1");
            assert!(!is_required, "REQUIRE_PYTHON=1, but there is none: {error}");
            println!("SKIPPED: no python3 to parse {} programs ({error})", programs.len());
        }
    }
}

#[test]
fn programs_read_as_they_did() {
    let programs = programs();
    for name in [
        "pytorch/group.py",
        "pytorch/batch_instance.py",
        "pytorch/sync_batch.py",
        "pytorch/held_group.py",
        "keras/axes_h.py",
        "keras/held_switchable.py",
    ] {
        let (_, program) = programs.iter().find(|(found, _)| found == name).expect("one of the programs");
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/programs").join(name);
        expect_file![golden].assert_eq(program);
    }
}

#[test]
fn a_program_states_the_run() {
    let training = Training { data: "Fashion-MNIST".to_owned(), batch: 24, learning_rate: 3e-4, seed: 77, epochs: 2 };
    let program = write(Framework::PyTorch, &ModelSpec::tutorial(Norm::Batch), &training).unwrap();
    let facts = ["Fashion-MNIST", "BATCH = 24\n", "LEARNING_RATE = 0.0003\n", "SEED = 77\n", "EPOCHS = 2\n"];
    for fact in facts.into_iter().chain(["N_PARAMETERS = 866818\n", "nn.BatchNorm2d(10, eps=1e-5, momentum=0.01)"]) {
        assert!(program.contains(fact), "{fact}");
    }
}

#[test]
fn a_network_that_does_not_fit_has_no_program() {
    let model = ModelSpec::tutorial(Norm::GhostBatch { size: count(5) });
    let error = write(Framework::Keras, &model, &training()).unwrap_err();
    assert!(error.to_string().starts_with("layer 1: "), "{error}");
}
