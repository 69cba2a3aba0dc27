//! Reads a norm from `{ "kind": "group", "groups": 2 }`.
//!
//! By hand, since serde reads a tagged enum through a tree of its own, which would be a tenth of the wasm.

use super::catalog::{NormKind, Number};
use super::{AffineAxes, AxesNorm, Norm};
use crate::norms::grouping::tiling::Axes;
use serde::Deserialize;
use std::num::NonZeroU32;

/// All that any norm has.
#[derive(Deserialize)]
pub(super) struct NormFields {
    kind: NormKind,
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

impl TryFrom<NormFields> for Norm {
    type Error = String;

    fn try_from(fields: NormFields) -> Result<Self, String> {
        let mut norm = fields.kind.first();
        let number = fields.kind.number();
        if let Some(axes) = norm.axes_mut() {
            let groups = fields.groups.unwrap_or(NonZeroU32::MIN);
            *axes = AxesNorm { axes: fields.axes, groups, affine: fields.affine };
        } else if let Some(count) = norm.count_mut() {
            let given = match number {
                Number::Part => fields.size,
                Number::Devices => fields.devices,
                Number::Groups | Number::Axes | Number::Nothing => fields.groups,
            };
            *count = given.ok_or_else(|| format!("{} is missing, a whole number above 0 expected", number.json()))?;
        }
        Ok(norm)
    }
}
