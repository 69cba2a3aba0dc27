//! The values that the cube shows: given ones, the sample, or either of them seen through the dials.

use super::Cell;
use super::pace::{Pace, at_once};
use super::sample;
use super::work;
use crate::figure::scene::Place;
use crate::norms::moments::largest_squared;
use crate::norms::norm::learned::LearnedNorm;
use crate::norms::shape::Shape;
use std::borrow::Cow;
use std::rc::Rc;

/// A tensor with its extremes. One seen through the dials holds no values: each is computed when it is read.
#[derive(Clone, PartialEq, Debug)]
pub struct Tensor {
    shape: Shape,
    /// None, if it is seen through the dials.
    values: Vec<f32>,
    facts: Facts,
    dials: Option<Dials>,
    layer: Option<Rc<LearnedNorm>>,
}

/// Where the values of a tensor seen through the dials come from.
#[derive(Clone, PartialEq, Debug)]
pub struct Dials {
    /// The tensor itself.
    pub plain: Rc<Tensor>,
    /// The factor.
    pub contrast: f32,
    /// What is added after that.
    pub brightness: f32,
}

impl Dials {
    /// a·x + b.
    pub fn of(&self, x: f32) -> f32 {
        self.contrast * x + self.brightness
    }
}

/// A tensor whose values arrive in parts.
#[derive(Debug)]
pub struct Parts {
    shape: Shape,
    values: Vec<f32>,
    facts: Facts,
}

/// What is said of all values.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Facts {
    n_values: u32,
    min: f32,
    max: f32,
    odd: Option<Odd>,
    /// Equal for tensors with the same bits, and hardly for any others.
    print: u64,
}

/// Values that are infinite or NaN.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Odd {
    /// How many there are.
    pub count: u32,
    /// Row-major index of the first.
    pub first: u32,
}

/// How much larger the dials can make a value: a contrast of 100 and the whole range on top.
const MOST_DIALED: f32 = 128.0;

/// The start and the factor of the 64-bit FNV hash.
const PRINT: [u64; 2] = [0xcbf2_9ce4_8422_2325, 0x100_0000_01b3];

impl Facts {
    const NONE: Self = Self { n_values: 0, min: f32::INFINITY, max: f32::NEG_INFINITY, odd: None, print: PRINT[0] };

    fn add(&mut self, values: &[f32]) {
        let (start, mut print) = (self.n_values, self.print);
        let (mut min, mut max) = (self.min, self.max);
        for (index, &x) in (start..).zip(values) {
            print = (print ^ u64::from(x.to_bits())).wrapping_mul(PRINT[1]);
            if x.is_finite() {
                (min, max) = (min.min(x), max.max(x));
            } else {
                self.odd.get_or_insert(Odd { count: 0, first: index }).count += 1;
            }
        }
        *self = Self { n_values: start + values.len() as u32, min, max, print, ..*self };
    }
}

impl Parts {
    /// Nothing yet of a tensor of this shape.
    pub fn new(shape: Shape) -> Self {
        Self { shape, values: Vec::with_capacity(shape.len() as usize), facts: Facts::NONE }
    }

    /// The values that follow, row-major; what is more than the shape says is left out.
    pub fn add(&mut self, values: &[f32]) {
        let room = self.shape.len() as usize - self.values.len();
        let values = &values[..values.len().min(room)];
        self.values.extend_from_slice(values);
        self.facts.add(values);
    }

    /// The tensor.
    ///
    /// # Errors
    /// Says how many values are missing, if some are.
    pub fn whole(self) -> Result<Tensor, String> {
        let Self { shape, values, facts } = self;
        let missing = shape.len() - values.len() as u32;
        if missing > 0 {
            return Err(format!("{missing} values of a {shape} tensor are missing"));
        }
        Ok(Tensor { shape, values, facts, dials: None, layer: None })
    }
}

impl Tensor {
    /// Makes the sample tensor of a shape.
    pub fn sample(shape: Shape, seed: u32) -> Self {
        at_once(Self::sample_at(shape, seed, &Pace::endless()))
    }

    /// Makes the sample tensor of a shape, in slices.
    pub async fn sample_at(shape: Shape, seed: u32, pace: &Pace) -> Self {
        let mut parts = Parts::new(shape);
        sample::values(shape, seed, pace, |part| parts.add(part)).await;
        parts.whole().expect("a sample has a value at every place")
    }

    /// Makes a tensor of `values`, row-major.
    ///
    /// # Panics
    /// If their number does not match the shape.
    pub fn of(shape: Shape, values: Vec<f32>) -> Self {
        assert_eq!(values.len(), shape.len() as usize, "number of values in a {shape} tensor");
        let mut facts = Facts::NONE;
        facts.add(&values);
        Self { shape, values, facts, dials: None, layer: None }
    }

    /// Marks the tensor as the input of a lane's norm layer, unless the layer does not fit its shape.
    pub fn into_layer(self, layer: LearnedNorm) -> Self {
        Self { layer: layer.fits(self.shape).then(|| Rc::new(layer)), ..self }
    }

    /// The lane's norm layer whose input it is, if it came from one.
    pub fn layer(&self) -> Option<&Rc<LearnedNorm>> {
        self.layer.as_ref()
    }

    /// The tensor a·x + b of every x of another. The factor is above 0.
    pub fn dialed(plain: &Rc<Self>, [contrast, brightness]: [f32; 2]) -> Self {
        let dials = Dials { plain: Rc::clone(plain), contrast, brightness };
        // Rounding keeps the order, so the extremes stay where they are.
        let [min, max] = plain.range().map(|x| dials.of(x));
        let facts = if plain.range()[0] <= plain.range()[1] { Facts { min, max, ..plain.facts } } else { plain.facts };
        Self { shape: plain.shape, values: vec![], facts, dials: Some(dials), layer: plain.layer.clone() }
    }

    /// The dials that it is seen through, if any.
    pub fn dials(&self) -> Option<&Dials> {
        self.dials.as_ref()
    }

    /// The tensor before the dials.
    pub fn plain(&self) -> &Self {
        self.dials.as_ref().map_or(self, |dials| &dials.plain)
    }

    /// Whether another tensor has the same values, bit by bit.
    pub fn has_values_of(&self, other: &Self) -> bool {
        (self.shape, self.facts.print) == (other.shape, other.facts.print)
    }

    /// Its shape.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// A value.
    pub fn value(&self, n: u32, c: u32, k: u32) -> f32 {
        self.get((n * self.shape.c + c) * self.shape.plane_len() + k)
    }

    /// The value of a cell.
    pub fn at(&self, cell: Cell) -> f32 {
        self.value(cell.n, cell.c, cell.k)
    }

    /// The value at a row-major index.
    pub fn get(&self, index: u32) -> f32 {
        match &self.dials {
            None => self.values[index as usize],
            Some(dials) => dials.of(dials.plain.values[index as usize]),
        }
    }

    /// `len` values from `start`, row-major.
    pub fn run(&self, start: u32, len: u32) -> Cow<'_, [f32]> {
        let plain = &self.plain().values[start as usize..][..len as usize];
        match &self.dials {
            None => Cow::Borrowed(plain),
            Some(dials) => Cow::Owned(plain.iter().map(|&x| dials.of(x)).collect()),
        }
    }

    /// All values, row-major: of a large tensor, too many for one go.
    pub fn values(&self) -> Cow<'_, [f32]> {
        work::add(self.shape.len());
        self.run(0, self.shape.len())
    }

    /// The values that are infinite or NaN, if any.
    pub fn odd(&self) -> Option<Odd> {
        self.facts.odd
    }

    /// The least and the greatest finite value; the least is above the greatest if there is none.
    pub fn range(&self) -> [f32; 2] {
        [self.facts.min, self.facts.max]
    }

    /// Why no variance of these values can be shown, as the predicate of a sentence about the tensor, if the sum of their
    /// squares could exceed f32 with the dials turned up: every x̂ would be 0.
    pub fn refusal(&self) -> Option<String> {
        let most = largest_squared(self.shape.len() as usize) / MOST_DIALED;
        let [min, max] = self.range();
        let largest = if max.abs() > min.abs() { max } else { min };
        (min <= max && largest.abs() > most).then(|| {
            format!(
                "has a value of {largest:e}, whose square is too large for f32: a variance of {} values can be shown up to {most:.0e}. Divide them by a power of two and open them again: apart from ε, norms give the same x̂",
                self.shape.len(),
            )
        })
    }

    /// The place of a row-major index.
    pub fn place(&self, index: u32) -> Place {
        let Shape { c, h, w, .. } = self.shape;
        let (plane, k) = (index / (h * w), index % (h * w));
        Place { n: plane / c, c: plane % c, h: k / w, w: k % w }
    }

    /// The row-major index of a place.
    pub fn index(&self, at: Place) -> u32 {
        ((at.n * self.shape.c + at.c) * self.shape.h + at.h) * self.shape.w + at.w
    }
}
