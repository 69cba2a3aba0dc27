//! Which images of a set are trained on.

use super::{ArraysError, Dataset};
use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// The part of a data set that is trained on; all of the test images are judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum TrainOn {
    /// All training images.
    Train,
    /// The first so many training images of every class.
    FirstOfEachClass(u32),
    /// The test images, as the tutorial does: what is judged has then been seen.
    Test,
}

impl TrainOn {
    /// These images, and all test images of a complete set; `None` where they are the set itself.
    ///
    /// # Errors
    /// None of a complete set: [`ArraysError`] is of its lengths.
    pub fn part(self, whole: &Dataset) -> Result<Option<Dataset>, ArraysError> {
        let test = (whole.test().pixels(), whole.test().labels());
        match self {
            Self::Train => Ok(None),
            Self::Test => Dataset::from_arrays(test, test).map(Some),
            Self::FirstOfEachClass(n) => {
                let (pixels, labels) = whole.train().first_of_each_class(n);
                Dataset::from_arrays((&pixels, &labels), test).map(Some)
            }
        }
    }

    /// Images of an epoch, of a set with `n_train` training and `n_test` test images.
    pub fn n_images(self, n_train: u32, n_test: u32) -> u32 {
        match self {
            Self::Train => n_train,
            Self::FirstOfEachClass(n) => (10 * n).min(n_train),
            Self::Test => n_test,
        }
    }
}
