//! The address and the scene: what a link asks for in vain is reported, Undo stays in the page, the page's own anchors
//! keep the scene, the menus work with keys.

use crate::session::{Page, WebGpu, with_page};
use anyhow::Result;
use fantoccini::Locator;
use fantoccini::key::Key;
use serde_json::json;

#[tokio::test]
async fn what_a_link_cannot_have_is_said() -> Result<()> {
    with_page(WebGpu::None, "#v=1&m=gn&g=4&shape=2,6,4,4", async |page| {
        page.until_drawn().await?;
        page.until_told("4 does not divide 6 channels").await?;
        // An address typed into the open page.
        page.js("location.hash = '#m=gn&g=5'", vec![]).await?;
        page.until_told("5 does not divide 6 channels").await?;
        page.until_address("v=1&m=gn6").await
    })
    .await
}

#[tokio::test]
async fn undo_and_redo_stay_in_the_page() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        page.choose_norm("batch").await?;
        page.until_address("v=1&m=bn").await?;
        page.choose_norm("layer").await?;
        page.until_address("v=1&m=ln").await?;
        page.client.back().await?;
        page.until_address("v=1&m=bn").await?;
        page.undo(false).await?;
        page.until_address("").await?;
        page.until("group norm is chosen", "document.querySelector('input[name=norm][value=group]').checked").await?;
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
        page.js("document.body.append(document.createElement('input')); document.body.lastChild.focus()", vec![])
            .await?;
        page.undo(false).await?;
        page.js("document.activeElement.blur()", vec![]).await?;
        page.until_address("v=1&m=bn").await?;
        page.undo(false).await?;
        page.until_address("").await
    })
    .await
}

#[tokio::test]
async fn an_anchor_of_the_page_keeps_the_scene() -> Result<()> {
    with_page(WebGpu::None, "#v=1&m=bn", async |page| {
        page.until_drawn().await?;
        page.js("document.querySelector('a[href=\"#race\"]').click()", vec![]).await?;
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
        page.client.active_element().await?.send_keys(&char::from(Key::End).to_string()).await?;
        page.until("the last is in focus", "document.activeElement.dataset.preset == 'B-switch-quick'").await?;
        page.client.active_element().await?.send_keys(&char::from(Key::Escape).to_string()).await?;
        page.until("Escape closes it", "!presets.open && document.activeElement.matches('#presets summary')").await?;
        menu.send_keys(&char::from(Key::Down).to_string()).await?;
        page.client.active_element().await?.send_keys(&char::from(Key::Down).to_string()).await?;
        page.client.active_element().await?.send_keys(&char::from(Key::Enter).to_string()).await?;
        // It is an experiment of the race as well.
        let both = "location.hash.startsWith('#v=1&m=gn5&shape=4,10,26,26&') && location.hash.endsWith('race=A-gn5')";
        page.until("the address has both", both).await?;
        page.until("its words are shown", "document.querySelector('#preset').textContent.includes('A-gn5')").await
    })
    .await
}

impl Page {
    /// Waits until the address has this fragment.
    pub(crate) async fn until_address(&self, hash: &str) -> Result<()> {
        let expression = format!("location.hash.slice(1) == {}", json!(hash));
        self.until(&format!("the address says {hash:?}"), &expression).await
    }

    /// Waits until the page lists a change of its link.
    async fn until_told(&self, words: &str) -> Result<()> {
        let expression = format!("document.querySelector('#notice').innerText.includes({})", json!(words));
        self.until(&format!("the page says: {words}"), &expression).await
    }

    /// Presses Ctrl-Z, or with Shift.
    async fn undo(&self, with_shift: bool) -> Result<()> {
        let shift = if with_shift { char::from(Key::Shift).to_string() } else { String::new() };
        let keys = format!("{}{shift}z{}", char::from(Key::Control), char::from(Key::Null));
        self.client.active_element().await?.send_keys(&keys).await?;
        Ok(())
    }
}
