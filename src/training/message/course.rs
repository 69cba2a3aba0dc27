//! What a race trains on and what its lanes are shown.

use crate::training::data::{DataName, IMAGE_LEN, TestSet, TrainOn};
use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// What the lanes of a race learn, and how they are evaluated.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Course {
    /// The images.
    pub data: DataName,
    /// The images to train on.
    pub train_on: TrainOn,
    /// A lane is evaluated whenever it has seen this many more images, and on all test images after each epoch; 0 for
    /// the latter only.
    pub judge_every: u32,
    /// The number of test images, from the first, for evaluations within an epoch.
    pub judge_images: u32,
}

/// The images that a lane is shown when its network is looked into.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Shown {
    /// The first images of the test set.
    Test {
        /// From 1 to the number of images that the lane evaluates at a time.
        n_images: u32,
    },
    /// An image that was drawn by hand.
    Drawn {
        /// 28×28 pixels, row-major, 0 is background and 255 full ink.
        #[serde(with = "super::bytes")]
        #[tsify(type = "Uint8Array")]
        pixels: Vec<u8>,
    },
}

impl Shown {
    /// The pixels; at most `most` images of the test set.
    pub fn pixels<'a>(&'a self, test: &'a TestSet, most: u32) -> &'a [u8] {
        match self {
            Self::Drawn { pixels } => pixels,
            Self::Test { n_images } => {
                let n_images = (*n_images).clamp(1, most.max(1)).min(test.n_ready()) as usize;
                &test.pixels()[..n_images * IMAGE_LEN]
            }
        }
    }
}
