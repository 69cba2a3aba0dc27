//! A whole training step and an evaluation on the GPU executor match the twins' results for the same plan.

use crate::common::cpu::Memory;
use crate::common::gpu::gpu_or_skip;
use crate::common::nets::{MIXED, every_layer, norms, others};
use crate::common::{Data, as_words, assert_no_failures, check_close};
use blue_cube::exec::Executor;
use blue_cube::exec::cpu::CpuExecutor;
use blue_cube::exec::gpu::GpuExecutor;
use blue_cube::exec::gpu::device::GpuDevice;
use blue_cube::kernel::tick::Clock;
use blue_cube::model::{ModelSpec, PlannedModel, Ports, RING_LEN};
use blue_cube::plan::{Plan, Section, Slot};
use std::rc::Rc;

const SEED: u32 = 3;

/// The inputs of both sections.
///
/// The bias before the norm is reset to 0: the norm cancels it, so its gradient is only rounding, which Adam turns into
/// a full first step in either direction, and evaluation with running statistics would show that.
fn inputs(plan: &Plan, ports: &Ports) -> [(Slot, Vec<f32>); 4] {
    let mut data = Data::new(50);
    let n_images = (RING_LEN * ports.batch) as usize;
    let pixels: Vec<u8> = (0..n_images * 28 * 28).map(|_| if data.below(5) == 0 { 200 } else { 0 }).collect();
    let labels: Vec<u32> = (0..n_images).map(|_| data.below(10)).collect();
    let clock = Clock { step: 5, seed: SEED, learning_rate: 1e-3, beta1_power: 0.9, beta2_power: 0.999 };
    let bias = plan.parameters().iter().find(|info| info.label == "conv2d_0.bias").expect("a convolution comes first");
    let bias = (bias.parameter.value, vec![0.0; 10]);
    [(ports.images, as_words(&pixels)), (ports.labels, as_words(&labels)), (ports.clock, as_words(&[clock])), bias]
}

/// The slots that show whether a step was right, with their tolerances as a share of the largest value in each.
fn outcomes(plan: &Plan, train: &Ports, evaluate: &Ports) -> Vec<(String, Slot, f64)> {
    // Sums over up to 6,760 products in two orders, through up to eight layers.
    let gradients = plan.parameters().iter().map(|info| (info.label.clone(), info.parameter.gradient, 5e-5));
    let mut all: Vec<(String, Slot, f64)> = gradients.collect();
    all.extend([
        ("train.logits".to_owned(), train.logits.slot, 1e-5),
        ("train.results".to_owned(), train.results, 1e-5),
    ]);
    // Adam's first step is ±0.001 whatever a gradient's size: where the gradient is only rounding, signs differ, and
    // everything evaluated after it differs by a thousandth.
    all.extend([("evaluate.logits".to_owned(), evaluate.logits.slot, 2e-3)]);
    all
}

async fn run(executor: &mut Executor, plan: &Plan, train: &Ports, evaluate: &Ports, slots: &[Slot]) -> Vec<Vec<f32>> {
    for (section, ports) in [(Section::Train, train), (Section::Evaluate, evaluate)] {
        for (slot, words) in inputs(plan, ports) {
            executor.write(slot, 0, bytemuck::cast_slice(&words));
        }
        executor.run(section, 1);
    }
    executor.read(slots).await.expect("the engine works")
}

/// The same with the twins alone.
fn run_twins(plan: &Plan, train: &Ports, evaluate: &Ports, slots: &[Slot]) -> Vec<Vec<f32>> {
    let memory = Memory::new(plan, SEED);
    for (section, ports) in [(Section::Train, train), (Section::Evaluate, evaluate)] {
        for (slot, words) in inputs(plan, ports) {
            memory.write(slot, &words);
        }
        memory.run(plan.passes(section));
    }
    slots.iter().map(|&slot| memory.read(slot)).collect()
}

#[test]
fn the_cpu_executor_is_the_twins_to_the_bit() {
    for norm in norms().into_iter().chain(MIXED).chain(others()) {
        let PlannedModel { plan, train, evaluate, .. } = every_layer(norm).plan(3, 2).expect("it can be planned");
        let slots: Vec<Slot> = outcomes(&plan, &train, &evaluate).into_iter().map(|(_, slot, _)| slot).collect();
        let want = run_twins(&plan, &train, &evaluate, &slots);
        let plan = Rc::new(plan);
        let mut executor = Executor::Cpu(CpuExecutor::new(Rc::clone(&plan), SEED));
        for _ in 0..2 {
            let got = pollster::block_on(run(&mut executor, &plan, &train, &evaluate, &slots));
            assert!(got == want, "{norm:?}");
            executor.restart(SEED);
        }
    }
}

#[test]
fn a_step_on_the_gpu_is_the_twins() {
    if gpu_or_skip().is_none() {
        return;
    }
    let device = pollster::block_on(GpuDevice::open()).expect("there is a GPU");
    let mut failures = Vec::new();
    // Each item separately, every item that can be shared, and what the device chooses.
    let ways = [(Some(u32::MAX), 5), (Some(0), 5), (None, 128)];
    for (norm, (min_shared_len, batch)) in
        norms().into_iter().chain(MIXED).chain(others()).flat_map(|norm| ways.map(|way| (norm, way)))
    {
        for (name, spec) in [("tutorial", ModelSpec::tutorial(norm)), ("every layer", every_layer(norm))] {
            let PlannedModel { plan, train, evaluate, .. } = spec.plan(batch, 3).expect("it can be planned");
            let outcomes = outcomes(&plan, &train, &evaluate);
            let slots: Vec<Slot> = outcomes.iter().map(|&(_, slot, _)| slot).collect();
            let want = run_twins(&plan, &train, &evaluate, &slots);
            let plan = Rc::new(plan);
            let device = min_shared_len.map_or(device.clone(), |len| device.clone().sharing_from(len));
            let gpu = GpuExecutor::new(device, Rc::clone(&plan), SEED);
            let mut gpu = Executor::Gpu(Box::new(pollster::block_on(gpu).expect("the plan fits")));
            let got = pollster::block_on(run(&mut gpu, &plan, &train, &evaluate, &slots));
            for (((label, _, share), got), want) in outcomes.iter().zip(&got).zip(&want) {
                let largest = want.iter().fold(0.0_f64, |largest, &x| largest.max(f64::from(x).abs()));
                let what = format!(
                    "{name}, {norm:?}, batch {batch}, shared from {min_shared_len:?}: {label}, largest {largest:e}"
                );
                // A norm cancels the bias before it: its gradient is the rounding of 3,380 terms of 0.01.
                let floor = if label == "conv2d_0.bias" { 1e-5 } else { 0.0 };
                failures.extend(check_close(got, want, share * largest + floor, 0.0, &what).err());
            }
        }
    }
    assert_no_failures("GPU against twins", &failures);
}
