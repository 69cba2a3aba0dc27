//! Layer names and group numbers that mean a different partition from the one claimed.

use super::samples::sample;
use super::{Erratum, Outcome, Patch};
use crate::figure::scene::FIRST_SHAPE;
use crate::norms::grouping::Grouping;
use crate::norms::grouping::tiling::Axis;
use crate::norms::moments::Moments;
use crate::norms::norm::{AxesNorm, Norm};
use crate::norms::shape::Shape;
use std::num::NonZeroU32;

/// The output of the tutorial's convolution for one digit.
const TUTORIAL: Shape = Shape { n: 1, c: 10, h: 26, w: 26 };

/// The "group size three" of the walkthrough's illustration, passed to a layer that asks for the number of groups.
pub(super) fn group_size() -> Erratum {
    let norms = [3, 2].map(group);
    let [as_written, corrected] = norms.map(|norm| Outcome::count(values_a_mean(norm, FIRST_SHAPE)));
    Erratum {
        id: "walk-group-size",
        source: "The walkthrough",
        words: "takes G for the group size; a layer reads its 3 as 3 groups",
        quantity: "values per mean",
        as_written,
        corrected,
        scenes: Some(norms.map(|norm| Patch::norm(norm).of(FIRST_SHAPE))),
    }
}

/// Keras' layer norm over the last axis of N×H×W×C.
pub(super) fn per_pixel() -> Erratum {
    over_one_axis(
        Axis::C,
        "tutorial-axis-3",
        "The tutorial",
        "says LayerNormalization(axis=3) takes a sample’s mean; it takes each pixel’s",
    )
}

/// The same over H.
pub(super) fn down_a_column() -> Erratum {
    over_one_axis(
        Axis::H,
        "translation-axis-1",
        "Its translation",
        "has axis=1, which in N×H×W×C is H: one mean per column of pixels",
    )
}

fn over_one_axis(axis: Axis, id: &'static str, source: &'static str, words: &'static str) -> Erratum {
    let norms = [Norm::Axes(AxesNorm::over(&[axis])), Norm::Layer];
    let [as_written, corrected] = norms.map(|norm| Outcome::count(values_a_mean(norm, TUTORIAL)));
    let scenes = Some(norms.map(Patch::norm));
    Erratum { id, source, words, quantity: "values per mean", as_written, corrected, scenes }
}

/// A layer named instance norm that has one mean per sample.
pub(super) fn whole_sample() -> Erratum {
    /// The output of the notebook's first convolution for one image.
    const NOTEBOOK: Shape = Shape { n: 1, c: 32, h: 26, w: 26 };
    let norms = [Norm::Layer, Norm::Instance];
    let [as_written, corrected] = norms.map(|norm| {
        let tilings = norm.tilings(NOTEBOOK).expect("layer and instance norm fit every shape");
        Outcome::count(tilings[0].n_tiles())
    });
    Erratum {
        id: "notebook-instance",
        source: "The notebook",
        words: "calls a norm of whole samples “InstanceNorm”; it is layer norm",
        quantity: "means per image",
        as_written,
        corrected,
        scenes: Some(norms.map(Patch::norm)),
    }
}

/// 10 channels in 4 groups, for 4 samples: the reshape to (−1, G, C // G, H, W) makes 5 samples of 8 channels.
pub(super) fn reshaped() -> Erratum {
    const SAMPLES: Shape = Shape { n: 4, c: 10, h: 4, w: 4 };
    const GROUPS: NonZeroU32 = NonZeroU32::new(4).expect("4 is not 0");
    let (whole, channels_a_group) = (SAMPLES.len(), SAMPLES.c / GROUPS);
    let image = GROUPS.get() * channels_a_group * SAMPLES.plane_len();
    Erratum {
        id: "notebook-reshape",
        source: "The notebook",
        words: "puts 10 channels into 4 groups: its reshape mixes up the samples",
        quantity: "samples out of 4",
        as_written: Outcome::count(whole / image),
        corrected: match Grouping::group(SAMPLES, GROUPS) {
            Ok(_) => Outcome::count(SAMPLES.n),
            Err(error) => Outcome::refusal(&error),
        },
        scenes: None,
    }
}

/// "At batch size 1 the variance is 0" is true where H = W = 1; elsewhere batch norm is then instance norm.
pub(super) fn batch_of_one() -> Erratum {
    let shapes = [1, 4].map(|edge| Shape { n: 1, h: edge, w: edge, ..FIRST_SHAPE });
    let [as_written, corrected] = shapes.map(|shape| Outcome::number(least_variance(shape), 2));
    Erratum {
        id: "overview-batch-1",
        source: "The overview",
        words: "says batch size 1 has variance 0: only if H = W = 1; otherwise it is instance norm",
        quantity: "smallest variance",
        as_written,
        corrected,
        scenes: Some(shapes.map(|shape| Patch::norm(Norm::Batch).of(shape))),
    }
}

fn least_variance(shape: Shape) -> f64 {
    let x = sample(shape, |_| (0.0, 1.0));
    let planes = x.chunks(shape.plane_len() as usize);
    planes.map(|plane| f64::from(Moments::of(plane).variance())).fold(f64::INFINITY, f64::min)
}

fn group(groups: u32) -> Norm {
    Norm::Group { groups: NonZeroU32::new(groups).expect("no erratum has 0 groups") }
}

fn values_a_mean(norm: Norm, shape: Shape) -> u32 {
    norm.tilings(shape).expect("an erratum's norm fits its shape")[0].tile_len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::errata::samples::{max_difference, normalized};
    use crate::norms::norm::DEFAULT_EPSILON;

    /// max |batch norm − instance norm|.
    fn batch_less_instance(shape: Shape) -> f64 {
        let x = sample(shape, |channel| (channel as f32, 1.0));
        let [batch, instance] = [Norm::Batch, Norm::Instance].map(|norm| normalized(norm, shape, DEFAULT_EPSILON, &x));
        max_difference(&batch, &instance)
    }

    #[test]
    fn of_one_image_batch_norm_is_instance_norm_to_the_bit() {
        for edge in [2, 4, 7] {
            assert_eq!(batch_less_instance(Shape { n: 1, c: 6, h: edge, w: edge }), 0.0);
        }
        assert!(batch_less_instance(FIRST_SHAPE) > 0.1, "they differ for four images");
    }
}
