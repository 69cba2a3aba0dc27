//! Writes the site to a folder that any static host can serve from any path, next to the files of earlier builds.

use crate::site::{Build, Site};
use crate::workspace::LIB_NAME;
use anyhow::{Context, Result, ensure};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The list of the builds in a folder, the newest first.
const BUILDS: &str = "builds.json";

/// How many builds a folder holds. A reader's page may come from a cache and ask for the files of an earlier one.
const N_BUILDS: usize = 4;

/// Writes the site in `www` to `out`, replacing an earlier one; files of the builds in the folder `kept` stay available.
pub fn write(www: &Path, out: &Path, kept: Option<&Path>) -> Result<()> {
    ensure!(!out.starts_with(www), "--out {} is in www/", out.display());
    let is_ours = [BUILDS.to_owned(), format!("pkg/{LIB_NAME}_bg.wasm")].iter().any(|file| out.join(file).is_file());
    let is_empty = !out.exists() || fs::read_dir(out)?.next().is_none();
    ensure!(is_ours || is_empty, "--out {} contains something else; choose an empty folder", out.display());
    let (site, build) = Site::read(www)?.fingerprinted()?;
    let earlier = kept.map(|folder| earlier(folder, &build)).transpose()?.unwrap_or_default();
    if out.exists() {
        fs::remove_dir_all(out).with_context(|| format!("remove {}", out.display()))?;
    }
    for (path, bytes) in &site.files {
        put(&out.join(path), bytes)?;
    }
    let old: BTreeSet<&String> = earlier.iter().flat_map(|(build, _)| &build.files).collect();
    for (build, contents) in &earlier {
        for (path, bytes) in build.files.iter().zip(contents) {
            put(&out.join(path), bytes)?;
        }
    }
    println!("dist: {}, build {}, {} files of {} earlier builds", out.display(), build.id, old.len(), earlier.len());
    let builds: Vec<Build> = [build].into_iter().chain(earlier.into_iter().map(|(build, _)| build)).collect();
    put(&out.join(BUILDS), &serde_json::to_vec_pretty(&builds)?)
}

/// The builds in a folder, without the one that is written now, with their files. They are read before anything is
/// written: both folders may be the same.
fn earlier(folder: &Path, now: &Build) -> Result<Vec<(Build, Vec<Vec<u8>>)>> {
    let list = folder.join(BUILDS);
    if !list.is_file() {
        println!("--keep {}: no earlier build", folder.display());
        return Ok(vec![]);
    }
    let builds: Vec<Build> =
        serde_json::from_slice(&fs::read(&list)?).with_context(|| format!("{}", list.display()))?;
    let builds = builds.into_iter().filter(|build| build.id != now.id).take(N_BUILDS - 1);
    let read = |build: Build| {
        let contents = build.files.iter().map(|path| {
            // The list comes from outside: a path that leaves the folder must not be followed.
            ensure!(!path.split('/').any(|part| part == ".."), "{}: {path} leaves the folder", list.display());
            fs::read(folder.join(path)).with_context(|| format!("--keep {}: {path}", folder.display()))
        });
        let contents = contents.collect::<Result<Vec<_>>>()?;
        Ok((build, contents))
    };
    builds.map(read).collect()
}

fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, bytes).with_context(|| format!("write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::{shell, target_dir};

    #[test]
    fn a_page_from_a_cache_finds_the_files_of_its_build() {
        let folder = target_dir(&shell().expect("a workspace")).join("dist-test");
        drop(fs::remove_dir_all(&folder));
        let (www, out) = (folder.join("www"), folder.join("out"));
        let html =
            "<html lang=\"en\"><meta content=\"script-src 'self'\"><script type=\"module\" src=\"main.js\"></script>";
        for page in ["index.html", "embed.html"] {
            put(&www.join(page), html.as_bytes()).expect("writable");
        }
        put(&www.join("sw.js"), b"const BUILD = null;").expect("writable");
        let mut mains = vec![];
        for version in 0..N_BUILDS + 2 {
            put(&www.join("main.js"), format!("export const version = {version};").as_bytes()).expect("writable");
            write(&www, &out, Some(&out)).expect("a site");
            let builds = fs::read(out.join(BUILDS)).expect("a list");
            let builds: Vec<Build> = serde_json::from_slice(&builds).expect("a list of builds");
            assert_eq!(builds.len(), (version + 1).min(N_BUILDS));
            mains.push(builds[0].files[0].clone());
            for (at, main) in mains.iter().rev().enumerate() {
                assert_eq!(out.join(main).is_file(), at < N_BUILDS, "build {at} before the last of {version}");
            }
        }
        put(&folder.join("other/file"), b"").expect("writable");
        assert!(write(&www, &folder.join("other"), None).is_err(), "a folder of somebody else's");
        fs::remove_dir_all(&folder).expect("removable");
    }
}
