//! The cube in other pages: `&ui=cube`, and the element `<norm-cube>`.

use crate::browser::Browser;
use crate::session::{Page, WebGpu, with_page, with_page_and_log};
use anyhow::{Context, Result, ensure};
use fantoccini::key::Key;
use serde_json::{Value, json};

/// What `&ui=cube` hides.
const LEFT_OUT: [&str; 9] = [".bar nav", ".call", ".ledger", ".methods", ".worth", ".code", ".race", ".essay", ".foot"];

#[tokio::test]
async fn the_cube_alone_is_alive() -> Result<()> {
    cube_alone_is_alive(WebGpu::None.into()).await
}

pub(crate) async fn cube_alone_is_alive(browser: Browser) -> Result<()> {
    with_page(browser, "#v=1&m=bn&ui=cube&theme=dark", async |page| {
        page.until("the page is ready", "'ready' in document.documentElement.dataset").await?;
        for css in LEFT_OUT {
            let seen =
                page.js("return document.querySelector(arguments[0]).checkVisibility()", vec![json!(css)]).await?;
            ensure!(seen == false, "{css} is seen");
        }
        let paper = page.js("return getComputedStyle(document.documentElement).backgroundColor", vec![]).await?;
        ensure!(paper == "rgb(20, 22, 26)", "dark paper is {paper}");
        page.js("document.querySelector('.cursor').focus()", vec![]).await?;
        page.type_keys(&[Key::Left]).await?;
        page.until("the star moved", "location.hash == '#v=1&m=bn&sel=0,1,1,1&ui=cube&theme=dark'").await?;
        page.type_keys(&[Key::Enter, Key::Up]).await?;
        page.until("the poke is counted", "document.querySelector('#cube-keys').textContent.startsWith('64 moved')")
            .await?;
        page.type_keys(&[Key::Escape]).await?;
        page.until("the way to the whole", "document.querySelector('.whole a').hash == '#v=1&m=bn&sel=0,1,1,1'")
            .await?;
        page.choose_norm("layer").await?;
        page.until(
            "the sentence is a control",
            "location.hash.startsWith('#v=1&m=ln') && location.hash.includes('ui=cube')",
        )
        .await?;
        page.client.back().await?;
        page.until(
            "Back keeps the form",
            "location.hash.startsWith('#v=1&m=bn') && document.documentElement.dataset.ui == 'cube'",
        )
        .await?;
        page.js("location.hash = '#v=1&m=in'", vec![]).await?;
        page.until(
            "another link brings the whole",
            "document.querySelector('.bar nav').checkVisibility() && 'ready' in document.documentElement.dataset",
        )
        .await
    })
    .await
}

#[tokio::test]
async fn the_element_shows_what_its_attributes_say() -> Result<()> {
    element_shows_its_attributes(WebGpu::None.into()).await
}

pub(crate) async fn element_shows_its_attributes(browser: Browser) -> Result<()> {
    with_page(browser, "embed.html#v=1&m=gn&g=3", async |page| {
        for i in 0..4 {
            page.js(
                "document.querySelectorAll('norm-cube')[arguments[0]].scrollIntoView({ behavior: 'instant' })",
                vec![json!(i)],
            )
            .await?;
            page.until_framed(i, "'ready' in inside.documentElement.dataset").await?;
            let whole = "Math.abs(inside.body.getBoundingClientRect().height - frame.clientHeight) <= 1
                && inside.documentElement.scrollHeight <= frame.clientHeight";
            page.until_framed(i, whole).await?;
        }
        page.until_framed(0, "inside.querySelector('#cube').ariaLabel.includes('into 3 groups')").await?;
        page.until_framed(2, "inside.querySelector('#cube-canvas').dataset.selected == '1,2,0,0'").await?;
        page.until_framed(3, "frame.title.startsWith('Layer norm') && inside.documentElement.dataset.theme == 'dark'")
            .await?;
        let code = page.text(".snippet:nth-of-type(1) pre").await?;
        ensure!(code.contains("/norm-cube.js\"></script>\n<norm-cube method=\"group\""), "the code is {code}");
        page.js(
            "window.steps = history.length; document.querySelector('norm-cube').setAttribute('method', 'batch')",
            vec![],
        )
        .await?;
        page.until_framed(0, "inside.querySelector('#cube').ariaLabel.startsWith('Batch norm')").await?;
        page.js("document.querySelector('norm-cube').setAttribute('theme', 'dark')", vec![]).await?;
        page.until_framed(0, "inside.documentElement.dataset.theme == 'dark'").await?;
        let steps = page.js("return history.length - window.steps", vec![]).await?;
        ensure!(steps == 0, "the host's history grew by {steps}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_element_tells_what_its_reader_does_and_nobody_else() -> Result<()> {
    with_page(WebGpu::None, "embed.html", async |page| {
        page.until_framed(0, "'ready' in inside.documentElement.dataset").await?;
        page.js(
            "window.told = []; document.addEventListener('change', (event) => window.told.push(event.detail))",
            vec![],
        )
        .await?;
        page.js(
            "postMessage({ source: 'blue-cube', height: 5, sentence: 'x', link: 'x', changed: true }, '*')",
            vec![],
        )
        .await?;
        page.in_frame(
            0,
            "inside.querySelector('.cursor').dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowLeft' }))",
        )
        .await?;
        page.until("the change is told", "window.told.length").await?;
        let told = page.js("return window.told", vec![]).await?;
        let link = told[0]["link"].as_str().context("no link")?;
        ensure!(
            told.as_array().is_some_and(|all| all.len() == 1) && link.ends_with("index.html#v=1&sel=0,1,1,1"),
            "{told}"
        );
        page.until("the page shows it", "last.textContent.endsWith('sel=0,1,1,1')").await?;
        let undo = "inside.dispatchEvent(new KeyboardEvent('keydown', { key: 'z', ctrlKey: true, bubbles: true }))";
        page.in_frame(0, undo).await?;
        page.until_framed(0, "inside.querySelector('#cube-canvas').dataset.selected == '0,0,1,1'").await?;
        page.until("Undo stays in the frame", "location.pathname.endsWith('embed.html')").await
    })
    .await
}

#[tokio::test]
async fn a_wrong_attribute_is_said_in_the_element() -> Result<()> {
    let cases = [
        ("method", "grup", "method=\"grup\" is not valid: it must be one of group, batch"),
        ("shape", "4,6,4", "shape=\"4,6,4\" is not valid: it must be N,C,H,W"),
        ("groups", "0", "groups=\"0\" is not valid: it must be a whole number from 1"),
        ("sel", "a", "four whole numbers from 0"),
        ("theme", "blue", "it must be light or dark"),
    ];
    with_page(WebGpu::None, "embed.html", async |page| {
        for (name, value, words) in cases {
            let kept = page.js("return document.querySelector('norm-cube').getAttribute(arguments[0])", vec![json!(name)]).await?;
            page.js("document.querySelector('norm-cube').setAttribute(arguments[0], arguments[1])", vec![json!(name), json!(value)]).await?;
            let said = "document.querySelector('norm-cube').shadowRoot.querySelector('p')";
            page.until(name, &format!("{said}.checkVisibility() && {said}.textContent.includes({})", json!(words))).await?;
            let back = "const cube = document.querySelector('norm-cube');
                if (arguments[1] === null) cube.removeAttribute(arguments[0]); else cube.setAttribute(arguments[0], arguments[1])";
            page.js(back, vec![json!(name), kept]).await?;
            page.until("the figure is back", &format!("!{said}.checkVisibility()")).await?;
        }
        page.js("document.querySelector('norm-cube').setAttribute('groups', '4')", vec![]).await?;
        page.until_framed(0, "inside.querySelector('#consequences').innerText.includes('4 does not divide 6 channels')").await
    })
    .await
}

/// A host with an origin other than the cube's, which may neither look into the frame nor load its module.
#[tokio::test]
async fn the_element_works_across_origins() -> Result<()> {
    with_page_and_log(WebGpu::None, "tokens.css", async |page| {
        let home = page.js("return new URL('./', location).href", vec![]).await?;
        let home = home.as_str().context("no address")?;
        let other = home.replace("127.0.0.1", "localhost");
        ensure!(other != home, "{home} has no second host name");
        // A text file is a page without a content policy, which would forbid the frame.
        page.client.goto(&format!("{other}tokens.css")).await?;
        page.promise("await import(new URL('norm-cube.js', location))").await?;
        let make = "const cube = document.createElement('norm-cube');
            cube.setAttribute('home', arguments[0]);
            cube.setAttribute('method', 'layer');
            document.body.prepend(cube)";
        page.js(make, vec![json!(home)]).await?;
        let frame = "document.querySelector('norm-cube').shadowRoot.querySelector('iframe')";
        page.until("the frame says what it shows", &format!("{frame}?.title.startsWith('Layer norm')")).await?;
        page.until("and how high it is", &format!("{frame}.contentDocument === null && Number({frame}.height) > 640"))
            .await?;
        page.js("document.querySelector('norm-cube').setAttribute('method', 'batch')", vec![]).await?;
        page.until("it follows the attribute", &format!("{frame}.title.startsWith('Batch norm')")).await
    })
    .await
}

impl Page {
    /// Presses keys on what has the focus.
    async fn type_keys(&self, keys: &[Key]) -> Result<()> {
        for key in keys {
            self.client.active_element().await?.send_keys(&char::from(*key).to_string()).await?;
        }
        Ok(())
    }

    /// The value of an expression with `frame` and `inside`, its document, for an element's frame; nothing while there
    /// is none.
    async fn in_frame(&self, i: usize, expression: &str) -> Result<Value> {
        self.js(&format!("{}; return inside && ({expression})", find_frame(i)), vec![]).await
    }

    /// Waits until an expression with `frame` and `inside`, its document, is true for an element's frame.
    async fn until_framed(&self, i: usize, expression: &str) -> Result<()> {
        let whole = format!(
            "(() => {{ {}; return inside && inside.URL !== 'about:blank' && ({expression}) }})()",
            find_frame(i)
        );
        self.until(&format!("in frame {i}"), &whole).await
    }
}

fn find_frame(i: usize) -> String {
    format!(
        "const frame = document.querySelectorAll('norm-cube')[{i}].shadowRoot.querySelector('iframe'), inside = frame?.contentDocument"
    )
}
