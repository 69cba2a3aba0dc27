//! Data sets of images and labels in memory, from sources other than our files.

use super::{Content, DataFile, Dataset, Examples, IMAGE_LEN, IMAGE_SIDE, IdxError, N_CLASSES};
use thiserror::Error;

/// Why images and labels are not a data set.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum ArraysError {
    /// No images at all.
    #[error("images has 0 values, at least one image of {IMAGE_LEN} expected")]
    Empty,
    /// An incomplete image.
    #[error("images has {found} values, a multiple of {IMAGE_LEN} ({IMAGE_SIDE}×{IMAGE_SIDE}) expected")]
    Pixels {
        /// Values given.
        found: usize,
    },
    /// More or fewer labels than images.
    #[error("labels has {found} values, {n_images} expected, one per image")]
    Labels {
        /// Labels given.
        found: usize,
        /// Images given.
        n_images: usize,
    },
    /// A label that does not name a class.
    #[error("labels[{index}] is {found}, 0 to {} expected", N_CLASSES - 1)]
    Label {
        /// The index of the label.
        index: usize,
        /// The label.
        found: u8,
    },
    /// More images than there is room for.
    #[error(transparent)]
    Room(#[from] IdxError),
}

impl Dataset {
    /// Makes a complete set to train on, without test images.
    ///
    /// # Shapes
    /// `images`: \[N, 28, 28\], 0 is background, 255 full ink; `labels`: \[N\], 0 to 9.
    ///
    /// # Errors
    /// [`ArraysError`] if lengths or labels are wrong.
    pub fn to_train(images: &[u8], labels: &[u8]) -> Result<Self, ArraysError> {
        Self::of_arrays([DataFile::TrainImages, DataFile::TrainLabels], images, labels)
    }

    /// Makes a complete set to test on, without training images; as [`Dataset::to_train`].
    ///
    /// # Errors
    /// [`ArraysError`] if lengths or labels are wrong.
    pub fn to_judge(images: &[u8], labels: &[u8]) -> Result<Self, ArraysError> {
        Self::of_arrays([DataFile::TestImages, DataFile::TestLabels], images, labels)
    }

    /// Makes a complete set to train and to test on; each half as in [`Dataset::to_train`].
    ///
    /// # Errors
    /// [`ArraysError`] if lengths or labels are wrong.
    pub fn from_arrays(train: (&[u8], &[u8]), test: (&[u8], &[u8])) -> Result<Self, ArraysError> {
        let mut dataset = Self::to_train(train.0, train.1)?;
        dataset.put([DataFile::TestImages, DataFile::TestLabels], test.0, test.1)?;
        Ok(dataset)
    }

    fn of_arrays(files: [DataFile; 2], images: &[u8], labels: &[u8]) -> Result<Self, ArraysError> {
        let mut dataset = Self::new();
        dataset.put(files, images, labels)?;
        Ok(dataset)
    }

    fn put(&mut self, files: [DataFile; 2], images: &[u8], labels: &[u8]) -> Result<(), ArraysError> {
        check(images, labels)?;
        // If there are more than u32::MAX, the reader refuses them, whatever the header says.
        let n_images = u32::try_from(labels.len()).unwrap_or(u32::MAX);
        let heads: [&[u32]; 2] =
            [&[Content::Images.magic(), n_images, IMAGE_SIDE, IMAGE_SIDE], &[Content::Labels.magic(), n_images]];
        for ((file, head), values) in files.into_iter().zip(heads).zip([images, labels]) {
            let head: Vec<u8> = head.iter().flat_map(|word| word.to_be_bytes()).collect();
            self.push(file, &head)?;
            self.push(file, values)?;
            self.finish(file)?;
        }
        Ok(())
    }
}

impl<Purpose> Examples<Purpose> {
    /// The pixels and labels of the first `n` examples of every class, or of all if there are fewer, in order.
    pub fn first_of_each_class(&self, n: u32) -> (Vec<u8>, Vec<u8>) {
        let mut n_kept = [0; N_CLASSES as usize];
        let (mut images, mut labels) = (Vec::new(), Vec::new());
        for example_idx in 0..self.n_ready() {
            let label = self.label(example_idx);
            let of_class = &mut n_kept[usize::from(label)];
            if *of_class < n {
                *of_class += 1;
                images.extend_from_slice(self.image(example_idx));
                labels.push(label);
            }
        }
        (images, labels)
    }
}

fn check(images: &[u8], labels: &[u8]) -> Result<(), ArraysError> {
    let n_images = images.len() / IMAGE_LEN;
    if images.is_empty() {
        return Err(ArraysError::Empty);
    }
    if !images.len().is_multiple_of(IMAGE_LEN) {
        return Err(ArraysError::Pixels { found: images.len() });
    }
    if labels.len() != n_images {
        return Err(ArraysError::Labels { found: labels.len(), n_images });
    }
    match labels.iter().position(|&label| label >= N_CLASSES) {
        Some(index) => Err(ArraysError::Label { index, found: labels[index] }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_become_a_complete_set() {
        let images: Vec<u8> = (0..3 * IMAGE_LEN).map(|i| (i % 251) as u8).collect();
        let data = Dataset::to_train(&images, &[4, 0, 9]).unwrap();
        assert_eq!((data.n_ready(), data.n_train()), (3, Some(3)));
        assert_eq!((data.train().pixels(), data.train().labels()), (&images[..], &[4, 0, 9][..]));
        assert_eq!((data.train().image(2), data.train().label(2)), (&images[2 * IMAGE_LEN..], 9));
        assert_eq!(data.test().n_ready(), 0);
        assert_eq!(Dataset::to_judge(&images, &[4, 0, 9]).unwrap().test().n_ready(), 3);
    }

    #[test]
    fn halves_become_one_set_and_a_class_gives_its_first() {
        let images: Vec<u8> = (0..4 * IMAGE_LEN).map(|i| (i / IMAGE_LEN) as u8).collect();
        let data = Dataset::from_arrays((&images, &[4, 0, 4, 4]), (&images[..IMAGE_LEN], &[7])).unwrap();
        assert!(data.is_complete());
        let (pixels, labels) = data.train().first_of_each_class(2);
        assert_eq!(labels, [4, 0, 4]);
        assert_eq!(pixels, images[..3 * IMAGE_LEN]);
    }

    #[test]
    fn wrong_arrays_are_told() {
        let image = [0; IMAGE_LEN];
        let told = |images: &[u8], labels: &[u8]| Dataset::to_train(images, labels).err().unwrap().to_string();
        assert_eq!(told(&[], &[]), "images has 0 values, at least one image of 784 expected");
        assert_eq!(told(&image[1..], &[0]), "images has 783 values, a multiple of 784 (28×28) expected");
        assert_eq!(told(&image, &[0, 1]), "labels has 2 values, 1 expected, one per image");
        assert_eq!(told(&image, &[10]), "labels[0] is 10, 0 to 9 expected");
    }
}
