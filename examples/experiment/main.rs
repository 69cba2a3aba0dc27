//! Runs an experiment without a page: `cargo xtask experiment NAME [--quick] [--threads N] [--epochs N] [--lane NAME]... [--resume]`.
//!
//! Says how long it will take before it starts, then prints every lane's figures next to the source's. Empty in a
//! browser build, because cargo builds the examples there too.

#[cfg(not(target_arch = "wasm32"))]
mod kept;
#[cfg(not(target_arch = "wasm32"))]
mod native;

#[cfg(not(target_arch = "wasm32"))]
fn main() -> anyhow::Result<()> {
    native::main()
}

#[cfg(target_arch = "wasm32")]
fn main() {}
