//! The sources' experiments: they stand in the worker's wasm, which the page loads for them when one is asked for.

use crate::training::race::experiment::claim::Found;
use crate::training::race::experiment::{Experiment, experiment};
use crate::training::setup::Setup;
use serde::Serialize;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

/// An experiment, and the setup of it.
#[derive(Serialize, Tsify)]
pub struct RaceExperiment {
    experiment: Experiment,
    setup: Setup,
}

/// What the name of an experiment's quick form ends in.
const QUICK: &str = "-quick";

fn named(link: &str) -> Option<Experiment> {
    let quick = link.strip_suffix(QUICK);
    experiment(quick.unwrap_or(link), quick.is_some())
}

/// What came of an experiment's claims, by what its runs came to so far; none of an unknown name.
#[wasm_bindgen(js_name = raceVerdicts, unchecked_return_type = "Verdict[]")]
pub fn race_verdicts(
    link: &str,
    #[wasm_bindgen(unchecked_param_type = "Found[]")] found: JsValue,
) -> Result<JsValue, JsError> {
    let found: Vec<Found> = serde_wasm_bindgen::from_value(found)?;
    let verdicts = named(link).map(|experiment| experiment.verdicts(&found)).unwrap_or_default();
    Ok(serde_wasm_bindgen::to_value(&verdicts)?)
}

/// An experiment by its name in links: `D-bs1`, or `D-bs1-quick` for the quick form.
#[wasm_bindgen(js_name = raceExperiment, unchecked_return_type = "RaceExperiment | undefined")]
pub fn race_experiment(link: &str) -> Result<JsValue, JsError> {
    let found = named(link).map(|experiment| {
        let setup = Setup::of_experiment(&experiment, link.to_owned());
        RaceExperiment { experiment, setup }
    });
    Ok(serde_wasm_bindgen::to_value(&found)?)
}
