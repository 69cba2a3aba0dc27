//! The setup as Python programs: what they say, and that every norm has one in every framework.
//!
//! Python runs none of them here. `tests/golden/run_programs.py` does, on those that these tests leave in the folder
//! `code` of cargo's folder for tests, on a machine with the frameworks.

use crate::common::nets::{every_layer, missing_norms};
use blue_cube::data::TrainOn;
use blue_cube::files::code::{Framework, Training, write};
use blue_cube::grouping::tiling::Axis;
use blue_cube::layer::LayerSpec;
use blue_cube::layer::norm::NormSpec;
use blue_cube::layer::norm::affine::AffineSpec;
use blue_cube::model::zoo::ModelKind;
use blue_cube::model::{EVALUATION_BATCH, ModelSpec};
use blue_cube::norm::{AffineAxes, AxesNorm, Norm};
use blue_cube::optimizer::plateau::ReduceOnPlateau;
use blue_cube::optimizer::{MomentumRule, OptimizerSpec};
use blue_cube::plan::parameter::Tuning;
use blue_cube::random::Init;
use expect_test::expect_file;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::Command;

const FRAMEWORKS: [(Framework, &str); 2] = [(Framework::PyTorch, "pytorch"), (Framework::Keras, "keras")];

fn training() -> Training {
    Training {
        data: "MNIST".to_owned(),
        batch: 32,
        learning_rate: 1e-3,
        seed: 1,
        epochs: 5,
        optimizer: OptimizerSpec::Adam,
        plateau: None,
        clip_norm: None,
        diverged: None,
        images: TrainOn::Train,
        evaluation_batch: EVALUATION_BATCH,
    }
}

fn count(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).expect("not zero")
}

/// Norms, those over axes in every way in which the programs write them.
fn written_in_many_ways() -> Vec<(&'static str, Norm)> {
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

/// Those, and a norm of every other kind of the catalogue.
fn norms() -> Vec<(&'static str, Norm)> {
    let known = written_in_many_ways();
    let missing = missing_norms(&known.iter().map(|&(_, norm)| norm).collect::<Vec<_>>(), 32, 10);
    known.into_iter().chain(missing.into_iter().map(|norm| (norm.kind().json(), norm))).collect()
}

/// The tutorial's network with a norm that has neither γ nor β.
fn fixed(norm: Norm) -> ModelSpec {
    let affine = AffineSpec { center: false, scale: false, ..AffineSpec::default() };
    let mut model = ModelSpec::tutorial(norm);
    model.layers[1] = LayerSpec::Norm(NormSpec { affine, ..NormSpec::new(norm) });
    model
}

/// Every norm in the tutorial's network, and in a network with every kind of layer and rules for γ and β.
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
    programs.chain(setups_written()).collect()
}

/// Everything else that a race can vary, on the networks of the sources.
fn setups() -> Vec<(String, ModelSpec, Training)> {
    let sgd = |momentum, rule| OptimizerSpec::Sgd { momentum, rule };
    let group = Norm::Group { groups: count(8) };
    let plateau = Some(ReduceOnPlateau::SOURCE_D);
    let with = |optimizer, learning_rate| Training { optimizer, learning_rate, ..training() };
    let on = |kind: ModelKind, norm| kind.model(NormSpec::new(norm));
    let mut setups = vec![
        ("amsgrad".to_owned(), on(ModelKind::Tutorial, Norm::Batch), with(OptimizerSpec::AmsGrad, 1e-3)),
        ("sgd".to_owned(), on(ModelKind::Tutorial, Norm::Layer), with(sgd(0.0, MomentumRule::Keras), 0.01)),
        ("sgd_keras".to_owned(), on(ModelKind::Tutorial, Norm::Batch), with(sgd(0.9, MomentumRule::Keras), 0.01)),
        ("sgd_pytorch".to_owned(), on(ModelKind::Tutorial, Norm::Batch), with(sgd(0.9, MomentumRule::Pytorch), 0.01)),
        ("sgd_rho".to_owned(), on(ModelKind::Tutorial, Norm::BatchInstance), with(sgd(0.9, MomentumRule::Keras), 0.01)),
        (
            "source_d".to_owned(),
            on(ModelKind::SourceD, group),
            Training { plateau, evaluation_batch: 20, ..training() },
        ),
        (
            "source_d_quick".to_owned(),
            on(ModelKind::SourceD, Norm::Axes(AxesNorm::instance_as_written())),
            Training { plateau, batch: 1, images: TrainOn::FirstOfEachClass(600), ..training() },
        ),
        (
            "source_d_notebook".to_owned(),
            on(ModelKind::SourceD, group),
            Training { plateau: Some(ReduceOnPlateau::NOTEBOOK), batch: 1, ..training() },
        ),
        ("deep".to_owned(), on(ModelKind::Deep, group), Training { evaluation_batch: 20, ..training() }),
        (
            "testset_rho".to_owned(),
            on(ModelKind::Tutorial, Norm::BatchInstance),
            Training { plateau, images: TrainOn::Test, ..with(OptimizerSpec::AmsGrad, 1e-3) },
        ),
    ];
    let by_rows = [
        ("none", Norm::None),
        ("batch", Norm::Batch),
        ("layer", Norm::Layer),
        ("group", group),
        ("ghost", Norm::GhostBatch { size: count(8) }),
        ("sync", Norm::SyncBatch { devices: count(2) }),
    ];
    for (name, optimizer) in [("adam", OptimizerSpec::Adam), ("sgd", sgd(0.9, MomentumRule::Keras))] {
        let clipped = Training { clip_norm: Some(1.0), ..with(optimizer, 1e-3) };
        setups.push((format!("row_rnn_clipped_{name}"), on(ModelKind::RowRnn { units: 64 }, Norm::Layer), clipped));
    }
    let diverged = Training { clip_norm: Some(0.5), diverged: Some(3), ..training() };
    setups.push(("row_rnn_diverged".to_owned(), on(ModelKind::RowRnn { units: 64 }, Norm::Layer), diverged));
    for (name, norm) in by_rows {
        setups.push((format!("row_rnn_{name}"), on(ModelKind::RowRnn { units: 64 }, norm), training()));
        setups.push((format!("row_gru_{name}"), on(ModelKind::RowGru { units: 64 }, norm), training()));
    }
    let held = AffineSpec { center: false, gamma: Tuning::free(Init::RANDOM_UNIFORM), ..AffineSpec::default() };
    let held = NormSpec { affine: held, ..NormSpec::new(Norm::Layer) };
    setups.push(("row_gru_held".to_owned(), ModelSpec::row_gru(64, held), training()));
    setups
}

fn setups_written() -> impl Iterator<Item = (String, String)> {
    let all = FRAMEWORKS.iter().flat_map(|&framework| setups().into_iter().map(move |setup| (framework, setup)));
    all.map(|((framework, folder), (name, model, training))| {
        let program = write(framework, &model, &training).unwrap_or_else(|error| panic!("{name}: {error}"));
        (format!("{folder}/{name}.py"), program)
    })
}

#[test]
fn every_norm_has_a_program_in_every_framework() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("code");
    let (programs, mut paths) = (programs(), Vec::new());
    assert_eq!(programs.len(), FRAMEWORKS.len() * (2 * norms().len() + 1 + setups().len()));
    for (name, program) in programs {
        for (line, text) in (1..).zip(program.lines()) {
            assert!(text.chars().count() <= 120 && text.trim_end() == text, "{name}:{line}: {text}");
            let marker =
                ["{optimizer}", "{images}", "{loss}", "{clip}", "{after_", "{data_loss}", "{outcome}", "{schedule}"]
                    .iter()
                    .any(|place| text.contains(place));
            assert!(!marker, "{name}:{line}: an unfilled placeholder: {text}");
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

/// Every program parses, if Python is available; otherwise this prints a skip, or fails if `REQUIRE_PYTHON` is 1.
fn check_syntax(programs: &[PathBuf]) {
    match Command::new("python3").arg("-m").arg("py_compile").args(programs).output() {
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            println!("{} programs parsed by python3", programs.len());
        }
        Err(error) => {
            let is_required = std::env::var("REQUIRE_PYTHON").as_deref() == Ok("1");
            assert!(!is_required, "REQUIRE_PYTHON=1, but Python is not available: {error}");
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
        "pytorch/source_d_quick.py",
        "keras/source_d_quick.py",
        "pytorch/row_gru_batch.py",
        "keras/row_gru_batch.py",
    ] {
        let (_, program) = programs.iter().find(|(found, _)| found == name).expect("one of the programs");
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/programs").join(name);
        expect_file![golden].assert_eq(program);
    }
}

/// Keras 2.1 lowers the rate one epoch later than its patience says, and counts the epoch in which it does: tried on the
/// losses of all runs of the notebook, in Keras 3.15.1 and PyTorch 2.15.
#[test]
fn a_program_lowers_the_rate_by_the_notebooks_rule() {
    let programs: Vec<(String, String)> = setups_written().collect();
    for (name, words) in [
        ("keras/source_d_notebook.py", ["patience=4,", "plateau.wait = 1"]),
        ("pytorch/source_d_notebook.py", ["patience=3,", "schedule.num_bad_epochs = 1"]),
    ] {
        let (_, program) = programs.iter().find(|(found, _)| found == name).expect("one of the programs");
        assert!(words.iter().all(|word| program.contains(word)), "{name}");
        assert!(!program.contains("{lower}"), "{name}");
    }
}

#[test]
fn a_program_states_the_run() {
    let training = Training {
        data: "Fashion-MNIST".to_owned(),
        batch: 24,
        learning_rate: 3e-4,
        seed: 77,
        epochs: 2,
        ..training()
    };
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

#[test]
fn a_program_has_the_setups_optimizer() {
    let programs: Vec<_> = setups_written().collect();
    let said = |name: &str, facts: &[&str]| {
        let (_, program) = programs.iter().find(|(found, _)| found == name).expect("one of the programs");
        for fact in facts {
            assert!(program.contains(fact), "{name}: {fact}");
        }
        program.contains("after a change")
    };
    for framework in ["pytorch", "keras"] {
        assert!(!said(&format!("{framework}/amsgrad.py"), &["amsgrad=True)"]));
        assert!(!said(&format!("{framework}/sgd.py"), &["SGD(", "LEARNING_RATE, momentum=0.0)"]));
        assert!(!said(&format!("{framework}/sgd_{framework}.py"), &["SGD(", "LEARNING_RATE, momentum=0.9)"]));
        said(&format!("{framework}/testset_rho.py"), &["\"t10k\"", "ReduceLROnPlateau"]);
    }
    for name in ["adam", "sgd"] {
        let clip =
            "loss.backward()\n        nn.utils.clip_grad_norm_(network.parameters(), 1.0)\n        optimizer.step()";
        said(&format!("pytorch/row_rnn_clipped_{name}.py"), &[clip]);
        said(&format!("keras/row_rnn_clipped_{name}.py"), &[", global_clipnorm=1.0)"]);
    }
    for framework in ["pytorch", "keras"] {
        let told = "Blue Cube's own run of this diverged: after 3 steps its weights were not numbers.";
        said(&format!("{framework}/row_rnn_diverged.py"), &[told]);
    }
    assert!(programs.iter().filter(|(_, program)| program.contains("clip_grad_norm_")).count() == 3, "and no other");
    assert!(said("pytorch/sgd_keras.py", &["after a change Keras' old velocity keeps the old rate"]));
    assert!(said("keras/sgd_pytorch.py", &["after a change the old velocity keeps the old rate here"]));
    said("keras/sgd_rho.py", &["RHO_UNIT = 10**0.5"]);
    said(
        "pytorch/source_d.py",
        &["patience=2, threshold=1e-4", "penalized(he_normal(nn.Conv2d(1, 32, 3)), l1=0.0, l2=1e-5)"],
    );
    said("keras/source_d.py", &["patience=3, min_delta=1e-4", "kernel_regularizer=keras.regularizers.L1L2(0.0, 1e-5)"]);
}

#[test]
fn pytorch_has_no_batch_norm_of_one_value() {
    let model = ModelSpec::row_rnn(8, NormSpec::new(Norm::Batch));
    let training = Training { batch: 1, ..training() };
    assert!(write(Framework::Keras, &model, &training).is_ok());
    let error = write(Framework::PyTorch, &model, &training).unwrap_err();
    let want =
        "row_rnn_0: no program can be written for PyTorch with batch norm over one value per channel, which it refuses";
    assert_eq!(error.to_string(), want);
}
