//! The workspace's folders, and a shell that finds the tools installed into it.

use anyhow::{Context, Result};
use std::env;
use std::path::{Path, PathBuf};
use xshell::Shell;

/// The name of the wasm file and its bindings.
pub const LIB_NAME: &str = "blue_cube";

/// The target triple of the wasm build.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Returns a shell at the workspace's root with `target/tools/bin` at the front of PATH.
pub fn shell() -> Result<Shell> {
    let sh = Shell::new()?;
    sh.change_dir(root()?);
    let mut path = vec![tools_dir(&sh).join("bin")];
    path.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    sh.set_var("PATH", env::join_paths(path).context("PATH")?);
    Ok(sh)
}

/// Cargo's target folder.
pub fn target_dir(sh: &Shell) -> PathBuf {
    sh.current_dir().join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

/// The folder into which missing tools are installed. It stays the same wherever `CARGO_TARGET_DIR` points.
pub fn tools_dir(sh: &Shell) -> PathBuf {
    sh.current_dir().join("target/tools")
}

/// The page's sources, with the built bindings in `pkg/`.
pub fn www_dir(sh: &Shell) -> PathBuf {
    sh.current_dir().join("www")
}

/// The first program with one of these names on the shell's PATH.
pub fn find_program(sh: &Shell, names: &[&str]) -> Option<PathBuf> {
    let path = sh.var_os("PATH")?;
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    names.iter().find_map(|name| {
        let file = format!("{name}{}", env::consts::EXE_SUFFIX);
        folders.iter().map(|folder| folder.join(&file)).find(|path| path.is_file())
    })
}

/// All files under `folder`, including subfolders, as paths relative to it, sorted.
pub fn files_under(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut pending = vec![folder.to_path_buf()];
    while let Some(dir) = pending.pop() {
        for entry in std::fs::read_dir(&dir).with_context(|| format!("read {}", dir.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                pending.push(path);
            } else {
                files.push(path.strip_prefix(folder)?.to_path_buf());
            }
        }
    }
    files.sort();
    Ok(files)
}

fn root() -> Result<PathBuf> {
    // Cargo sets the variable when it runs the xtask; the path compiled in is for a binary started by hand.
    let xtask = env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    xtask.parent().map(Path::to_path_buf).context("xtask/ has no parent folder")
}
