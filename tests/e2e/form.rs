//! Numbers of the race that cannot be used are explained, and what was typed stays.

use crate::race::ONE;
use crate::session::{Page, WebGpu, with_page};
use anyhow::{Result, ensure};
use fantoccini::key::Key;
use serde_json::json;

/// Number, what is typed, words of the explanation, and a value that is accepted.
const SLIPS: [(&str, &str, &str, &str); 6] = [
    ("batch", "0", "from 1 to 512", "32"),
    ("batch", "513", "from 1 to 512", "32"),
    ("batch", "1.5", "whole number", "32"),
    ("rate", "abc", "not a number", "0.001"),
    ("rate", "-1", "from 0.0000001 to 1", "0.001"),
    ("seeds", "2", "is 1, 3 or 5", "1"),
];

#[tokio::test]
async fn slips_are_explained_and_kept() -> Result<()> {
    with_page(WebGpu::None, ONE, async |page| {
        page.until_drawn().await?;
        for (number, typed, words, good) in SLIPS {
            page.type_race(number, typed).await?;
            let shown = format!("document.querySelector('#race-error').textContent.includes('{words}')");
            page.until(&format!("{number} {typed:?} is explained by “{words}”"), &shown).await?;
            let kept = page.js("return document.activeElement.value", vec![]).await?;
            ensure!(kept == typed, "{number} does not keep {typed:?} but {kept}");
            page.client.active_element().await?.send_keys(&char::from(Key::Escape).to_string()).await?;
            page.type_race(number, good).await?;
            page.until(&format!("{number} {good} is accepted"), "document.querySelector('#race-error').hidden").await?;
        }
        page.step_to(1).await
    })
    .await
}

#[tokio::test]
async fn groups_that_do_not_divide_the_channels_are_told() -> Result<()> {
    with_page(WebGpu::None, "#net=tutorial&lanes=gn4,bn", async |page| {
        page.until_drawn().await?;
        let told = "document.querySelector('#race-notice').textContent";
        page.until("the consequence is told", &format!("{told}.includes('4 does not divide 10 channels')")).await?;
        page.until("it is a change of the link", &format!("{told}.includes('1 change was made to this link')")).await
    })
    .await
}

impl Page {
    /// Types a number in place of the one in the race's sentence, and presses Enter.
    pub(crate) async fn type_race(&self, number: &str, typed: &str) -> Result<()> {
        self.js("document.querySelector(`#race [data-key=${arguments[0]}]`).focus()", vec![json!(number)]).await?;
        self.client.active_element().await?.send_keys(&char::from(Key::Enter).to_string()).await?;
        let select_all = format!("{}a{}", char::from(Key::Control), char::from(Key::Null));
        let keys = format!("{select_all}{typed}{}", char::from(Key::Enter));
        self.client.active_element().await?.send_keys(&keys).await?;
        Ok(())
    }
}
