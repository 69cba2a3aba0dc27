//! What must work in every browser engine: in Firefox (Gecko, with WebGPU on software Vulkan) and in WebKitGTK (no
//! WebGPU) as in Chromium.

use crate::browser::{Browser, WebGpu};
use crate::hand::Hand;
use crate::session::with_page;
use crate::{embed, lanes, package, tasks};
use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// How far the GPU's losses may be from the CPU's.
const TOLERANCE: f64 = 1e-3;

/// A norm of each kind: none, over the batch, over an image, in groups.
const NORMS: [&str; 4] = ["none", "batch", "layer", "group"];

/// Ten losses per norm, of the training worker in this browser.
async fn losses(browser: Browser, device: &str) -> Result<Vec<Vec<f64>>> {
    let mut all = vec![];
    with_page(browser, "headless.html", async |page| {
        page.until("the page can train", "window.headless").await?;
        for norm in NORMS {
            let spec = format!(
                "{{ norm: {{ kind: '{norm}'{} }}, batch: 16, learningRate: 1e-3, seed: 7, device: '{device}' }}",
                if norm == "group" { ", groups: 5" } else { "" }
            );
            let run =
                page.promise(&format!("await window.headless.train({spec}, {{ data: 'mnist', steps: 10 }})")).await;
            let run = run.with_context(|| format!("{norm} on {device}"))?;
            let losses: Option<Vec<f64>> =
                run["losses"].as_array().map(|all| all.iter().filter_map(Value::as_f64).collect());
            all.push(losses.context("no losses")?);
        }
        Ok(())
    })
    .await?;
    Ok(all)
}

async fn the_losses_are_chromiums_to_the_bit(browser: Browser) -> Result<()> {
    let (ours, chromiums) = (losses(browser, "cpu").await?, losses(WebGpu::None.into(), "cpu").await?);
    ensure!(ours.len() == NORMS.len() && ours.iter().all(|losses| losses.len() >= 10), "losses are missing: {ours:?}");
    ensure!(ours == chromiums, "{browser:?}: {ours:?}, Chromium: {chromiums:?}");
    Ok(())
}

/// Tests of one engine; in a module each, so that a run can choose an engine by its name.
macro_rules! engine {
    ($name:ident, $browser:expr, $devices:expr) => {
        mod $name {
            use super::*;

            #[tokio::test]
            async fn the_first_minute_by_mouse() -> Result<()> {
                with_page($browser, "", async |page| tasks::first_minute(page, Hand::Mouse).await).await
            }

            #[tokio::test]
            async fn the_first_minute_by_keys_alone() -> Result<()> {
                with_page($browser, "", async |page| tasks::first_minute(page, Hand::Keys).await).await
            }

            #[tokio::test]
            async fn a_reload_loses_nothing() -> Result<()> {
                lanes::reload_loses_nothing($browser).await
            }

            #[tokio::test]
            async fn the_cube_alone_is_alive() -> Result<()> {
                embed::cube_alone_is_alive($browser).await
            }

            #[tokio::test]
            async fn the_element_shows_what_its_attributes_say() -> Result<()> {
                embed::element_shows_its_attributes($browser).await
            }

            #[tokio::test]
            async fn the_package_works() -> Result<()> {
                package::works_on($browser, &$devices).await
            }

            #[tokio::test]
            async fn the_losses_are_chromiums_to_the_bit() -> Result<()> {
                super::the_losses_are_chromiums_to_the_bit($browser).await
            }
        }
    };
}

engine!(firefox, Browser::Firefox(WebGpu::Software), ["cpu", "gpu"]);
engine!(webkit, Browser::WebKit, ["cpu"]);

#[tokio::test]
async fn firefox_trains_on_its_gpu_as_on_the_cpu() -> Result<()> {
    let browser = Browser::Firefox(WebGpu::Software);
    let (cpu, gpu) = (losses(browser, "cpu").await?, losses(browser, "gpu").await?);
    for ((cpu, gpu), norm) in cpu.iter().zip(&gpu).zip(NORMS) {
        let worst = cpu.iter().zip(gpu).map(|(cpu, gpu)| (cpu - gpu).abs()).fold(0.0, f64::max);
        ensure!(gpu.len() == cpu.len() && worst <= TOLERANCE, "{norm}: CPU {cpu:?}, GPU {gpu:?}");
    }
    Ok(())
}
