//! The package imported by a plain page and by a worker, on both engines.

use crate::browser::Browser;
use crate::session::{Page, WebGpu, with_page};
use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// How far a value on `WebGPU` may be from the CPU's; values are of order 1.
const TOLERANCE: f64 = 1e-4;

/// How far a loss may be.
const LOSS_TOLERANCE: f64 = 1e-3;

async fn calls(page: &Page, place: &str, device: &str) -> Result<Value> {
    page.until("the package is imported", "typeof window.inWorker === 'function'").await?;
    page.promise(&format!("await window.{place}('{device}')")).await.with_context(|| format!("{place} on {device}"))
}

fn numbers(value: &Value) -> Result<Vec<f64>> {
    value.as_array().context("no list")?.iter().map(|number| number.as_f64().context("no number")).collect()
}

fn check(got: &Value, device: &str) -> Result<()> {
    let run = &got["run"];
    ensure!(got["device"] == device && run["device"] == device, "asked for {device}: {got}");
    ensure!(numbers(&got["count"])? == [12.0; 4] && got["lastGroup"] == 3, "groups: {got}");
    ensure!(numbers(&got["shape"])? == [2.0, 4.0, 3.0, 2.0], "a shape came back as {}", got["shape"]);
    ensure!(run["step"] == 21 && run["loss"] == run["again"], "a resumed run took a different course: {run}");
    let second = if device == "cpu" { "done" } else { "bad-message" };
    ensure!(run["second"] == second, "a call during another: {run}");
    ensure!(numbers(&run["sizes"])?.iter().all(|&n_bytes| n_bytes > 4.0 * 866_798.0), "files out: {run}");
    Ok(())
}

fn check_same(a: &Value, b: &Value) -> Result<()> {
    for key in ["y", "dx", "bias"] {
        let (a, b) = (numbers(&a[key])?, numbers(&b[key])?);
        let worst = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        ensure!(a.len() == b.len() && worst <= TOLERANCE, "{key} differs by {worst}");
    }
    let [a, b] = [a, b].map(|got| got["run"]["loss"].as_f64().unwrap_or(f64::NAN));
    ensure!((a - b).abs() <= LOSS_TOLERANCE, "losses {a} and {b}");
    Ok(())
}

#[tokio::test]
async fn the_package_works_in_a_page_and_in_a_worker() -> Result<()> {
    works_on(WebGpu::Software.into(), &["cpu", "gpu"]).await
}

/// Calls the package in a page and in a worker, on each device; all give the same bits on the CPU, and nearly the same
/// values on the GPU.
pub(crate) async fn works_on(browser: Browser, devices: &[&str]) -> Result<()> {
    with_page(browser, "test/package/", async |page| {
        let cpu = calls(page, "inPage", "cpu").await?;
        for device in devices {
            for place in ["inPage", "inWorker"] {
                let got = calls(page, place, device).await?;
                check(&got, device)?;
                check_same(&got, &cpu).with_context(|| format!("{place} on {device} against the CPU"))?;
                ensure!(*device != "cpu" || got == cpu, "the CPU's bits differ in {place}");
            }
        }
        Ok(())
    })
    .await
}
