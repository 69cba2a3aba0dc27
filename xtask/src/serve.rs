//! Serves `www/` on 127.0.0.1, as a static host would: right media types, no caching, nothing else added.
//!
//! For the end-to-end tests the same files also stand under `/sub/path/`, and under `/fault/NAME/` with one data file
//! spoiled; under `/test/package/` stands a page that imports the package.

use crate::workspace::{find_program, www_dir};
use anyhow::{Context, Result};
use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::routing::get;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;
use xshell::{Shell, cmd};

/// How many ports after the wanted one are tried.
const N_PORTS: u16 = 100;

/// The data file that a fault spoils.
const SPOILED: &str = "data/mnist/train-images-idx3-ubyte.gz";

/// The page that imports the package, from the page: for the end-to-end tests, not shipped.
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

/// Whether the spoiled copies for the tests are served too.
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
    /// Listens at the first free port from `port` on; at any free one if `port` is 0.
    pub fn start(www: &Path, port: u16, faults: Faults) -> Result<Self> {
        let runtime = Runtime::new()?;
        let listener = runtime.block_on(listen(port))?;
        let address = listener.local_addr()?;
        let router = router(www, faults)?;
        runtime.spawn(async move { axum::serve(listener, router).await });
        Ok(Self { runtime, address })
    }

    /// The address of the page, with a slash at its end.
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
        let good = fs::read(www.join(SPOILED)).with_context(|| format!("read {SPOILED}"))?;
        for (name, status, body) in spoiled(&good) {
            let answer = move || std::future::ready((status, body.clone()));
            let spoiled = Router::new().route(&format!("/{SPOILED}"), get(answer)).fallback_service(site());
            router = router.nest_service(&format!("/fault/{name}"), spoiled);
        }
    }
    let no_store = SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(router.layer(no_store))
}

/// The faults by name: the training images are not there, cut short, or no gzip at all.
fn spoiled(good: &[u8]) -> [(&'static str, StatusCode, Vec<u8>); 3] {
    [
        ("missing", StatusCode::NOT_FOUND, b"no such file".to_vec()),
        ("truncated", StatusCode::OK, good[..good.len() / 2].to_vec()),
        ("garbage", StatusCode::OK, b"this is not gzip at all, but plain text".repeat(100)),
    ]
}

fn open_browser(sh: &Shell, url: &str) {
    let has_screen = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some());
    let opened = if cfg!(target_os = "macos") {
        cmd!(sh, "open {url}").quiet().run().is_ok()
    } else if cfg!(windows) {
        cmd!(sh, "cmd /c start {url}").quiet().run().is_ok()
    } else {
        // Without a screen xdg-open may start a browser in this very terminal.
        has_screen
            && find_program(sh, &["xdg-open"]).is_some()
            && cmd!(sh, "xdg-open {url}").quiet().ignore_stderr().run().is_ok()
    };
    if !opened {
        println!("No browser to open here: open the address yourself.");
    }
}
