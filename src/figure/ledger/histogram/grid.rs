//! The values in each plane of a large tensor, counted on a fine grid. What moves x later, such as the dials, a poke, γ or
//! ε, moves the grid: no value is read again.

use crate::figure::cube::pace::{Pace, at_once};
use crate::figure::cube::tensor::Tensor;
use crate::figure::cube::values::box_recipe;
use crate::figure::ledger::account::Account;
use crate::figure::scene::Scene;
use std::cell::RefCell;
use std::rc::{Rc, Weak};

/// Most values that are counted one by one.
pub(super) const MOST_COUNTED: u32 = 1 << 16;

/// Most bins of all fine grids together, which are visited whenever another value comes into focus.
const MOST_FINE: u32 = 1 << 18;

/// Bins of the fine grid of each plane.
const N_FINE: usize = 256;

/// The distribution of the values in each plane of a large tensor.
pub(super) struct FineGrid {
    planes: Planes,
    poke: Option<Poke>,
}

/// The grid of every plane, before the dials.
pub type Planes = Rc<Vec<FinePlane>>;

/// A value that a poke took out of its bin.
struct Poke {
    plane_idx: u32,
    /// Its bin; none if it was infinite or NaN.
    bin: Option<usize>,
    x: f32,
}

/// The grid of a plane.
#[derive(Debug)]
pub struct FinePlane {
    start: f32,
    step: f32,
    counts: Vec<u32>,
    /// Values that are infinite or NaN, and in no bin.
    n_odd: u32,
}

thread_local! {
    /// The planes that were counted last, with their tensor.
    static LAST: RefCell<Option<(Weak<Tensor>, Planes)>> = const { RefCell::new(None) };
}

/// The tensor before the dials.
fn plain(tensor: &Rc<Tensor>) -> &Rc<Tensor> {
    tensor.dials().map_or(tensor, |dials| &dials.plain)
}

/// Counts the planes of a scene's tensor, in slices, unless that is done; nothing if the tensor is small, its norm has
/// several maps per plane, or planes are too many for a grid each.
pub async fn planes_at(scene: &Scene, tensor: &Rc<Tensor>, pace: &Pace) -> Option<Planes> {
    let shape = scene.shape;
    let cuts_planes = box_recipe(scene).is_ok_and(|boxes| boxes.is_some());
    if shape.len() <= MOST_COUNTED || shape.n_planes() > MOST_FINE / N_FINE as u32 || cuts_planes {
        return None;
    }
    let tensor = plain(tensor);
    let last = LAST.with_borrow(|last| {
        let last = last.as_ref().filter(|(of, _)| of.as_ptr() == Rc::as_ptr(tensor));
        last.map(|(_, planes)| Rc::clone(planes))
    });
    if last.is_some() {
        return last;
    }
    let mut planes = Vec::with_capacity(shape.n_planes() as usize);
    for plane_idx in 0..shape.n_planes() {
        planes.push(FinePlane::at_pace(tensor, plane_idx, pace).await);
    }
    let planes = Rc::new(planes);
    LAST.set(Some((Rc::downgrade(tensor), Rc::clone(&planes))));
    Some(planes)
}

impl FineGrid {
    /// The grid of an account's tensor, if it has one.
    pub(super) fn of(account: &Account) -> Option<Self> {
        let planes = at_once(planes_at(account.scene(), account.tensor(), &Pace::endless()))?;
        let mut grid = Self { planes, poke: None };
        grid.renew(account);
        Some(grid)
    }

    /// Takes out the value that is poked now, if any.
    pub(super) fn renew(&mut self, account: &Account) {
        self.poke = account.x().poke.map(|(index, x)| {
            let plane_idx = index / account.scene().shape.plane_len();
            let bin = self.planes[plane_idx as usize].bin(plain(account.tensor()).get(index));
            Poke { plane_idx, bin, x }
        });
    }

    /// Visits the values of a plane: the middle of every bin that is not empty, with its count.
    pub(super) fn visit(&self, account: &Account, plane_idx: u32, mut visit: impl FnMut(f32, u32)) {
        let plane = &self.planes[plane_idx as usize];
        let poke = self.poke.as_ref().filter(|poke| poke.plane_idx == plane_idx);
        let without = |bin: Option<usize>, count: u32| count - u32::from(poke.is_some_and(|poke| poke.bin == bin));
        for (i, &count) in plane.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let count = without(Some(i), count);
            if count > 0 {
                visit(dialed(account, plane.start + (i as f32 + 0.5) * plane.step), count);
            }
        }
        if let Some(poke) = poke {
            visit(poke.x, 1);
        }
        let n_odd = if plane.n_odd > 0 { without(None, plane.n_odd) } else { 0 };
        if n_odd > 0 {
            visit(f32::NAN, n_odd);
        }
    }

    /// Visits the ends of every plane's grid, and what is poked: an affine map has its extremes there.
    pub(super) fn visit_ends(&self, account: &Account, mut visit: impl FnMut(u32, f32)) {
        let first = |plane_idx: u32| plane_idx * account.scene().shape.plane_len();
        for (plane_idx, plane) in (0..).zip(self.planes.iter()) {
            for x in [plane.start, plane.start + plane.step * N_FINE as f32] {
                visit(first(plane_idx), dialed(account, x));
            }
        }
        if let Some(poke) = &self.poke {
            visit(first(poke.plane_idx), poke.x);
        }
    }

    /// How many planes there are.
    pub(super) fn n_planes(&self) -> u32 {
        self.planes.len() as u32
    }
}

fn dialed(account: &Account, x: f32) -> f32 {
    account.tensor().dials().map_or(x, |dials| dials.of(x))
}

impl FinePlane {
    async fn at_pace(tensor: &Tensor, plane_idx: u32, pace: &Pace) -> Self {
        /// Most values between two looks at the pace.
        const PART: u32 = 4096;
        let len = tensor.shape().plane_len();
        let starts = || (0..len).step_by(PART as usize);
        let part = |start: u32| tensor.run(plane_idx * len + start, PART.min(len - start));
        let (mut start, mut end) = (f32::INFINITY, f32::NEG_INFINITY);
        for from in starts() {
            for &x in part(from).iter().filter(|x| x.is_finite()) {
                (start, end) = (start.min(x), end.max(x));
            }
            pace.count(PART.min(len)).await;
        }
        let step = (end - start) / N_FINE as f32;
        let mut plane = Self { start, step, counts: vec![0; N_FINE], n_odd: 0 };
        for from in starts() {
            for &x in &*part(from) {
                match plane.bin(x) {
                    Some(bin) => plane.counts[bin] += 1,
                    None => plane.n_odd += 1,
                }
            }
            pace.count(PART.min(len)).await;
        }
        plane
    }

    /// The bin that holds a value; none if it is infinite or NaN.
    fn bin(&self, x: f32) -> Option<usize> {
        let per_value = if self.step > 0.0 { 1.0 / self.step } else { 0.0 };
        x.is_finite().then(|| (((x - self.start) * per_value) as usize).min(N_FINE - 1))
    }
}
