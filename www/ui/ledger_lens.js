// @ts-check
// The precision lens: the group moved away from zero, and what four algorithms in f32 make of its variance.

import { html } from "./dom.js";

/** @typedef {import("../pkg/blue_cube.js").Ledger} Ledger */
/** @typedef {import("../pkg/blue_cube.js").Place} Place */
/** @typedef {import("../pkg/blue_cube.js").LensRow} LensRow */

/** 0, then 1, 2, 5, 10 up to a million. */
const OFFSETS = [0, ...Array.from({ length: 6 }, (_, power) => [1, 2, 5].map(digit => digit * 10 ** power)).flat(), 1e6];

/** Digits that f32 holds. */
const MOST_DIGITS = 7.2;

/** @type {Record<LensRow["algorithm"], [name: string, formula: string]>} */
const NAMES = {
  "one-pass": ["one pass", "E[x²] − E[x]²"],
  "welford": ["Welford", "value by value"],
  "two-pass": ["two passes", "mean first"],
  "ours": ["ours", "about a guess"],
};

/**
 * Shows the lens.
 * @param {HTMLElement} root
 * @param {Ledger} ledger
 * @param {() => Place} focus
 * @returns {() => void}
 */
export function showLens(root, ledger, focus) {
  const dial = html("input", ""), output = html("output", "num"), head = html("p", "books-note"), verdict = html("p", "books-note verdict");
  Object.assign(dial, { type: "range", min: "0", max: String(OFFSETS.length - 1), step: "1", value: "0" });
  dial.setAttribute("aria-label", "Added to every value of the group");
  verdict.setAttribute("role", "status");
  const body = html("tbody", "");
  const table = html("table", "lens", html("thead", "", html("tr", "", ...["in f32", "σ²", "digits right", "x̂ of ★"].map(head => {
    const cell = html("th", "", head);
    cell.scope = "col";
    return cell;
  }))), body);
  const fold = html("details", "fold", html("summary", "", "The precision lens"), html("label", "dial", "add to all ", dial, output), head, table, verdict);
  root.append(fold);
  const refresh = () => {
    if (!fold.open) return;
    const offset = OFFSETS[Number(dial.value)];
    output.textContent = offset.toLocaleString("en").replace(/,/g, "\u2009");
    dial.setAttribute("aria-valuetext", output.textContent);
    const lens = ledger.lens(focus(), offset);
    table.hidden = !lens;
    verdict.hidden = !lens;
    if (!lens) {
      head.textContent = "Nothing here shares a mean, so there is nothing to sum.";
      return;
    }
    const some = lens.count < lens.of ? `the first ${lens.count.toLocaleString("en")} of ${lens.of.toLocaleString("en")}` : `all ${lens.count}`;
    head.textContent = `In f64, ${some} values of the group have mean ${lens.mean} and variance ${lens.variance}.`;
    body.replaceChildren(...lens.rows.map(row));
    verdict.textContent = said(lens.rows, offset);
  };
  dial.addEventListener("input", refresh);
  fold.addEventListener("toggle", refresh);
  return refresh;
}

/** @param {LensRow} row */
function row({ algorithm, variance, digits, xHat, isNan }) {
  const [name, how] = NAMES[algorithm];
  const meter = html("meter", "");
  Object.assign(meter, { min: 0, max: MOST_DIGITS, value: digits });
  const head = html("th", "", name, " ", html("small", "", how));
  head.scope = "row";
  meter.setAttribute("aria-hidden", "true");
  const count = html("span", "num", digits < 0.05 ? "0" : digits.toFixed(1));
  return html("tr", "", head, html("td", "num", variance), html("td", "digits", meter, count), html("td", isNan ? "num nan" : "num", isNan ? `⚠ ${xHat}` : xHat));
}

/** @param {LensRow[]} rows @param {number} offset */
function said(rows, offset) {
  const [one] = rows;
  if (one.isNan) return `One pass subtracts two large, nearly equal numbers and ends below zero. No number has that as its square, so x̂ is NaN, and so is all that the network makes of it.`;
  if (one.digits < 2) return "One pass has lost nearly all digits of the variance: both its terms are the mean squared, and f32 rounds each.";
  return offset === 0 ? "Near zero all four agree. Add something to every value: the variance ought to stay as it is." : "The variance ought not to move. One pass is the first to lose digits.";
}
