//! Malformed files: each gets a message of its own that names file, byte and expectation.

use super::{idx, idx_images, idx_labels};
use blue_cube::data::DataFile::{self, TestImages, TestLabels, TrainImages, TrainLabels};
use blue_cube::data::{Dataset, IdxError};
use expect_test::expect;
use std::collections::HashSet;

/// Files in the order they arrive, the last one malformed.
type Case = Vec<(DataFile, Vec<u8>)>;

fn cases() -> Vec<Case> {
    let with = |mut bytes: Vec<u8>, at: usize, byte: u8| {
        bytes[at] = byte;
        bytes
    };
    let cut = |bytes: Vec<u8>, len: usize| bytes[..len].to_vec();
    let longer = |bytes: Vec<u8>| [bytes, vec![0; 3]].concat();
    vec![
        vec![(TrainImages, Vec::new())],
        vec![(TrainImages, cut(idx_images(2), 3))],
        vec![(TrainImages, cut(idx_images(2), 15))],
        vec![(TrainLabels, cut(idx_labels(2), 7))],
        vec![(TrainImages, b"<!doctype html><title>404</title>".to_vec())],
        vec![(TrainImages, vec![0x1f, 0x8b, 8, 8, 0, 0, 0, 0])],
        vec![(TrainImages, idx_labels(20))],
        vec![(TrainLabels, idx_images(2))],
        vec![(TestImages, with(idx_images(2), 2, 0x0d))],
        vec![(TestLabels, with(idx_labels(2), 2, 0x77))],
        vec![(TrainImages, with(idx_images(2), 3, 2))],
        vec![(TrainImages, idx(&[0, 28, 28], &[]))],
        vec![(TrainImages, idx(&[2, 0, 28], &[]))],
        vec![(TrainImages, idx(&[2, 28, 0], &[]))],
        vec![(TestLabels, idx(&[0], &[]))],
        vec![(TrainImages, idx(&[u32::MAX, u32::MAX, u32::MAX], &[]))],
        vec![(TestImages, idx(&[342_393, 28, 28], &[]))],
        vec![(TestLabels, idx(&[1 << 31], &[]))],
        vec![(TrainImages, idx(&[2, 32, 32], &[0; 2048]))],
        vec![(TestImages, idx(&[2, 28, 14], &[0; 900]))],
        vec![(TrainImages, cut(idx_images(2), 16 + 784 + 1))],
        vec![(TrainLabels, cut(idx_labels(20), 27))],
        vec![(TestImages, longer(idx_images(2)))],
        vec![(TestLabels, longer(idx_labels(20)))],
        vec![(TrainLabels, with(idx_labels(20), 8 + 4, 10))],
        vec![(TestLabels, with(idx_labels(20), 8 + 19, 255))],
        vec![(TrainImages, idx_images(2)), (TrainLabels, idx_labels(3))],
        vec![(TestLabels, idx_labels(3)), (TestImages, idx_images(2))],
    ]
}

/// Pushes the files in pieces of `piece_bytes` until one is refused.
fn read(case: &Case, piece_bytes: usize) -> Result<(), IdxError> {
    let mut dataset = Dataset::new();
    for (file, bytes) in case {
        for piece in bytes.chunks(piece_bytes) {
            dataset.push(*file, piece)?;
        }
        dataset.finish(*file)?;
    }
    Ok(())
}

#[test]
fn every_malformed_file_is_named() {
    let messages: Vec<String> = cases()
        .iter()
        .map(|case| read(case, usize::MAX).expect_err("every case has something wrong with it").to_string())
        .collect();
    assert_eq!(messages.iter().collect::<HashSet<_>>().len(), messages.len(), "all messages differ");
    expect![[r#"
        train-images-idx3-ubyte: byte 0: end of file found, a header of 16 bytes expected
        train-images-idx3-ubyte: byte 3: end of file found, a header of 16 bytes expected
        train-images-idx3-ubyte: byte 15: end of file found, a header of 16 bytes expected
        train-labels-idx1-ubyte: byte 7: end of file found, a header of 8 bytes expected
        train-images-idx3-ubyte: byte 0: magic 0x3c21646f (1008821359) found, 0x00000803 (2051, images) expected
        train-images-idx3-ubyte: byte 0: gzip data found, an unpacked IDX file with magic 0x00000803 (2051, images) expected
        train-images-idx3-ubyte: byte 0: magic 0x00000801 (2049) found, 0x00000803 (2051, images) expected
        train-labels-idx1-ubyte: byte 0: magic 0x00000803 (2051) found, 0x00000801 (2049, labels) expected
        t10k-images-idx3-ubyte: byte 2: element type 0x0d (32-bit float) found, 0x08 (unsigned byte) expected
        t10k-labels-idx1-ubyte: byte 2: element type 0x77 (unknown) found, 0x08 (unsigned byte) expected
        train-images-idx3-ubyte: byte 0: magic 0x00000802 (2050) found, 0x00000803 (2051, images) expected
        train-images-idx3-ubyte: byte 4: 0 images found, at least 1 expected
        train-images-idx3-ubyte: byte 8: 0 rows found, at least 1 expected
        train-images-idx3-ubyte: byte 12: 0 columns found, at least 1 expected
        t10k-labels-idx1-ubyte: byte 4: 0 labels found, at least 1 expected
        train-images-idx3-ubyte: byte 4: 4294967295×4294967295×4294967295 values found, at most 268435456 expected
        t10k-images-idx3-ubyte: byte 4: 342393×28×28 values found, at most 268435456 expected
        t10k-labels-idx1-ubyte: byte 4: 2147483648×1×1 values found, at most 268435456 expected
        train-images-idx3-ubyte: byte 8: images of 32×32 found, 28×28 expected
        t10k-images-idx3-ubyte: byte 8: images of 28×14 found, 28×28 expected
        train-images-idx3-ubyte: byte 801: end of file found, 1584 bytes expected
        train-labels-idx1-ubyte: byte 27: end of file found, 28 bytes expected
        t10k-images-idx3-ubyte: byte 1584: more data found, the end of the file expected after 1584 bytes
        t10k-labels-idx1-ubyte: byte 28: more data found, the end of the file expected after 28 bytes
        train-labels-idx1-ubyte: byte 12: label 10 found, 0 to 9 expected
        t10k-labels-idx1-ubyte: byte 27: label 255 found, 0 to 9 expected
        train-labels-idx1-ubyte: byte 4: 3 labels found, 2 expected, as many as train-images-idx3-ubyte has images
        t10k-labels-idx1-ubyte: byte 4: 3 labels found, 2 expected, as many as t10k-images-idx3-ubyte has images"#]].assert_eq(&messages.join("\n"));
}

#[test]
fn pieces_do_not_change_the_message() {
    for (case_idx, case) in cases().iter().enumerate() {
        for piece_bytes in [1, 5, 1000] {
            assert_eq!(read(case, usize::MAX), read(case, piece_bytes), "case {case_idx}, pieces of {piece_bytes}");
        }
    }
}

#[test]
fn an_error_stays() {
    let mut dataset = Dataset::new();
    let refused = dataset.push(TrainLabels, &[9; 4]);
    assert!(refused.is_err());
    assert_eq!(dataset.push(TrainLabels, &idx_labels(2)), refused);
    assert_eq!(dataset.finish(TrainLabels), refused);
}

#[test]
fn the_count_is_compared_before_the_values_arrive() {
    let mut dataset = Dataset::new();
    assert_eq!(dataset.push(TrainLabels, &idx_labels(3)[..8]), Ok(()));
    assert!(dataset.push(TrainImages, &idx_images(2)[..16]).is_err());
}
