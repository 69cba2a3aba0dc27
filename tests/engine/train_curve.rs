//! One seed, one curve: the first twenty losses of every norm on real digits, as literals, and the GPU's next to them.

use crate::bars::GROUP_5;
use blue_cube::data::Dataset;
use blue_cube::exec::gpu::device::GpuDevice;
use blue_cube::exec::{DeviceChoice, DeviceKind, ExecError};
use blue_cube::norm::Norm;
use blue_cube::train::{RunSpec, TrainError, Trainer};
use std::num::NonZeroU32;

/// The first losses of seed 1 at batch 32 and learning rate 1e-3 on the CPU, native or wasm.
const LOSSES: [(Norm, [f32; 20]); 7] = [
    (
        Norm::None,
        [
            2.3302755, 2.2826688, 2.0485663, 1.7070334, 1.7116662, 1.7037296, 1.5801766, 1.3191592, 1.4306571,
            1.1832108, 0.98148227, 0.7659408, 0.88567936, 0.6202893, 0.721058, 0.6258095, 0.87173015, 0.9515396,
            0.6745305, 1.1329285,
        ],
    ),
    (
        Norm::Batch,
        [
            3.7117934, 3.3016696, 2.9352345, 1.8141488, 2.0900621, 1.6632618, 1.1716105, 1.3333338, 1.542919,
            0.99088794, 1.2233453, 0.824567, 0.91637325, 0.5796372, 0.9618937, 0.5404098, 1.1115499, 0.9311894,
            0.78985983, 1.2062855,
        ],
    ),
    (
        Norm::Layer,
        [
            3.239153, 3.1687222, 2.6953893, 1.69957, 2.1410139, 1.5352312, 1.219513, 1.4888597, 1.6388519, 1.0893667,
            0.93978107, 0.69497633, 1.0484592, 0.75948256, 0.98931986, 0.591189, 0.74578714, 1.0891596, 0.6885576,
            1.3023137,
        ],
    ),
    (
        Norm::Instance,
        [
            3.785399, 3.2038789, 2.993456, 1.7457622, 1.7277308, 1.4054546, 0.91074175, 1.5605122, 1.6609892, 1.164384,
            0.9404621, 0.6465928, 1.113145, 0.38128972, 0.99767137, 0.59479237, 0.9856286, 1.0443568, 0.7973632,
            1.5430275,
        ],
    ),
    (
        GROUP_5,
        [
            3.194213, 3.2678888, 2.660635, 1.5012826, 1.6268526, 1.3346928, 1.071384, 1.5239085, 1.9496998, 1.1798962,
            0.94210964, 0.65489745, 0.93917674, 0.4408315, 0.82590646, 0.48889866, 0.72187674, 1.0752711, 0.5298059,
            1.4674542,
        ],
    ),
    (
        Norm::BatchInstance,
        [
            3.7117932, 3.3007596, 2.9329407, 1.8129365, 2.0905046, 1.6673439, 1.1711464, 1.3363119, 1.5328214,
            0.99595505, 1.200776, 0.82171977, 0.9164877, 0.5834707, 0.96698236, 0.5367659, 1.1090946, 0.93487465,
            0.7887125, 1.2024381,
        ],
    ),
    (
        Norm::Switchable,
        [
            3.2994115, 3.0281491, 2.4962041, 1.4951022, 1.4879912, 1.3509864, 0.9201224, 1.342169, 1.6749649,
            1.2073442, 0.90286523, 0.5933525, 0.74310863, 0.4589582, 0.65145326, 0.40948492, 0.79361445, 0.9853697,
            0.6691486, 1.4490857,
        ],
    ),
];

fn spec(norm: Norm, device: DeviceChoice) -> RunSpec {
    RunSpec { norm, batch: 32, learning_rate: 1e-3, seed: 1, device, ..RunSpec::default() }
}

fn step(trainer: &mut Trainer, data: &Dataset, n_steps: usize) -> Vec<f32> {
    let mut losses = Vec::new();
    while losses.len() < n_steps {
        let results = pollster::block_on(trainer.step(data, (n_steps - losses.len()) as u32)).unwrap();
        losses.extend(results.iter().map(|result| result.loss));
    }
    losses
}

fn losses(norm: Norm, device: DeviceChoice, data: &Dataset, n_steps: usize) -> Vec<f32> {
    step(&mut pollster::block_on(Trainer::new(spec(norm, device))).unwrap(), data, n_steps)
}

/// Whether there is a GPU to test; if not, prints that, and fails where `REQUIRE_GPU` is set.
fn has_gpu() -> bool {
    match pollster::block_on(GpuDevice::open()) {
        Ok(_) => true,
        Err(error) if std::env::var_os("REQUIRE_GPU").is_some() => panic!("REQUIRE_GPU is set: {error}"),
        Err(error) => {
            println!("SKIPPED: {error}");
            false
        }
    }
}

#[test]
fn the_first_twenty_losses_of_every_norm_are_these() {
    let data = crate::mnist::dataset();
    let mut wrong = Vec::new();
    for (norm, want) in LOSSES {
        let got = losses(norm, DeviceChoice::Cpu, &data, want.len());
        if got != want {
            wrong.push(format!("{norm:?}: {got:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn native_code_gives_the_bits_of_wasm() {
    let (cpu, _) = pollster::block_on(crate::bars::losses(GROUP_5, DeviceChoice::Cpu, 6));
    assert_eq!(cpu, crate::bars::LOSSES, "tests/web.rs compares with the same literals");
}

#[test]
fn the_gpu_gives_the_cpus_losses_for_fifty_steps() {
    if !has_gpu() {
        return;
    }
    let data = crate::mnist::dataset();
    for (norm, _) in LOSSES {
        let cpu = losses(norm, DeviceChoice::Cpu, &data, 50);
        let gpu = losses(norm, DeviceChoice::Gpu, &data, 50);
        let worst = cpu.iter().zip(&gpu).map(|(cpu, gpu)| (cpu - gpu).abs()).fold(0.0, f32::max);
        // Rounding differs from the first step and grows with every step; 1e-3 is what the page promises.
        assert!(worst <= 1e-3, "{norm:?}: losses differ by up to {worst}\nCPU {cpu:?}\nGPU {gpu:?}");
    }
}

#[test]
fn slices_of_any_length_give_the_same_curve() {
    let data = crate::mnist::dataset();
    let whole = losses(GROUP_5, DeviceChoice::Cpu, &data, 20);
    let mut trainer = pollster::block_on(Trainer::new(spec(GROUP_5, DeviceChoice::Cpu))).unwrap();
    let sliced: Vec<f32> = [1, 2, 7, 10].iter().flat_map(|&n| step(&mut trainer, &data, n)).collect();
    assert_eq!(sliced, whole);
}

#[test]
fn a_lost_gpu_costs_no_training() {
    if !has_gpu() {
        return;
    }
    let data = crate::mnist::dataset();
    let want = losses(GROUP_5, DeviceChoice::Cpu, &data, 70);
    let mut trainer = pollster::block_on(Trainer::new(spec(GROUP_5, DeviceChoice::Gpu))).unwrap();
    step(&mut trainer, &data, 60);
    trainer.lose_gpu();
    let error = pollster::block_on(trainer.step(&data, 10)).unwrap_err();
    assert!(
        matches!(error, TrainError::Exec(ExecError::Lost { .. })),
        "a lost device is reported as such, not as {error:?}"
    );
    trainer.fall_back();
    assert_eq!(trainer.device().kind, DeviceKind::Cpu);
    let kept = trainer.steps_done() as usize;
    assert!((10..=60).contains(&kept), "at most 50 of 60 steps may be lost, but {kept} were kept");
    let got = step(&mut trainer, &data, 70 - kept);
    for (got, want) in got.iter().zip(&want[kept..]) {
        assert!(
            (got - want).abs() <= 1e-3,
            "after step {kept} the CPU continues as if it had trained all along: {got}, {want}"
        );
    }
}

#[test]
fn one_epoch_of_steps_learns_the_digits() {
    let data = crate::mnist::dataset();
    let mut trainer = pollster::block_on(Trainer::new(spec(GROUP_5, DeviceChoice::Cpu))).unwrap();
    let before = pollster::block_on(trainer.evaluate(&data)).unwrap();
    step(&mut trainer, &data, 300);
    let after = pollster::block_on(trainer.evaluate(&data)).unwrap();
    assert_eq!(before.n_images, 10_000);
    assert!(before.accuracy < 0.3, "an untrained network knows nothing: {before:?}");
    assert!(after.accuracy > 0.85, "300 steps teach most digits: {after:?}");
}

#[test]
fn settings_out_of_range_are_named() {
    let good = spec(Norm::None, DeviceChoice::Cpu);
    let table = [
        (RunSpec { batch: 0, ..good.clone() }, "batch size 0 is not between 1 and 512"),
        (RunSpec { batch: 513, ..good.clone() }, "batch size 513 is not between 1 and 512"),
        (RunSpec { learning_rate: 0.0, ..good.clone() }, "learning rate 0 is not a number above 0"),
        (RunSpec { learning_rate: f32::NAN, ..good.clone() }, "learning rate NaN is not a number above 0"),
        (
            RunSpec { norm: Norm::Group { groups: NonZeroU32::new(3).unwrap() }, ..good },
            "layer 1: group count 3 does not divide 10 channels",
        ),
    ];
    for (spec, want) in table {
        assert_eq!(spec.check().unwrap_err().to_string(), want);
    }
}

#[test]
fn a_rate_that_is_far_too_high_is_told_as_divergence() {
    let data = crate::mnist::dataset();
    let spec = RunSpec { learning_rate: 1e30, ..spec(Norm::None, DeviceChoice::Cpu) };
    let mut trainer = pollster::block_on(Trainer::new(spec)).unwrap();
    let error = pollster::block_on(trainer.step(&data, 10)).unwrap_err();
    assert!(matches!(error, TrainError::Diverged { step: 1..=10, .. }), "{error:?}");
}
