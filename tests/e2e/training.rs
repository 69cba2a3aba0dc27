//! The network trains: on the CPU, on a software GPU, stoppable, step by step, and without holding up the page.

use crate::session::{Page, WebGpu, with_page};
use anyhow::{Context, Result, ensure};
use std::time::Duration;

/// A main-thread task longer than this is felt; browsers call it a long task.
const LONG_TASK_MILLIS: u32 = 50;

#[tokio::test]
async fn loss_falls_on_the_cpu_without_webgpu() -> Result<()> {
    with_page(WebGpu::None, "", async |page| learns(page, "CPU SIMD", 100).await).await
}

#[tokio::test]
async fn loss_falls_on_the_gpu() -> Result<()> {
    with_page(WebGpu::Software, "", async |page| {
        page.until_drawn().await?;
        page.choose("engine", "gpu").await?;
        // SwiftShader takes about half a second a step.
        learns(page, "GPU (software)", 15).await
    })
    .await
}

#[tokio::test]
async fn a_software_gpu_is_not_chosen_where_the_cpu_is_faster() -> Result<()> {
    with_page(WebGpu::Software, "", async |page| learns(page, "CPU SIMD", 50).await).await
}

#[tokio::test]
async fn without_webgpu_asking_for_the_gpu_is_answered_with_a_way_on() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        page.choose("engine", "gpu").await?;
        page.click("#step").await?;
        page.until("a notice names the GPU", "notice.innerText.includes('no WebGPU adapter')").await?;
        page.until("the step is made all the same", "Number(steps.dataset.step) == 1").await?;
        page.until("the chip names the CPU", "chip.textContent.includes('CPU SIMD')").await
    })
    .await
}

#[tokio::test]
async fn pause_step_and_reset_do_what_they_say() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        for wanted in [1, 2] {
            page.click("#step").await?;
            page.until_step(wanted).await?;
            page.stays_at(wanted).await?;
        }
        page.click("#start").await?;
        page.until_step(10).await?;
        page.click("#pause").await?;
        // The step under way may still end.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let paused_at = page.step().await?;
        page.stays_at(paused_at).await?;
        page.click("#step").await?;
        page.until_step(paused_at + 1).await?;
        page.stays_at(paused_at + 1).await?;
        page.click("#reset").await?;
        page.until("the count is 0", "steps.dataset.step == '0'").await?;
        page.stays_at(0).await
    })
    .await
}

#[tokio::test]
async fn one_seed_gives_one_curve() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        let mut losses = vec![];
        // The first round fetches the data set: until all of it is here, runs draw from what has arrived.
        for _ in 0..3 {
            page.click("#step").await?;
            page.until_step(1).await?;
            losses.push(page.text("#loss").await?);
            page.until("the data set is here", "loading.hidden").await?;
            page.click("#reset").await?;
            page.until("the count is 0", "steps.dataset.step == '0'").await?;
        }
        ensure!(losses[1] == losses[2], "first losses of the same seed: {losses:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_other_data_set_trains_too() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        page.choose("data", "fashion-mnist").await?;
        learns(page, "CPU SIMD", 50).await
    })
    .await
}

#[tokio::test]
async fn training_leaves_the_main_thread_free() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        page.click("#start").await?;
        page.until_step(20).await?;
        page.js(
            "window.__tasks = [];
             new PerformanceObserver((list) => {
                 for (const { duration } of list.getEntries()) window.__tasks.push(Math.round(duration));
             }).observe({ type: 'longtask' });",
            vec![],
        )
        .await?;
        let mut windows = vec![];
        // A task's time is wall time: another process may have had the processor. One quiet window is proof enough.
        for _ in 0..4 {
            tokio::time::sleep(Duration::from_secs(4)).await;
            let tasks = page.js("return window.__tasks.splice(0)", vec![]).await?;
            if tasks.as_array().is_some_and(Vec::is_empty) {
                return Ok(());
            }
            windows.push(tasks);
        }
        anyhow::bail!("tasks over {LONG_TASK_MILLIS} ms in every window of 4 s (ms): {windows:?}")
    })
    .await
}

/// Presses Start and waits until the loss has fallen, on the engine of that name.
async fn learns(page: &Page, engine: &str, n_steps: u64) -> Result<()> {
    page.until_drawn().await?;
    page.click("#start").await?;
    page.until_step(1).await?;
    let first = page.loss().await?;
    page.until("the chip names the engine", &format!("chip.textContent.trim() == '{engine}'")).await?;
    page.until_step(n_steps).await?;
    // An untrained classifier of ten has a loss of ln 10 = 2.3.
    page.until("the loss has fallen", "Number(loss.textContent) < 1.5").await?;
    ensure!(page.loss().await? < first.max(1.5), "the loss began at {first}");
    page.click("#pause").await
}

impl Page {
    async fn loss(&self) -> Result<f64> {
        self.until("a loss is shown", "Number.isFinite(Number(loss.textContent))").await?;
        self.text("#loss").await?.parse().context("the loss")
    }

    /// No step is made for a while.
    async fn stays_at(&self, step: u64) -> Result<()> {
        tokio::time::sleep(Duration::from_millis(700)).await;
        let now = self.step().await?;
        ensure!(now == step, "at step {now}, not {step}");
        Ok(())
    }
}
