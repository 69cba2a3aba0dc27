//! The settings that are chosen by name: their values in the order of menus, their names in links, and their words on the
//! page. `tests/structure/choices.rs` writes them into `www/ui/race/model/choices.js`.

use super::{Net, Optimizer, Schedule};
use crate::engine::exec::DeviceChoice;
use crate::training::data::DataName;

/// A setting with named values.
pub trait Choice: Copy + PartialEq + 'static {
    /// Every value, in the order of menus.
    const ALL: &'static [Self];

    /// Its name in links.
    fn link(self) -> &'static str;

    /// Its name in the race's sentence.
    fn words(self) -> &'static str;

    /// The value with this name in links.
    fn of_link(link: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|choice| choice.link() == link)
    }
}

macro_rules! choices {
    ($($setting:ident { $($value:ident: $link:expr, $words:literal;)+ })+) => { $(
        impl Choice for $setting {
            const ALL: &'static [Self] = &[$(Self::$value),+];

            fn link(self) -> &'static str {
                match self { $(Self::$value => $link),+ }
            }

            fn words(self) -> &'static str {
                match self { $(Self::$value => $words),+ }
            }
        }
    )+ };
}

choices! {
    DataName {
        Mnist: Self::Mnist.folder(), "MNIST";
        FashionMnist: Self::FashionMnist.folder(), "Fashion-MNIST";
    }
    Net {
        Tutorial: "tutorial", "a tutorial’s net with one convolution";
        SourceD: "D", "a net with two convolutions";
        Deep: "deep", "a net with eight convolutions";
        RowRnn: "rnn", "a recurrent net over 28 rows";
        RowGru: "gru", "a GRU over 28 rows";
    }
    Optimizer {
        Adam: "adam", "Adam";
        AmsGrad: "amsgrad", "AMSGrad";
        Sgd: "sgd", "SGD";
    }
    Schedule {
        Constant: "0", "constant";
        Plateau: "1", "lowered on a plateau";
        Keras21: "2", "lowered on a plateau, as in Keras 2.1";
    }
    DeviceChoice {
        Auto: "auto", "the faster engine";
        Gpu: "gpu", "the GPU";
        Cpu: "cpu", "the CPU";
    }
}
