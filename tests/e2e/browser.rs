//! The browsers in which the page is tried, one per engine, and what each is told at the start.

use anyhow::{Context, Result};
use fantoccini::wd::Capabilities;
use serde_json::{Value, json};
use std::env;

/// Whether the browser offers WebGPU, on a software adapter, to the page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum WebGpu {
    Software,
    None,
}

impl WebGpu {
    pub(crate) const ALL: [Self; 2] = [Self::Software, Self::None];
}

/// A browser and the variable of the environment with its driver's address. WebKitGTK has no WebGPU.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Browser {
    Chromium(WebGpu),
    Firefox(WebGpu),
    WebKit,
}

impl From<WebGpu> for Browser {
    fn from(webgpu: WebGpu) -> Self {
        Self::Chromium(webgpu)
    }
}

impl Browser {
    /// The address of the driver that opens sessions in this browser. That it is missing fails the test: no engine is
    /// left out in silence.
    pub(crate) fn driver(self) -> Result<String> {
        let variable = match self {
            Self::Chromium(_) => "WEBDRIVER_URL",
            Self::Firefox(_) => "FIREFOX_DRIVER_URL",
            Self::WebKit => "WEBKIT_DRIVER_URL",
        };
        env::var(variable).with_context(|| format!("{variable} is not set: run `cargo xtask test-e2e`"))
    }

    /// What a session is asked for. Chromium has the flags of `webdriver.json`, without those that provide WebGPU if it is
    /// not wanted, and `more` flags.
    pub(crate) fn capabilities(self, more: &[&str]) -> Result<Capabilities> {
        let all = match self {
            Self::Chromium(webgpu) => chromium(webgpu, more)?,
            Self::Firefox(webgpu) => {
                let webgpu = webgpu == WebGpu::Software;
                let prefs = json!({
                    "dom.webgpu.enabled": webgpu,
                    "gfx.webgpu.ignore-blocklist": webgpu,
                    // The pointer is a mouse, and nothing moves: what tests of Chromium assume.
                    "ui.prefersReducedMotion": 0,
                });
                json!({ "moz:firefoxOptions": { "args": ["-headless", "--width=1280", "--height=900"], "prefs": prefs } })
            }
            Self::WebKit => json!({}),
        };
        Ok(serde_json::from_value(all)?)
    }

    /// Whether the driver has Chromium's commands: the browser's log, and its developer tools.
    pub(crate) fn has_developer_tools(self) -> bool {
        matches!(self, Self::Chromium(_))
    }
}

fn chromium(webgpu: WebGpu, more: &[&str]) -> Result<Value> {
    let mut all: Value = serde_json::from_str(include_str!("../../webdriver.json"))?;
    let flags = all["goog:chromeOptions"]["args"].as_array_mut().context("webdriver.json names no flags")?;
    flags.extend(more.iter().map(|flag| json!(flag)));
    if webgpu == WebGpu::None {
        let gpu_words = ["webgpu", "vulkan", "angle"];
        flags.retain(|flag| {
            let flag = flag.as_str().unwrap_or_default().to_lowercase();
            !gpu_words.iter().any(|word| flag.contains(word))
        });
    }
    all["goog:loggingPrefs"] = json!({ "browser": "ALL" });
    Ok(all)
}
