//! Cases of the kernels of a training step: images, dropout, loss, the clock.

use super::{Case, SIZES, unwritten};
use crate::common::{Data, as_words, to_f64};
use crate::oracle::dense;
use blue_cube::kernel::Kernel;
use blue_cube::kernel::dropout::DropoutParams;
use blue_cube::kernel::softmax_loss::SoftmaxLossParams;
use blue_cube::kernel::tick::{Clock, TickParams};
use blue_cube::kernel::unpack_images::UnpackImagesParams;

pub(super) fn clock_at(step: u32) -> Clock {
    Clock { step, seed: 12_345, learning_rate: 1e-3, beta1_power: 0.9, beta2_power: 0.999 }
}

pub(super) fn as_seen(clock: Clock) -> Vec<f32> {
    as_words(&[clock])
}

pub(crate) fn tick() -> Vec<Case> {
    let case = |step| {
        let clock = clock_at(step);
        let params = TickParams { beta1: 0.5, beta2: 0.25 };
        let want = Clock {
            step: step + 1,
            beta1_power: clock.beta1_power * 0.5,
            beta2_power: clock.beta2_power * 0.25,
            ..clock
        };
        let want = to_f64(&as_seen(want));
        Case::new(Kernel::Tick, format!("step {step}"), &params, vec![as_seen(clock)], 1).exactly(0, want)
    };
    [0, 1, 77].map(case).into()
}

pub(crate) fn unpack_images() -> Vec<Case> {
    let mut cases = Vec::new();
    for (batch_words, step) in SIZES.into_iter().flat_map(|words| [0, 3, 6].map(|step| (words, step))) {
        let (ring_len, batch_len) = (4, 4 * batch_words as usize);
        let mut data = Data::new(301);
        // Every byte value occurs somewhere, if there is room.
        let ring: Vec<u8> = (0..ring_len * batch_len).map(|i| (i as u64 ^ (data.word() & 3)) as u8).collect();
        let start = step as usize % ring_len * batch_len;
        let want = ring[start..start + batch_len].iter().map(|&pixel| f64::from(pixel) / 255.0).collect();
        let params = UnpackImagesParams { batch_words, ring_len: ring_len as u32 };
        let bound = vec![as_words(&ring), as_seen(clock_at(step)), unwritten(batch_len)];
        let what = format!("{batch_words} words, step {step}");
        // WGSL allows division an error of 2.5 units in the last place: 3e-7.
        cases.push(Case::new(Kernel::UnpackImages, what, &params, bound, batch_words).nearly(2, want, 0.0, 3e-7));
    }
    cases
}

pub(crate) fn dropout() -> Vec<Case> {
    let mut cases = Vec::new();
    for (len, step, layer) in [(1, 0, 1), (63, 1, 0xFFFF_FFFF), (64, 2, 2), (65, 3, 0), (784, 1000, 0x811c_9dc5)] {
        let x = Data::new(302).normal(len as usize, 0.0, 1.0);
        let clock = clock_at(step);
        let (threshold, scale) = (0x3333_3333, 1.25_f32);
        let kept = |i: u32| dense::pcg3d([i, step, clock.seed ^ layer])[0] >= threshold;
        // A product of two f32 rounds the same way everywhere.
        let want = (0..).zip(&x).map(|(i, x)| if kept(i) { f64::from(x * scale) } else { 0.0 }).collect();
        let params = DropoutParams { len, layer, threshold, scale };
        let bound = vec![x, as_seen(clock), unwritten(len as usize)];
        let what = format!("{len} values, step {step}, layer {layer}");
        cases.push(Case::new(Kernel::Dropout, what, &params, bound, len).exactly(2, want));
    }
    cases
}

pub(crate) fn softmax_loss() -> Vec<Case> {
    let mut cases = Vec::new();
    for (rows, classes, spread) in
        [(1, 10, 1.0), (63, 10, 3.0), (64, 10, 3.0), (65, 10, 3.0), (100, 3, 30.0), (784, 2, 1.0), (5, 1, 1.0)]
    {
        cases.push(one_softmax_loss(rows, classes, spread, 6));
    }
    cases.push(one_softmax_loss(32, 10, 1.0, 0));
    cases
}

fn one_softmax_loss(rows: usize, classes: usize, spread: f64, step: u32) -> Case {
    let ring_len = 4;
    let slot = step as usize % ring_len;
    let mut data = Data::new(303);
    let logits = data.normal(rows * classes, 0.0, spread);
    let labels: Vec<u32> = (0..ring_len * rows).map(|_| data.below(classes as u32)).collect();
    let of_step: Vec<usize> = labels[slot * rows..][..rows].iter().map(|&label| label as usize).collect();
    let (loss, dlogits) = dense::softmax_cross_entropy(&of_step, &to_f64(&logits));
    let best = |row: &[f32]| (0..classes).rev().max_by(|&a, &b| row[a].total_cmp(&row[b])).expect("a class");
    let n_right = logits.chunks(classes).zip(&of_step).filter(|(row, label)| best(row) == **label).count();

    let before = Data::new(304).normal(2 * ring_len, 0.0, 1.0);
    let mut results = to_f64(&before);
    results[2 * slot] = loss;
    results[2 * slot + 1] = n_right as f64;
    let params = SoftmaxLossParams { rows: rows as u32, classes: classes as u32, ring_len: ring_len as u32 };
    let bound = vec![logits, as_words(&labels), as_seen(clock_at(step)), unwritten(rows * classes), before];
    let what = format!("{rows}×{classes}, spread {spread}, step {step}");
    // WGSL's exp may be off by 3 + 2·|x| units in the last place: with x down to −100 that is 2e-5 of a probability
    // that is close to 0 then; near x = 0, where probabilities are large, 4e-7. A sum of 10 of these and a log add a
    // few roundings.
    Case::new(Kernel::SoftmaxLoss, what, &params, bound, 1)
        .nearly(3, dlogits, 2e-6 / rows as f64, 1e-5)
        .nearly(4, results, 2e-6, 2e-6)
}
