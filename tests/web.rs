//! In a browser's worker: the GPU executor beside the CPU's, and the messages through serde and back.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "a test may panic; clippy knows that of functions marked as tests only")]

mod bars;

use bars::{GROUP_5, losses};
use blue_cube::exec::gpu::device::GpuDevice;
use blue_cube::exec::{DeviceChoice, DeviceInfo, DeviceKind};
use blue_cube::message::{DataName, Failure, FailureCode, FromWorker, ToWorker};
use blue_cube::norm::Norm;
use blue_cube::train::{Report, RunSpec, Trainer};
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
    let there = [
        ToWorker::Load { data: DataName::FashionMnist },
        ToWorker::Create { run: 3, data: DataName::Mnist, spec },
        ToWorker::SetLearningRate { run: 3, learning_rate: 0.25 },
        ToWorker::Step { run: 3, n: 5 },
    ];
    for message in there {
        let value = serde_wasm_bindgen::to_value(&message).unwrap();
        assert_eq!(serde_wasm_bindgen::from_value::<ToWorker>(value).unwrap(), message);
    }
    let report = Report {
        step: 4,
        epoch: 0,
        epoch_images: 128,
        pool_images: 1000,
        total_images: 60_000,
        losses: vec![2.5, f32::NAN],
        accuracies: vec![0.1, 0.2],
        steps_per_second: 12.5,
        paused: false,
    };
    let failure = Failure { code: FailureCode::GpuLost, message: "m".into(), hint: "h".into() };
    let device = DeviceInfo { kind: DeviceKind::GpuSoftware, name: String::new(), trial: None };
    let back = [
        FromWorker::Listening,
        FromWorker::Notice { run: Some(3), failure: failure.clone(), device: Some(device) },
        FromWorker::Failed { run: None, failure },
    ];
    for message in back {
        let value = serde_wasm_bindgen::to_value(&message).unwrap();
        assert_eq!(serde_wasm_bindgen::from_value::<FromWorker>(value).unwrap(), message);
    }
    let value = serde_wasm_bindgen::to_value(&FromWorker::Progress { run: 3, report }).unwrap();
    let FromWorker::Progress { report, .. } = serde_wasm_bindgen::from_value(value).unwrap() else {
        panic!("a progress report came back as something else");
    };
    assert!(report.losses[1].is_nan(), "a loss that is not a number stays one");
}
