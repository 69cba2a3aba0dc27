// @ts-check
// The charts: keeps what a run reported and redraws at most ten times a second, when there is something new to see.

import { Charts, ChartTheme } from "../pkg/blue_cube.js";
import { tokenHexes } from "./color.js";
import { byId, onLooksChange } from "./dom.js";

/** @typedef {import("../pkg/blue_cube.js").Report} Report */
/** @typedef {import("../pkg/blue_cube.js").Evaluation} Evaluation */
/** @typedef {import("../pkg/blue_cube.js").NormKind} NormKind */

/** Least milliseconds between two drawings. */
const REDRAW_MILLIS = 100;

/** Heights in CSS pixels; training.css keeps the same room. */
const HEIGHT = 190, NARROW_HEIGHT = 170, NARROW = 560;

/** Shows the charts, empty. */
export function showCharts() {
  let charts = new Charts();
  /** @type {NormKind} */
  let norm = "group";
  let last = -Infinity, timer = 0;
  const lossRoot = byId("loss-chart", HTMLElement), accuracyRoot = byId("accuracy-chart", HTMLElement);

  const draw = () => {
    timer = 0;
    last = performance.now();
    const width = Math.max(200, Math.round(lossRoot.clientWidth)), height = innerWidth <= NARROW ? NARROW_HEIGHT : HEIGHT;
    const theme = currentTheme(norm);
    place(lossRoot, charts.loss(theme, width, height), "Loss of each training step, and on the test set after each epoch");
    place(accuracyRoot, charts.accuracy(theme, width, height), "Accuracy of each training step, and on the test set after each epoch");
    theme.free();
  };
  const soon = () => {
    if (!timer) timer = setTimeout(() => requestAnimationFrame(draw), Math.max(0, last + REDRAW_MILLIS - performance.now()));
  };
  new ResizeObserver(soon).observe(lossRoot);
  onLooksChange(soon);

  return {
    /** Redraws, as when the theme changed. */
    refresh: soon,
    /** @param {NormKind} next */
    clear(next) {
      charts.free();
      charts = new Charts();
      norm = next;
      soon();
    },
    /** @param {Report} report */
    report({ step, losses, accuracies }) {
      if (!losses.length) return;
      if (!charts.push(step, new Float32Array(losses), new Float32Array(accuracies))) console.warn(`steps are missing before step ${step}`);
      soon();
    },
    /** @param {Evaluation} evaluation */
    evaluation({ step, loss, accuracy }) {
      charts.judge(step, loss, accuracy);
      soon();
    },
    /**
     * @param {number} step
     * @param {string} words
     */
    change(step, words) {
      charts.note(step, words);
      soon();
    },
  };
}

/** @param {NormKind} norm */
function currentTheme(norm) {
  /** @type {Record<NormKind, string>} */
  const lanes = {
    none: "none", batch: "bn", layer: "ln", instance: "in", group: "gn", "batch-instance": "bin", switchable: "sn",
    axes: "ln", rms: "ln", "ghost-batch": "bn", "sync-batch": "bn",
  };
  const [paper, ink, quiet, hair, lane] = tokenHexes("--paper", "--ink", "--quiet", "--hair", `--lane-${lanes[norm]}`);
  return new ChartTheme(paper, ink, quiet, hair, lane);
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
