// @ts-check
// The printouts: three histograms on one axis, and what the caret's line prints.

import { byId, html, svg } from "../lib/dom.js";
import { distinct, fixed } from "../lib/number_text.js";

/** @import { Line, Statistics, WalkReport } from "../../pkg/code/blue_cube.js" */

/** Name, note and place in a report of the three. @type {["input" | "written" | "corrected", string, string][]} */
const PRINTS = [
  ["input", "in", "lines 1 to 5"],
  ["written", "out, as written", "÷ (σ² + ε)"],
  ["corrected", "out, corrected", "÷ √(σ² + ε)"],
];

/** @type {["mean" | "std" | "min" | "max", number][]} */
const FIGURES = [
  ["mean", 4],
  ["std", 4],
  ["min", 3],
  ["max", 3],
];

/** An extreme is a value of the tensor, and so not rounded to one that the tensor cannot have. @param {string} figure @param {number} value @param {number} digits */
const written = (figure, value, digits) =>
  figure === "min" || figure === "max" ? distinct(value, digits) : fixed(value, digits);

/**
 * Builds the printouts.
 * @returns {{ show: (report: WalkReport) => void, mark: (line: number, asWritten: boolean) => void }}
 */
export function showPrints() {
  const root = byId("prints", HTMLElement);
  const parts = PRINTS.map(([key, name, note]) => {
    const paths = ["print-bars", "axis-line", "print-spread"].map(name => svg("path", name));
    const picture = svg("svg", { viewBox: "0 0 360 60", "aria-hidden": "true" }, ...paths);
    const cells = FIGURES.map(([figure]) => html("dd", figure === "std" ? "key" : "", "·"));
    const list = html("dl", "", ...FIGURES.flatMap(([figure], i) => [html("dt", "", figure), cells[i]]));
    const part = html(
      "figure",
      "print",
      html("figcaption", "", html("b", "", name), html("span", "", note)),
      picture,
      list,
    );
    root.append(part);
    return { key, part, paths, cells };
  });
  return {
    show({ findings, prints }) {
      for (const { key, paths, cells } of parts) {
        const { bars, axis, spread } = prints[key];
        [bars, axis, spread].forEach((d, i) => paths[i].setAttribute("d", d));
        FIGURES.forEach(([figure, digits], i) => {
          cells[i].textContent = written(figure, findings[key].statistics[figure], digits);
        });
      }
    },
    mark(line, asWritten) {
      const now = line < 6 ? "input" : asWritten ? "written" : "corrected";
      for (const { key, part } of parts) part.classList.toggle("now", key === now);
    },
  };
}

/**
 * What the caret's line prints: type, shape and statistics of the tensors it makes.
 * @param {Line} line
 * @param {WalkReport | null} report
 */
export function printout(line, report) {
  const head = ["type", "shape", "mean", "std", "min", "max"].map(name => html("th", { scope: "col" }, name));
  const rows = line.values.map(({ name, kind, shape, measure }) => {
    const topic = { means: "mean", variances: "variance" }[/** @type {string} */ (measure)];
    const label = html("th", { scope: "row", "data-topic": topic }, name);
    const statistics = report && of(report, measure);
    const numbers = FIGURES.map(([figure]) =>
      html("td", { "data-label": figure }, statistics ? written(figure, statistics[figure], 4) : "·"),
    );
    return html("tr", "", label, html("td", "", kind), html("td", "", shape), ...numbers);
  });
  return [html("thead", "", html("tr", "", html("td", ""), ...head)), html("tbody", "", ...rows)];
}

/**
 * @param {WalkReport} report
 * @param {import("../../pkg/code/blue_cube.js").Measure} measure
 * @returns {Statistics}
 */
function of({ findings }, measure) {
  return measure === "means" || measure === "variances" ? findings[measure] : findings[measure].statistics;
}
