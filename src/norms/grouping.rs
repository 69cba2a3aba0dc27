//! Which planes share a mean and a variance: an exact partition of the N×C table of planes into equal tiles.
//!
//! Does not compute moments and never sees the tensor.

pub mod divisors;
pub mod tiling;

use crate::norms::shape::Shape;
use bytemuck::{Pod, Zeroable};
use std::num::NonZeroU32;
use thiserror::Error;

/// A partition of the N×C table of planes into tiles of `batch_span × channel_span` planes.
///
/// Batch norm is N×1, layer norm 1×C, instance norm 1×1, group norm 1×(C/G), ghost batch norm k×1.
/// Groups are numbered row by row over the table of tiles, so that group norm's are n·G + g.
/// The bytes are those of the WGSL struct of the same name.
///
/// # Examples
/// ```
/// use blue_cube::grouping::Grouping;
/// use blue_cube::shape::Shape;
/// use std::num::NonZeroU32;
///
/// let shape = Shape { n: 4, c: 6, h: 4, w: 4 };
/// let two = NonZeroU32::new(2).expect("2 is not 0");
/// let grouping = Grouping::group(shape, two)?;
/// assert_eq!(grouping.n_groups(), 8); // 4 images with 2 groups of channels each
/// assert_eq!(grouping.members(1).collect::<Vec<_>>(), [3, 4, 5]); // image 0, channels 3 to 5
/// # Ok::<(), blue_cube::grouping::GroupingError>(())
/// ```
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct Grouping {
    n: u32,
    c: u32,
    batch_span: u32,
    channel_span: u32,
}

/// Why a table of planes cannot be partitioned as asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum GroupingError {
    /// Group norm with a group count that does not divide the channels.
    #[error("group count {groups} does not divide {channels} channels")]
    Groups {
        /// The group count asked for.
        groups: u32,
        /// C.
        channels: u32,
    },
    /// A batch span that does not divide the images.
    #[error("batch span {span} does not divide {images} images")]
    BatchSpan {
        /// Images per tile.
        span: u32,
        /// N.
        images: u32,
    },
    /// A channel span that does not divide the channels.
    #[error("channel span {span} does not divide {channels} channels")]
    ChannelSpan {
        /// Channels per tile.
        span: u32,
        /// C.
        channels: u32,
    },
    /// Channel groups where the mean does not run over channels.
    #[error("{groups} groups of channels need c among the axes")]
    GroupsWithoutChannels {
        /// The group count asked for.
        groups: u32,
    },
    /// A mean over no axes at all.
    #[error("no axis is named: name one or more of n, c, h, w")]
    NoAxes,
    /// A batch that does not divide evenly among devices.
    #[error("{images} images do not split evenly over {devices} devices")]
    Devices {
        /// The number of devices asked for.
        devices: u32,
        /// N.
        images: u32,
    },
    /// A shape with an axis of length 0 has no planes to group.
    #[error("shape {shape} has no values")]
    Empty {
        /// The shape given.
        shape: Shape,
    },
}

impl Grouping {
    /// Batch norm: one mean per channel, over all images.
    ///
    /// # Errors
    /// As [`Grouping::tile`].
    pub fn batch(shape: Shape) -> Result<Self, GroupingError> {
        Self::of(shape, shape.n, 1)
    }

    /// Layer norm, as in the Group Normalization paper: one mean per image, over all channels.
    ///
    /// # Errors
    /// As [`Grouping::tile`].
    pub fn layer(shape: Shape) -> Result<Self, GroupingError> {
        Self::of(shape, 1, shape.c)
    }

    /// Instance norm: one mean per plane.
    ///
    /// # Errors
    /// As [`Grouping::tile`].
    pub fn instance(shape: Shape) -> Result<Self, GroupingError> {
        Self::of(shape, 1, 1)
    }

    /// Group norm with `groups` groups of C / `groups` neighbouring channels.
    ///
    /// # Errors
    /// [`GroupingError::Groups`] if `groups` does not divide C.
    pub fn group(shape: Shape, groups: NonZeroU32) -> Result<Self, GroupingError> {
        if shape.c % groups != 0 {
            return Err(GroupingError::Groups { groups: groups.get(), channels: shape.c });
        }
        Self::of(shape, 1, shape.c / groups)
    }

    /// Tiles of `batch_span` images by `channel_span` channels.
    ///
    /// # Errors
    /// If a span does not divide its axis, or the shape is empty.
    pub fn tile(shape: Shape, batch_span: NonZeroU32, channel_span: NonZeroU32) -> Result<Self, GroupingError> {
        if shape.n % batch_span != 0 {
            return Err(GroupingError::BatchSpan { span: batch_span.get(), images: shape.n });
        }
        if shape.c % channel_span != 0 {
            return Err(GroupingError::ChannelSpan { span: channel_span.get(), channels: shape.c });
        }
        Self::of(shape, batch_span.get(), channel_span.get())
    }

    /// One mean per channel and device, with the batch split over `devices` devices in order.
    ///
    /// # Errors
    /// [`GroupingError::Devices`] if `devices` does not divide the number of images.
    pub fn devices(shape: Shape, devices: NonZeroU32) -> Result<Self, GroupingError> {
        if shape.n % devices != 0 {
            return Err(GroupingError::Devices { devices: devices.get(), images: shape.n });
        }
        Self::of(shape, shape.n / devices, 1)
    }

    /// Batch norm over the groups of this grouping, treated as planes of a tensor: one mean per channel over all rows
    /// of tiles.
    pub fn over_rows(self) -> Self {
        let n = self.n / self.batch_span;
        Self { n, c: self.tiles_a_row(), batch_span: n, channel_span: 1 }
    }

    fn of(shape: Shape, batch_span: u32, channel_span: u32) -> Result<Self, GroupingError> {
        if shape.is_empty() {
            return Err(GroupingError::Empty { shape });
        }
        Ok(Self { n: shape.n, c: shape.c, batch_span, channel_span })
    }

    /// Images per tile.
    pub fn batch_span(self) -> u32 {
        self.batch_span
    }

    /// Channels per tile.
    pub fn channel_span(self) -> u32 {
        self.channel_span
    }

    /// Planes per group.
    pub fn group_len(self) -> u32 {
        self.batch_span * self.channel_span
    }

    /// The number of groups, and so of means.
    pub fn n_groups(self) -> u32 {
        (self.n / self.batch_span) * self.tiles_a_row()
    }

    /// Channels of the table, C.
    pub fn n_channels(self) -> u32 {
        self.c
    }

    /// Planes of the table, N·C.
    pub fn n_planes(self) -> u32 {
        self.n * self.c
    }

    /// The group of plane `plane_idx`.
    pub fn group_of(self, plane_idx: u32) -> u32 {
        let (n, c) = (plane_idx / self.c, plane_idx % self.c);
        (n / self.batch_span) * self.tiles_a_row() + c / self.channel_span
    }

    /// The plane at position `member_idx` of group `group_idx`; members are numbered image by image.
    pub fn member(self, group_idx: u32, member_idx: u32) -> u32 {
        let n = group_idx / self.tiles_a_row() * self.batch_span + member_idx / self.channel_span;
        let c = group_idx % self.tiles_a_row() * self.channel_span + member_idx % self.channel_span;
        n * self.c + c
    }

    /// The planes of group `group_idx`, in increasing order.
    pub fn members(self, group_idx: u32) -> impl ExactSizeIterator<Item = u32> {
        (0..self.group_len()).map(move |member_idx| self.member(group_idx, member_idx))
    }

    fn tiles_a_row(self) -> u32 {
        self.c / self.channel_span
    }
}
