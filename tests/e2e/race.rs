//! Helpers for tests of the race's section.

use crate::session::Page;
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::time::Duration;

/// A race of one lane on a small network: fast.
pub(crate) const ONE: &str = "#net=tutorial&data=mnist&bs=32&lanes=gn5&on=600";

/// All seven on the same network.
pub(crate) const SEVEN: &str = "#net=tutorial&data=mnist&bs=32&lanes=none,bn,ln,in,gn5,bin,sn&on=600";

/// Two lanes on 300 images: steps of milliseconds.
pub(crate) const TWO: &str = "#net=tutorial&data=mnist&bs=8&lanes=bn,gn5&on=30&epochs=1&engine=cpu";

/// The lanes' rows.
pub(crate) const ROWS: &str = "[...document.querySelectorAll('#race-lanes .row')]";

impl Page {
    /// Waits until the race is at its goal.
    pub(crate) async fn until_done(&self) -> Result<()> {
        self.until("the race is done", "document.querySelector('#race-clock').textContent.includes('done')").await
    }

    /// Waits until every lane has done at least `n_steps`.
    pub(crate) async fn until_step(&self, n_steps: u64) -> Result<()> {
        let there = format!("{ROWS}.length > 0 && {ROWS}.every(row => Number(row.dataset.step) >= {n_steps})");
        self.until(&format!("step {n_steps}"), &there).await
    }

    /// What the rows say about something, in order.
    pub(crate) async fn of_rows(&self, name: &str) -> Result<Vec<String>> {
        let found = self.js(&format!("return {ROWS}.map(row => row.dataset[arguments[0]])"), vec![json!(name)]).await?;
        let found = found.as_array().context("no rows")?;
        Ok(found.iter().map(|value| value.as_str().unwrap_or_default().to_owned()).collect())
    }

    /// The fewest steps that any lane has done.
    pub(crate) async fn step(&self) -> Result<u64> {
        let steps = self.of_rows("step").await?;
        steps.iter().filter_map(|step| step.parse().ok()).min().context("no lane")
    }

    /// Checks that no step is made for a while.
    pub(crate) async fn stays_at(&self, step: u64) -> Result<()> {
        tokio::time::sleep(Duration::from_millis(900)).await;
        let now = self.step().await?;
        ensure!(now == step, "at step {now}, not {step}");
        Ok(())
    }

    /// Presses Step and waits for the step.
    pub(crate) async fn step_to(&self, step: u64) -> Result<()> {
        self.click("#race-step").await?;
        self.until_step(step).await
    }

    /// Chooses a word of the race's sentence.
    pub(crate) async fn choose_word(&self, key: &str, value: &str) -> Result<()> {
        let choose = "const menu = document.querySelector(`#race [data-key=race-${arguments[0]}]`);
            menu.value = arguments[1];
            menu.dispatchEvent(new Event('change', { bubbles: true }))";
        self.js(choose, vec![json!(key), json!(value)]).await?;
        Ok(())
    }

    /// Chooses an option of a menu by its value or its words.
    pub(crate) async fn pick(&self, css: &str, wanted: &str) -> Result<()> {
        let choose = "const [css, wanted] = arguments, menu = document.querySelector(css);
            const option = [...menu.options].find(({ value, text }) => [value, text].includes(wanted));
            if (!option || menu.disabled || !menu.checkVisibility()) return false;
            menu.value = option.value;
            menu.dispatchEvent(new Event('change', { bubbles: true }));
            return true";
        let is_chosen = self.js(choose, vec![json!(css), json!(wanted)]).await?;
        ensure!(is_chosen == true, "{css} does not offer {wanted}");
        Ok(())
    }

    /// Sets a slider, as its thumb would.
    pub(crate) async fn dial(&self, css: &str, value: &str) -> Result<()> {
        let turn = "const dial = document.querySelector(arguments[0]);
            dial.value = arguments[1];
            dial.dispatchEvent(new Event('input', { bubbles: true }))";
        self.js(turn, vec![json!(css), json!(value)]).await?;
        Ok(())
    }
}
