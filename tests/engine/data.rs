//! Data sets: the files that the page ships, files in pieces, and malformed files.

mod batches;
mod malformed;

use anyhow::{Context, Result};
use blue_cube::data::{DataFile, Dataset, IMAGE_LEN, IdxReader};
use proptest::prelude::*;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The unpacked bytes of a file that the page ships.
fn shipped(data: &str, file: DataFile) -> Result<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/data").join(data).join(format!("{}.gz", file.name()));
    let packed = File::open(&path).with_context(|| path.display().to_string())?;
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(packed).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn shipped_dataset(data: &str) -> Result<Dataset> {
    let [train_images, train_labels, test_images, test_labels] =
        [DataFile::TrainImages, DataFile::TrainLabels, DataFile::TestImages, DataFile::TestLabels]
            .map(|file| shipped(data, file));
    Ok(Dataset::from_idx(&train_images?, &train_labels?, &test_images?, &test_labels?)?)
}

/// The bytes of an IDX file of unsigned bytes.
fn idx(axes: &[u32], values: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, axes.len() as u8];
    bytes.extend(axes.iter().flat_map(|length| length.to_be_bytes()));
    bytes.extend(values);
    bytes
}

/// A small image file whose pixels show their position.
fn idx_images(n: u32) -> Vec<u8> {
    let pixels: Vec<u8> = (0..n as usize * IMAGE_LEN).map(|pixel| (pixel % 251) as u8).collect();
    idx(&[n, 28, 28], &pixels)
}

/// A small label file.
fn idx_labels(n: u32) -> Vec<u8> {
    let labels: Vec<u8> = (0..n).map(|label| (label % 10) as u8).collect();
    idx(&[n], &labels)
}

#[test]
fn shipped_sets_are_whole() -> Result<()> {
    for (data, n_train) in [("mnist", 60_000), ("fashion-mnist", 59_947)] {
        let dataset = shipped_dataset(data)?;
        assert!(dataset.is_complete(), "{data}");
        assert_eq!((dataset.n_ready(), dataset.n_train()), (n_train, Some(n_train)), "{data}");
        assert_eq!((dataset.test().n_ready(), dataset.test().n_total()), (10_000, Some(10_000)), "{data}");
        assert_eq!(dataset.train().image(n_train - 1).len(), IMAGE_LEN, "{data}");
    }
    Ok(())
}

#[test]
fn mnist_begins_with_the_known_digits() -> Result<()> {
    let dataset = shipped_dataset("mnist")?;
    let train: Vec<u8> = (0..10).map(|example_idx| dataset.train().label(example_idx)).collect();
    let test: Vec<u8> = (0..10).map(|example_idx| dataset.test().label(example_idx)).collect();
    assert_eq!(train, [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    assert_eq!(test, [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    // The mean pixel divided by full ink, by which every tutorial normalizes.
    let ink: u64 = (0..60_000).flat_map(|example_idx| dataset.train().image(example_idx)).map(|&p| u64::from(p)).sum();
    let mean = ink as f64 / (60_000.0 * IMAGE_LEN as f64 * 255.0);
    assert!((mean - 0.1307).abs() < 5e-5, "mean pixel {mean}");
    Ok(())
}

#[test]
fn a_real_file_in_odd_pieces_equals_one_push() -> Result<()> {
    let bytes = shipped("mnist", DataFile::TestImages)?;
    let mut whole = IdxReader::images("whole");
    whole.push(&bytes)?;
    for piece_bytes in [1, 7, 783, 785, 65_537] {
        let mut pieces = IdxReader::images("pieces");
        for piece in bytes.chunks(piece_bytes) {
            pieces.push(piece)?;
        }
        pieces.finish()?;
        assert!(pieces.values() == whole.values(), "pieces of {piece_bytes}");
        assert_eq!(pieces.header(), whole.header());
    }
    Ok(())
}

#[test]
fn examples_are_ready_once_image_and_label_are_here() -> Result<()> {
    let (images, labels) = (idx_images(3), idx_labels(3));
    let mut dataset = Dataset::new();
    assert_eq!((dataset.n_ready(), dataset.n_train()), (0, None));
    dataset.push(DataFile::TrainImages, &images[..16 + 2 * IMAGE_LEN + 5])?;
    assert_eq!((dataset.n_ready(), dataset.n_train()), (0, Some(3)));
    dataset.push(DataFile::TrainLabels, &labels[..8 + 1])?;
    assert_eq!(dataset.n_ready(), 1);
    dataset.push(DataFile::TrainLabels, &labels[8 + 1..])?;
    assert_eq!(dataset.n_ready(), 2);
    assert!(!dataset.train().is_complete());
    dataset.push(DataFile::TrainImages, &images[16 + 2 * IMAGE_LEN + 5..])?;
    assert!(dataset.train().is_complete());
    assert_eq!(dataset.train().image(2), &images[16 + 2 * IMAGE_LEN..]);
    assert_eq!(dataset.train().label(2), 2);
    assert!(!dataset.is_complete(), "the test images are still missing");
    Ok(())
}

#[test]
fn files_are_known_by_name() {
    for file in DataFile::ALL {
        assert_eq!(DataFile::from_name(file.name()), Some(file));
    }
    assert_eq!(DataFile::from_name("train-images"), None);
}

proptest! {
    #[test]
    fn any_cut_into_pieces_reads_the_same(
        n in 1_u32..4,
        cuts in prop::collection::vec(0_usize..2_500, 0..12),
        spoilt in prop::option::of((0_usize..2_400, any::<u8>())),
    ) {
        let mut bytes = idx_images(n);
        if let Some((at, byte)) = spoilt {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        let mut whole = IdxReader::images("file");
        let whole_result = whole.push(&bytes).and_then(|()| whole.finish());

        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
        cuts.push(bytes.len());
        cuts.sort_unstable();
        let mut pieces = IdxReader::images("file");
        let mut begin = 0;
        let mut pieces_result = Ok(());
        for end in cuts {
            pieces_result = pieces_result.and_then(|()| pieces.push(&bytes[begin..end]));
            begin = end;
        }
        pieces_result = pieces_result.and_then(|()| pieces.finish());

        prop_assert_eq!(whole_result, pieces_result);
        prop_assert!(whole.values() == pieces.values());
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..64), plausible in any::<bool>()) {
        let mut bytes = bytes;
        if plausible && bytes.len() >= 4 {
            bytes[..4].copy_from_slice(&[0, 0, 8, 1]);
        }
        let mut labels = IdxReader::labels("file");
        let result = labels.push(&bytes).and_then(|()| labels.finish());
        if let Err(error) = result {
            prop_assert!(error.to_string().starts_with("file: byte "));
        }
    }
}
