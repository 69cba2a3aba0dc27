//! Runs written as bytes and resumed: they continue bit for bit, and bytes that are not a run are reported, never a
//! panic.

use crate::common::nets::{MIXED, missing_norms, norms};
use crate::common::{Data, assert_no_failures};
use blue_cube::data::{Dataset, IMAGE_LEN};
use blue_cube::exec::gpu::device::GpuDevice;
use blue_cube::exec::{DeviceChoice, DeviceKind};
use blue_cube::grouping::tiling::Axis;
use blue_cube::norm::{AxesNorm, Norm};
use blue_cube::optimizer::plateau::ReduceOnPlateau;
use blue_cube::train::{DataPart, KeptData, Run, RunError, RunSpec, Snapshot, SnapshotFault, State as _, Trainer};
use pollster::block_on;
use std::num::NonZeroU32;

const N_IMAGES: usize = 150;

/// Bytes of magic, version, spec, position in the order of images, and number of tables.
const HEAD_BYTES: usize = 8 + 4 * (1 + 8 + 6);

fn examples(n_images: usize, seed: u64) -> (Vec<u8>, Vec<u8>) {
    let mut data = Data::new(seed);
    let mut byte = |below| (data.uniform(1, 0.0, 1.0)[0] * below) as u8;
    let images = (0..n_images * IMAGE_LEN).map(|_| byte(255.9)).collect();
    (images, (0..n_images).map(|i| (i * 7 % 10) as u8).collect())
}

fn spec(norm: Norm, device: DeviceChoice) -> RunSpec {
    RunSpec { norm, batch: 12, learning_rate: 1e-3, seed: 5, device, ..RunSpec::default() }
}

fn run(norm: Norm, device: DeviceChoice) -> Run {
    let (images, labels) = examples(N_IMAGES, 1);
    block_on(Run::new(spec(norm, device), &images, &labels)).unwrap()
}

/// The losses after each of some slices of steps.
fn losses(run: &mut Run, slices: &[u32]) -> Vec<f32> {
    slices.iter().map(|&n| block_on(run.step(NonZeroU32::new(n).unwrap())).unwrap().loss).collect()
}

fn all_norms() -> Vec<Norm> {
    let three = NonZeroU32::new(3).unwrap();
    let axes = AxesNorm::over(&[Axis::C, Axis::H]);
    let others =
        [Norm::GhostBatch { size: three }, Norm::SyncBatch { devices: three }, Norm::Axes(axes), Norm::Rms(axes)];
    let known: Vec<Norm> = norms().into_iter().chain(MIXED).chain(others).collect();
    let missing = missing_norms(&known, 12, 10);
    known.into_iter().chain(missing).collect()
}

/// Source: FNV-1a, 64 bits.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// `bytes` with a matching seal.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let end = bytes.len() - 8;
    let seal = hash(&bytes[..end]);
    bytes[end..].copy_from_slice(&seal.to_le_bytes());
    bytes
}

#[test]
fn a_run_taken_up_goes_on_by_the_same_bits() {
    let mut wrong = Vec::new();
    for norm in all_norms() {
        // 150 images in batches of 12: the slices end within epochs, and cross their ends.
        let mut whole = run(norm, DeviceChoice::Cpu);
        losses(&mut whole, &[17]);
        let bytes = block_on(whole.snapshot(true)).unwrap();
        let want = losses(&mut whole, &[1, 2, 20]);
        let mut restored = block_on(Run::restore(&bytes, None, None)).unwrap();
        if losses(&mut restored, &[1, 2, 20]) != want {
            wrong.push(format!("{norm:?}: losses"));
        }
        let states = [&mut whole, &mut restored].map(|run| block_on(run.snapshot(true)).unwrap());
        if states[0] != states[1] {
            wrong.push(format!("{norm:?}: states"));
        }
    }
    assert_no_failures("restored", &wrong);
}

#[test]
fn the_bytes_say_what_they_were_made_of() {
    let norm = norms()[4];
    let mut run = run(norm, DeviceChoice::Cpu);
    losses(&mut run, &[4]);
    let bytes = block_on(run.snapshot(true)).unwrap();
    let (snapshot, data) = Snapshot::from_bytes(&bytes).unwrap();
    assert_eq!((snapshot.spec(), snapshot.step()), (&spec(norm, DeviceChoice::Cpu), 4));
    let KeptData::Whole(data) = data else { panic!("the data were put in") };
    let (images, labels) = examples(N_IMAGES, 1);
    assert_eq!((data.train().pixels(), data.train().labels()), (&images[..], &labels[..]));
    assert_eq!(snapshot.to_bytes(DataPart::Whole(data.train())), bytes);
    assert!(matches!(Snapshot::from_bytes(&snapshot.to_bytes(DataPart::None)).unwrap().1, KeptData::None));
    // The page's own copies have no hash, and are otherwise the same.
    let (sealed, unsealed) = (snapshot.to_bytes(DataPart::None), snapshot.to_unsealed_bytes());
    let (end, hash) = unsealed.split_at(unsealed.len() - 8);
    assert!(sealed.starts_with(end) && hash == [0; 8]);
    assert!(Snapshot::from_bytes(&unsealed).unwrap().0 == snapshot);
}

#[test]
fn a_run_without_its_data_needs_them_again() {
    let (images, labels) = examples(N_IMAGES, 1);
    let mut whole = run(Norm::Batch, DeviceChoice::Cpu);
    losses(&mut whole, &[3]);
    let bytes = block_on(whole.snapshot(false)).unwrap();
    assert!(bytes.len() + N_IMAGES * IMAGE_LEN < block_on(whole.snapshot(true)).unwrap().len() + 100);
    let mut restored = block_on(Run::restore(&bytes, Some((&images, &labels)), None)).unwrap();
    assert_eq!(losses(&mut restored, &[9]), losses(&mut whole, &[9]));
    let told = |data| block_on(Run::restore(&bytes, data, None)).err().unwrap();
    assert_eq!(told(None), RunError::NoData);
    let (mut others, other_labels) = (images.clone(), labels.clone());
    others[77] ^= 1;
    assert!(matches!(told(Some((&others[..], &other_labels[..]))), RunError::OtherData { .. }));
    assert!(matches!(told(Some((&images[IMAGE_LEN..], &labels[1..]))), RunError::OtherData { .. }));
    assert!(matches!(told(Some((&images[1..], &labels[1..]))), RunError::Data(_)));
}

#[test]
fn a_run_changes_engines() {
    if let Err(error) = block_on(GpuDevice::open()) {
        assert!(std::env::var_os("REQUIRE_GPU").is_none(), "REQUIRE_GPU is set: {error}");
        println!("SKIPPED: {error}");
        return;
    }
    let mut gpu = run(norms()[4], DeviceChoice::Gpu);
    losses(&mut gpu, &[18]);
    let bytes = block_on(gpu.snapshot(true)).unwrap();
    let mut same = block_on(Run::restore(&bytes, None, None)).unwrap();
    assert_ne!(same.device().kind, DeviceKind::Cpu, "the engine is the run's own");
    let mut cpu = block_on(Run::restore(&bytes, None, Some(DeviceChoice::Cpu))).unwrap();
    assert_eq!(cpu.device().kind, DeviceKind::Cpu);
    let [gpu, same, cpu] = [&mut gpu, &mut same, &mut cpu].map(|run| losses(run, &[1, 1, 10]));
    assert_eq!(gpu, same, "the same device gives the same bits");
    for (gpu, cpu) in gpu.iter().zip(&cpu) {
        assert!((gpu - cpu).abs() <= 1e-3, "GPU {gpu}, CPU {cpu}");
    }
}

/// A trainer evaluates whole batches and a remainder; a set and the same set in two parts must agree.
#[test]
fn any_number_of_images_is_judged() {
    let (images, labels) = examples(230, 2);
    for norm in [Norm::Batch, Norm::Layer] {
        let mut run = run(norm, DeviceChoice::Cpu);
        losses(&mut run, &[5]);
        let mut judge = |from: usize, to: usize| {
            let evaluation = block_on(run.evaluate(&images[from * IMAGE_LEN..to * IMAGE_LEN], &labels[from..to]));
            let evaluation = evaluation.unwrap();
            assert_eq!(evaluation.n_images as usize, to - from);
            [evaluation.loss, evaluation.accuracy].map(|mean| f64::from(mean) * (to - from) as f64)
        };
        let whole = judge(0, 230);
        for split in [1, 99, 130, 200] {
            let parts = [judge(0, split), judge(split, 230)];
            for (sum, whole) in [0, 1].map(|i| (parts[0][i] + parts[1][i], whole[i])) {
                // Sums of 230 losses near 2.3, each mean rounded to f32.
                assert!((sum - whole).abs() < 2e-4, "{norm:?} split at {split}: {sum} against {whole}");
            }
        }
    }
}

#[test]
fn bytes_of_the_first_version_are_read() {
    let mut run = run(Norm::Batch, DeviceChoice::Cpu);
    losses(&mut run, &[3]);
    let now = block_on(run.snapshot(true)).unwrap();
    // Between the engine and the steps done, later versions have network, optimizer, the norm's numbers and the order.
    let mut before = [&now[..44], &now[92..]].concat();
    before[8..12].copy_from_slice(&1_u32.to_le_bytes());
    let mut run = block_on(Run::restore(&now, None, None)).unwrap();
    let mut again = block_on(Run::restore(&sealed(before), None, None)).unwrap();
    assert_eq!(losses(&mut again, &[2]), losses(&mut run, &[2]));
}

#[test]
fn a_schedule_of_the_second_version_has_the_rate_of_its_spec() {
    let with_plateau = RunSpec { plateau: Some(ReduceOnPlateau::SOURCE_D), ..spec(Norm::Batch, DeviceChoice::Cpu) };
    let (images, labels) = examples(N_IMAGES, 1);
    let mut run = block_on(Run::new(with_plateau, &images, &labels)).unwrap();
    losses(&mut run, &[3]);
    let now = block_on(run.snapshot(true)).unwrap();
    // The current rate is the last word of the schedule.
    let mut before = [&now[..116], &now[120..]].concat();
    before[8..12].copy_from_slice(&2_u32.to_le_bytes());
    let mut again = block_on(Run::restore(&sealed(before), None, None)).unwrap();
    assert_eq!(losses(&mut again, &[2]), losses(&mut run, &[2]));
    let mut wrong = now;
    wrong[116..120].copy_from_slice(&f32::NAN.to_le_bytes());
    let error = block_on(Run::restore(&sealed(wrong), None, None)).err().unwrap();
    assert_eq!(error.to_string(), "snapshot: byte 84: learning rate NaN is not a number above 0");
}

/// The rule by which a plateau is counted is kept too.
#[test]
fn a_schedule_keeps_its_rule() {
    let (images, labels) = examples(N_IMAGES, 1);
    let kept = [ReduceOnPlateau::SOURCE_D, ReduceOnPlateau::NOTEBOOK].map(|plateau| {
        let spec = RunSpec { plateau: Some(plateau), ..spec(Norm::Batch, DeviceChoice::Cpu) };
        let mut run = block_on(Run::new(spec, &images, &labels)).unwrap();
        let kept = block_on(run.snapshot(true)).unwrap();
        let mut again = block_on(Run::restore(&kept, None, None)).unwrap();
        assert!(block_on(again.snapshot(true)).unwrap() == kept, "{plateau:?}");
        kept
    });
    assert_ne!(kept[0], kept[1]);
}

#[test]
fn a_wrong_byte_is_named() {
    let mut run = run(Norm::Batch, DeviceChoice::Cpu);
    losses(&mut run, &[2]);
    let good = block_on(run.snapshot(true)).unwrap();
    let with = |at: usize, word: u32| {
        let mut bytes = good.clone();
        bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
        sealed(bytes)
    };
    let end = good.len();
    let data_at = end - 8 - N_IMAGES * (IMAGE_LEN + 1) - 8;
    let table = [
        (b"PK\x03\x04".to_vec(), "byte 0: bytes [50, 4b, 03, 04] found, the start of a snapshot expected"),
        (Vec::new(), "byte 0: bytes [] found, the start of a snapshot expected"),
        (with(8, 4), "byte 8: version 4 found, 1 to 3 expected"),
        (with(12, 99), "byte 12: norm 99 found, a norm and its numbers expected"),
        (with(16, 1), "byte 12: norm 1 found, a norm and its numbers expected"),
        (with(28, 513), "byte 12: batch size 513 is not between 1 and 512"),
        (with(32, f32::NAN.to_bits()), "byte 12: learning rate NaN is not a number above 0"),
        (with(40, 3), "byte 40: device 3 found, 0, 1 or 2 expected"),
        (with(44, 9), "byte 44: network 9 found, a network and its numbers expected"),
        (with(48, 1), "byte 44: network 0 found, a network and its numbers expected"),
        (with(56, 3), "byte 44: optimizer 3 found, an optimizer and its numbers expected"),
        (with(68, 0), "byte 12: epsilon is 0, not a finite number above 0"),
        (with(76, 3), "byte 76: rules of gamma and beta 3 found, 0, 1 or 2 expected"),
        (with(76, 2), "byte 80: rules of gamma and beta 2 found, numbers within their ranges expected"),
        (with(80, 3), "byte 80: schedule 3 found, 0, 1 or 2 expected"),
        (with(92, 3), "found, 3 expected"),
        (with(96, 2), "byte 96: kind of pass 2 found, 0 or 1 expected"),
        (with(100, 1 << 31), "byte 100: number of the pass 2147483648 found, less than 2³¹ expected"),
        (with(108, 151), "byte 108: number of images drawn 151 found, no more than the pool expected"),
        (with(112, 1), "byte 112: 1 state tables found, 6 expected"),
        (with(116, 1), "byte 116: 1 values of a state table found"),
        (with(data_at, 3), "kind of data 3 found, 0, 1 or 2 expected"),
        (with(data_at + 4, u32::MAX), "bytes of the images expected"),
        (with(data_at + 4, 0), "images has 0 values, at least one image of 784 expected"),
        (with(end - 12, 0x0a0a_0a0a), "labels[146] is 10, 0 to 9 expected"),
        (good[..40].to_vec(), "byte 40: the end found, 4 bytes of device expected"),
        (good[..end - 1].to_vec(), "the end found, 8 bytes of the hash expected"),
        ([&good[..], &[0; 3]].concat(), "3 bytes more found, the end expected"),
        ([&good[..1000], &[good[1000] ^ 1], &good[1001..]].concat(), "the bytes before it have changed"),
    ];
    let told = |bytes: &[u8]| {
        Snapshot::from_bytes(bytes).err().map_or_else(|| "nothing".to_owned(), |error| error.to_string())
    };
    let failures: Vec<String> = table
        .iter()
        .map(|(bytes, want)| (told(bytes), want))
        .filter(|(found, want)| !(found.starts_with("snapshot: byte ") && found.contains(*want)))
        .map(|(found, want)| format!("{found:?}, not {want:?}"))
        .collect();
    assert_no_failures("messages", &failures);
}

#[test]
fn no_bytes_whatever_are_a_panic() {
    let mut run = run(Norm::None, DeviceChoice::Cpu);
    losses(&mut run, &[1]);
    let good = block_on(run.snapshot(false)).unwrap();
    let mut data = Data::new(9);
    let mut below = |n: usize| ((data.uniform(1, 0.0, 1.0)[0] * n as f32) as usize).min(n - 1);
    for round in 0..200 {
        let mut bytes = good.clone();
        for _ in 0..=below(2) {
            // Mostly the words that mean something; sometimes the values, and the end.
            let at = [8 + below(HEAD_BYTES), 12, 16, below(good.len()), good.len() - 1 - below(32)][below(5)];
            let wild = [0, 1, 2, 4, 6, 7, 8, 9, 10, 0x0f, 0x7f, 0xff][below(12)];
            bytes[at] = wild;
        }
        if round % 4 == 0 {
            bytes.truncate(below(good.len()).max(8));
        }
        let bytes = sealed(bytes);
        if let Ok((snapshot, _)) = Snapshot::from_bytes(&bytes) {
            // What is accepted is a run: it can be resumed and trained.
            if round % 8 == 1 {
                let mut trainer = block_on(Trainer::restore(snapshot.on(DeviceChoice::Cpu))).unwrap();
                let (images, labels) = examples(20, 3);
                drop(block_on(trainer.step(&Dataset::to_train(&images, &labels).unwrap(), 1)));
            }
        }
    }
    for n_bytes in 0..HEAD_BYTES + 8 {
        let fault = Snapshot::from_bytes(&good[..n_bytes]).err().unwrap().fault;
        assert!(matches!(fault, SnapshotFault::Magic { .. } | SnapshotFault::End { .. }), "{n_bytes}: {fault}");
    }
}
