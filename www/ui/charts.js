// @ts-check
// The charts: keeps what a run reported and redraws at most ten times a second, when there is something new to see. Their
// wasm comes when they come into sight or a run starts; what was reported until then waits.

import { tokenHexes } from "./color.js";
import { byId, onLooksChange } from "./dom.js";
import { attempt, whenNear } from "./late.js";

/** @typedef {typeof import("../pkg/charts/blue_cube.js")} Library */
/** @typedef {import("../pkg/charts/blue_cube.js").Charts} Charts */
/** @typedef {import("../pkg/blue_cube.js").Report} Report */
/** @typedef {import("../pkg/blue_cube.js").Evaluation} Evaluation */
/** @typedef {import("../pkg/blue_cube.js").NormKind} NormKind */

/** Least milliseconds between two drawings. */
const REDRAW_MILLIS = 100;

/** Heights in CSS pixels; training.css keeps the same room. */
const HEIGHT = 190, NARROW_HEIGHT = 170, NARROW = 560;

/** Shows the charts, empty. */
export function showCharts() {
  /** @type {Library | null} */
  let library = null;
  let isComing = false;
  /** @type {Charts | null} */
  let charts = null;
  /** @type {((charts: Charts) => void)[]} What was reported of the run before there were charts. */
  let waiting = [];
  /** @type {NormKind} */
  let norm = "group";
  let last = -Infinity, timer = 0;
  const lossRoot = byId("loss-chart", HTMLElement), accuracyRoot = byId("accuracy-chart", HTMLElement);

  const draw = () => {
    timer = 0;
    if (!library || !charts) return;
    last = performance.now();
    const width = Math.max(200, Math.round(lossRoot.clientWidth)), height = innerWidth <= NARROW ? NARROW_HEIGHT : HEIGHT;
    const theme = currentTheme(library, norm);
    place(lossRoot, charts.loss(theme, width, height), "Loss of each training step, and on the test set after each epoch");
    place(accuracyRoot, charts.accuracy(theme, width, height), "Accuracy of each training step, and on the test set after each epoch");
    theme.free();
  };
  const soon = () => {
    if (!timer) timer = setTimeout(() => requestAnimationFrame(draw), Math.max(0, last + REDRAW_MILLIS - performance.now()));
  };
  const load = async () => {
    if (isComing) return;
    isComing = true;
    const module = await import("../pkg/charts/blue_cube.js");
    await module.default();
    library = module;
    charts = new module.Charts();
    for (const report of waiting.splice(0)) report(charts);
    soon();
  };
  /** @param {(charts: Charts) => void} report */
  const keep = report => {
    if (charts) report(charts);
    else waiting.push(report);
    soon();
  };
  whenNear(byId("training", HTMLElement), load);
  new ResizeObserver(soon).observe(lossRoot);
  onLooksChange(soon);

  return {
    /** Redraws, as when the theme changed. */
    refresh: soon,
    /** @param {NormKind} next */
    clear(next) {
      waiting = [];
      charts?.free();
      charts = library && new library.Charts();
      norm = next;
      attempt(load);
      soon();
    },
    /** @param {Report} report */
    report({ step, losses, accuracies }) {
      if (!losses.length) return;
      keep(charts => {
        if (!charts.push(step, new Float32Array(losses), new Float32Array(accuracies))) console.warn(`steps are missing before step ${step}`);
      });
    },
    /** @param {Evaluation} evaluation */
    evaluation({ step, loss, accuracy }) {
      keep(charts => charts.judge(step, loss, accuracy));
    },
    /**
     * @param {number} step
     * @param {string} words
     */
    change(step, words) {
      keep(charts => charts.note(step, words));
    },
  };
}

/** @param {Library} library @param {NormKind} norm */
function currentTheme(library, norm) {
  /** @type {Record<NormKind, string>} */
  const lanes = {
    none: "none", batch: "bn", layer: "ln", instance: "in", group: "gn", "batch-instance": "bin", switchable: "sn",
    axes: "ln", rms: "ln", "ghost-batch": "bn", "sync-batch": "bn",
  };
  const [paper, ink, quiet, hair, lane] = tokenHexes("--paper", "--ink", "--quiet", "--hair", `--lane-${lanes[norm]}`);
  return new library.ChartTheme(paper, ink, quiet, hair, lane);
}

/**
 * Puts a chart in its place. It comes as text and is read as a document: our content policy allows no markup from scripts.
 * @param {HTMLElement} root
 * @param {string} text
 * @param {string} label
 */
function place(root, text, label) {
  const chart = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  for (const name of ["width", "height"]) chart.removeAttribute(name);
  chart.setAttribute("role", "img");
  chart.setAttribute("aria-label", label);
  root.replaceChildren(document.adoptNode(chart));
}
