//! Reads a norm from `{ "kind": "group", "groups": 2 }`.
//!
//! Written by hand, since serde reads a tagged enum through a tree of its own, which would be a tenth of the wasm.

use super::{AffineAxes, AxesNorm, Norm};
use crate::grouping::tiling::Axes;
use serde::Deserialize;
use std::num::NonZeroU32;

/// The fields of all norms together.
#[derive(Deserialize)]
pub(super) struct NormFields {
    kind: Kind,
    #[serde(default)]
    groups: Option<NonZeroU32>,
    #[serde(default)]
    axes: Axes,
    #[serde(default)]
    affine: Option<AffineAxes>,
    #[serde(default)]
    size: Option<NonZeroU32>,
    #[serde(default)]
    devices: Option<NonZeroU32>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    None,
    Batch,
    Layer,
    Instance,
    Group,
    BatchInstance,
    Switchable,
    Axes,
    Rms,
    GhostBatch,
    SyncBatch,
}

impl TryFrom<NormFields> for Norm {
    type Error = String;

    fn try_from(fields: NormFields) -> Result<Self, String> {
        let need = |field: Option<NonZeroU32>, name: &str| {
            field.ok_or_else(|| format!("{name} is missing, a whole number above 0 expected"))
        };
        let axes =
            AxesNorm { axes: fields.axes, groups: fields.groups.unwrap_or(NonZeroU32::MIN), affine: fields.affine };
        Ok(match fields.kind {
            Kind::None => Self::None,
            Kind::Batch => Self::Batch,
            Kind::Layer => Self::Layer,
            Kind::Instance => Self::Instance,
            Kind::Group => Self::Group { groups: need(fields.groups, "groups")? },
            Kind::BatchInstance => Self::BatchInstance,
            Kind::Switchable => Self::Switchable,
            Kind::Axes => Self::Axes(axes),
            Kind::Rms => Self::Rms(axes),
            Kind::GhostBatch => Self::GhostBatch { size: need(fields.size, "size")? },
            Kind::SyncBatch => Self::SyncBatch { devices: need(fields.devices, "devices")? },
        })
    }
}
