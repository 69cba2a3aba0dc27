//! Three implementations of every kernel, the oracle in f64, the CPU's twin and the GPU, must agree on odd sizes.

use crate::cases::{Case, cases};
use crate::common::gpu::Gpu;
#[cfg(not(target_arch = "wasm32"))]
use crate::common::gpu::gpu_or_skip;
use crate::common::{assert_no_failures, check_within, cpu};
use blue_cube::kernel::Kernel;

/// How many invocations may share an item: none, some, a whole workgroup.
const LANES: [u32; 3] = [1, 8, 64];

/// Where the bindings after a run differ from the oracle; those that the oracle does not mention must be unchanged.
fn differences(case: &Case, voice: &str, after: &[Vec<f32>]) -> Vec<String> {
    let mut differences = Vec::new();
    let what = format!("{:?} {voice}, {}", case.kernel, case.what);
    for (binding, (before, after)) in case.bound.iter().zip(after).enumerate() {
        match case.wants.iter().find(|want| want.binding == binding) {
            Some(want) => {
                let what = format!("{what}, binding {binding}");
                differences.extend(check_within(&want.read(after), &want.values, &want.tolerances, &what).err());
            }
            None if bits(before) != bits(after) => differences.push(format!("{what} writes to binding {binding}")),
            None => {}
        }
    }
    differences
}

fn bits(words: &[f32]) -> &[u32] {
    bytemuck::cast_slice(words)
}

#[test]
fn every_output_has_a_word_of_the_oracle() {
    for &kernel in Kernel::ALL {
        let outputs: Vec<usize> = (0..)
            .zip(kernel.info().bindings)
            .filter(|(_, access)| **access == blue_cube::kernel::Access::ReadWrite)
            .map(|(binding, _)| binding)
            .collect();
        let cases = cases(kernel);
        assert!(cases.len() >= 3, "{kernel:?} has only {} cases", cases.len());
        for case in cases {
            assert_eq!(case.kernel, kernel);
            let told: Vec<usize> = case.wants.iter().map(|want| want.binding).collect();
            assert_eq!(told, outputs, "{kernel:?}, {}", case.what);
            for want in case.wants {
                let n_values = want.read(&case.bound[want.binding]).len();
                assert_eq!(want.values.len(), n_values, "{kernel:?}, {}", case.what);
            }
        }
    }
}

#[test]
fn every_twin_is_the_oracle() {
    let mut failures = Vec::new();
    for case in Kernel::ALL.iter().flat_map(|&kernel| cases(kernel)) {
        let after = cpu::run_twin(case.kernel, &case.params, &case.bound);
        failures.extend(differences(&case, "on the CPU", &after));
    }
    assert_no_failures("twins against the oracle", &failures);
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn every_shader_is_the_oracle_and_the_twin() {
    let Some(gpu) = gpu_or_skip() else { return };
    assert_no_failures("shaders against oracle and twins", &pollster::block_on(shader_differences(&gpu)));
}

/// Kernels that are waited for together.
const AT_ONCE: usize = 64;

/// Where any kernel on the GPU differs from the oracle or from the twin.
pub(crate) async fn shader_differences(gpu: &Gpu) -> Vec<String> {
    let cases: Vec<Case> = Kernel::ALL.iter().flat_map(|&kernel| cases(kernel)).collect();
    let lanes = |case: &Case| if case.kernel.info().reduces { LANES.as_slice() } else { &LANES[..1] };
    let runs = cases.iter().flat_map(|case| lanes(case).iter().map(move |&lanes| (case, lanes)));
    let runs: Vec<(&Case, u32)> = runs.filter(|(case, lanes)| *lanes >= case.min_lanes).collect();
    let mut failures = Vec::new();
    for runs in runs.chunks(AT_ONCE) {
        let start =
            |&(case, lanes): &(&Case, u32)| gpu.start(case.kernel, &case.params, &case.bound, case.n_items, lanes);
        let started: Vec<_> = runs.iter().map(start).collect();
        for (&(case, lanes), started) in runs.iter().zip(started) {
            let after = started.end(gpu).await;
            let twin = cpu::run_twin(case.kernel, &case.params, &case.bound);
            failures.extend(differences(case, &format!("on the GPU with {lanes} lanes"), &after));
            failures.extend(apart(case, lanes, &after, &twin));
        }
    }
    failures
}

/// Where GPU and CPU differ by more than twice the tolerance against the oracle.
fn apart(case: &Case, lanes: u32, gpu: &[Vec<f32>], twin: &[Vec<f32>]) -> Vec<String> {
    let compare = |want: &crate::cases::Want| {
        let what = format!("{:?}, GPU with {lanes} lanes against CPU, {}", case.kernel, case.what);
        let (gpu, twin) = (want.read(&gpu[want.binding]), want.read(&twin[want.binding]));
        let both: Vec<f64> = want.tolerances.iter().map(|tolerance| 2.0 * tolerance).collect();
        check_within(&gpu, &twin, &both, &what).err()
    };
    case.wants.iter().filter_map(compare).collect()
}

/// Same device, same bits: no kernel may depend on the order in which invocations happen to run.
#[cfg(not(target_arch = "wasm32"))]
#[test]
fn the_same_run_gives_the_same_bits() {
    let Some(gpu) = gpu_or_skip() else { return };
    for case in Kernel::ALL.iter().filter_map(|&kernel| cases(kernel).pop()) {
        let run = |gpu: &Gpu| {
            let started = gpu.start(case.kernel, &case.params, &case.bound, case.n_items, case.min_lanes);
            pollster::block_on(started.end(gpu))
        };
        let (first, second) = (run(&gpu), run(&gpu));
        for (first, second) in first.iter().zip(&second) {
            assert!(bits(first) == bits(second), "{:?}, {}", case.kernel, case.what);
        }
    }
}
