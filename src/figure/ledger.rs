//! The ledger: the sums behind one value, as formulas with their numbers; histograms of x, x̂ and y; where a gradient
//! goes; and the cost of limited precision.
//!
//! The numbers are the engine's; words and formulas are text, ready to be typeset. It does not paint and knows nothing
//! of the browser.
//!
//! Uses: norms, engine::plan, engine::random, network::layer::norm, figure::scene, figure::cube.

pub mod number;
pub mod formula;
pub mod account;
pub mod origin;
pub mod gain;
pub mod sums;
pub mod histogram;
pub mod backward;
pub mod lens;
