//! Scenes of all methods on random shapes, and which values share a mean in them, straight from the definitions.

#![allow(dead_code, reason = "each test takes what it needs")]

use blue_cube::grouping::tiling::Axis;
use blue_cube::norm::{AxesNorm, Norm, NormKind};
use blue_cube::scene::{Method, Mode, OwnTile, Place, Scene};
use blue_cube::shape::Shape;
use proptest::prelude::*;
use std::num::NonZeroU32;

pub(crate) fn group(groups: u32) -> Norm {
    Norm::Group { groups: nonzero(groups) }
}

pub(crate) fn with_method(method: Method) -> Scene {
    Scene { method, ..Scene::default() }
}

pub(crate) fn places(shape: Shape) -> impl Iterator<Item = Place> {
    (0..shape.len()).map(move |i| {
        let (plane, k) = (i / shape.plane_len(), i % shape.plane_len());
        Place { n: plane / shape.c, c: plane % shape.c, h: k / shape.w, w: k % shape.w }
    })
}

/// How many means of its own tensor `a` shares with `b`, and out of how many.
pub(crate) fn shared(scene: &Scene, a: Place, b: Place) -> (usize, usize) {
    let kept = scene.mode == Mode::Eval;
    let batch = a.c == b.c;
    let layer = a.n == b.n;
    let count = |all: &[bool]| (all.iter().filter(|own| **own).count(), all.len());
    let norm = match scene.method {
        Method::Own(own) => {
            let (images, channels) = (own.images.get(), own.channels.get());
            let planes = a.n / images == b.n / images && a.c / channels == b.c / channels;
            return count(&[planes && (!own.pixel || (a.h, a.w) == (b.h, b.w))]);
        }
        Method::Norm(norm) => norm,
    };
    let batch_kind = |own: bool| if kept { (0, 0) } else { count(&[own]) };
    match norm {
        Norm::None => (0, 0),
        Norm::Batch | Norm::SyncBatch { .. } => batch_kind(batch),
        Norm::GhostBatch { size } => batch_kind(batch && a.n / size == b.n / size),
        Norm::Layer => count(&[layer]),
        Norm::Layer2d => count(&[layer && (a.h, a.w) == (b.h, b.w)]),
        Norm::Instance => count(&[layer && batch]),
        Norm::Group { groups } | Norm::GroupRms { groups } => {
            let of = |c: u32| c * groups.get() / scene.shape.c;
            count(&[layer && of(a.c) == of(b.c)])
        }
        Norm::BatchInstance if kept => count(&[layer && batch]),
        Norm::BatchInstance => count(&[layer && batch, batch]),
        Norm::Switchable if kept => count(&[layer && batch, layer]),
        Norm::Switchable => count(&[layer && batch, layer, batch]),
        Norm::Axes(axes) | Norm::Rms(axes) => {
            let of = |c: u32| c * axes.groups.get() / scene.shape.c;
            let over = |axis, same: bool| axes.axes.contains(axis) || same;
            let channels = if axes.axes.contains(Axis::C) { of(a.c) == of(b.c) } else { a.c == b.c };
            count(&[over(Axis::N, a.n == b.n) && channels && over(Axis::H, a.h == b.h) && over(Axis::W, a.w == b.w)])
        }
    }
}

/// Any method on any small shape, with the star anywhere.
pub(crate) fn any_scene() -> impl Strategy<Value = Scene> {
    let shape = (1_u32..=6, 1_u32..=8, 1_u32..=5, 1_u32..=5).prop_map(|(n, c, h, w)| Shape::new(n, c, h, w));
    shape.prop_flat_map(|shape| {
        let star = (0..shape.n, 0..shape.c, 0..shape.h, 0..shape.w);
        let star = star.prop_map(|(n, c, h, w)| Place { n, c, h, w });
        let mode = prop::sample::select(vec![Mode::Train, Mode::Train, Mode::Eval]);
        (Just(shape), any_method(shape), star, mode, any::<u32>()).prop_map(|(shape, method, selected, mode, seed)| {
            Scene { shape, method, selected, mode, seed, ..Scene::default() }
        })
    })
}

fn any_method(shape: Shape) -> impl Strategy<Value = Method> {
    let divisors = |length: u32| (1..=length).filter(|i| length.is_multiple_of(*i)).map(nonzero).collect::<Vec<_>>();
    let (of_n, of_c) = (prop::sample::select(divisors(shape.n)), prop::sample::select(divisors(shape.c)));
    let kinds = prop::sample::select(NormKind::ALL.to_vec());
    let norm = (kinds, of_n.clone(), of_c.clone(), 1_u32..16).prop_map(|(kind, of_n, of_c, set)| {
        let mut norm = kind.first();
        if let Some(axes) = norm.axes_mut() {
            let all: Vec<Axis> = (0..4).filter(|i| set >> i & 1 == 1).map(|i| Axis::ALL[i]).collect();
            *axes = AxesNorm::over(&all);
        }
        let has_channels = norm.axes().is_none_or(|axes| axes.axes.contains(Axis::C));
        if let Some(count) = norm.count_mut().filter(|_| has_channels) {
            *count = if kind.number().divides() == Some(Axis::C) { of_c } else { of_n };
        }
        norm
    });
    prop_oneof![
        4 => norm.prop_map(Method::Norm),
        1 => (of_n, of_c, any::<bool>())
            .prop_map(|(images, channels, pixel)| Method::Own(OwnTile { images, channels, pixel })),
    ]
}

fn nonzero(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).expect("no test has 0")
}
