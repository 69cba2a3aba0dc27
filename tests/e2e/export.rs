//! The figure as a file: an SVG and a PNG that do not need the page; the code that embeds it.

use crate::session::{Page, WebGpu, with_page};
use anyhow::{Context, Result, ensure};
use flate2::Crc;
use serde_json::json;

/// Scenes with many looks: the first; two shades of blue, apart and turned; unfolded pictures of a poked tensor.
const SCENES: [(&str, &str); 3] = [
    ("", "blue-cube-group-4x6x4x4"),
    ("#v=1&m=bin&shape=3,4,3,5&explode=0.5&turn=25", "blue-cube-batch-instance-3x4x3x5"),
    ("#v=1&m=own&tile=2,3&show=y&fold=1&poke=3", "blue-cube-own-4x6x4x4"),
];

/// Records what the page saves, and under which name, instead of saving it.
const KEEP: &str = "window.kept = [];
    URL.createObjectURL = (blob) => { window.kept.push({ blob }); return 'data:,'; };
    HTMLAnchorElement.prototype.click = function () { window.kept.at(-1).name = this.download; };";

#[tokio::test]
async fn an_svg_stands_alone() -> Result<()> {
    for (hash, name) in SCENES {
        with_page(WebGpu::None, hash, async |page| {
            page.until_drawn().await?;
            page.js(KEEP, vec![]).await?;
            let mut papers = vec![];
            for theme in ["light", "dark"] {
                page.js("document.documentElement.dataset.theme = arguments[0]", vec![json!(theme)]).await?;
                let (file, markup) = page.save("svg").await?;
                ensure!(file == format!("{name}.svg"), "saved as {file}");
                for foreign in ["var(", "class=", "style", "oklab", "color-mix", "currentColor"] {
                    ensure!(!markup.contains(foreign), "{theme}: the file contains {foreign}");
                }
                papers.push(page.check_svg(&markup).await?);
            }
            ensure!(papers == ["#fbfaf7", "#14161a"], "papers {papers:?}");
            Ok(())
        })
        .await
        .context(name)?;
    }
    Ok(())
}

#[tokio::test]
async fn a_png_is_twice_as_large_and_carries_its_link() -> Result<()> {
    with_page(WebGpu::None, "#v=1&m=ln", async |page| {
        page.until_drawn().await?;
        page.js(KEEP, vec![]).await?;
        let (_, markup) = page.save("svg").await?;
        let size = page
            .js("const { width, height } = new DOMParser().parseFromString(arguments[0], 'image/svg+xml').documentElement;
                 return [width.baseVal.value, height.baseVal.value].map((side) => Math.round(side * 2))", vec![json!(markup)])
            .await?;
        page.saved("png").await?;
        let bytes = page.promise("[...new Uint8Array(await window.kept.at(-1).blob.arrayBuffer())]").await?;
        let bytes: Vec<u8> = serde_json::from_value(bytes)?;
        let chunks = chunks(&bytes)?;
        let find = |name: &'static str| chunks.iter().filter(move |(found, _)| found == name).map(|(_, data)| data.as_slice());
        let header = find("IHDR").next().context("no IHDR")?;
        let side = |at: usize| u32::from_be_bytes(header[at..at + 4].try_into().unwrap());
        ensure!(json!([side(0), side(4)]) == size, "{}×{}, expected {size}", side(0), side(4));
        // 192 pixels per inch of 0.0254 m.
        ensure!(find("pHYs").next().context("no pHYs")? == [0, 0, 0x1d, 0x87, 0, 0, 0x1d, 0x87, 1], "pHYs");
        let link = page.js("return location.href", vec![]).await?;
        let said = format!("URL\0{}", link.as_str().context("no link")?);
        ensure!(find("tEXt").any(|data| data == said.as_bytes()), "no tEXt chunk says {said:?}");
        let layer = "Layer norm normalizes each of 4 images as a whole.";
        ensure!(
            chunks.iter().any(|(name, data)| name.ends_with("Xt") && String::from_utf8_lossy(data).contains(layer)),
            "no chunk has the sentence"
        );
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_cannot_be_saved_is_said() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        page.js("HTMLCanvasElement.prototype.toBlob = function (take) { take(null); }", vec![]).await?;
        page.js("document.querySelector('#share-png').click()", vec![]).await?;
        page.until("the error is told", "toast.textContent.includes('the browser cannot make a PNG')").await
    })
    .await
}

#[tokio::test]
async fn the_code_that_embeds_is_copied_or_shown() -> Result<()> {
    with_page(WebGpu::None, "#v=1&m=bn&shape=2,6,4,4&all=1", async |page| {
        page.until_drawn().await?;
        let copy = "navigator.clipboard.writeText = async (text) => { window.copied = text; }";
        page.js(copy, vec![]).await?;
        page.js("document.querySelector('#share-embed').click()", vec![]).await?;
        page.until("it is copied", "window.copied").await?;
        let copied = page.js("return [window.copied, location.origin]", vec![]).await?;
        let want = format!(
            "<script type=\"module\" src=\"{}/norm-cube.js\"></script>\n<norm-cube method=\"batch\" shape=\"2,6,4,4\" all-groups></norm-cube>",
            copied[1].as_str().context("no origin")?
        );
        ensure!(copied[0] == want, "copied {copied}");
        page.until("it is shown at work", "toast.querySelector('a').getAttribute('href').startsWith('embed.html#v=1&m=bn')").await?;
        page.js("navigator.clipboard.writeText = async () => { throw new Error('no leave'); }", vec![]).await?;
        page.js("document.querySelector('#share-embed').click()", vec![]).await?;
        page.until("it can be copied by hand", "toast.querySelector('input')?.value.includes('<norm-cube')").await
    })
    .await
}

/// A preset's experiment joins the scene when the race's part is there.
#[tokio::test]
async fn a_link_copied_right_after_a_preset_holds_its_experiment() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        let both = "navigator.clipboard.writeText = async (text) => { window.copied = text; };
            document.querySelector('[data-preset=A-gn5]').click();
            document.querySelector('#share-link').click();";
        page.js(both, vec![]).await?;
        page.until("the link is copied", "window.copied").await?;
        page.until("it is the whole address", "copied.includes('race=A-gn5') && copied == location.href").await
    })
    .await
}

#[tokio::test]
async fn the_code_says_that_a_readers_file_is_not_in_it() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        page.promise(
            "await (() => {
                const data = new DataTransfer(), canvas = document.createElement('canvas');
                Object.assign(canvas, { width: 3, height: 2 });
                return new Promise((done) => canvas.toBlob((blob) => {
                    data.items.add(new File([blob], 'mine.png', { type: 'image/png' }));
                    done(document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })));
                }));
            })()",
        )
        .await?;
        page.until("the file is shown", "document.querySelector('#tensor').textContent.includes('mine.png 1×1×2×3')")
            .await?;
        page.js("document.querySelector('#share-embed').click()", vec![]).await?;
        page.until("it is said", "toast.textContent.includes('it has the shape of mine.png, but not its values')").await
    })
    .await
}

impl Page {
    /// Saves the figure and waits for the file; returns its name.
    async fn saved(&self, kind: &str) -> Result<String> {
        let count = self.js("return window.kept.length", vec![]).await?;
        self.js("document.querySelector(`#share-${arguments[0]}`).click()", vec![json!(kind)]).await?;
        self.until("the file is there", &format!("window.kept.length > {count} && window.kept.at(-1).name")).await?;
        Ok(self.js("return window.kept.at(-1).name", vec![]).await?.as_str().context("no name")?.to_owned())
    }

    /// Like [`Self::saved`], with the text of the file.
    async fn save(&self, kind: &str) -> Result<(String, String)> {
        let name = self.saved(kind).await?;
        Ok((name, self.promise("await window.kept.at(-1).blob.text()").await?.as_str().context("no text")?.to_owned()))
    }

    /// Reads an SVG file as a browser does; returns its paper colour.
    async fn check_svg(&self, markup: &str) -> Result<String> {
        let found = self
            .js(
                "const { documentElement: svg } = new DOMParser().parseFromString(arguments[0], 'image/svg+xml');
                 const all = (css) => [...svg.querySelectorAll(css)];
                 const colors = all('*').flatMap((one) => ['fill', 'stroke'].map((name) => one.getAttribute(name)));
                 const caption = all('svg > text').map((line) => line.textContent).join('');
                 return {
                   error: svg.querySelector('parsererror')?.textContent ?? null,
                   odd: colors.filter((color) => color && !/^(#[0-9a-f]{6}|none)$/.test(color)),
                   fontless: all('text').filter((text) => !text.getAttribute('font-family')).length,
                   texts: all('text').length, paths: all('path').length,
                   title: svg.querySelector('title').textContent, caption,
                   link: svg.querySelector('metadata').textContent,
                   wanted: [cube.getAttribute('aria-label'), location.href],
                   paper: svg.querySelector('rect').getAttribute('fill'),
                 }",
                vec![json!(markup)],
            )
            .await?;
        ensure!(found["error"].is_null() && found["odd"] == json!([]) && found["fontless"] == 0, "{found:#}");
        let many = |name: &str, least: u64| found[name].as_u64().is_some_and(|count| count >= least);
        ensure!(many("texts", 4) && many("paths", 20), "{found:#}");
        ensure!(found["title"] == found["wanted"][0] && found["caption"] == found["wanted"][0], "{found:#}");
        ensure!(found["link"] == found["wanted"][1], "{found:#}");
        Ok(found["paper"].as_str().unwrap_or_default().to_owned())
    }
}

/// The chunks of a PNG: names and data; an error if a checksum is wrong.
fn chunks(png: &[u8]) -> Result<Vec<(String, Vec<u8>)>> {
    let mut rest = png.strip_prefix(b"\x89PNG\r\n\x1a\n").context("no PNG")?;
    let mut chunks = vec![];
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = u32::from_be_bytes(*length) as usize;
        ensure!(after.len() >= length + 8, "a chunk is truncated");
        let (body, after) = after.split_at(length + 4);
        let (sum, after) = after.split_first_chunk::<4>().context("no checksum")?;
        let mut crc = Crc::new();
        crc.update(body);
        let name = String::from_utf8_lossy(&body[..4]).into_owned();
        ensure!(crc.sum() == u32::from_be_bytes(*sum), "checksum of {name}");
        chunks.push((name, body[4..].to_vec()));
        rest = after;
    }
    ensure!(chunks.last().is_some_and(|(name, _)| name == "IEND"), "no IEND");
    Ok(chunks)
}
