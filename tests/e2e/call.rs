//! Type the call: a typed call changes the cube, a mistake is reported and changes nothing, the dialect is part of the
//! link; all of it with the keyboard alone.

use crate::session::{Page, WebGpu, with_page};
use anyhow::Result;
use fantoccini::key::Key;
use serde_json::json;

const FIELD: &str = "document.querySelector('#call-text').value";
const SAYS: &str = "document.querySelector('#call-says').textContent";

#[tokio::test]
async fn a_typed_call_is_what_the_cube_shows() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        page.type_call("LayerNormalization(axis=3)").await?;
        page.until_shown(SAYS, "one per pixel: not the figure’s layer norm").await?;
        page.until_address("v=1&m=axes-c&eps=0.001&dialect=keras").await?;
        page.type_call("nn.InstanceNorm2d(6)").await?;
        // PyTorch's instance norm has neither γ nor β.
        page.until_address("v=1&m=in&gammarule=no&betarule=no").await?;
        page.client.back().await?;
        page.until_shown(SAYS, "one per pixel").await?;
        page.until("Keras writes again", "document.querySelector('#call-name').textContent == 'Keras'").await
    })
    .await
}

#[tokio::test]
async fn a_slip_is_told_and_changes_nothing() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        for (call, told) in [
            ("nn.GroupNorm(4, 6)", "4 groups do not divide our 6 channels: 1, 2, 3, 6 do"),
            ("BatchNormalization(axis=7)", "axis 7 is out of range"),
            ("nn.LayerNrm([6, 4, 4])", "the nearest is LayerNorm"),
            ("so be it", "no norm in the papers has this name"),
            ("layers.BatchNormalization(renorm=True)", "renorm is refused: batch renormalization is not shown here"),
            ("nn.GroupNorm(2, out_channels)", "out_channels is not known here"),
        ] {
            page.type_call(call).await?;
            page.until_shown(SAYS, told).await?;
            page.until_address("").await?;
        }
        Ok(())
    })
    .await
}

/// Whatever was typed, also a call that the cube has followed.
#[tokio::test]
async fn esc_and_an_empty_field_give_back_the_call_of_the_page() -> Result<()> {
    const OURS: &str = "nn.GroupNorm(2, 6)";
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        let is_ours = format!("{FIELD} == '{OURS}' && !document.querySelector('#call-says .error')");
        page.until("the page's call", &is_ours).await?;
        for (typed, shown) in [
            ("so be it", "no norm in the papers has this name"),
            ("nn.InstanceNorm2d(6)", "the figure’s instance norm"),
        ] {
            page.js("const field = document.querySelector('#call-text'); field.focus(); field.select()", vec![])
                .await?;
            page.type_text(typed).await?;
            page.until_shown(SAYS, shown).await?;
            page.press(&[Key::Escape]).await?;
            page.until("it is back", &is_ours).await?;
            page.until("so is the cube", "document.querySelector('#sentence').textContent.includes('into 2 groups')")
                .await?;
            page.until_address("").await?;
        }
        page.fill("call-text", "").await?;
        page.until("it is back", &is_ours).await
    })
    .await
}

#[tokio::test]
async fn the_dialect_is_chosen_by_keys_and_kept_by_the_link() -> Result<()> {
    with_page(WebGpu::None, "#v=1&m=bn&dialect=tfa", async |page| {
        page.until_drawn().await?;
        page.until_shown(FIELD, "# TensorFlow Addons has no layer for batch norm").await?;
        page.js("document.querySelector('#call-dialect').focus()", vec![]).await?;
        page.client.active_element().await?.send_keys(&char::from(Key::Up).to_string()).await?;
        page.until_shown(FIELD, "tf_keras.layers.BatchNormalization(").await?;
        page.until_address("v=1&m=bn&dialect=keras2").await
    })
    .await
}

impl Page {
    /// Types a call in place of the current one, and presses Enter.
    pub(crate) async fn type_call(&self, call: &str) -> Result<()> {
        self.js("document.querySelector('#call-text').select()", vec![]).await?;
        self.client.active_element().await?.send_keys(&format!("{call}{}", char::from(Key::Enter))).await?;
        Ok(())
    }

    /// Waits until a text contains `words`.
    async fn until_shown(&self, text: &str, words: &str) -> Result<()> {
        self.until(&format!("the page shows “{words}”"), &format!("{text}.includes({})", json!(words))).await
    }
}
