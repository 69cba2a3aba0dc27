//! Drivers of the browsers other than Chromium in which the end-to-end tests run: Firefox, whose WebGPU runs on software
//! Vulkan, and WebKitGTK, which has none and needs a display.

use crate::tools;
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use xshell::Shell;

/// How long a driver may take until it accepts connections.
const START: Duration = Duration::from_secs(20);

/// A browser engine other than Chromium's.
#[derive(Clone, Copy)]
pub enum Engine {
    /// Gecko.
    Firefox,
    /// WebKit in its port to GTK.
    WebKit,
}

impl Engine {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Firefox, Self::WebKit];

    /// The name of its step.
    pub fn name(self) -> &'static str {
        match self {
            Self::Firefox => "end to end in Firefox",
            Self::WebKit => "end to end in WebKitGTK",
        }
    }

    /// What its tests' names start with.
    pub fn filter(self) -> &'static str {
        match self {
            Self::Firefox => "engines::firefox",
            Self::WebKit => "engines::webkit",
        }
    }

    /// The variable in which its tests look for the driver's address.
    pub fn variable(self) -> &'static str {
        match self {
            Self::Firefox => "FIREFOX_DRIVER_URL",
            Self::WebKit => "WEBKIT_DRIVER_URL",
        }
    }

    /// Starts its driver, installing what is missing.
    pub fn start(self, sh: &Shell) -> Result<EngineDriver> {
        match self {
            Self::Firefox => EngineDriver::firefox(sh),
            Self::WebKit => EngineDriver::webkit(sh),
        }
    }
}

/// Running programs that together drive a browser; they and the browsers that they started end when dropped.
pub struct EngineDriver {
    children: Vec<Child>,
    port: u16,
}

impl EngineDriver {
    /// Starts geckodriver.
    fn firefox(sh: &Shell) -> Result<Self> {
        let (driver, manifest) = (tools::geckodriver(sh)?, tools::software_vulkan(sh)?);
        let port = free_port()?.to_string();
        let mut command = Command::new(driver);
        command.args(["--port", &port]).env("VK_DRIVER_FILES", &manifest).env("VK_ICD_FILENAMES", &manifest);
        Self::start(vec![], command, &port)
    }

    /// Starts a display in memory and WebKitWebDriver on it.
    fn webkit(sh: &Shell) -> Result<Self> {
        let (driver, xvfb) = tools::webkit_driver(sh)?;
        let mut server = Command::new(xvfb);
        // It writes the number of the display that it chose to standard output.
        server.args(["-displayfd", "1", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"]).stdout(Stdio::piped());
        let mut server = in_its_own_group(&mut server).stderr(Stdio::null()).spawn().context("Xvfb")?;
        let stdout = server.stdout.take().context("Xvfb's output")?;
        let display = BufReader::new(stdout).lines().map_while(Result::ok).next().context("Xvfb chose no display")?;
        let port = free_port()?.to_string();
        let mut command = Command::new(driver);
        command.arg(format!("--port={port}")).env("DISPLAY", format!(":{display}"));
        Self::start(vec![server], command, &port)
    }

    /// The address at which sessions are opened.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn start(children: Vec<Child>, mut command: Command, port: &str) -> Result<Self> {
        let mut engine = Self { children, port: port.parse()? };
        let program = command.get_program().to_owned();
        let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        engine.children.push(in_its_own_group(command).spawn().with_context(|| format!("{}", program.display()))?);
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", engine.port)).is_err() {
            if started.elapsed() > START {
                bail!("{} accepts no connection on port {port} after {START:?}", program.display());
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(engine)
    }
}

impl Drop for EngineDriver {
    /// The driver last started ends first, and with each its browsers, which are in its group.
    fn drop(&mut self) {
        for mut child in self.children.drain(..).rev() {
            let group = format!("-{}", child.id());
            let ended = Command::new("kill").args(["-TERM", "--", &group]).status();
            if !ended.is_ok_and(|status| status.success()) {
                drop(child.kill());
            }
            drop(child.wait());
        }
    }
}

/// So that a signal reaches a driver together with the browsers that it started.
fn in_its_own_group(command: &mut Command) -> &mut Command {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    command
}

/// A port that was free a moment ago: these drivers do not print the port that they choose.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
