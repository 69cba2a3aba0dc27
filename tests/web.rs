//! In a browser's worker: the GPU executor compared with the CPU's, and the messages through serde and back.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "a test may panic; clippy allows it only in functions marked as tests")]

#[path = "common/bars.rs"]
mod bars;

use bars::{GROUP_5, losses};
use blue_cube::data::{DataName, TrainOn};
use blue_cube::exec::gpu::device::GpuDevice;
use blue_cube::exec::{DeviceChoice, DeviceInfo, DeviceKind};
use blue_cube::message::{Course, Failure, FailureCode, FromWorker, LaneReport, SeenLayer, Shown, ToWorker};
use blue_cube::norm::Norm;
use blue_cube::norm::learned::LearnedNorm;
use blue_cube::race::lane::Judged;
use blue_cube::train::{Change, RunSpec, Trainer};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen_test]
async fn webgpu_gives_the_cpus_losses() {
    for norm in [Norm::None, Norm::Batch, Norm::Layer, Norm::Instance, GROUP_5] {
        let (cpu, _) = losses(norm, DeviceChoice::Cpu, 6).await;
        let (gpu, kind) = losses(norm, DeviceChoice::Gpu, 6).await;
        assert_ne!(kind, DeviceKind::Cpu, "the GPU was asked for");
        assert_eq!(cpu.len(), 6);
        for (cpu, gpu) in cpu.iter().zip(&gpu) {
            assert!((cpu - gpu).abs() <= 1e-3, "{norm:?}: CPU {cpu}, GPU {gpu}");
        }
    }
}

#[wasm_bindgen_test]
async fn the_software_adapter_is_recognised() {
    let device = GpuDevice::open().await.unwrap();
    assert_eq!(device.info().kind, DeviceKind::GpuSoftware, "these tests run on SwiftShader");
}

#[wasm_bindgen_test]
async fn auto_tries_both_engines_and_says_so() {
    let spec = RunSpec {
        norm: GROUP_5,
        batch: 8,
        learning_rate: 1e-3,
        seed: 3,
        device: DeviceChoice::Auto,
        ..RunSpec::default()
    };
    let trainer = Trainer::new(spec.clone()).await.unwrap();
    let trial = trainer.device().trial.expect("there are two engines here");
    let is_cpu = trainer.device().kind == DeviceKind::Cpu;
    assert_eq!(is_cpu, trial.cpu_millis <= trial.gpu_millis, "{trial:?}");
}

#[wasm_bindgen_test]
async fn the_trial_leaves_no_trace_in_the_run() {
    let (auto, _) = losses(GROUP_5, DeviceChoice::Auto, 4).await;
    let (cpu, _) = losses(GROUP_5, DeviceChoice::Cpu, 4).await;
    for (auto, cpu) in auto.iter().zip(&cpu) {
        assert!((auto - cpu).abs() <= 1e-3, "{auto} after a trial, {cpu} without");
    }
}

#[wasm_bindgen_test]
async fn simd_gives_the_bits_of_native_code() {
    let (cpu, _) = losses(GROUP_5, DeviceChoice::Cpu, 6).await;
    assert_eq!(cpu, bars::LOSSES);
}

#[wasm_bindgen_test]
fn messages_survive_the_crossing() {
    let spec = RunSpec {
        norm: GROUP_5,
        batch: 32,
        learning_rate: 1e-3,
        seed: 7,
        device: DeviceChoice::Auto,
        ..RunSpec::default()
    };
    let (data, train_on) = (DataName::FashionMnist, TrainOn::FirstOfEachClass(600));
    let course = Course { data, train_on, judge_every: 600, judge_images: 500 };
    let shown = Shown::Drawn { pixels: (0..=255).collect() };
    let there = [
        ToWorker::Open { race: 3, course },
        ToWorker::Add { race: 3, lane: 1, spec },
        ToWorker::Change { race: 3, lane: 1, change: Change::LearningRate(0.25) },
        ToWorker::Fork { race: 3, lane: 2, from: 1, step: 5, change: Some(Change::Norm(Norm::Batch)) },
        ToWorker::Look { race: 3, lane: 1, step: None, norm: 0, shown },
        ToWorker::Restore { race: 3, lane: 4, bytes: vec![0, 255, 7], judged: Judged { n_images: 64, epochs: 2 } },
        ToWorker::Step { race: 3 },
    ];
    for message in there {
        let value = serde_wasm_bindgen::to_value(&message).unwrap();
        assert_eq!(serde_wasm_bindgen::from_value::<ToWorker>(value).unwrap(), message);
    }
    let report = LaneReport {
        step: 4,
        n_images: 128,
        epoch: 0,
        losses: vec![2.5, f32::NAN],
        accuracies: vec![0.1, 0.2],
        millis_a_step: 12.5,
        order_hash: "0123456789abcdef".into(),
        kept: vec![0],
        looks: vec![0, 1, 2],
    };
    let failure = Failure { code: FailureCode::GpuLost, message: "m".into(), hint: "h".into() };
    let device = DeviceInfo { kind: DeviceKind::GpuSoftware, name: String::new(), trial: None };
    let layer = LearnedNorm {
        norm: Norm::Batch,
        epsilon: 1e-3,
        momentum: 0.25,
        gamma: vec![1.5],
        beta: vec![-0.25],
        rho: vec![],
        logits: vec![],
        running_mean: vec![0.125],
        running_variance: vec![2.0],
    };
    let back = [
        FromWorker::Listening,
        FromWorker::Seen {
            race: 3,
            lane: 1,
            norm: 0,
            step: 4,
            shape: [1; 4],
            x: vec![0, 0, 128, 63],
            y: vec![0; 4],
            probabilities: vec![0.5, 0.5],
            layer: SeenLayer::of(&layer),
        },
        FromWorker::Notice { race: Some(3), lane: Some(1), failure: failure.clone(), device: Some(device) },
        FromWorker::Saved { race: 3, lane: 1, bytes: vec![0, 255, 7] },
        FromWorker::Failed { race: None, lane: None, failure },
    ];
    for message in back {
        let value = serde_wasm_bindgen::to_value(&message).unwrap();
        assert_eq!(serde_wasm_bindgen::from_value::<FromWorker>(value).unwrap(), message);
    }
    let value = serde_wasm_bindgen::to_value(&FromWorker::Progress { race: 3, lane: 1, report }).unwrap();
    let FromWorker::Progress { report, .. } = serde_wasm_bindgen::from_value(value).unwrap() else {
        panic!("a progress report came back as something else");
    };
    assert!(report.losses[1].is_nan(), "a loss that is not a number is preserved");
}
