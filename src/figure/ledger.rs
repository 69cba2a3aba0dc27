//! The ledger: the sums behind one value, as formulas with their numbers; histograms of x, x̂ and y; where a gradient goes;
//! what precision costs.
//!
//! Numbers are the engine's, words for them are text ready to be set. It paints nothing and knows no browser.
//!
//! Uses: norms, figure::scene, figure::cube.

pub mod number;
pub mod formula;
pub mod account;
pub mod origin;
pub mod sums;
pub mod histogram;
pub mod backward;
pub mod lens;
