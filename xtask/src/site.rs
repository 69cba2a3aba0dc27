//! The page as a site of files whose names hold a fingerprint of their content, so that no cache can mix two builds.
//!
//! A file's fingerprint covers the file and all that it refers to, directly or through others. Scripts and style sheets are
//! therefore immutable under their names: an old page keeps loading old files for as long as the host has them. Names are
//! written into the scripts themselves rather than into an import map, which workers do not see. The import map only holds
//! `integrity`, which browsers that do not know it ignore.

use crate::ship::{Reference, Use, references, shipped};
use crate::workspace::files_under;
use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Files of `www/` that serve development only.
const NOT_SHIPPED: [&str; 4] = ["tsconfig.json", "tsconfig.worker.json", "screenshot.png", ".d.ts"];

/// The page, where a reader starts.
pub const PAGE: &str = "index.html";
/// The service worker, whose address must stay the same.
const SERVICE_WORKER: &str = "sw.js";
/// The element for other pages, whose address is public.
const ELEMENT: &str = "norm-cube.js";
/// Another page that is stored for use without a network, with all that it needs.
const ELEMENT_PAGE: &str = "embed.html";

/// What the service worker says about its build in development: that there is none.
const NO_BUILD: &str = "const BUILD = null;";

/// Hexadecimal digits of a fingerprint: 40 bits, which no two versions of a file will share by accident.
const FINGERPRINT_LEN: usize = 10;

/// A part of a page in which scripts of the site may run, to which the import map's own hash is added.
const SCRIPTS_ALLOWED: &str = "script-src 'self'";

/// A build: its fingerprint, and the files that only it may have.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Build {
    /// Identifies it.
    pub id: String,
    /// Files with a fingerprint in their names.
    pub files: Vec<String>,
}

/// The files of a site by their paths, with slashes.
pub struct Site {
    /// Their bytes.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl Site {
    /// Reads `www/`, with its scripts as they are shipped.
    pub fn read(www: &Path) -> Result<Self> {
        let mut files = BTreeMap::new();
        for file in files_under(www)? {
            let path = file.to_string_lossy().replace('\\', "/");
            if NOT_SHIPPED.iter().any(|name| path.ends_with(name)) {
                continue;
            }
            let bytes = fs::read(www.join(&file)).with_context(|| format!("read {path}"))?;
            files.insert(path, shipped(&file, bytes)?);
        }
        Ok(Self { files })
    }

    /// What a file refers to; each target must exist.
    pub fn references(&self, path: &str) -> Result<Vec<Reference>> {
        if extension(path) != "js" {
            return Ok(vec![]);
        }
        let found = references(path, self.text(path)?)?;
        for Reference { target, .. } in &found {
            ensure!(self.files.contains_key(target), "{path} refers to {target}, which does not exist");
        }
        Ok(found)
    }

    /// The text of a file.
    pub fn text(&self, path: &str) -> Result<&str> {
        let bytes = self.files.get(path).with_context(|| format!("there is no {path}"))?;
        std::str::from_utf8(bytes).with_context(|| format!("{path} is not text"))
    }

    /// All files that the scripts and styles `starts` lead to, themselves included; `follows` says by which references.
    pub fn reached(
        &self,
        starts: impl IntoIterator<Item = String>,
        follows: impl Fn(&Reference) -> bool,
    ) -> Result<BTreeSet<String>> {
        let mut found = BTreeSet::new();
        let mut pending: Vec<String> = starts.into_iter().collect();
        while let Some(path) = pending.pop() {
            if found.insert(path.clone()) {
                pending.extend(self.references(&path)?.into_iter().filter(&follows).map(|reference| reference.target));
            }
        }
        Ok(found)
    }

    /// The site under names with fingerprints, and its build. The service worker learns which files there are.
    pub fn fingerprinted(&self) -> Result<(Self, Build)> {
        let names = self.names()?;
        let mut files = BTreeMap::new();
        for (path, bytes) in &self.files {
            let bytes = match extension(path) {
                "js" => self.renamed(path, &names)?.into_bytes(),
                _ => bytes.clone(),
            };
            if path == ELEMENT || !names.contains_key(path) {
                files.insert(path.clone(), bytes.clone());
            }
            if let Some(name) = names.get(path) {
                files.insert(name.clone(), bytes);
            }
        }
        let mut site = Self { files };
        let pages = self.files.keys().filter(|path| extension(path) == "html");
        for page in pages.clone() {
            let text = site.page(self.text(page)?, &names).with_context(|| page.clone())?;
            site.files.insert(page.clone(), text.into_bytes());
        }
        let mut all = Sha256::new();
        for (path, bytes) in &site.files {
            all.update(path);
            all.update(Sha256::digest(bytes));
        }
        let id = hex(all)[..FINGERPRINT_LEN].to_owned();
        for page in pages {
            let text =
                site.text(page)?.replacen("<html lang=\"en\"", &format!("<html lang=\"en\" data-build=\"{id}\""), 1);
            site.files.insert(page.clone(), text.into_bytes());
        }
        let worker = site.service_worker(&id)?;
        site.files.insert(SERVICE_WORKER.to_owned(), worker.into_bytes());
        Ok((site, Build { id, files: names.into_values().collect() }))
    }

    /// The new name of every file that gets one.
    fn names(&self) -> Result<BTreeMap<String, String>> {
        let named = self
            .files
            .keys()
            .filter(|path| ["js", "css", "wasm"].contains(&extension(path)) && path.as_str() != SERVICE_WORKER);
        let name = |path: &String| {
            let mut hash = Sha256::new();
            for reached in self.reached([path.clone()], |_| true)? {
                hash.update(&reached);
                hash.update(Sha256::digest(&self.files[&reached]));
            }
            let (stem, extension) = path.rsplit_once('.').context("a path has an extension")?;
            Ok((path.clone(), format!("{stem}.{}.{extension}", &hex(hash)[..FINGERPRINT_LEN])))
        };
        named.map(name).collect()
    }

    /// A script with the new names of what it refers to. The element's own address stays public.
    fn renamed(&self, path: &str, names: &BTreeMap<String, String>) -> Result<String> {
        let mut text = self.text(path)?.to_owned();
        for Reference { how, place, name, target } in self.references(path)?.into_iter().rev() {
            let is_public = how == Use::Address && target == ELEMENT;
            if let Some(new) = names.get(&target).filter(|_| !is_public) {
                let folder = name.rfind('/').map_or("", |end| &name[..=end]);
                let file = new.rsplit('/').next().unwrap_or(new);
                text.replace_range(place, &format!("\"{folder}{file}\""));
            }
        }
        Ok(text)
    }

    /// A page with the new names, and the integrity of its modules.
    fn page(&self, text: &str, names: &BTreeMap<String, String>) -> Result<String> {
        let mut page = text.to_owned();
        for (old, new) in names {
            for attribute in ["href", "src"] {
                page = page.replace(&format!("{attribute}=\"{old}\""), &format!("{attribute}=\"{new}\""));
            }
        }
        // Only what the page starts with: the map comes before the first paint. The service worker checks the rest.
        let modules = self.reached(scripts_of(&page, true), |reference| reference.how == Use::Import)?;
        let modules = modules.iter().filter(|path| names.values().any(|name| name == *path));
        let integrity: BTreeMap<String, String> =
            modules.map(|path| (format!("./{path}"), digest(&self.files[path]))).collect();
        let map = json!({ "integrity": integrity }).to_string();
        let allowed = format!("{SCRIPTS_ALLOWED} '{}'", digest(map.as_bytes()));
        ensure!(page.contains(SCRIPTS_ALLOWED), "the page has no {SCRIPTS_ALLOWED}");
        page = page.replacen(SCRIPTS_ALLOWED, &allowed, 1);
        let starts = ["<link rel=\"modulepreload\"", "<script type=\"module\""];
        let Some(first) = starts.iter().filter_map(|start| page.find(start)).min() else {
            bail!("the page has no module")
        };
        page.insert_str(first, &format!("<script type=\"importmap\">{map}</script>\n"));
        Ok(page)
    }

    /// The service worker with the list of what it stores: what the first screen needs, and the rest.
    fn service_worker(&self, id: &str) -> Result<String> {
        let page = self.text(PAGE)?;
        let starts = || linked(page).into_iter().chain(scripts_of(page, false));
        let is_first = |reference: &Reference| {
            reference.how == Use::Import || (reference.how == Use::Address && reference.target.ends_with(".wasm"))
        };
        let mut first = self.reached(starts(), is_first)?;
        first.insert(PAGE.to_owned());
        let element_page = self.text(ELEMENT_PAGE)?;
        let others = linked(element_page).into_iter().chain(scripts_of(element_page, false));
        let mut all = self.reached(starts().chain(others), |_| true)?;
        all.insert(ELEMENT_PAGE.to_owned());
        let digests = |paths: &mut dyn Iterator<Item = &String>| {
            // Data are stored as they are fetched, by the worker that fetches them.
            let code = paths.filter(|path| ["html", "js", "css", "wasm"].contains(&extension(path)));
            code.filter(|path| *path != ELEMENT)
                .map(|path| (path.clone(), digest(&self.files[path])))
                .collect::<BTreeMap<_, _>>()
        };
        let build = json!({
            "id": id,
            "first": digests(&mut first.iter()),
            "rest": digests(&mut all.difference(&first)),
        });
        let text = self.text(SERVICE_WORKER)?;
        ensure!(text.matches(NO_BUILD).count() == 1, "{SERVICE_WORKER} has no line {NO_BUILD}");
        Ok(text.replace(NO_BUILD, &format!("const BUILD = {build};")))
    }
}

/// The scripts of a page; with `only_modules`, those that the import map is for.
pub fn scripts_of(page: &str, only_modules: bool) -> Vec<String> {
    let tags = page.split("<script ").skip(1).filter_map(|rest| rest.split('>').next());
    let tags = tags.filter(|tag| !only_modules || tag.contains("type=\"module\""));
    tags.filter_map(|tag| attribute(tag, "src")).collect()
}

/// The style sheets of a page, in order.
pub fn linked(page: &str) -> Vec<String> {
    let tags = page.split("<link ").skip(1).filter_map(|rest| rest.split('>').next());
    tags.filter(|tag| tag.contains("rel=\"stylesheet\"")).filter_map(|tag| attribute(tag, "href")).collect()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    rest.split('"').next().map(str::to_owned)
}

/// The SHA-256 of some bytes as browsers write it.
pub fn digest(bytes: &[u8]) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(bytes)))
}

/// The SHA-256 of some bytes in hexadecimal.
pub fn digest_hex(bytes: &[u8]) -> String {
    hex(Sha256::new_with_prefix(bytes))
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The part of a path after its last full stop.
pub fn extension(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, extension)| extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HTML: &str = "<!doctype html>\n<html lang=\"en\">\n<meta content=\"script-src 'self' x\">\n\
        <link rel=\"stylesheet\" href=\"a.css\">\n<script src=\"early.js\"></script>\n<script type=\"module\" src=\"main.js\"></script>\n";

    fn site(part: &str) -> Site {
        let files = [
            (PAGE, HTML.to_owned()),
            (ELEMENT_PAGE, HTML.to_owned()),
            ("a.css", "a { }".to_owned()),
            ("early.js", "const early = 1;".to_owned()),
            ("main.js", "import \"./lib/dom.js\";\nimport(\"./lib/part.js\");\nimport(\"./norm-cube.js\");".to_owned()),
            ("lib/dom.js", "export {};".to_owned()),
            ("lib/part.js", part.to_owned()),
            ("worker.js", "new URL(\"w.wasm\", import.meta.url);\nnew URL(\"data/x.gz\", import.meta.url);".to_owned()),
            ("w.wasm", "wasm".to_owned()),
            ("data/x.gz", "data".to_owned()),
            (ELEMENT, "new URL(\"norm-cube.js\", import.meta.url);".to_owned()),
            (SERVICE_WORKER, format!("{NO_BUILD}\n")),
        ];
        Site { files: files.into_iter().map(|(path, text)| (path.to_owned(), text.into_bytes())).collect() }
    }

    const PART: &str = "new Worker(new URL(\"../worker.js\", import.meta.url));";

    fn named(build: &Build, start: &str) -> String {
        let mut found = build.files.iter().filter(|file| file.starts_with(start));
        found.next().unwrap_or_else(|| panic!("no {start} in {:?}", build.files)).clone()
    }

    #[test]
    fn a_change_reaches_all_that_lead_to_it_and_nothing_else() {
        let (_, before) = site(PART).fingerprinted().expect("a site");
        let (_, after) = site(&format!("{PART}\n0;")).fingerprinted().expect("a site");
        for (start, changes) in
            [("main.", true), ("lib/part.", true), ("lib/dom.", false), ("worker.", false), ("a.", false)]
        {
            assert_eq!(named(&before, start) != named(&after, start), changes, "{start}");
        }
        assert_ne!(before.id, after.id);
    }

    #[test]
    fn every_name_leads_to_a_file_and_public_addresses_stay() {
        let (site, build) = site(PART).fingerprinted().expect("a site");
        for path in site.files.keys() {
            site.references(path).expect("each target exists");
        }
        for path in [PAGE, ELEMENT_PAGE, ELEMENT, SERVICE_WORKER, "data/x.gz"] {
            assert!(site.files.contains_key(path), "{path}");
        }
        for start in ["main.", "worker.", "w.", "a.", "norm-cube."] {
            assert!(site.files.contains_key(&named(&build, start)));
        }
        assert!(!site.files.contains_key("main.js"), "only under its fingerprint");
        let element = site.text(&named(&build, "norm-cube.")).expect("text");
        assert!(element.contains("\"norm-cube.js\""), "the element's address is public: {element}");
        assert!(site.text(&named(&build, "worker.")).expect("text").contains("\"data/x.gz\""));
    }

    #[test]
    fn the_page_and_the_service_worker_know_the_digests() {
        let (site, build) = site(PART).fingerprinted().expect("a site");
        let page = site.text(PAGE).expect("text");
        let (main, dom) = (named(&build, "main."), named(&build, "lib/dom."));
        let map = page.split("<script type=\"importmap\">").nth(1).and_then(|rest| rest.split("</script>").next());
        let map = map.expect("an import map");
        for path in [&main, &dom] {
            assert!(map.contains(&format!("\"./{path}\":\"{}\"", digest(&site.files[path]))), "{path} in {map}");
        }
        assert!(page.contains(&format!("script-src 'self' '{}'", digest(map.as_bytes()))), "allowed: {page}");
        assert!(page.contains(&format!("data-build=\"{}\"", build.id)));
        let worker = site.text(SERVICE_WORKER).expect("text");
        let (first, rest) = worker.split_once("\"rest\"").expect("two lists");
        for path in [PAGE, &main, &dom, &named(&build, "a."), &named(&build, "early.")] {
            assert!(first.contains(&format!("\"{path}\":\"{}\"", digest(&site.files[path]))), "{path}");
        }
        for start in ["lib/part.", "worker.", "w.", "norm-cube."] {
            assert!(rest.contains(&named(&build, start)), "{start}");
        }
        assert!(!worker.contains("x.gz"), "data are stored as they are fetched");
    }
}
