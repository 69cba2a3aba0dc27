//! Which values share a mean when the mean may run over any axes: a partition of the tensor into equal boxes.
//!
//! [`Grouping`] is the case in which every box holds whole planes.

use super::{Grouping, GroupingError};
use crate::norms::shape::Shape;
use bytemuck::{Pod, Zeroable};
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;

/// An axis of a tensor.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names are standard")]
pub enum Axis {
    N,
    C,
    H,
    W,
}

impl Axis {
    /// Every axis, outermost first.
    pub const ALL: [Self; 4] = [Self::N, Self::C, Self::H, Self::W];

    /// Its letter in links: 'n'.
    pub fn letter(self) -> char {
        ['n', 'c', 'h', 'w'][self as usize]
    }

    /// Its letter in figures and papers: 'N'.
    pub fn capital(self) -> char {
        self.letter().to_ascii_uppercase()
    }

    /// The axis of a letter, small or capital.
    pub fn of_letter(letter: char) -> Option<Self> {
        Self::ALL.into_iter().find(|axis| axis.letter() == letter.to_ascii_lowercase())
    }

    /// How long this axis of `shape` is.
    pub fn length(self, shape: Shape) -> u32 {
        lengths(shape)[self as usize]
    }
}

/// A set of axes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Axis>", into = "Vec<Axis>")]
pub struct Axes([bool; 4]);

impl Axes {
    /// The set of `axes`; duplicates count once.
    pub fn new(axes: &[Axis]) -> Self {
        let mut set = Self::default();
        for &axis in axes {
            set.0[axis as usize] = true;
        }
        set
    }

    /// Whether `axis` is in the set.
    pub fn contains(self, axis: Axis) -> bool {
        self.0[axis as usize]
    }

    /// Whether the set has no axes.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// The axes in the set, outermost first.
    pub fn iter(self) -> impl Iterator<Item = Axis> {
        Axis::ALL.into_iter().filter(move |&axis| self.contains(axis))
    }
}

impl From<Vec<Axis>> for Axes {
    fn from(axes: Vec<Axis>) -> Self {
        Self::new(&axes)
    }
}

impl From<Axes> for Vec<Axis> {
    fn from(axes: Axes) -> Self {
        axes.iter().collect()
    }
}

/// A partition of the values of a tensor into boxes, all with the same number of images, channels, rows and columns.
///
/// Boxes are numbered row by row over the table of boxes, so that those over C, H and W are numbered by image. The
/// spans divide the shape. The bytes are those of two `vec4<u32>`, as `shaders/lib/tiling.wgsl` reads them.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct Tiling {
    shape: [u32; 4],
    spans: [u32; 4],
}

impl Tiling {
    /// Boxes that cover all of `axes` and one place on the others; along C they cover C / `groups` channels.
    ///
    /// # Errors
    /// [`GroupingError`] if `groups` does not divide C, is above 1 though C is not among the axes, there are no axes,
    /// or the shape is empty.
    pub fn over(shape: Shape, axes: Axes, groups: NonZeroU32) -> Result<Self, GroupingError> {
        if shape.is_empty() {
            return Err(GroupingError::Empty { shape });
        }
        if axes.is_empty() {
            return Err(GroupingError::NoAxes);
        }
        if !axes.contains(Axis::C) && groups.get() > 1 {
            return Err(GroupingError::GroupsWithoutChannels { groups: groups.get() });
        }
        if shape.c % groups != 0 {
            return Err(GroupingError::Groups { groups: groups.get(), channels: shape.c });
        }
        let mut spans = axes.0.map(u32::from);
        for (span, length) in spans.iter_mut().zip(lengths(shape)) {
            *span = if *span == 1 { length } else { 1 };
        }
        if axes.contains(Axis::C) {
            spans[1] /= groups;
        }
        Ok(Self { shape: lengths(shape), spans })
    }

    /// One box for every place on `axes`, over all other axes: the values that share a γ, if γ has those axes.
    pub fn places_of(shape: Shape, axes: Axes) -> Self {
        let mut spans = lengths(shape);
        for axis in axes.iter() {
            spans[axis as usize] = 1;
        }
        Self { shape: lengths(shape), spans }
    }

    /// The boxes of whole planes that are the tiles of `grouping` on `shape`.
    pub fn of_planes(shape: Shape, grouping: Grouping) -> Self {
        let spans = [grouping.batch_span(), grouping.channel_span(), shape.h, shape.w];
        Self { shape: lengths(shape), spans }
    }

    /// The tiles of `grouping`, restricted to one pixel of each plane.
    pub fn of_pixels(shape: Shape, grouping: Grouping) -> Self {
        Self { shape: lengths(shape), spans: [grouping.batch_span(), grouping.channel_span(), 1, 1] }
    }

    /// The two partitions on one table of fewer axes: neighbouring axes are joined where both partitions treat them
    /// alike. Values, boxes and members keep their numbers; the remaining axes come last, after axes of length 1.
    pub fn joined(pair: [Self; 2]) -> [Self; 2] {
        let mut joined = [Self { shape: [1; 4], spans: [1; 4] }; 2];
        let mut at = 3;
        for axis in (0..4).rev() {
            let joins = |(whole, part): (&Self, &Self)| whole.spans[axis] == 1 || part.spans[at] == part.shape[at];
            if !pair.iter().zip(&joined).all(joins) {
                at -= 1;
            }
            for (whole, part) in pair.iter().zip(&mut joined) {
                part.shape[at] *= whole.shape[axis];
                part.spans[at] *= whole.spans[axis];
            }
        }
        joined
    }

    /// Lengths of N, C, H and W.
    pub fn lengths(self) -> [u32; 4] {
        self.shape
    }

    /// Images, channels, rows and columns per box.
    pub fn spans(self) -> [u32; 4] {
        self.spans
    }

    /// Values per box.
    pub fn tile_len(self) -> u32 {
        self.spans.iter().product()
    }

    /// The number of boxes.
    pub fn n_tiles(self) -> u32 {
        self.tiles_along().iter().product()
    }

    /// The box of the value at the row-major index `index`.
    pub fn tile_of(self, index: u32) -> u32 {
        self.tile_at(split(index, self.shape), self.tiles_along())
    }

    /// The box of the value at the row-major index `index`, and its position among the members of that box.
    pub fn position(self, index: u32) -> (u32, u32) {
        let place = split(index, self.shape);
        let member = (0..4).fold(0, |member, axis| member * self.spans[axis] + place[axis] % self.spans[axis]);
        (self.tile_at(place, self.tiles_along()), member)
    }

    /// The box of the value at n, c, h, w; `along` is [`Self::tiles_along`], which takes longer to compute than the
    /// box.
    pub fn tile_at(self, place: [u32; 4], along: [u32; 4]) -> u32 {
        (0..4).fold(0, |tile, axis| tile * along[axis] + place[axis] / self.spans[axis])
    }

    /// The partition of the same table with other spans, which divide it.
    pub fn with_spans(self, spans: [u32; 4]) -> Self {
        debug_assert!((0..4).all(|axis| self.shape[axis].is_multiple_of(spans[axis])), "{spans:?} of {:?}", self.shape);
        Self { spans, ..self }
    }

    /// The index of the value at position `member_idx` of box `tile_idx`; members are numbered row-major, in increasing
    /// order.
    pub fn member(self, tile_idx: u32, member_idx: u32) -> u32 {
        let tile = split(tile_idx, self.tiles_along());
        let inside = split(member_idx, self.spans);
        (0..4).fold(0, |index, axis| index * self.shape[axis] + tile[axis] * self.spans[axis] + inside[axis])
    }

    /// The values of box `tile_idx`, in increasing order.
    pub fn members(self, tile_idx: u32) -> impl ExactSizeIterator<Item = u32> {
        (0..self.tile_len()).map(move |member_idx| self.member(tile_idx, member_idx))
    }

    /// Boxes along each axis.
    pub fn tiles_along(self) -> [u32; 4] {
        std::array::from_fn(|axis| self.shape[axis] / self.spans[axis])
    }
}

fn lengths(shape: Shape) -> [u32; 4] {
    [shape.n, shape.c, shape.h, shape.w]
}

/// The position of a row-major index in a table with these lengths.
fn split(mut index: u32, lengths: [u32; 4]) -> [u32; 4] {
    let mut place = [0; 4];
    for axis in (0..4).rev() {
        (index, place[axis]) = (index / lengths[axis], index % lengths[axis]);
    }
    place
}
