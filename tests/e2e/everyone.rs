//! The page for everyone: forced colours, print, reduced motion, a finger, magnification, and before any script has
//! run.

use crate::session::{Page, WebGpu, with_page, with_phone};
use anyhow::{Result, ensure};
use serde_json::{Value, json};

/// Pages that a phone shows without scrolling sideways.
const ON_A_PHONE: [&str; 5] =
    ["", "#p=A-ln-axis3", "#v=1&m=sn&shape=64,16,112,112", "index.html?cube#v=1&m=own&tile=2,2&ui=cube", "embed.html"];

/// Touch targets smaller than a finger: the area that responds is an element's own, its label's, its line's, or that of
/// what surrounds it. Words in running text are as small as text is, and so are the ledger's numbers, of which a finger
/// opens the nearest; their invisible buttons are for keys.
const TOO_SMALL: &str = "
    const small = [];
    for (const one of document.querySelectorAll('button, input, select, summary, a[href], [role=slider], [role=spinbutton], [role=switch]')) {
        if (!one.checkVisibility({ visibilityProperty: true }) || one.matches('.essay a, .skip, .ledger button.unseen')) continue;
        const boxes = [one, one.closest('label, #lines li')].filter(Boolean).map((box) => box.getBoundingClientRect());
        const around = getComputedStyle(one, '::after');
        if (around.content !== 'none' && around.position === 'absolute') boxes.push({ width: parseFloat(around.width), height: parseFloat(around.height) });
        const [width, height] = ['width', 'height'].map((side) => Math.max(...boxes.map((box) => box[side])));
        if (width && (width < 43.5 || height < 43.5)) small.push(`${one.outerHTML.slice(0, 80)}: ${width}×${height}`);
    }
    return small";

/// Texts that are cut off by their box. What is typed scrolls in its field.
const CLIPPED: &str = "
    return [...document.querySelectorAll('body *')].filter((one) => one.checkVisibility() && !one.closest('.unseen, .cursor, svg, math, input')
        && ['hidden', 'clip'].includes(getComputedStyle(one).overflowX) && one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 1)
        .map((one) => one.outerHTML.slice(0, 80))";

#[tokio::test]
async fn a_finger_finds_everything_on_a_phone() -> Result<()> {
    for path in ON_A_PHONE {
        with_phone(path, async |page| {
            if path.starts_with("embed") {
                page.until("the elements are there", "document.querySelectorAll('.snippet').length == 3").await?;
            } else {
                page.until_drawn().await?;
                page.until("the page is ready", "'ready' in document.documentElement.dataset").await?;
            }
            ensure!(page.js("return matchMedia('(pointer: coarse)').matches", vec![]).await? == true, "no finger");
            page.js("for (const one of document.querySelectorAll('details')) one.open = true", vec![]).await?;
            page.nothing("is too small", TOO_SMALL).await?;
            // The menus overlay the page; they are closed again to measure its width.
            page.js("for (const one of document.querySelectorAll('details.menu')) one.open = false", vec![]).await?;
            page.nothing("is clipped", CLIPPED).await?;
            page.fits(360).await
        })
        .await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_finger_beside_a_handle_draws_it() -> Result<()> {
    with_phone("#v=1&m=own&tile=2,2", async |page| {
        page.until_drawn().await?;
        let drag = "const grip = document.querySelector('.grip[data-field=tile-channels]'), picture = grip.ownerSVGElement;
            const box = grip.getBoundingClientRect(), x = box.right + 8, y = box.top - 4;
            picture.setPointerCapture = () => {};
            const at = (type, clientX) => picture.dispatchEvent(new PointerEvent(type, { bubbles: true, pointerType: 'touch', pointerId: 5, clientX, clientY: y }));
            at('pointerdown', x); at('pointermove', x + 60); at('pointerup', x + 60)";
        page.js(drag, vec![]).await?;
        page.until("the tile is wider", "location.hash == '#v=1&m=own&tile=2,6'").await?;
        let open = "const number = document.querySelector('.books [data-opens]').getBoundingClientRect();
            document.querySelector('.books').dispatchEvent(new PointerEvent('click', { bubbles: true, pointerType: 'touch', clientX: number.x, clientY: number.bottom + 12 }))";
        page.js(open, vec![]).await?;
        page.until("the nearest number opens", "document.querySelector('.opened').textContent").await
    })
    .await
}

#[tokio::test]
async fn magnified_twice_nothing_is_lost() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.resize(640, 450).await?;
        page.until_drawn().await?;
        page.nothing("is clipped", CLIPPED).await?;
        page.fits(640).await
    })
    .await
}

#[tokio::test]
async fn forced_colours_keep_the_group_told_apart() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        page.emulate("screen", "forced-colors", "active").await?;
        page.until("colours are forced", "matchMedia('(forced-colors: active)').matches").await?;
        let looks = "const probe = document.querySelector('.probe');
            // Colours as rendered on the system's paper.
            const context = document.createElement('canvas').getContext('2d');
            const painted = (color) => {
                if (color === 'none') return null;
                for (const layer of ['white', color]) {
                    context.fillStyle = layer;
                    context.fillRect(0, 0, 1, 1);
                }
                return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
            };
            const look = (name) => {
                const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
                path.setAttribute('class', name);
                probe.append(path);
                const { fill, stroke, strokeWidth } = getComputedStyle(path);
                path.remove();
                return [painted(fill), painted(stroke), parseFloat(strokeWidth)];
            };
            const span = document.createElement('span');
            document.body.append(span);
            const system = (name) => { span.style.backgroundColor = name; return painted(getComputedStyle(span).backgroundColor); };
            const border = (css) => painted(getComputedStyle(document.querySelector(css)).borderBottomColor);
            return {
                all: look('cell left in-group t8'), some: look('cell top in-some t8'), rest: look('cell right t8'), edge: look('edges member'),
                ring: look('ring'), star: look('star'), highlight: system('Highlight'), canvas: system('Canvas'),
                chosen: border('.pick input:checked + span'), other: border('.pick input:not(:checked) + span'),
            }";
        let found = page.js(looks, vec![]).await?;
        ensure!(found["all"][0] == found["highlight"], "the group is filled: {found:#}");
        ensure!(found["rest"][0] == found["canvas"] && found["some"][0] == found["canvas"], "the rest is not: {found:#}");
        ensure!(found["some"][1] == found["highlight"] && found["rest"][1] != found["highlight"], "some are outlined: {found:#}");
        ensure!(found["edge"][1] == found["highlight"] && found["edge"][2].as_f64() >= Some(2.0), "so is the group: {found:#}");
        ensure!(found["ring"][1] != found["canvas"] && found["star"][0] != found["canvas"], "the star is seen: {found:#}");
        ensure!(found["chosen"] != found["other"] && found["other"] == found["canvas"], "a choice is told: {found:#}");
        // What is painted on the canvas is read off the same style sheets.
        page.until("the canvas has the system's colour", &has_pixel(&found["highlight"])).await?;
        // So do the charts, whose colours are numbers.
        page.js("document.querySelector('#race-charts').scrollIntoView({ behavior: 'instant' })", vec![]).await?;
        page.until("the charts are drawn", "document.querySelector('.sheet-of polyline')").await?;
        let axis = "document.querySelector('.sheet-of polyline').getAttribute('stroke')";
        page.until("in the system's colours", &format!("/^#[0-9a-f]{{6}}$/i.test({axis})")).await
    })
    .await
}

#[tokio::test]
async fn paper_holds_sentence_figure_and_link() -> Result<()> {
    with_page(WebGpu::None, "#v=1&m=ln", async |page| {
        page.until_drawn().await?;
        page.js("document.documentElement.dataset.theme = 'dark'", vec![]).await?;
        let pdf = page.browser("Page.printToPDF", json!({})).await?;
        let pages = page.js("return atob(arguments[0]).match(/\\/Type \\/Page\\b/g).length", vec![pdf["data"].clone()]).await?;
        ensure!(pages == 1, "{pages} pages");
        page.emulate("print", "prefers-color-scheme", "dark").await?;
        page.js("dispatchEvent(new Event('beforeprint'))", vec![]).await?;
        let seen = "const seen = (css) => document.querySelector(css)?.checkVisibility() ?? false;
            return {
                wanted: ['#sentence', '.print-figure', '.print-link', '#legend'].filter((css) => !seen(css)),
                unwanted: ['#cube', '.bar nav', '.call', '.rail', '.ledger', '.methods', '.code', '.race', '.essay', '.foot'].filter(seen),
                link: document.querySelector('.print-link').textContent == location.href,
                paths: document.querySelectorAll('.print-figure path').length,
                paper: getComputedStyle(document.documentElement).backgroundColor,
            }";
        let found = page.js(seen, vec![]).await?;
        ensure!(found["wanted"] == json!([]) && found["unwanted"] == json!([]) && found["link"] == true, "{found:#}");
        ensure!(found["paper"] == "rgb(251, 250, 247)" && found["paths"].as_u64() > Some(50), "{found:#}");
        page.js("dispatchEvent(new Event('afterprint'))", vec![]).await?;
        page.until("nothing is left of it", "!document.querySelector('.print-figure, .print-link')").await
    })
    .await
}

#[tokio::test]
async fn little_motion_is_little() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.emulate("screen", "prefers-reduced-motion", "reduce").await?;
        page.until_drawn().await?;
        let slow = "const slow = [];
            for (const one of document.querySelectorAll('*')) for (const part of [null, '::before', '::after']) {
                const style = getComputedStyle(one, part);
                const longest = Math.max(...`${style.transitionDuration}, ${style.animationDuration}`.split(', ').map((time) => parseFloat(time) * (time.endsWith('ms') ? 1 : 1000)));
                if (longest > 100) slow.push(`${one.outerHTML.slice(0, 60)} ${part} ${longest}`);
            }
            return slow";
        page.nothing("moves for longer than 100 ms", slow).await?;
        let frames = "return Number(document.querySelector('#cube-canvas').dataset.frames)";
        let before = page.js(frames, vec![]).await?.as_u64().unwrap_or_default();
        page.js("document.querySelector('.cursor').dispatchEvent(new KeyboardEvent('keydown', { key: 'e' }))", vec![]).await?;
        page.until("it is apart", "location.hash.includes('explode=1')").await?;
        page.promise("await new Promise((done) => setTimeout(done, 500))").await?;
        let painted = page.js(frames, vec![]).await?.as_u64().unwrap_or_default() - before;
        ensure!((1..=2).contains(&painted), "painted {painted} times");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_first_paint_is_what_the_scripts_make_of_it() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        let words = "(async () => {
            const first = new DOMParser().parseFromString(await (await fetch('index.html')).text(), 'text/html');
            const words = (root) => [root.querySelector('#sentence').textContent, ...[...root.querySelectorAll('.tile')].slice(0, 6).map((tile) => `${tile.querySelector('b').textContent}: ${tile.querySelector('small').textContent}`)];
            const now = words(document);
            now[0] = document.querySelector('#cube').getAttribute('aria-label');
            return [words(first), now, document.querySelectorAll('.tile').length];
        })()";
        let found = page.promise(&format!("await {words}")).await?;
        ensure!(found[0] == found[1] && found[2] == 7, "{found:#}");
        Ok(())
    })
    .await
}

impl Page {
    /// Fails if a script finds something.
    async fn nothing(&self, what: &str, script: &str) -> Result<()> {
        let found = self.js(script, vec![]).await?;
        ensure!(found == json!([]), "{what}: {found:#}");
        Ok(())
    }

    /// Fails if the page is wider than its window.
    async fn fits(&self, width: u64) -> Result<()> {
        let found = self.js("return document.documentElement.scrollWidth", vec![]).await?;
        ensure!(found.as_u64().is_some_and(|found| found <= width), "the page is {found} wide on {width}");
        Ok(())
    }
}

/// Whether the cube's canvas has a pixel of a colour, up to rounding.
fn has_pixel(color: &Value) -> String {
    format!(
        "(() => {{
            const wanted = {color};
            const {{ data }} = cube.getContext('2d').getImageData(0, 0, cube.width, cube.height);
            for (let at = 0; at < data.length; at += 4) if (wanted.every((part, i) => Math.abs(data[at + i] - part) <= 2) && data[at + 3] === 255) return true;
            return false;
        }})()"
    )
}
