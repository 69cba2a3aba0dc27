//! Settings that cannot be used are explained beside their field, and what was typed stays.

use crate::session::{Page, WebGpu, with_page};
use anyhow::{Result, ensure};
use serde_json::json;

/// Field, what is typed, words of the explanation, and what works again.
const SLIPS: [(&str, &str, &str, &str); 7] = [
    ("groups", "3", "10 channels", "5"),
    ("batch", "0", "from 1 to 512", "32"),
    ("batch", "513", "from 1 to 512", "32"),
    ("batch", "1.5", "whole number", "32"),
    ("rate", "abc", "not a number", "0.001"),
    ("rate", "-1", "above 0", "0.001"),
    ("seed", "", "missing", "1"),
];

#[tokio::test]
async fn slips_are_explained_and_kept() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        page.choose_norm("group").await?;
        for (field, typed, words, good) in SLIPS {
            page.fill(field, typed).await?;
            let shown = format!(
                "!document.querySelector('#{field}-error').hidden
                 && document.querySelector('#{field}-error').textContent.includes('{words}')"
            );
            page.until(&format!("{field} {typed:?} is explained by “{words}”"), &shown).await?;
            ensure!(page.value(field).await? == typed, "{field} does not keep {typed:?}");
            page.start_is_refused(field).await?;
            page.fill(field, good).await?;
            let gone = format!("document.querySelector('#{field}-error').hidden");
            page.until(&format!("{field} {good} is accepted"), &gone).await?;
        }
        page.click("#step").await?;
        page.until_step(1).await
    })
    .await
}

#[tokio::test]
async fn groups_matter_to_group_norm_only() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        page.choose_norm("group").await?;
        page.fill("groups", "3").await?;
        page.choose_norm("batch").await?;
        page.click("#step").await?;
        page.until_step(1).await
    })
    .await
}

impl Page {
    async fn value(&self, field: &str) -> Result<String> {
        let value = self.js("return document.getElementById(arguments[0]).value", vec![json!(field)]).await?;
        Ok(value.as_str().unwrap_or_default().to_owned())
    }

    /// With a slip in `field`, a press of Start starts nothing.
    async fn start_is_refused(&self, field: &str) -> Result<()> {
        self.js("document.querySelector('#start').click()", vec![]).await?;
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        ensure!(self.step().await? == 0, "a run started in spite of the slip in {field}");
        Ok(())
    }
}
