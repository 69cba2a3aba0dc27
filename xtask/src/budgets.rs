//! The budgets of the design, measured in headless Chromium next to their gates: the page's weight and loading time,
//! the cost of a hover and a poke, and whether the page is idle at rest.

use crate::headless::Headless;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use xshell::Shell;

/// The scenes that are measured; the last two have as many cells as a canvas can hold.
const SCENES: [(&str, &str); 3] = [
    ("4×6×4×4", ""),
    ("64×16×112×112", "#v=1&shape=64,16,112,112"),
    ("16×24×16×16 exploded", "#v=1&shape=16,24,16,16&explode=1"),
];

/// A budget. Gates for times are twice the design's, which assumes an otherwise idle machine; those for bytes and
/// frames are the design's.
struct Budget {
    what: &'static str,
    key: &'static str,
    unit: &'static str,
    /// The design's value.
    goal: f64,
    /// The command fails above this.
    gate: f64,
    /// Divides the page's answer.
    scale: f64,
}

/// The transfer's gate is above its goal: the wasm, which `cargo xtask size` measures part by part, is not yet that
/// small.
const BUDGETS: [Budget; 9] = [
    Budget {
        what: "first contentful paint",
        key: "firstPaintMillis",
        unit: "ms",
        goal: 1000.0,
        gate: 2000.0,
        scale: 1.0,
    },
    Budget { what: "the cube answers", key: "readyMillis", unit: "ms", goal: 3000.0, gate: 6000.0, scale: 1.0 },
    Budget { what: "first paint, gzip", key: "firstPaintBytes", unit: "KB", goal: 40.0, gate: 40.0, scale: 1000.0 },
    Budget {
        what: "transfer until then, gzip",
        key: "readyBytes",
        unit: "KB",
        goal: 220.0,
        gate: 450.0,
        scale: 1000.0,
    },
    Budget { what: "hover, 95 %", key: "hoverMillis", unit: "ms", goal: 16.0, gate: 32.0, scale: 1.0 },
    Budget { what: "poke, 95 %", key: "pokeMillis", unit: "ms", goal: 16.0, gate: 32.0, scale: 1.0 },
    Budget { what: "longest task, start", key: "startTaskMillis", unit: "ms", goal: 300.0, gate: 600.0, scale: 1.0 },
    Budget { what: "longest task, inputs", key: "longestTaskMillis", unit: "ms", goal: 50.0, gate: 100.0, scale: 1.0 },
    Budget { what: "frames after 1 s of rest", key: "framesAtRest", unit: "", goal: 0.0, gate: 0.0, scale: 1.0 },
];

/// The longest tasks of the main thread with 4096×4096 values: as large as the page holds.
const LARGE: [(&str, &str); 5] = [
    ("longest task, an array file", "arrayTaskMillis"),
    ("longest task, an image file", "imageTaskMillis"),
    ("longest task, the dials", "dialTaskMillis"),
    ("longest task, a method", "methodTaskMillis"),
    ("longest task, a shape", "shapeTaskMillis"),
];

/// The design's bound for a task, in milliseconds, and twice that, as above.
const TASK_MILLIS: [f64; 2] = [50.0, 100.0];

/// Prints the tables; fails if a value is over its gate.
pub fn run(sh: &Shell) -> Result<()> {
    let headless = Headless::start(sh)?;
    let columns = SCENES.iter().map(|(name, hash)| headless.budgets(hash).with_context(|| (*name).to_owned()));
    let columns = columns.collect::<Result<Vec<_>>>()?;
    let names = SCENES.map(|(name, _)| format!("{name:>24}")).concat();
    println!("{:<28}{names}{:>9}{:>9}", "", "goal", "gate");
    let mut over = vec![];
    for Budget { what, key, unit, goal, gate, scale } in &BUDGETS {
        let found = columns.iter().map(|column| number(column, key).map(|number| number / scale));
        let found = found.collect::<Result<Vec<_>>>()?;
        let cells: String = found.iter().map(|found| format!("{found:>24.1}")).collect();
        println!("{:<28}{cells}{goal:>9}{gate:>9}", format!("{what} {unit}"));
        over.extend(
            found.iter().filter(|found| *found > gate).map(|found| format!("{what}: {found:.1} {unit}, gate {gate}")),
        );
    }
    let large = headless.large_budgets().context("4096×4096")?;
    println!("\n{:<32}{:>20}{:>9}{:>9}", "", "4096×4096", "goal", "gate");
    let [goal, gate] = TASK_MILLIS;
    for (what, key) in LARGE {
        let found = number(&large, key)?;
        println!("{:<32}{found:>20.1}{goal:>9}{gate:>9}", format!("{what} ms"));
        if found > gate {
            over.push(format!("{what}: {found:.1} ms, gate {gate}"));
        }
    }
    ensure!(over.is_empty(), "over their gates: {}", over.join("; "));
    Ok(())
}

fn number(column: &Value, key: &str) -> Result<f64> {
    column[key].as_f64().with_context(|| format!("the page measured no {key}"))
}
