//! Which images of a set are trained on.

use super::{ArraysError, Dataset};
use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// The part of a data set that is trained on; evaluation always uses the test images.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum TrainOn {
    /// All training images.
    Train,
    /// This many training images of every class, in order.
    FirstOfEachClass(u32),
    /// The test images, as in the tutorial: evaluation then uses images that were trained on.
    Test,
}

impl TrainOn {
    /// Returns these images, and all test images of a complete set; `None` if they are the set itself.
    ///
    /// # Errors
    /// [`ArraysError`] for invalid lengths, which a complete set does not have.
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

    /// Images per epoch, for a set with `n_train` training and `n_test` test images.
    pub fn n_images(self, n_train: u32, n_test: u32) -> u32 {
        match self {
            Self::Train => n_train,
            Self::FirstOfEachClass(n) => (10 * n).min(n_train),
            Self::Test => n_test,
        }
    }
}
