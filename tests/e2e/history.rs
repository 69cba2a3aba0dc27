//! The address holds the scene: links open it, Back, Undo and Redo walk through it, presets and Share write it.

use crate::session::{Page, WebGpu, with_page};
use anyhow::Result;
use fantoccini::Locator;
use fantoccini::key::Key;
use serde_json::json;

#[tokio::test]
async fn a_link_opens_its_scene() -> Result<()> {
    with_page(WebGpu::None, "#v=1&m=gn&g=4&shape=2,6,4,4", async |page| {
        page.until_drawn().await?;
        // 4 does not divide 6: the nearest divisor is taken, the address is put right, and the page says so.
        page.until_address("v=1&m=gn&g=3&shape=2,6,4,4").await?;
        page.until("it is said", "consequences.innerText.includes('4 does not divide 6 channels')").await
    })
    .await
}

#[tokio::test]
async fn a_link_to_a_preset_opens_it() -> Result<()> {
    with_page(WebGpu::None, "#p=C-ln-axis1", async |page| {
        page.until_drawn().await?;
        page.until_address("v=1&m=axes&axes=h&shape=4,10,26,26&eps=0.001&bug=walk-root,translation-axis-1").await?;
        page.until("its words are shown", "document.querySelector('#preset-said').innerText.startsWith('C-ln-axis1.')")
            .await
    })
    .await
}

#[tokio::test]
async fn back_undo_and_redo_walk_through_what_was_committed() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        page.choose_norm("batch").await?;
        page.until_address("v=1&m=bn").await?;
        page.choose_norm("layer").await?;
        page.until_address("v=1&m=ln").await?;
        page.client.back().await?;
        page.until_address("v=1&m=bn").await?;
        page.until("batch norm is chosen", "document.querySelector('input[name=norm][value=batch]').checked").await?;
        page.undo(false).await?;
        page.until_address("").await?;
        page.until("group norm is chosen", "document.querySelector('input[name=norm][value=group]').checked").await?;
        // Undo stops at the entry where the page came in.
        page.undo(false).await?;
        page.undo(true).await?;
        page.until_address("v=1&m=bn").await?;
        page.undo(true).await?;
        page.until_address("v=1&m=ln").await
    })
    .await
}

#[tokio::test]
async fn undo_in_a_text_field_is_the_fields() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        page.choose_norm("batch").await?;
        page.until_address("v=1&m=bn").await?;
        page.js("document.querySelector('#seed').focus()", vec![]).await?;
        page.undo(false).await?;
        page.js("document.activeElement.blur()", vec![]).await?;
        page.until_address("v=1&m=bn").await?;
        page.undo(false).await?;
        page.until_address("").await
    })
    .await
}

#[tokio::test]
async fn a_link_within_the_page_keeps_the_scene() -> Result<()> {
    with_page(WebGpu::None, "#m=bn", async |page| {
        page.until_drawn().await?;
        page.js("document.querySelector('a[href=\"#training\"]').click()", vec![]).await?;
        page.until_address("v=1&m=bn").await?;
        page.until("batch norm is chosen", "document.querySelector('input[name=norm][value=batch]').checked").await
    })
    .await
}

#[tokio::test]
async fn presets_are_chosen_by_keys() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        let menu = page.client.find(Locator::Css("#presets summary")).await?;
        menu.send_keys(&char::from(Key::Down).to_string()).await?;
        page.until("the first is in focus", "document.activeElement.dataset.preset == 'A-figure'").await?;
        let first = page.client.active_element().await?;
        first.send_keys(&char::from(Key::End).to_string()).await?;
        page.until("the last is in focus", "document.activeElement.dataset.preset == 'E-figure-g'").await?;
        page.client.active_element().await?.send_keys(&char::from(Key::Enter).to_string()).await?;
        page.until_address("v=1&m=gn&g=3&bug=walk-root,walk-group-size").await?;
        page.until("the menu is closed, with the focus", "!presets.open && document.activeElement.matches('summary')")
            .await?;
        page.until("it is said", "document.querySelector('#preset-said').innerText.startsWith('E-figure-g.')").await?;
        menu.send_keys(&char::from(Key::Down).to_string()).await?;
        page.client.active_element().await?.send_keys(&char::from(Key::Escape).to_string()).await?;
        page.until("Escape closes it", "!presets.open && document.activeElement.matches('summary')").await
    })
    .await
}

#[tokio::test]
async fn share_gives_the_link_and_says_so() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        page.choose_norm("instance").await?;
        page.js("navigator.clipboard.writeText = async (text) => { window.__copied = text }", vec![]).await?;
        page.click("#share").await?;
        page.until("it is said", "document.querySelector('#share-said').innerText == 'Link copied'").await?;
        page.until("the link is copied", "window.__copied.endsWith('#v=1&m=in')").await?;
        let refuse = "navigator.clipboard.writeText = async () => { throw new Error('no') }; \
                      document.execCommand = () => false";
        page.js(refuse, vec![]).await?;
        page.click("#share").await?;
        let selected = "document.activeElement.id == 'share-link' && getSelection().toString().endsWith('#v=1&m=in')";
        page.until("the link stands there, selected", selected).await
    })
    .await
}

impl Page {
    /// Waits until the address has this fragment.
    async fn until_address(&self, hash: &str) -> Result<()> {
        let expression = format!("location.hash.slice(1) == {}", json!(hash));
        self.until(&format!("the address says {hash:?}"), &expression).await
    }

    /// Presses Ctrl-Z, or with Shift.
    async fn undo(&self, with_shift: bool) -> Result<()> {
        let shift = if with_shift { char::from(Key::Shift).to_string() } else { String::new() };
        let keys = format!("{}{shift}z{}", char::from(Key::Control), char::from(Key::Null));
        self.client.active_element().await?.send_keys(&keys).await?;
        Ok(())
    }
}
