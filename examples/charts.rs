//! Draws the charts of a canned race into a folder, light and dark, wide and narrow, for inspection: `cargo run
//! --example charts -- FOLDER`.

#[path = "../tests/figure/canned.rs"]
mod canned;

use blue_cube::chart::curves::View;
use blue_cube::chart::lanes::Lanes;
use blue_cube::chart::parameters::{self, ParametersRequest};
use blue_cube::chart::plot::{ChartRequest, draw};
use blue_cube::chart::sweep::{self, SweepRequest};
use blue_cube::chart::weights::Parameter;
use std::path::Path;

const WIDTHS: [u32; 2] = [620, 330];

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "charts".into());
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    for is_dark in [false, true] {
        for width in WIDTHS {
            races(folder, is_dark, width)?;
            others(folder, is_dark, width)?;
        }
    }
    Ok(())
}

fn races(folder: &Path, is_dark: bool, width: u32) -> std::io::Result<()> {
    let tone = if is_dark { "dark" } else { "light" };
    let height = if width > 500 { 336 } else { 300 };
    let all = canned::with_ghosts(canned::race(7, 13.0, is_dark));
    let mut marked = canned::race(3, 4.0, is_dark);
    canned::mark(&mut marked, None, 1.5, "rate 0.0001");
    canned::mark(&mut marked, Some(2), 1.7, "batch 8");
    canned::mark(&mut marked, None, 3.7, "ε 0.001");
    let draw_one = |name: &str, lanes: &Lanes, view: View, height: u32, has_labels: bool, focus: Option<u32>| {
        let request = ChartRequest {
            view,
            width,
            height,
            has_labels,
            focus,
            empty: "Press Start: curves are drawn here.".into(),
        };
        let start = std::time::Instant::now();
        let chart = draw(lanes, &canned::theme(is_dark), &request);
        println!("{name} {width}: {:?}, {} bytes. {}", start.elapsed(), chart.svg.len(), chart.description);
        std::fs::write(folder.join(format!("{tone}-{width}-{name}.svg")), chart.svg)
    };
    draw_one("a-all", &all, View::Accuracy, height, true, None)?;
    draw_one("a-heads", &all, View::Accuracy, height, false, Some(5))?;
    for (name, view) in [
        ("c-train-loss", View::TrainLoss),
        ("c-test-loss", View::TestLoss),
        ("c-train-accuracy", View::TrainAccuracy),
        ("c-test-accuracy", View::TestAccuracy),
    ] {
        draw_one(name, &all, view, 176, true, None)?;
    }
    let mut begun = canned::with_ghosts(canned::race(7, 2.0, is_dark));
    begun.least_end = 13.0 * canned::EPOCH;
    draw_one("b-begun", &begun, View::Accuracy, height, true, None)?;
    draw_one("d-seeds", &canned::seeds(5.0, is_dark), View::Accuracy, height, true, None)?;
    draw_one("e-marks", &marked, View::Accuracy, height, true, None)?;
    draw_one("f-one", &canned::race(1, 2.0, is_dark), View::TrainLoss, height, true, None)?;
    let mut early = canned::race(3, 0.0, is_dark);
    draw_one("g-empty", &early, View::Accuracy, height, true, None)?;
    let losses: Vec<f32> = (0..300_u16).map(|step| 2.3 - 0.004 * f32::from(step)).collect();
    for id in 1..=3 {
        let images: Vec<f32> = (1..=300_u16).map(f32::from).collect();
        let mut noise = canned::Noise(u64::from(id));
        let right: Vec<f32> = (0..300).map(|step| f32::from(noise.next() + 0.8 < f64::from(step) / 200.0)).collect();
        early.push(id, 0, &images, &losses, &right);
    }
    draw_one("g-early", &early, View::Accuracy, height, true, None)
}

fn others(folder: &Path, is_dark: bool, width: u32) -> std::io::Result<()> {
    let (tone, theme) = (if is_dark { "dark" } else { "light" }, canned::theme(is_dark));
    let height = if width > 500 { 300 } else { 240 };
    let mut lanes = canned::race(7, 3.0, is_dark);
    for (name, id, parameter) in [
        ("p-gamma", 5, Parameter::Gamma),
        ("p-beta", 5, Parameter::Beta),
        ("p-rho", 6, Parameter::Rho),
        ("p-mix", 7, Parameter::Mix),
    ] {
        canned::learn(&mut lanes, id, 3.0);
        let request = ParametersRequest { id, parameter, width, height };
        let start = std::time::Instant::now();
        let figure = parameters::draw(&lanes, &theme, &request);
        println!("{name} {width}: {:?}, {} bytes. {}", start.elapsed(), figure.svg.len(), figure.description);
        std::fs::write(folder.join(format!("{tone}-{width}-{name}.svg")), figure.svg)?;
    }
    let figure = sweep::draw(&SweepRequest { lines: canned::sweep(is_dark), width, height }, &theme);
    println!("s-sweep {width}: {} bytes. {}", figure.svg.len(), figure.description);
    std::fs::write(folder.join(format!("{tone}-{width}-s-sweep.svg")), figure.svg)
}
