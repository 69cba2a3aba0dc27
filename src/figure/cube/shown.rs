//! The tensor that a scene shows, held once for all parts of the page: the sample of its seed, or a given one such as a
//! reader's file, with the contrast and brightness dials applied.

use super::pace::{Pace, at_once};
use super::tensor::Tensor;
use crate::figure::scene::Scene;
use crate::figure::scene::clamp::{Clamped, MAX_VALUES, clean_name};
use crate::figure::scene::layout::Layout;
use crate::norms::shape::Shape;
use std::cell::RefCell;
use std::rc::{Rc, Weak};

/// A tensor that was given.
#[derive(Clone)]
struct Given {
    name: String,
    /// How its axes were read: another reading of the same array is another tensor of the same name.
    layout: Layout,
    tensor: Rc<Tensor>,
    /// Shape of the sample that it replaced.
    sample_shape: Shape,
}

impl Given {
    fn is(&self, name: &str, layout: Layout) -> bool {
        self.name == name && self.layout == layout
    }
}

/// All tensors in memory. Those that can be recomputed are kept only while a part of the page uses them.
#[derive(Default)]
struct Holder {
    given: Vec<Given>,
    /// Samples by seed.
    samples: Kept,
    /// Dialed tensors by the bits of the dials.
    dialed: Kept,
}

thread_local! {
    static HELD: RefCell<Holder> = RefCell::default();
}

/// Keeps a tensor under a name and a reading of its axes, for a scene that names both to show. If the name is taken, the tensor replaces the one
/// that has it, or, with `is_new`, gets a name of its own. The oldest are forgotten when together they have more than
/// [`MAX_VALUES`] values. Returns the name.
pub fn give(name: &str, layout: Layout, tensor: Tensor, is_new: bool, before: &Scene) -> String {
    let sample_shape = sample_shape(before);
    let clean = clean_name(name);
    let name = if clean.is_empty() { "tensor".to_owned() } else { clean };
    HELD.with_borrow_mut(|Holder { given, .. }| {
        let is_taken =
            |name: &str| given.iter().any(|given| given.is(name, layout) && !given.tensor.has_values_of(&tensor));
        let name = if is_new && is_taken(&name) {
            let numbered = (2..).map(|number| clean_name(&format!("({number}) {name}")));
            numbered.into_iter().find(|name| !is_taken(name)).unwrap_or(name)
        } else {
            name
        };
        given.retain(|given| !given.is(&name, layout));
        given.push(Given { name: name.clone(), layout, tensor: Rc::new(tensor), sample_shape });
        while given.len() > 1 && given.iter().map(|given| given.tensor.shape().len()).sum::<u32>() > MAX_VALUES {
            given.remove(0);
        }
        name
    })
}

fn given(scene: &Scene) -> Option<Given> {
    let name = scene.file.as_deref()?;
    HELD.with_borrow(|held| held.given.iter().find(|given| given.is(name, scene.layout)).cloned())
}

/// The shape of the sample that is shown, or that returns when the given tensor is removed.
fn sample_shape(scene: &Scene) -> Shape {
    given(scene).map_or(scene.shape, |given| given.sample_shape)
}

/// The tensor of a scene with its dials applied.
pub fn shown(scene: &Scene) -> Rc<Tensor> {
    at_once(shown_at(scene, &Pace::endless()))
}

/// The tensor of a scene with its dials applied, in slices if it must be made.
pub async fn shown_at(scene: &Scene, pace: &Pace) -> Rc<Tensor> {
    let plain = plain_at(scene, pace).await;
    let dials = [scene.contrast, scene.brightness];
    if dials == [1.0, 0.0] {
        return plain;
    }
    HELD.with_borrow_mut(|Holder { dialed, .. }| {
        let is_it = |tensor: &Tensor| tensor.dials().is_some_and(|dials| Rc::ptr_eq(&dials.plain, &plain));
        let key = dials.map(f32::to_bits);
        find(dialed, key, is_it).unwrap_or_else(|| keep(dialed, key, Tensor::dialed(&plain, dials)))
    })
}

/// The tensor of a scene before its dials.
pub fn plain(scene: &Scene) -> Rc<Tensor> {
    at_once(plain_at(scene, &Pace::endless()))
}

async fn plain_at(scene: &Scene, pace: &Pace) -> Rc<Tensor> {
    let Scene { shape, seed, .. } = *scene;
    let sample = |held: &Holder| find(&held.samples, [seed, 0], |tensor| tensor.shape() == shape);
    match of_file(scene).or_else(|| HELD.with_borrow(sample)) {
        Some(tensor) => tensor,
        None => {
            let made = Tensor::sample_at(shape, seed, pace).await;
            HELD.with_borrow_mut(|held| keep(&mut held.samples, [seed, 0], made))
        }
    }
}

/// The tensor that a scene names, if it is in memory and has the scene's shape.
pub fn of_file(scene: &Scene) -> Option<Rc<Tensor>> {
    given(scene).map(|given| given.tensor).filter(|tensor| tensor.shape() == scene.shape)
}

type Kept = Vec<([u32; 2], Weak<Tensor>)>;

fn find(kept: &Kept, key: [u32; 2], is_it: impl Fn(&Tensor) -> bool) -> Option<Rc<Tensor>> {
    let of_key = kept.iter().filter(|(other, _)| *other == key);
    of_key.filter_map(|(_, tensor)| tensor.upgrade()).find(|tensor| is_it(tensor))
}

fn keep(kept: &mut Kept, key: [u32; 2], tensor: Tensor) -> Rc<Tensor> {
    let made = Rc::new(tensor);
    kept.retain(|(_, tensor)| tensor.strong_count() > 0);
    kept.push((key, Rc::downgrade(&made)));
    made
}

/// The scene with the sample back in its former shape.
pub fn back_to_sample(scene: &Scene) -> Scene {
    Scene { shape: sample_shape(scene), file: None, layout: Layout::Usual, poke: None, pins: [0, 0], ..scene.clone() }
}

/// The nearest scene that can be shown with the tensors in memory: one that names a missing tensor shows the sample in
/// its shape, one that gives a named tensor a different shape shows the sample as it was.
pub fn settle(scene: Scene) -> Clamped {
    let (scene, mut told) = match (given(&scene), &scene.file) {
        (None, Some(name)) => {
            let told = format!(
                "“{name}” is not here: a link holds no file, and the page keeps only the latest ones. Drop it on the page to see it; until then this is the sample in its shape"
            );
            (Scene { file: None, ..scene }, vec![told])
        }
        (Some(given), Some(name)) if given.tensor.shape() != scene.shape => {
            let told = format!(
                "“{name}” is {} and cannot have another shape: the sample is back as it was, {}; Undo brings the file back",
                given.tensor.shape(),
                given.sample_shape,
            );
            (back_to_sample(&scene), vec![told])
        }
        (_, _) => (scene, vec![]),
    };
    let Clamped { scene, changes } = scene.clamp();
    told.extend(changes);
    Clamped { scene, changes: told }
}
