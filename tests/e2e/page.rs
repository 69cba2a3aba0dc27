//! The page around the cube: the sentence as a control, links, Back and Undo, presets, the reader's own tile.

use crate::session::{Page, WebGpu, with_page, with_phone};
use anyhow::{Context, Result, ensure};
use fantoccini::Locator;
use fantoccini::key::Key;
use serde_json::json;

const SENTENCE: &str = "document.querySelector('#cube').getAttribute('aria-label')";

#[tokio::test]
async fn the_sentence_is_a_control_by_keys_alone() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        page.choose_norm("batch").await?;
        page.until_said("across the batch of 4 images").await?;
        page.press_on("images", &[Key::PageDown, Key::PageDown]).await?;
        page.until_said("here it is instance norm, largest difference 0").await?;
        page.press_on("images", &[Key::Up]).await?;
        page.until_said("across the batch of 2 images").await?;
        page.choose_norm("group").await?;
        page.press_on("groups", &[Key::Up]).await?;
        page.until_said("into 3 groups").await?;
        page.type_number("groups", "4").await?;
        let shown = "document.querySelector('#sentence-error').textContent.includes('1, 2, 3, 6 do')";
        page.until("the slip is explained", shown).await?;
        page.until("what was typed stays", "document.activeElement.value == '4'").await?;
        let escape = char::from(Key::Escape).to_string();
        page.client.active_element().await?.send_keys(&escape).await?;
        page.until("the number is back", "document.querySelector('[data-key=groups]').textContent == '3'").await?;
        page.type_number("channels", "8").await?;
        page.until(
            "the consequence is told",
            "document.querySelector('#consequences').textContent.includes('does not divide 8 channels')",
        )
        .await
    })
    .await
}

#[tokio::test]
async fn every_digit_that_is_typed_counts() -> Result<()> {
    // If the first digit typed is the current number, it still counts as a digit.
    let cases = [("images", "1", "16"), ("images", "16", "128"), ("batch", "1", "12"), ("batch", "12", "128")];
    with_page(WebGpu::None, "#shape=1,6,4,4&bs=1", async |page| {
        page.until_drawn().await?;
        for (number, before, typed) in cases {
            let text = format!("document.querySelector('.scrub[data-key={number}]').textContent");
            page.until("the number before", &format!("{text} == '{before}'")).await?;
            page.js("document.querySelector(`.scrub[data-key=${arguments[0]}]`).focus()", vec![json!(number)]).await?;
            page.type_text(typed).await?;
            page.press(&[Key::Enter]).await?;
            page.until(&format!("{number} is {typed}"), &format!("{text} == '{typed}'")).await?;
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_number_is_drawn_sideways() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        page.js(
            "const number = document.querySelector('#sentence [data-key=images]'), box = number.getBoundingClientRect();
             const at = (type, x) => number.dispatchEvent(new PointerEvent(type, { bubbles: true, pointerId: 1, button: 0, clientX: box.x + x, clientY: box.y + 5 }));
             Element.prototype.setPointerCapture = () => {};
             at('pointerdown', 5); at('pointermove', 5 - 40); at('pointerup', 5 - 40)",
            vec![],
        )
        .await?;
        page.until_said("of 2 images").await?;
        page.until("the link holds it", "location.hash == '#v=1&shape=2,6,4,4'").await
    })
    .await
}

#[tokio::test]
async fn back_and_undo_walk_one_history() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        page.choose_norm("layer").await?;
        page.until("the link names layer norm", "location.hash == '#v=1&m=ln'").await?;
        page.choose_norm("own").await?;
        page.until("the link names the tile", "location.hash == '#v=1&m=own&tile=2,2'").await?;
        page.js("history.back()", vec![]).await?;
        page.until_said("Layer norm normalizes").await?;
        let undo = "document.dispatchEvent(new KeyboardEvent('keydown', { key: 'z', ctrlKey: true, bubbles: true }))";
        page.js(undo, vec![]).await?;
        page.until_said("Group norm splits").await?;
        page.js(&undo.replace("ctrlKey: true", "ctrlKey: true, shiftKey: true"), vec![]).await?;
        page.until_said("Layer norm normalizes").await
    })
    .await
}

#[tokio::test]
async fn presets_are_a_click_and_a_link() -> Result<()> {
    with_page(WebGpu::None, "#p=C-ln-axis1", async |page| {
        page.until_drawn().await?;
        page.until(
            "the preset is told",
            "document.querySelector('#preset').textContent.includes('260 means per image, of 26 values')",
        )
        .await?;
        page.until_said("over H").await?;
        page.click("#presets summary").await?;
        page.click("[data-preset=A-gn5]").await?;
        page.until_said("into 5 groups").await?;
        page.until(
            "the link holds it",
            "location.hash.startsWith('#v=1&m=gn5&shape=4,10,26,26&') && location.hash.endsWith('race=A-gn5')",
        )
        .await
    })
    .await
}

#[tokio::test]
async fn the_handles_of_the_tile_name_it() -> Result<()> {
    with_page(WebGpu::None, "#m=own&tile=2,2", async |page| {
        page.until_drawn().await?;
        page.until_said("It has no name").await?;
        let grip = page.client.find(Locator::Css("[data-field=tile-images][role=slider]")).await?;
        page.js("arguments[0].focus()", vec![serde_json::to_value(&grip)?]).await?;
        let up = char::from(Key::Up).to_string();
        page.client.active_element().await?.send_keys(&up).await?;
        page.until_said("This is group norm with 3 groups").await
    })
    .await
}

#[tokio::test]
async fn no_link_stops_the_page() -> Result<()> {
    for hash in [
        "#m=gn&g=999999999999",
        "#shape=9e9,%FF,,&sel=a",
        "#%%%&&&==",
        "#shape=64,16,112,112&m=bn",
        "#v=1&shape=4,6,1,10",
        "#v=1&shape=1,1,1,10&m=bn",
    ] {
        with_page(WebGpu::None, hash, async |page| page.until_drawn().await).await.context(hash)?;
        with_phone(hash, async |page| page.until_drawn().await).await.context(hash)?;
    }
    Ok(())
}

#[tokio::test]
async fn a_phone_needs_no_sideways_scroll() -> Result<()> {
    with_page(WebGpu::None, "#p=A-ln-axis3", async |page| {
        page.client.set_window_size(500, 800).await?;
        page.until_drawn().await?;
        // Headless windows have a minimum width; a frame does not.
        page.js(
            "const frame = document.createElement('iframe');
             Object.assign(frame, { id: 'phone', src: location.href.replace('#', '?phone#'), width: 360, height: 640 });
             document.body.append(frame)",
            vec![],
        )
        .await?;
        page.until(
            "the framed page is ready",
            "'ready' in (document.querySelector('#phone').contentDocument?.documentElement?.dataset ?? {})",
        )
        .await?;
        let width = page
            .js("return document.querySelector('#phone').contentDocument.documentElement.scrollWidth", vec![])
            .await?;
        ensure!(width.as_u64().is_some_and(|width| width <= 360), "the page is {width} wide on 360");
        Ok(())
    })
    .await
}

impl Page {
    /// Waits until the sentence contains `words`.
    async fn until_said(&self, words: &str) -> Result<()> {
        self.until(&format!("the sentence says “{words}”"), &format!("{SENTENCE}.includes({})", json!(words))).await
    }

    /// Presses keys on a number of the sentence.
    async fn press_on(&self, number: &str, keys: &[Key]) -> Result<()> {
        self.js("document.querySelector(`#sentence [data-key=${arguments[0]}]`).focus()", vec![json!(number)]).await?;
        for key in keys {
            self.client.active_element().await?.send_keys(&char::from(*key).to_string()).await?;
        }
        Ok(())
    }

    /// Types a number in place of the one in the sentence, and presses Enter.
    async fn type_number(&self, number: &str, typed: &str) -> Result<()> {
        self.press_on(number, &[Key::Enter]).await?;
        let keys = format!("{typed}{}", char::from(Key::Enter));
        self.client.active_element().await?.send_keys(&keys).await?;
        Ok(())
    }
}
