//! A data set of labelled 28×28 images, from the first bytes of its files to the order in which images are drawn.
//!
//! Files may come in any order and in pieces; examples can be used as soon as both their image and label are here. Does
//! not fetch or unpack: `www/fetch_data.js` does. What is trained on and what is judged on have different types.
//!
//! Uses: norms::shape.

mod arrays;
mod batches;
mod idx;
mod idx_error;
mod train_on;

pub use arrays::ArraysError;
pub use batches::{Batches, BatchesState, Pass};
pub use idx::{Content, Header, IdxReader, MAX_VALUES, N_CLASSES};
pub use idx_error::{IdxError, IdxFault};
pub use train_on::TrainOn;

use crate::norms::shape::Shape;
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;
use tsify::Tsify;

/// Rows, and columns, per image.
pub const IMAGE_SIDE: u32 = Shape::IMAGE.h;

/// Pixels per image.
pub const IMAGE_LEN: usize = (IMAGE_SIDE * IMAGE_SIDE) as usize;

/// Training images of either data set, where a file has none missing.
pub const N_TRAIN: u32 = 60_000;

/// Test images of either data set.
pub const N_TEST: u32 = 10_000;

/// A data set that the playground ships.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum DataName {
    /// Handwritten digits (LeCun, Cortes, Burges).
    Mnist,
    /// Pieces of clothing (Zalando Research).
    FashionMnist,
}

impl DataName {
    /// The name of the data set's folder.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Mnist => "mnist",
            Self::FashionMnist => "fashion-mnist",
        }
    }
}

/// The part of a data set that a file holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum DataFile {
    /// Images to train on.
    TrainImages,
    /// Their labels.
    TrainLabels,
    /// Images to test on.
    TestImages,
    /// Their labels.
    TestLabels,
}

/// A data set, arriving or complete.
///
/// After an error it is of no further use: drop it and read the files again.
pub struct Dataset {
    train: TrainSet,
    test: TestSet,
}

/// Examples to train on.
pub type TrainSet = Examples<Train>;

/// Examples to test on, never to train on.
pub type TestSet = Examples<Test>;

/// Marks examples to train on.
pub enum Train {}

/// Marks examples to test on.
pub enum Test {}

/// Images and their labels, in the order of the files.
pub struct Examples<Purpose> {
    images: IdxReader,
    labels: IdxReader,
    purpose: PhantomData<Purpose>,
}

impl DataFile {
    /// All four. Labels come first: they are small, and without them no image can be used.
    pub const ALL: [Self; 4] = [Self::TrainLabels, Self::TestLabels, Self::TrainImages, Self::TestImages];

    /// The name of the unpacked file, which is the same for every data set.
    pub fn name(self) -> &'static str {
        match self {
            Self::TrainImages => "train-images-idx3-ubyte",
            Self::TrainLabels => "train-labels-idx1-ubyte",
            Self::TestImages => "t10k-images-idx3-ubyte",
            Self::TestLabels => "t10k-labels-idx1-ubyte",
        }
    }

    /// Returns the file with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|file| file.name() == name)
    }
}

impl Dataset {
    /// Makes a data set before anything has arrived.
    pub fn new() -> Self {
        Self {
            train: Examples::new(DataFile::TrainImages, DataFile::TrainLabels),
            test: Examples::new(DataFile::TestImages, DataFile::TestLabels),
        }
    }

    /// Makes a complete data set from the four unpacked files.
    ///
    /// # Errors
    /// As [`Dataset::push`] and [`Dataset::finish`].
    pub fn from_idx(
        train_images: &[u8],
        train_labels: &[u8],
        test_images: &[u8],
        test_labels: &[u8],
    ) -> Result<Self, IdxError> {
        let mut dataset = Self::new();
        for (file, bytes) in [
            (DataFile::TrainImages, train_images),
            (DataFile::TrainLabels, train_labels),
            (DataFile::TestImages, test_images),
            (DataFile::TestLabels, test_labels),
        ] {
            dataset.push(file, bytes)?;
            dataset.finish(file)?;
        }
        Ok(dataset)
    }

    /// Takes in the next unpacked bytes of `file`, any number of them.
    ///
    /// # Errors
    /// What is wrong with the file, as soon as that is known, or that the images and labels of one purpose differ in
    /// number.
    pub fn push(&mut self, file: DataFile, bytes: &[u8]) -> Result<(), IdxError> {
        let result = self.reader_mut(file).push(bytes);
        // These faults are in the headers, before any that the reader can find after them.
        match file {
            DataFile::TrainImages | DataFile::TrainLabels => self.train.check()?,
            DataFile::TestImages | DataFile::TestLabels => self.test.check()?,
        }
        result
    }

    /// Declares that `file` has no more bytes.
    ///
    /// # Errors
    /// If the file is too short.
    pub fn finish(&self, file: DataFile) -> Result<(), IdxError> {
        self.reader(file).finish()
    }

    /// The examples to train on.
    pub fn train(&self) -> &TrainSet {
        &self.train
    }

    /// The examples to test on.
    pub fn test(&self) -> &TestSet {
        &self.test
    }

    /// Number of training images that are here with their labels.
    pub fn n_ready(&self) -> u32 {
        self.train.n_ready()
    }

    /// Number of training images in all, once a header has arrived.
    pub fn n_train(&self) -> Option<u32> {
        self.train.n_total()
    }

    /// Whether all training and test examples are here.
    pub fn is_complete(&self) -> bool {
        self.train.is_complete() && self.test.is_complete()
    }

    fn reader(&self, file: DataFile) -> &IdxReader {
        match file {
            DataFile::TrainImages => &self.train.images,
            DataFile::TrainLabels => &self.train.labels,
            DataFile::TestImages => &self.test.images,
            DataFile::TestLabels => &self.test.labels,
        }
    }

    fn reader_mut(&mut self, file: DataFile) -> &mut IdxReader {
        match file {
            DataFile::TrainImages => &mut self.train.images,
            DataFile::TrainLabels => &mut self.train.labels,
            DataFile::TestImages => &mut self.test.images,
            DataFile::TestLabels => &mut self.test.labels,
        }
    }
}

impl Default for Dataset {
    fn default() -> Self {
        Self::new()
    }
}

impl<Purpose> Examples<Purpose> {
    fn new(images: DataFile, labels: DataFile) -> Self {
        Self {
            images: IdxReader::images(images.name()),
            labels: IdxReader::labels(labels.name()),
            purpose: PhantomData,
        }
    }

    /// Number of examples whose image and label are both here.
    pub fn n_ready(&self) -> u32 {
        // The reader bounds both lengths by MAX_VALUES, far below u32::MAX.
        (self.images.values().len() / IMAGE_LEN).min(self.labels.values().len()) as u32
    }

    /// Number of examples in all, once a header has arrived.
    pub fn n_total(&self) -> Option<u32> {
        self.images.header().or(self.labels.header()).map(|header| header.count)
    }

    /// Whether every example is here.
    pub fn is_complete(&self) -> bool {
        self.n_total() == Some(self.n_ready())
    }

    /// The 784 pixels of an image, row by row; 0 is background, 255 full ink.
    ///
    /// # Panics
    /// If image `example_idx` is not here.
    pub fn image(&self, example_idx: u32) -> &[u8] {
        &self.images.values()[example_idx as usize * IMAGE_LEN..][..IMAGE_LEN]
    }

    /// The class of an image, 0 to 9.
    ///
    /// # Panics
    /// If label `example_idx` is not here.
    pub fn label(&self, example_idx: u32) -> u8 {
        self.labels.values()[example_idx as usize]
    }

    /// The pixels of all images that are here, one after the other.
    pub fn pixels(&self) -> &[u8] {
        &self.images.values()[..self.n_ready() as usize * IMAGE_LEN]
    }

    /// The classes of the same images.
    pub fn labels(&self) -> &[u8] {
        &self.labels.values()[..self.n_ready() as usize]
    }

    /// Checks what the readers cannot know: the size of the images, and that both files have the same length.
    fn check(&self) -> Result<(), IdxError> {
        let Some(images) = self.images.header() else { return Ok(()) };
        let Header { count: want, height, width } = images;
        if (height, width) != (IMAGE_SIDE, IMAGE_SIDE) {
            return Err(self.images.error(8, IdxFault::ImageSize { height, width, want: IMAGE_SIDE }));
        }
        match self.labels.header() {
            Some(Header { count: found, .. }) if found != want => {
                let images_file = self.images.file().to_owned();
                Err(self.labels.error(4, IdxFault::Count { found, want, images_file }))
            }
            Some(_) | None => Ok(()),
        }
    }
}
