//! A page in a headless browser: opens it with or without WebGPU, and queries it.

use crate::browser::Browser;
use anyhow::{Context, Result, ensure};
use fantoccini::key::Key;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::env;
use std::time::Duration;
use tokio::time::Instant;

/// How long a click waits for its element to stop moving.
const RESTLESS: Duration = Duration::from_secs(2);

/// How long the page may take to reach an expected state, on two cores with a software GPU.
const PATIENCE: Duration = Duration::from_secs(60);

/// A session at one page.
pub(crate) struct Page {
    pub(crate) client: Client,
    browser: Browser,
}

pub(crate) use crate::browser::WebGpu;

/// Opens `path` of the served site (or a whole address), runs `test` on it, and closes the browser whatever happens. A test
/// that passes must
/// leave no error in the browser's log.
pub(crate) async fn with_page(
    browser: impl Into<Browser>,
    path: &str,
    test: impl AsyncFnOnce(&Page) -> Result<()>,
) -> Result<()> {
    with_page_and_log(browser, path, async |page| {
        test(page).await?;
        let errors = page.errors().await?;
        ensure!(errors.is_empty(), "the browser logged errors: {errors:#?}");
        Ok(())
    })
    .await
}

/// Like [`with_page`], but leaves the browser's log to `test`.
pub(crate) async fn with_page_and_log(
    browser: impl Into<Browser>,
    path: &str,
    test: impl AsyncFnOnce(&Page) -> Result<()>,
) -> Result<()> {
    open(browser.into(), &[], None, path, test).await
}

/// Like [`with_page`] without WebGPU, on a phone of 360×640 with a finger as the pointer.
pub(crate) async fn with_phone(path: &str, test: impl AsyncFnOnce(&Page) -> Result<()>) -> Result<()> {
    // The kinds of pointer and hover in Chromium's numbering: coarse, none.
    const FINGER: &str =
        "--blink-settings=primaryPointerType=2,availablePointerTypes=2,primaryHoverType=1,availableHoverTypes=1";
    open(WebGpu::None.into(), &[FINGER], Some([360, 640]), path, async |page| {
        test(page).await?;
        let errors = page.errors().await?;
        ensure!(errors.is_empty(), "the browser logged errors: {errors:#?}");
        Ok(())
    })
    .await
}

async fn open(
    browser: Browser,
    flags: &[&str],
    size: Option<[u32; 2]>,
    path: &str,
    test: impl AsyncFnOnce(&Page) -> Result<()>,
) -> Result<()> {
    let site = env::var("BLUE_CUBE_URL").context("BLUE_CUBE_URL: run `cargo xtask test-e2e`")?;
    let mut builder = ClientBuilder::new(HttpConnector::new());
    let client = builder.capabilities(browser.capabilities(flags)?).connect(&browser.driver()?).await?;
    let page = Page { client, browser };
    let result = async {
        if let Some([width, height]) = size {
            page.resize(width, height).await?;
        }
        // A whole address is that of a file.
        let url = if path.contains("://") { path.to_owned() } else { format!("{site}{path}") };
        page.client.goto(&url).await?;
        test(&page).await
    }
    .await
    .with_context(|| format!("page /{path} in {browser:?}"));
    page.client.close().await?;
    result
}

impl Page {
    /// What `script` returns; its arguments are `arguments[0]` and so on.
    pub(crate) async fn js(&self, script: &str, args: Vec<Value>) -> Result<Value> {
        self.client.execute(script, args).await.with_context(|| format!("script: {script}"))
    }

    /// What the promise `expression` resolves with.
    pub(crate) async fn promise(&self, expression: &str) -> Result<Value> {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             (async () => ({expression}))().then((ok) => done({{ ok }}), (error) => done({{ error: String(error) }}));"
        );
        let mut answer = self.client.execute_async(&script, vec![]).await?;
        ensure!(answer["error"].is_null(), "{expression} failed: {}", answer["error"]);
        Ok(answer["ok"].take())
    }

    /// The browser's answer to a command of its developer tools.
    pub(crate) async fn browser(&self, command: &str, params: Value) -> Result<Value> {
        let call = json!({ "cmd": command, "params": params });
        self.client.issue_cmd(BrowserCommand(call)).await.with_context(|| command.to_owned())
    }

    /// Makes the page as large as a window of that many CSS pixels, with two device pixels each.
    pub(crate) async fn resize(&self, width: u32, height: u32) -> Result<()> {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 2, "mobile": true });
        self.browser("Emulation.setDeviceMetricsOverride", metrics).await?;
        Ok(())
    }

    /// Shows the page on a medium, `screen` or `print`, with a media feature.
    pub(crate) async fn emulate(&self, medium: &str, feature: &str, value: &str) -> Result<()> {
        let params = json!({ "media": medium, "features": [{ "name": feature, "value": value }] });
        self.browser("Emulation.setEmulatedMedia", params).await?;
        Ok(())
    }

    /// Waits until `expression` is true in the page; `what` names it in the failure. An expression that throws, for
    /// example because an element is not there yet, is not true yet: the failure shows what it threw last.
    pub(crate) async fn until(&self, what: &str, expression: &str) -> Result<()> {
        let started = Instant::now();
        let script = format!("try {{ return Boolean({expression}) }} catch (error) {{ return String(error) }}");
        loop {
            let found = self.js(&script, vec![]).await?;
            if found == Value::Bool(true) {
                break;
            }
            if started.elapsed() > PATIENCE {
                let text = self.js("return document.body.innerText", vec![]).await?;
                let log = self.errors().await?;
                anyhow::bail!(
                    "not within {PATIENCE:?}: {what} ({expression}), at last {found}; errors: {log:#?}; page: {text}"
                );
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Waits until the wasm is loaded and has drawn the cube, and the race can be started if the page shows one.
    pub(crate) async fn until_drawn(&self) -> Result<()> {
        self.until("the cube is drawn", "document.querySelector('#cube-canvas').dataset.frames").await?;
        let has_race =
            "location.hash.includes('ui=cube') || 'ready' in (document.querySelector('#race')?.dataset ?? {})";
        self.until("the race can be started", has_race).await
    }

    /// The text of an element.
    pub(crate) async fn text(&self, css: &str) -> Result<String> {
        Ok(self.client.find(Locator::Css(css)).await?.text().await?)
    }

    /// Clicks an element once it stops moving: a part of the page that loads as it scrolls into view may still move it.
    pub(crate) async fn click(&self, css: &str) -> Result<()> {
        // The driver may scroll smoothly and click before it arrives.
        let scroll = "const one = document.querySelector(arguments[0]);
            one.scrollIntoView({ behavior: 'instant', block: 'center' });
            const box = one.getBoundingClientRect();
            return [box.x, box.y, box.width, box.height].join()";
        let started = Instant::now();
        let mut before = self.js(scroll, vec![json!(css)]).await?;
        loop {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let now = self.js(scroll, vec![json!(css)]).await?;
            // An element that never stops, as in an animation, is clicked where it is.
            if now == before || started.elapsed() > RESTLESS {
                break;
            }
            before = now;
        }
        self.client.find(Locator::Css(css)).await?.click().await.with_context(|| format!("click {css}"))
    }

    /// Chooses a norm in the row of methods, or in the sentence's menu if the row does not have it.
    pub(crate) async fn choose_norm(&self, norm: &str) -> Result<()> {
        let choose = "const radio = document.querySelector(`input[name=norm][value=${arguments[0]}]`);
            if (radio) return void radio.click();
            const menu = document.querySelector('#sentence select[data-key=method]');
            menu.value = arguments[0];
            menu.dispatchEvent(new Event('change', { bubbles: true }))";
        self.js(choose, vec![json!(norm)]).await?;
        Ok(())
    }

    /// Types into a field in place of its content, and leaves it.
    pub(crate) async fn fill(&self, field: &str, text: &str) -> Result<()> {
        let input = self.client.find(Locator::Id(field)).await?;
        // The driver's own clearing fires no input event, which a person's would.
        let select_all = format!("{}a{}", char::from(Key::Control), char::from(Key::Null));
        input.send_keys(&format!("{select_all}{}{text}{}", char::from(Key::Backspace), char::from(Key::Tab))).await?;
        Ok(())
    }

    /// The errors in the browser's log since the last call: exceptions, failed requests, refusals by the CSP. Only
    /// Chromium's driver gives it away; with the others the list is empty.
    pub(crate) async fn errors(&self) -> Result<Vec<String>> {
        if !self.browser.has_developer_tools() {
            return Ok(vec![]);
        }
        let entries = self.client.issue_cmd(BrowserLog).await?;
        let entries = entries.as_array().context("the browser's log is not a list")?;
        let severe = entries.iter().filter(|entry| entry["level"] == "SEVERE");
        Ok(severe.map(|entry| entry["message"].as_str().unwrap_or_default().to_owned()).collect())
    }
}

/// Chromedriver's command that returns the browser's log and empties it.
#[derive(Debug)]
struct BrowserLog;

impl WebDriverCompatibleCommand for BrowserLog {
    fn endpoint(&self, base_url: &url::Url, session_id: Option<&str>) -> Result<url::Url, url::ParseError> {
        base_url.join(&format!("session/{}/se/log", session_id.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(json!({ "type": "browser" }).to_string()))
    }
}

/// Chromedriver's access to the developer tools.
#[derive(Debug)]
struct BrowserCommand(Value);

impl WebDriverCompatibleCommand for BrowserCommand {
    fn endpoint(&self, base_url: &url::Url, session_id: Option<&str>) -> Result<url::Url, url::ParseError> {
        base_url.join(&format!("session/{}/goog/cdp/execute", session_id.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.0.to_string()))
    }
}
