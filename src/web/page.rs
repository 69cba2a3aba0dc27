//! What the page calls, part by part. Wraps the pure modules and adds nothing to them.

pub mod cube;
pub mod dialect;
pub mod ledger;
pub mod scene;
pub mod setup;
pub mod shown;

use super::values::{from_js, to_js};
