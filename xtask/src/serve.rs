//! Serves `www/` on 127.0.0.1 as a static host would: correct media types, no caching, nothing added.
//!
//! For the end-to-end tests the same files are also under `/sub/path/`, and under `/fault/NAME/` with one file damaged;
//! a page that imports the package is under `/test/package/`, and built pages are under `/deploy/`.

use crate::deploys;
use crate::ship::shipped;
use crate::workspace::{find_program, www_dir};
use anyhow::{Context, Result};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;
use xshell::{Shell, cmd};

/// How many ports after the requested one are tried.
const N_PORTS: u16 = 100;

/// The data file that faults damage, the script of the training worker, and that of the Code part.
const DATA: &str = "data/mnist/train-images-idx3-ubyte.gz";
const WORKER: &str = "worker.js";
const CODE: &str = "ui/code/part.js";

/// A module without which the page does not start.
const MODULE: &str = "ui/sentence/sentence.js";

/// What is put in front of the training worker's script so that it traps when the tests say so.
const TRAP: &str =
    "new BroadcastChannel('trap').onmessage = () => { throw new WebAssembly.RuntimeError('unreachable'); };\n";

/// What is put in front of the training worker's script so that it panics, or is busy, when the tests say so.
const PANIC: &str = include_str!("panic.js");

/// What is put in front of the training worker's script so that its GPU fails: the name of the fault, and the script.
const GPU_FAULTS: [(&str, &str); 10] = [
    ("gpu-idle", "GPUQueue.prototype.submit = () => {};"),
    (
        "gpu-flips",
        "const { getMappedRange } = GPUBuffer.prototype;
         GPUBuffer.prototype.getMappedRange = function (...range) {
             const mapped = getMappedRange.apply(this, range);
             new Uint8Array(mapped)[2] ^= 64;
             return mapped;
         };",
    ),
    (
        "gpu-other-one",
        "const { createShaderModule } = GPUDevice.prototype;
         GPUDevice.prototype.createShaderModule = function (module) {
             return createShaderModule.call(this, { ...module, code: module.code.replaceAll('1.0', '1.3') });
         };",
    ),
    ("gpu-no-adapter", "GPU.prototype.requestAdapter = () => new Promise(() => {});"),
    (
        "gpu-late-adapter",
        "const { requestAdapter } = GPU.prototype, awake = new Promise(wake => setTimeout(wake, 13000));
         GPU.prototype.requestAdapter = async function (...options) {
             await awake;
             return requestAdapter.apply(this, options);
         };",
    ),
    ("gpu-no-device", "GPUAdapter.prototype.requestDevice = () => new Promise(() => {});"),
    ("gpu-no-read", "GPUBuffer.prototype.mapAsync = () => new Promise(() => {});"),
    (
        "gpu-refuses-reads",
        "GPUBuffer.prototype.mapAsync = () => Promise.reject(new DOMException('not today', 'OperationError'));",
    ),
    ("gpu-no-buffer", "GPUDevice.prototype.createBuffer = () => { throw new RangeError('no room'); };"),
    (
        "gpu-lost",
        "const { requestDevice } = GPUAdapter.prototype, devices = [];
         GPUAdapter.prototype.requestDevice = async function (...options) {
             const device = await requestDevice.apply(this, options);
             devices.push(device);
             return device;
         };
         new BroadcastChannel('gpu').onmessage = () => devices.forEach(device => device.destroy());",
    ),
];

/// The page that imports the package like any other page: for the end-to-end tests, not shipped.
const TEST_PAGE: &str = "../tests/e2e/package";

/// Serves the built page until interrupted.
pub fn play(sh: &Shell, port: u16, open: bool) -> Result<()> {
    let server = Server::start(&www_dir(sh), port, Faults::None)?;
    println!("Blue Cube plays at {}  (Ctrl-C ends it)", server.url());
    if open {
        open_browser(sh, &server.url());
    }
    server.run_forever();
    Ok(())
}

/// Whether the damaged copies for the tests are served too.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Faults {
    /// The page alone.
    None,
    /// Also `/sub/path/` and `/fault/NAME/`.
    ForTests,
}

/// A running server; it ends when dropped.
pub struct Server {
    runtime: Runtime,
    address: SocketAddr,
}

impl Server {
    /// Listens at the first free port starting at `port`; at any free one if `port` is 0.
    pub fn start(www: &Path, port: u16, faults: Faults) -> Result<Self> {
        let runtime = Runtime::new()?;
        let listener = runtime.block_on(listen(port))?;
        let address = listener.local_addr()?;
        let router = router(www, faults)?;
        runtime.spawn(async move { axum::serve(listener, router).await });
        Ok(Self { runtime, address })
    }

    /// The address of the page, with a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    fn run_forever(self) {
        self.runtime.block_on(std::future::pending::<()>());
    }
}

async fn listen(port: u16) -> Result<TcpListener> {
    let last = if port == 0 { 0 } else { port.saturating_add(N_PORTS) };
    for port in port..=last {
        match TcpListener::bind(("127.0.0.1", port)).await {
            Ok(listener) => return Ok(listener),
            Err(error) if port == last => return Err(error).with_context(|| format!("no free port up to {last}")),
            Err(_) => {}
        }
    }
    unreachable!("the loop returns at its last port")
}

fn router(www: &Path, faults: Faults) -> Result<Router> {
    let site = || ServeDir::new(www);
    let mut router = Router::new().fallback_service(site());
    if faults == Faults::ForTests {
        router =
            router.nest_service("/sub/path", site()).nest_service("/test/package", ServeDir::new(www.join(TEST_PAGE)));
        for (name, file) in [("once-module", MODULE), ("once-code", CODE)] {
            let once = Router::new().route(&format!("/{file}"), once(www, file)?).fallback_service(site());
            router = router.nest_service(&format!("/fault/{name}"), once);
        }
        for (name, file, status, body) in spoiled(www)? {
            let media = if file.ends_with(".js") { "text/javascript" } else { "application/gzip" };
            let answer = move || std::future::ready((status, [(header::CONTENT_TYPE, media)], body.clone()));
            let spoiled = Router::new().route(&format!("/{file}"), get(answer)).fallback_service(site());
            router = router.nest_service(&format!("/fault/{name}"), spoiled);
        }
    }
    let no_store = SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let mut router = router.layer(from_fn(ship));
    if faults == Faults::ForTests {
        // As they are: their digests are known.
        router = router.merge(deploys::router(www)?);
    }
    Ok(router.layer(no_store))
}

/// A script that is missing at every other request, starting with the first.
fn once(www: &Path, file: &str) -> Result<MethodRouter> {
    let script = fs::read(www.join(file)).with_context(|| format!("read {file}"))?;
    let count = AtomicUsize::new(0);
    let answer = move || {
        let is_there = count.fetch_add(1, Ordering::Relaxed) % 2 == 1;
        let status = if is_there { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        std::future::ready((status, [(header::CONTENT_TYPE, "text/javascript")], script.clone()))
    };
    // Shared, since a handler is cloned for each request.
    let answer = Arc::new(answer);
    Ok(get(move || answer()))
}

/// Sends scripts and style sheets as they are shipped, so that what is tested and measured is what readers get.
async fn ship(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let response = next.run(request).await;
    let media = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_shipped =
        media.is_some_and(|media| ["text/javascript", "text/css"].iter().any(|kind| media.starts_with(kind)));
    if !is_shipped || response.status() != StatusCode::OK {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let script = to_bytes(body, usize::MAX).await.map_err(anyhow::Error::from);
    match script.and_then(|script| shipped(Path::new(&path), script.to_vec())) {
        Ok(script) => {
            head.headers.remove(header::CONTENT_LENGTH);
            Response::from_parts(head, Body::from(script))
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}")).into_response(),
    }
}

/// A fault: its name, the file that it damages, and the response.
type Fault = (&'static str, &'static str, StatusCode, Vec<u8>);

/// The training images are missing, truncated, or not gzip; a script is missing; the worker's wasm traps or panics on
/// request, or its GPU fails.
fn spoiled(www: &Path) -> Result<Vec<Fault>> {
    let read = |file: &str| fs::read(www.join(file)).with_context(|| format!("read {file}"));
    let (data, worker) = (read(DATA)?, String::from_utf8(read(WORKER)?)?);
    let [trapping, panicking] = [TRAP, PANIC].map(|script| script.to_owned() + &worker);
    let gpu = GPU_FAULTS.map(|(name, script)| {
        (name, WORKER, StatusCode::OK, format!("if (navigator.gpu) {{ {script} }}\n{worker}").into_bytes())
    });
    let missing = || b"no such file".to_vec();
    let others = [
        ("missing", DATA, StatusCode::NOT_FOUND, missing()),
        ("truncated", DATA, StatusCode::OK, data[..data.len() / 2].to_vec()),
        ("garbage", DATA, StatusCode::OK, b"this is not gzip at all, but plain text".repeat(100)),
        ("no-worker", WORKER, StatusCode::NOT_FOUND, missing()),
        ("no-code", CODE, StatusCode::NOT_FOUND, missing()),
        ("no-module", MODULE, StatusCode::NOT_FOUND, missing()),
        ("trap", WORKER, StatusCode::OK, trapping.into_bytes()),
        ("panic", WORKER, StatusCode::OK, panicking.into_bytes()),
    ];
    Ok(others.into_iter().chain(gpu).collect())
}

fn open_browser(sh: &Shell, url: &str) {
    let has_screen = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some());
    let opened = if cfg!(target_os = "macos") {
        cmd!(sh, "open {url}").quiet().run().is_ok()
    } else if cfg!(windows) {
        cmd!(sh, "cmd /c start {url}").quiet().run().is_ok()
    } else {
        // Without a display, xdg-open may start a browser in this terminal.
        has_screen
            && find_program(sh, &["xdg-open"]).is_some()
            && cmd!(sh, "xdg-open {url}").quiet().ignore_stderr().run().is_ok()
    };
    if !opened {
        println!("Found no browser to open: open the address yourself.");
    }
}
