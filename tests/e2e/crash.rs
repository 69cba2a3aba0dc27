//! An error that nothing expected, such as a panic in the middle of a visit, is told in the part where the reader is, with
//! what it was, a way to start afresh that keeps the race and sets the link aside, and a report to copy.

use crate::race::ONE;
use crate::session::{Page, WebGpu, with_page_and_log};
use anyhow::{Context, Result, ensure};
use fantoccini::wd::TimeoutConfiguration;
use serde_json::json;
use std::time::Duration;

/// Panics in Rust when a part is pressed: the star is outside the tensor, which the page's store never lets happen.
const TRAP: &str = "const [part, text] = arguments;
    // What a script of the driver throws is muted by the browser, like another site's: the event is made here.
    window.tellError = message =>
        dispatchEvent(new ErrorEvent('error', { message, error: new Error(message), filename: location.href }));
    import(new URL('pkg/blue_cube.js', location.href)).then(({ Cube, firstScene }) => {
        window.trap = () => {
            if (text) return tellError(text);
            new Cube({ ...firstScene(), poke: 1, selected: { n: 99, c: 99, h: 9, w: 9 } });
        };
        document.querySelector(part).addEventListener('pointerdown', () => trap());
    });
    Object.defineProperty(navigator, 'clipboard', {
        value: { writeText: async report => { window.copied = report } },
    });";

/// Parts of the page, with what is pressed there and where it is told.
const PARTS: [(&str, &str, &str); 4] = [
    ("#cube-canvas", "#cube-canvas", "#failure"),
    ("#books", "#books", "#failure"),
    ("#code", "#code-h", "#code-failure"),
    ("#race", "#race-h", "#race-failure"),
];

#[tokio::test]
async fn a_panic_is_told_where_the_reader_is() -> Result<()> {
    with_page_and_log(WebGpu::None, "#m=ln", async |page| {
        for (part, pressed, place) in PARTS {
            page.js("location.hash = 'm=ln'; location.reload()", vec![]).await?;
            page.until_drawn().await?;
            press(page, part, "", pressed).await?;
            let told = format!("{place} .message[data-key=crash]");
            page.until("it is told", &format!("document.querySelector('{told}')")).await?;
            page.until("it is told once", "document.querySelectorAll('.message[data-key=crash]').length == 1").await?;
            page.until("it is in view", &in_view(&told)).await?;
            let message = page.text(&told).await?;
            ensure!(message.contains("panicked at") && message.contains("index out of bounds"), "{part}: {message}");
            ensure!(!message.contains("SIMD"), "{part}: {message}");
        }
        // A later failure follows from the first, and is told with its cause where the reader is then.
        let late = "import(new URL('pkg/blue_cube.js', location.href)).then(() => setTimeout(() => {
            document.querySelector('#books').dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }));
            tellError('recursive use of an object detected which would lead to unsafe aliasing in rust');
        }))";
        page.js(late, vec![]).await?;
        page.until("it is told there too", "document.querySelector('#failure .message[data-key=crash]')").await?;
        let message = page.text("#failure").await?;
        ensure!(message.contains("index out of bounds") && !message.contains("recursive"), "{message}");
        Ok(())
    })
    .await
}

/// Makes the wasm of a part panic when it is told to; see there.
const PANIC: &str = include_str!("../../xtask/src/panic.js");

/// Keeps what is copied.
const CLIPBOARD: &str = "Object.defineProperty(navigator, 'clipboard', {
    value: { writeText: async report => { window.copied = report } },
});";

/// Parts with a wasm of their own: an export of it, what is pressed so that the page calls it, where the panic is told, and
/// what offers to go on. The page calls its worker by itself.
const OWN_WASM: [(&str, &str, &str, &str); 3] = [
    ("walkPicture", "#lines li:nth-child(6) button", "#code-failure .message[data-key=crash]", "Start afresh"),
    ("racechart_draw", "#race-four", "#race-failure .message[data-key=crash]", "Start afresh"),
    ("workerhost_handle", "#race-h", "#race-failure .message[data-key=worker]", "Resume"),
];

#[tokio::test]
async fn a_panic_in_a_part_with_its_own_wasm_is_told_there_and_costs_nothing() -> Result<()> {
    for (export, pressed, told, go_on) in OWN_WASM {
        with_page_and_log(WebGpu::None, &format!("fault/panic/{ONE}"), async |page| {
            for source in [PANIC, CLIPBOARD] {
                page.browser("Page.addScriptToEvaluateOnNewDocument", json!({ "source": source })).await?;
            }
            page.js("location.reload()", vec![]).await?;
            page.until_drawn().await?;
            // Both parts are there, a race runs and is kept, and the reader has typed something.
            page.js("document.querySelector('#code').scrollIntoView({ behavior: 'instant' })", vec![]).await?;
            page.until("the code is there", "document.querySelector('#lines li:nth-child(6) button')").await?;
            page.click("#race-play").await?;
            page.until_step(5).await?;
            page.until("the charts are drawn", "document.querySelector('#race-charts svg')").await?;
            page.until("the race was kept", "Number(document.documentElement.dataset.kept) > 0").await?;
            let typed = "const call = document.querySelector('#call-text'); call.value = 'nn.GroupNorm(2, '; return true";
            page.js(typed, vec![]).await?;
            page.js("new BroadcastChannel('panic').postMessage({ name: arguments[0] })", vec![json!(export)]).await?;
            tokio::time::sleep(Duration::from_millis(200)).await;
            page.click(pressed).await?;
            page.until("it is told", &format!("document.querySelector('{told}')")).await?;
            page.until("it is in view", &in_view(told)).await?;
            let message = page.text(told).await?;
            println!("{export}: {message}");
            ensure!(message.contains("panicked at src/made/by/a_test.rs"), "{export}: {message}");
            ensure!(!message.contains("recursive use"), "{export}: {message}");
            let elsewhere = "return [...document.querySelectorAll('.message[data-key=crash], .message[data-key=worker]')].length";
            ensure!(page.js(elsewhere, vec![]).await? == 1, "{export}: it is told once");
            let copy = format!("[...document.querySelectorAll('{told} button')].find(({{ innerText }}) => innerText == 'Copy report').click()");
            page.js(&copy, vec![]).await?;
            page.until("the report is copied", "window.copied?.includes('a_test.rs') && copied.includes('lanes=gn5')").await?;
            // The rest goes on.
            let value = page.js("return document.querySelector('#call-text').value", vec![]).await?;
            ensure!(value == "nn.GroupNorm(2, ", "{export}: typed text is now {value}");
            let before = page.step().await?;
            let press = format!("[...document.querySelectorAll('{told} button')].find(({{ innerText }}) => innerText == '{go_on}').click()");
            if go_on == "Resume" {
                page.js(&press, vec![]).await?;
                page.until("the failure is gone", "document.querySelector('#race-failure').hidden").await?;
                return page.until_step(before + 10).await;
            }
            page.until_step(before + 10).await?;
            page.js(&press, vec![]).await?;
            page.until("the page starts again", "document.documentElement.dataset.ready == '' && !window.copied").await?;
            page.until_drawn().await?;
            page.until("the race is offered", "!document.querySelector('#race-offer').hidden").await
        })
        .await
        .with_context(|| export)?;
    }
    Ok(())
}

#[tokio::test]
async fn starting_afresh_sets_the_link_aside_and_keeps_the_race() -> Result<()> {
    with_page_and_log(WebGpu::None, ONE, async |page| {
        page.until_drawn().await?;
        page.click("#race-play").await?;
        page.until_step(5).await?;
        page.until("the race was kept", "Number(document.documentElement.dataset.kept) > 0").await?;
        press(page, "#race", "", "#race-h").await?;
        page.until("it is told", "document.querySelector('#race-failure .message[data-key=crash]')").await?;
        page.js("document.querySelectorAll('#race-failure [data-key=crash] button')[1].click()", vec![]).await?;
        page.until("the report is copied", "window.copied").await?;
        let report = page.js("return window.copied", vec![]).await?;
        let report = report.as_str().unwrap_or_default();
        for part in [
            "Blue Cube 0.",
            "Engine: Mozilla",
            "Link: http",
            "lanes=gn5",
            "Message: panicked at src/",
            "wasm-function[",
        ] {
            ensure!(report.contains(part), "the report lacks {part}: {report}");
        }
        page.js("document.querySelector('#race-failure [data-key=crash] button').click()", vec![]).await?;
        page.until("the page starts again", "document.documentElement.dataset.ready == '' && !window.copied").await?;
        page.until_drawn().await?;
        page.until("the link is set aside", "!location.hash.includes('gn5')").await?;
        page.until("the race is offered", "!document.querySelector('#race-offer').hidden").await
    })
    .await
}

#[tokio::test]
async fn an_error_of_a_script_is_told_and_what_is_harmless_is_not() -> Result<()> {
    with_page_and_log(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        let harmless = "dispatchEvent(new ErrorEvent('error', { message: 'ResizeObserver loop completed with undelivered notifications.' }));
            dispatchEvent(new ErrorEvent('error', { message: 'x', filename: 'chrome-extension://abc/a.js' }));
            Promise.reject(new DOMException('stopped', 'AbortError'));";
        page.js(harmless, vec![]).await?;
        press(page, "#books", "made by a test", "#books").await?;
        page.until("it is told", "document.querySelector('#failure [data-key=crash]')").await?;
        let message = page.text("#failure").await?;
        ensure!(message.contains("Something went wrong: made by a test"), "{message}");
        let rejected = "dispatchEvent(new PromiseRejectionEvent('unhandledrejection', {
            promise: Promise.resolve(), reason: new Error('a promise of a test'),
        }))";
        page.js(rejected, vec![]).await?;
        page.until("a rejection too", "document.querySelector('#failure').innerText.includes('a promise of a test')")
            .await?;
        // As a browser reports a trap that Rust did not print, such as of a full memory.
        let trap = "dispatchEvent(new ErrorEvent('error', {
            message: 'Uncaught RuntimeError: memory access out of bounds',
            error: new WebAssembly.RuntimeError('memory access out of bounds'), filename: 'wasm://wasm/e30a2672',
        }))";
        page.js(trap, vec![]).await?;
        page.until("a trap too", "document.querySelector('#failure').innerText.includes('out of bounds')").await
    })
    .await
}

/// The networks, as links name them.
const NETS: [&str; 5] = ["tutorial", "D", "deep", "rnn", "gru"];

/// Presses everything in the race that can be pressed, draws a digit on the pad, and returns how many presses there were.
/// What saves a file or starts the race over is left out.
const PRESS_ALL: &str = "const done = arguments[arguments.length - 1];
    const rest = () => new Promise(resolve => setTimeout(resolve, 60));
    (async () => {
        document.querySelectorAll('#race details').forEach(details => { details.open = true });
        let presses = 0;
        const left = /save|export|reset|start over|download|open|\\.(csv|json|npy|onnx|py|svg|png)/i;
        for (const one of document.querySelectorAll('#race button, #race [role=button]')) {
            if (one.disabled || !one.isConnected || left.test(one.innerText + one.id)) continue;
            one.click();
            presses++;
            await rest();
        }
        for (const menu of document.querySelectorAll('#race-look select, #race-digit select')) {
            for (const { value } of [...menu.options].slice(0, 4)) {
                menu.value = value;
                menu.dispatchEvent(new Event('change', { bubbles: true }));
                presses++;
                await rest();
            }
        }
        const pad = document.querySelector('#race-digit canvas');
        if (pad) {
            const { x, y, width, height } = pad.getBoundingClientRect();
            for (const [type, share] of [['down', 0.3], ['move', 0.5], ['move', 0.7], ['up', 0.7]]) {
                const at = { clientX: x + width / 2, clientY: y + height * share, pointerId: 1, button: 0, buttons: 1 };
                pad.dispatchEvent(new PointerEvent(`pointer${type}`, { bubbles: true, isPrimary: true, ...at }));
            }
        }
        await new Promise(resolve => setTimeout(resolve, 1500));
        done(presses);
    })();";

#[tokio::test]
async fn no_button_kills_a_race_whatever_the_network() -> Result<()> {
    for net in NETS {
        let link = format!("#net={net}&data=mnist&bs=8&lanes=bn,ln&on=200&epochs=1&engine=cpu");
        with_page_and_log(WebGpu::None, &link, async |page| {
            page.until_drawn().await?;
            page.click("#race-play").await?;
            page.until_step(2).await?;
            page.client.update_timeouts(TimeoutConfiguration::new(Some(Duration::from_secs(60)), None, None)).await?;
            let presses = page.client.execute_async(PRESS_ALL, vec![]).await?;
            ensure!(presses.as_u64() > Some(8), "{net}: {presses} presses");
            let trouble = "return [...document.querySelectorAll('.message[data-key=crash], .message[data-key=worker]')]
                .map(({ innerText }) => innerText).join()";
            let trouble = page.js(trouble, vec![]).await?;
            ensure!(trouble == "", "{net}: {trouble}");
            Ok(())
        })
        .await?;
    }
    Ok(())
}

/// Makes a part panic, or throw `text`, when it is pressed, and presses it.
async fn press(page: &Page, part: &str, text: &str, pressed: &str) -> Result<()> {
    page.js(TRAP, vec![json!(part), json!(text)]).await?;
    page.until("the trap is set", "window.trap").await?;
    page.click(pressed).await
}

/// Whether an element is in the window, at least in part.
fn in_view(css: &str) -> String {
    format!(
        "(({{ top, bottom, height }}) => height > 0 && bottom > 0 && top < innerHeight)(document.querySelector('{css}').getBoundingClientRect())"
    )
}
