//! The images that the playground ships.

#![allow(dead_code, reason = "every test binary takes the part it needs")]

use blue_cube::data::{DataFile, DataName, Dataset};
use std::io::Read as _;
use std::path::Path;

/// All of MNIST.
pub(crate) fn dataset() -> Dataset {
    of(DataName::Mnist)
}

/// All of a data set.
pub(crate) fn of(data: DataName) -> Dataset {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/data").join(data.folder());
    let read = |file: DataFile| {
        let path = folder.join(format!("{}.gz", file.name()));
        let mut bytes = Vec::new();
        let packed = std::fs::File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        flate2::read::GzDecoder::new(packed).read_to_end(&mut bytes).unwrap();
        bytes
    };
    let [images, labels, test_images, test_labels] =
        [DataFile::TrainImages, DataFile::TrainLabels, DataFile::TestImages, DataFile::TestLabels].map(read);
    Dataset::from_idx(&images, &labels, &test_images, &test_labels).unwrap()
}
