//! Starts chromedriver, opens sessions on it, and ends it together with every browser that it started.

use crate::tools;
use anyhow::{Context, Result, bail};
use fantoccini::wd::{Capabilities, TimeoutConfiguration};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use xshell::{Shell, cmd};

/// How long a chromedriver may take to close its browsers before it is killed.
const SHUTDOWN: Duration = Duration::from_secs(5);

/// A running chromedriver; it and its browsers end when dropped.
pub struct Driver {
    child: Child,
    port: u16,
}

/// Whether a browser has the software GPU of `webdriver.json`, which also renders its pages.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SoftwareGpu {
    Yes,
    No,
}

/// Words in the options of `webdriver.json` that ask for it.
const GPU_WORDS: [&str; 4] = ["webgpu", "vulkan", "Vulkan", "angle"];

impl Driver {
    /// Starts a chromedriver on a free port.
    pub fn start(sh: &Shell) -> Result<Self> {
        let program = tools::chromedriver(sh)?;
        let mut command = Command::from(cmd!(sh, "{program} --port=0"));
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("chromedriver")?;
        let stdout = child.stdout.take().context("chromedriver's output")?;
        let mut lines = BufReader::new(stdout).lines();
        let port = lines.by_ref().map_while(Result::ok).find_map(|line| port_in(&line));
        let Some(port) = port else {
            let status = child.wait()?;
            bail!("chromedriver printed no port and ended with {status}");
        };
        // A full pipe would block chromedriver.
        thread::spawn(move || lines.for_each(drop));
        Ok(Self { child, port })
    }

    /// The address at which sessions are opened.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Opens a session with the flags of webdriver.json; scripts may run for as long as `script_limit`.
    pub async fn session(&self, sh: &Shell, gpu: SoftwareGpu, script_limit: Duration) -> Result<Client> {
        let path = sh.current_dir().join("webdriver.json");
        let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        let mut capabilities: Capabilities = serde_json::from_str(&text).context("webdriver.json")?;
        let args = capabilities.get_mut("goog:chromeOptions").and_then(|options| options["args"].as_array_mut());
        if let (SoftwareGpu::No, Some(args)) = (gpu, args) {
            args.retain(|arg| !arg.as_str().is_some_and(|arg| GPU_WORDS.iter().any(|word| arg.contains(word))));
        }
        let client = ClientBuilder::new(HttpConnector::new()).capabilities(capabilities).connect(&self.url()).await?;
        client.update_timeouts(TimeoutConfiguration::new(Some(script_limit), None, None)).await?;
        Ok(client)
    }

    /// Chromedriver closes its browsers only on request; if killed, it would leave them running.
    fn shut_down(&mut self) -> Result<()> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        write!(stream, "GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n", self.port)?;
        let started = Instant::now();
        while started.elapsed() < SHUTDOWN {
            if self.child.try_wait()?.is_some() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(50));
        }
        bail!("chromedriver did not end within {SHUTDOWN:?}")
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Err(error) = self.shut_down() {
            eprintln!("xtask: {error:#}; killing it");
            drop(self.child.kill());
            drop(self.child.wait());
        }
    }
}

/// The port in `ChromeDriver was started successfully on port 40123.`
fn port_in(line: &str) -> Option<u16> {
    let (_, port) = line.split_once("started successfully on port ")?;
    port.trim_end_matches('.').trim().parse().ok()
}
