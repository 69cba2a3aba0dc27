//! Whether `www/pkg` already is what a build would make of the sources. Cargo cannot tell: all sides are one file of its
//! target folder, so that building one side makes every other look stale.

use crate::workspace::{files_under, target_dir, www_dir};
use anyhow::{Context, Result};
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{env, fs};
use xshell::{Shell, cmd};

/// Files and folders that determine the wasm and its bindings.
const INPUTS: [&str; 9] = [
    ".cargo/config.toml",
    "Cargo.lock",
    "Cargo.toml",
    "shaders",
    "src",
    "xtask/src/build.rs",
    "xtask/src/package.rs",
    "xtask/src/package_glue.js",
    "xtask/src/types.rs",
];

/// The state of the inputs, taken before a build.
pub struct Inputs {
    hash: u64,
}

impl Inputs {
    /// Reads the inputs, the compiler's version and what the environment adds to them.
    pub fn read(sh: &Shell) -> Result<Self> {
        let hasher = &mut DefaultHasher::new();
        cmd!(sh, "rustc --version --verbose").quiet().read()?.hash(hasher);
        env::vars()
            .filter(|(name, _)| name.contains("RUSTFLAGS") || name.starts_with("CARGO_PROFILE"))
            .for_each(|var| var.hash(hasher));
        for input in INPUTS {
            hash_files(&sh.current_dir().join(input), hasher)?;
        }
        Ok(Self { hash: hasher.finish() })
    }

    /// Whether the last build was of these inputs, included the sides with these features, and is still as it was written.
    pub fn are_built(&self, sh: &Shell, features: &[&str]) -> bool {
        let Ok(stamp) = fs::read_to_string(stamp(sh)) else { return false };
        let Some((state, built)) = stamp.split_once('\n') else { return false };
        let all = features.iter().all(|feature| built.lines().any(|line| line == *feature));
        all && self.state(sh).is_ok_and(|now| now == state)
    }

    /// Notes that `www/pkg` has been built from these inputs.
    pub fn note(&self, sh: &Shell, features: &[&str]) -> Result<()> {
        Ok(fs::write(stamp(sh), format!("{}\n{}\n", self.state(sh)?, features.join("\n")))?)
    }

    fn state(&self, sh: &Shell) -> Result<String> {
        let hasher = &mut DefaultHasher::new();
        hash_files(&www_dir(sh).join("pkg"), hasher)?;
        Ok(format!("{:016x} {:016x}", self.hash, hasher.finish()))
    }
}

fn stamp(sh: &Shell) -> PathBuf {
    target_dir(sh).join("www_pkg_stamp")
}

/// Hashes a file's contents, or the names and contents of the files in a folder.
fn hash_files(path: &Path, hasher: &mut DefaultHasher) -> Result<()> {
    let files = if path.is_dir() { files_under(path)? } else { vec![PathBuf::new()] };
    for file in files {
        let path = if file.as_os_str().is_empty() { path.to_owned() } else { path.join(&file) };
        file.hash(hasher);
        fs::read(&path).with_context(|| format!("read {}", path.display()))?.hash(hasher);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::ensure;

    #[test]
    fn any_change_of_sources_or_outputs_asks_for_a_build() -> Result<()> {
        let sh = Shell::new()?;
        let folder = sh.create_temp_dir()?;
        sh.change_dir(folder.path());
        for input in INPUTS {
            let file = if input.contains('.') { input.to_owned() } else { format!("{input}/a/file") };
            sh.write_file(file, "as it was")?;
        }
        sh.write_file("www/pkg/page.wasm", "built")?;
        sh.create_dir("target")?;
        let is_built = |features: &[&str]| Ok::<_, anyhow::Error>(Inputs::read(&sh)?.are_built(&sh, features));
        ensure!(!is_built(&["page"])?, "nothing was built yet");
        Inputs::read(&sh)?.note(&sh, &["page", "code"])?;
        ensure!(is_built(&["page"])? && is_built(&["code", "page"])?, "what was built is not found");
        ensure!(!is_built(&["page", "bench"])?, "bench was not built");
        for file in ["shaders/a/file", "src/a/file", "Cargo.lock", "xtask/src/types.rs", "www/pkg/page.wasm"] {
            let before = sh.read_file(file)?;
            sh.write_file(file, "changed")?;
            ensure!(!is_built(&["page"])?, "{file} changed unseen");
            sh.write_file(file, before)?;
            ensure!(is_built(&["page"])?, "{file} is as it was");
        }
        sh.write_file("src/new", "")?;
        ensure!(!is_built(&["page"])?, "a new file was not seen");
        Ok(())
    }
}
