//! Two builds of the page on one host, for the end-to-end tests, which choose what is deployed: `/deploy-now/NAME` does.

use crate::site::{Site, extension};
use anyhow::{Context, Result, bail};
use axum::Router;
use axum::extract::{Path as Part, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// Where the host's pages are.
const FOLDER: &str = "/deploy";

/// What the second build has and the first does not.
const MARK: &str = "\nglobalThis.isSecondBuild = true;\n";

/// What the host has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Now {
    First,
    /// The second build, next to the files of the first.
    Second,
    /// The second build alone: a page of the first misses its files.
    SecondAlone,
    /// Nothing: the host does not answer.
    Down,
}

struct Host {
    first: Site,
    second: Site,
    now: Mutex<Now>,
}

/// The host, with the first build.
pub fn router(www: &Path) -> Result<Router> {
    let mut site = Site::read(www)?;
    let (first, _) = site.fingerprinted()?;
    site.files.get_mut("main.js").context("the page has no main.js")?.extend(MARK.bytes());
    let (second, _) = site.fingerprinted()?;
    let host = Arc::new(Host { first, second, now: Mutex::new(Now::First) });
    let pages = Router::new().fallback(answer).with_state(Arc::clone(&host));
    Ok(Router::new().nest_service(FOLDER, pages).route("/deploy-now/{name}", get(choose).with_state(host)))
}

async fn choose(State(host): State<Arc<Host>>, Part(name): Part<String>) -> Response {
    match named(&name) {
        Ok(now) => {
            *host.now.lock().expect("no handler panics") = now;
            name.into_response()
        }
        Err(error) => (StatusCode::NOT_FOUND, error.to_string()).into_response(),
    }
}

fn named(name: &str) -> Result<Now> {
    Ok(match name {
        "first" => Now::First,
        "second" => Now::Second,
        "second-alone" => Now::SecondAlone,
        "down" => Now::Down,
        other => bail!("there is no deploy {other}"),
    })
}

async fn answer(State(host): State<Arc<Host>>, request: Request) -> Response {
    let path = match request.uri().path().trim_start_matches('/') {
        "" => "index.html",
        path => path,
    };
    let now = *host.now.lock().expect("no handler panics");
    let found = match now {
        Now::First => host.first.files.get(path),
        Now::Second => host.second.files.get(path).or_else(|| host.first.files.get(path)),
        Now::SecondAlone => host.second.files.get(path),
        Now::Down => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
    };
    let media = match extension(path) {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css",
        "js" => "text/javascript",
        "wasm" => "application/wasm",
        _ => "application/gzip",
    };
    match found {
        Some(bytes) => ([(header::CONTENT_TYPE, media)], bytes.clone()).into_response(),
        None => (StatusCode::NOT_FOUND, "no such file").into_response(),
    }
}
