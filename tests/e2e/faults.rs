//! Failures are reported where the reader is, with a way to continue: a missing or damaged data file, a part of the
//! page that does not load, a worker that does not load, stops or is gone. A link that cannot be shown and a browser
//! that cannot run the page are reported as well.

use crate::race::{ONE, ROWS};
use crate::session::{Page, WebGpu, with_page_and_log};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::time::Duration;

/// The file that the server damages under `/fault/NAME/`; after unpacking its name has no `.gz`.
const SPOILED: &str = "train-images-idx3-ubyte";

/// Two lanes on 6000 images, on as many workers as there are.
const LONG: &str = "#net=tutorial&data=mnist&bs=8&lanes=bn,gn5&on=600&epochs=4&engine=cpu";

/// Where trouble with a worker is reported.
const TOLD: &str = "#race-failure .message[data-key=worker]";

#[tokio::test]
async fn a_spoiled_data_file_is_named() -> Result<()> {
    for fault in ["missing", "truncated", "garbage"] {
        with_page_and_log(WebGpu::None, &format!("fault/{fault}/{ONE}"), async |page| {
            page.until_drawn().await?;
            page.click("#race-play").await?;
            page.until_trouble("the images did not load").await?;
            let message = page.text("#race-failure").await?;
            ensure!(message.contains(SPOILED), "the message does not name the file: {message}");
            ensure!(!message.contains("panicked"), "a panic came through: {message}");
            println!("{fault}: {message}");
            page.until("no transfer is shown", "document.querySelector('#race-loading').hidden").await?;
            // The other data set is intact: a way to continue.
            page.choose_word("data", "fashion-mnist").await?;
            page.click("#race-start-anew").await?;
            page.step_to(1).await?;
            page.until("the failure is gone", "document.querySelector('#race-failure').hidden").await
        })
        .await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_worker_that_does_not_load_is_told_in_the_race() -> Result<()> {
    with_page_and_log(WebGpu::None, &format!("fault/no-worker/{ONE}"), async |page| {
        page.resize(320, 640).await?;
        page.until_drawn().await?;
        // A press that needs no coordinates, which the driver gets wrong in a window that the browser has scaled.
        page.js("document.querySelector('#race-play').click()", vec![]).await?;
        page.js("document.querySelector('#race').scrollIntoView({ behavior: 'instant' })", vec![]).await?;
        page.until_trouble("the training worker stopped").await?;
        let message = page.text("#race-failure").await?;
        ensure!(message.contains("could not be loaded") && message.contains("Nothing is lost"), "told: {message}");
        page.until("Start is offered again", "document.querySelector('#race-play').innerText.trim() == 'Start'")
            .await?;
        // In view at either end of the race's section, and no wider than the page.
        for place in ["race-h", "race-charts", "race-export"] {
            page.js(
                "document.getElementById(arguments[0]).scrollIntoView({ behavior: 'instant' })",
                vec![json!(place)],
            )
            .await?;
            page.until(&format!("the failure is in view at #{place}"), &in_sight(TOLD)).await?;
        }
        let fits = format!("document.querySelector('{TOLD}').getBoundingClientRect().right <= 320");
        page.until("the failure fits the window", &fits).await?;
        // A reader who tries again with the keyboard stays where the race is started.
        let again = "const button = document.querySelector(`${arguments[0]} button`);
            button.focus();
            const hadFocus = document.activeElement == button;
            button.click();
            return [hadFocus, button.innerText, document.activeElement.id].join()";
        let tried = page.js(again, vec![json!(TOLD)]).await?;
        ensure!(tried == "true,Try again,race-play", "tried again: {tried}");
        page.until_trouble("the training worker stopped").await
    })
    .await
}

#[tokio::test]
async fn a_race_goes_on_after_its_worker_trapped() -> Result<()> {
    with_page_and_log(WebGpu::None, &format!("fault/trap/{LONG}"), async |page| {
        page.until_drawn().await?;
        goes_on(page, "new BroadcastChannel('trap').postMessage(1)", "unreachable").await
    })
    .await
}

#[tokio::test]
async fn a_race_goes_on_after_its_worker_was_ended() -> Result<()> {
    with_page_and_log(WebGpu::None, LONG, async |page| {
        page.until_drawn().await?;
        let watch = "const All = Worker;
            window.workers = [];
            window.Worker = class extends All {
                constructor(...all) {
                    super(...all);
                    workers.push(this);
                }
            }";
        page.js(watch, vec![]).await?;
        goes_on(page, END_ALL, "is gone").await?;
        // Told by the browser, not guessed from a silence.
        let waited = page.js("return Math.round(toldAt - endedAt)", vec![]).await?.as_f64().context("no time")?;
        println!("told after {waited} ms");
        ensure!(waited < MOST_MILLIS, "told after {waited} ms");
        Ok(())
    })
    .await
}

/// Ends the workers, and notes when that is told.
const END_ALL: &str = "window.endedAt = performance.now();
    workers.forEach(worker => worker.terminate());
    new MutationObserver(() => { window.toldAt ??= performance.now() })
        .observe(document.querySelector('#race-failure'), { childList: true });";

/// Milliseconds after which a worker that is gone is told, at most.
const MOST_MILLIS: f64 = 5000.0;

#[tokio::test]
async fn a_worker_that_is_slow_but_alive_is_no_failure() -> Result<()> {
    with_page_and_log(WebGpu::None, &format!("fault/panic/{ONE}"), async |page| {
        page.until_drawn().await?;
        page.click("#race-play").await?;
        page.until_step(5).await?;
        let told = "window.told = [];
            new MutationObserver(() => told.push(document.querySelector('#race-failure').innerText))
                .observe(document.querySelector('#race-failure'), { childList: true });
            new BroadcastChannel('panic').postMessage({ busy: 9000 })";
        page.js(told, vec![]).await?;
        tokio::time::sleep(Duration::from_secs(2)).await;
        let during = page.step().await?;
        tokio::time::sleep(Duration::from_secs(5)).await;
        ensure!(page.step().await? == during, "the worker was not busy");
        page.until_step(during + 5).await?;
        let told = page.js("return told.join()", vec![]).await?;
        ensure!(told == "", "told: {told}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_part_that_does_not_load_is_told_in_that_part() -> Result<()> {
    with_page_and_log(WebGpu::None, "fault/no-code/", async |page| {
        page.until_drawn().await?;
        page.js("document.querySelector('#code').scrollIntoView({ behavior: 'instant' })", vec![]).await?;
        page.until("the failure is in view", &in_sight("#code #code-failure .message")).await?;
        let others = "['failure', 'race-failure'].every(id => document.getElementById(id).hidden)";
        page.until("nothing is told elsewhere", others).await?;
        let button = page.text("#code-failure button").await?;
        ensure!(button == "Try again", "the button says {button}");
        Ok(())
    })
    .await
}

/// Starts the race, breaks its workers, and lets it continue to its end with the stored curves.
async fn goes_on(page: &Page, breaks: &str, message: &str) -> Result<()> {
    page.click("#race-play").await?;
    page.until_step(30).await?;
    page.until("the race was kept", "Number(document.documentElement.dataset.kept) > 0").await?;
    let start = page.of_rows("start").await?.concat();
    page.js(breaks, vec![]).await?;
    page.until("the failure is shown", &format!("document.querySelector('{TOLD}')")).await?;
    page.until("it is in view", &in_sight(TOLD)).await?;
    let told = page.text("#race-failure").await?;
    ensure!(told.contains(message) && told.contains("Nothing is lost"), "told: {told}");
    page.until("Resume is offered", "document.querySelector('#race-play').innerText.trim() == 'Resume'").await?;
    // Each lane has its own last snapshot; no snapshot is named for a worker that may come back.
    let kept = "return Math.min(...arguments[0].match(/after step (.+) is trained/)?.[1].split(', ')
        .map(step => Number(step.replace(/\\s/g, ''))) ?? [1])";
    let kept = page.js(kept, vec![json!(told)]).await?.as_u64().context("no step is named")?;
    ensure!(kept > 0, "the lanes start over: {told}");
    // The rows are painted a moment after the last report.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let before = page.step().await?;
    page.stays_at(before).await.context("after the failure")?;
    let watch = format!(
        "window.least = Infinity;
         setInterval(() => {{ least = Math.min(least, ...{ROWS}.map(row => Number(row.dataset.step))) }}, 10);"
    );
    page.js(&watch, vec![]).await?;
    page.click(&format!("{TOLD} button")).await?;
    page.until("the failure is gone", "document.querySelector('#race-failure').hidden").await?;
    page.until_step(before + 30).await?;
    page.until("no lane fell behind what was kept", &format!("least >= {kept}")).await?;
    ensure!(page.of_rows("start").await?.concat() == start, "different weights at the start");
    page.until("the race runs", "document.querySelector('#race-play').innerText.trim() == 'Pause'").await
}

impl Page {
    /// Waits until a worker's trouble is reported in view, with a summary in the race's own line.
    async fn until_trouble(&self, words: &str) -> Result<()> {
        self.until("a failure is shown", &format!("document.querySelector('{TOLD}')")).await?;
        self.until("the failure is in view", &in_sight(TOLD)).await?;
        self.until("it is announced", "document.querySelector('#race-failure').role == 'alert'").await?;
        self.until("the race says so", &format!("document.querySelector('#race-clock').innerText.includes('{words}')"))
            .await
    }
}

/// Whether an element is entirely in the window.
fn in_sight(css: &str) -> String {
    format!(
        "(({{ top, bottom, left, right, height }}) => height > 0 && top >= 0 && left >= 0 && bottom <= innerHeight + 1
            && right <= innerWidth + 1)(document.querySelector('{css}').getBoundingClientRect())"
    )
}

/// Runs before the page: a link that asks for layer norm cannot be shown, as if the wasm panicked.
const POISON: &str = "if (location.hash.includes('m=ln')) window.ResizeObserver = class { constructor() { throw new WebAssembly.RuntimeError('unreachable') } }";

#[tokio::test]
async fn a_link_that_cannot_be_shown_is_set_aside() -> Result<()> {
    with_page_and_log(WebGpu::None, "", async |page| {
        page.browser("Page.addScriptToEvaluateOnNewDocument", json!({ "source": POISON })).await?;
        for form in ["", "&ui=cube&theme=dark"] {
            page.js("location.hash = `v=1&m=ln&shape=4,6,1,10${arguments[0]}`; location.reload()", vec![json!(form)])
                .await?;
            page.until("it is said", "document.querySelector('#failure .message button')?.innerText == 'Start afresh'")
                .await?;
            let message = page.text("#failure").await?;
            ensure!(message.contains("#v=1&m=ln&shape=4,6,1,10") && !message.contains("SIMD"), "{message}");
            page.until("the address is without it", &format!("location.hash == '{}'", form.replacen('&', "#", 1)))
                .await?;
            page.click("#failure .message button").await?;
            page.until("the page starts", "'ready' in document.documentElement.dataset && failure.hidden").await?;
            ensure!(page.js("return location.hash.includes('m=ln')", vec![]).await? == false, "the link is back");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_browser_without_simd_is_told_so_and_no_other() -> Result<()> {
    let refuse = "WebAssembly.instantiateStreaming = WebAssembly.instantiate = async () => { throw new WebAssembly.CompileError('made by a test') }";
    let without_simd = format!("{refuse}; WebAssembly.validate = () => false");
    for (script, is_of_simd) in [(refuse, false), (&without_simd, true)] {
        with_page_and_log(WebGpu::None, "", async |page| {
            page.browser("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await?;
            page.js("location.reload()", vec![]).await?;
            page.until("it is said", "!document.querySelector('#failure').hidden").await?;
            let message = page.text("#failure").await?;
            ensure!(message.contains("SIMD") == is_of_simd, "{message}");
            Ok(())
        })
        .await?;
    }
    Ok(())
}
