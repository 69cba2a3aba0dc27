//! Runs a preset without a page: `cargo xtask preset NAME [--quick] [--threads N] [--epochs N] [--lane NAME]...`.
//!
//! Tells how long it will take before it starts, then prints every lane's figures beside the source's. There is nothing to
//! run in a browser, for which cargo builds the examples too.

#[cfg(not(target_arch = "wasm32"))]
mod native;

#[cfg(not(target_arch = "wasm32"))]
fn main() -> anyhow::Result<()> {
    native::main()
}

#[cfg(target_arch = "wasm32")]
fn main() {}
